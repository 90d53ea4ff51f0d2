"""What the supply plan could not take as it stood: faulty master data, and production that could not be kept."""

from dataclasses import dataclass

from planning.models import ProductionPlan
from sop import months
from sop.permissions import Scope


@dataclass(frozen=True)
class SupplyProblem:
    """Something about a product that a planner should mend, in words."""

    product: str
    name: str
    what: str
    mend: str


@dataclass(frozen=True)
class SupplyProblems:
    """As many as the run kept; `count` may be more."""

    listed: list[SupplyProblem]
    count: int


def supply_problems(plan: ProductionPlan, mine: Scope) -> SupplyProblems:
    """What the run that made a plan found, for the products somebody may see. Parts concern everybody. No query."""
    result = plan.run.result if plan.run else {}
    faults = [each for each in result.get("faults", []) if _seen(each["family"], mine)]
    not_kept = [each for each in result.get("not_kept", []) if _seen(each["family"], mine)]
    listed = [
        *(
            SupplyProblem(
                each["product"],
                each["name"],
                f"{each['missing']:,.0f} of what is fixed in {months.short(months.parse(each['month']))} "
                "cannot be made: its parts cannot be had.",
                "Order the parts earlier, or change the override.",
            )
            for each in not_kept
        ),
        *(SupplyProblem(each["product"], each["name"], each["what"], each["mend"]) for each in faults),
    ]
    unlisted = result.get("faults_in_all", 0) - len(result.get("faults", [])) if mine.families is None else 0
    return SupplyProblems(listed, len(listed) + unlisted)


def _seen(family: int | None, mine: Scope) -> bool:
    return family is None or mine.families is None or family in mine.families
