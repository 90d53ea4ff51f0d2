"""A scenario on the Supply page: its plan beside the one in use, and what differs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planning.models import ProductionPlan, Scenario, ScenarioChange
from planning.queries.scenarios import visible, words
from sop.models import Cycle, Run, User
from sop.permissions import Scope
from sop.words import THIN, difference, money, percent, units

# Figure of a run's result → its name, how it is written, and whether it is money.
FIGURES: dict[str, tuple[str, Callable[[float | None], str], bool]] = {
    "cost": ("Cost", money, True),
    "stock_value": ("Mean stock", money, True),
    "overtime_hours": ("Overtime", lambda hours: f"{units(hours)}{THIN}h", False),
    "service": ("On time", percent, False),
    "overloads": ("Overloads", units, False),
}


@dataclass(frozen=True)
class Difference:
    """One figure of both plans."""

    name: str
    base: str
    trial: str
    difference: str
    better: bool | None  # None where nothing differs


@dataclass(frozen=True)
class Trial:
    """`plan` is None until the scenario has been worked out."""

    scenario: Scenario
    plan: ProductionPlan | None
    run: Run | None
    changes: Sequence[str]
    hidden: int
    differences: Sequence[Difference]

    @property
    def stale(self) -> bool:
        """Whether the scenario or the sales plan has changed since it was worked out."""
        if self.plan is None:
            return False
        told = self.plan.run.result.get("version") if self.plan.run else None
        return self.plan.stale or (told is not None and told != self.scenario.version)


def trial(pk: int, base: ProductionPlan | None, by: User, mine: Scope) -> Trial:
    """A scenario that somebody may see, and what differs from the plan in use; NotFound for others'. Six queries."""
    scenario = visible.one(by, pk)
    plans = ProductionPlan.objects.filter(scenario=scenario, run__state=Run.State.DONE)
    plan = plans.select_related("sales_plan", "run", "cycle", "scenario").first()
    runs = Run.objects.filter(kind="scenario", cycle=scenario.cycle, parameters__scenario=pk, state__in=Run.ACTIVE)
    seen, hidden = visible.changes_of(scenario, by)
    return Trial(
        scenario,
        plan,
        runs.first(),
        [_sentence(each, mine) for each in seen],
        hidden,
        list(_differences(base, plan, mine)) if base and plan else [],
    )


def open_scenarios(cycle: Cycle, by: User) -> list[Scenario]:
    """The scenarios that somebody may put more changes into. One query."""
    states = (Scenario.State.PRIVATE, Scenario.State.SHARED)
    found = visible.visible(by, cycle).filter(state__in=states)
    return [each for each in found if visible.writes(by, each)]


def _sentence(change: ScenarioChange, mine: Scope) -> str:
    return words.sentence(change, sees_money=mine.sees_money)


def _differences(base: ProductionPlan, plan: ProductionPlan, mine: Scope) -> list[Difference]:
    was, now = (each.run.result if each.run else {} for each in (base, plan))
    found = []
    for key, (name, write, in_money) in FIGURES.items():
        before, after = was.get(key), now.get(key)
        if (in_money and not mine.sees_money) or before is None or after is None:
            continue
        change = after - before
        same = write(after) == write(before)
        better = None if same else (change > 0) == (key == "service")
        told = "" if same else difference(change, write(change))
        found.append(Difference(name, write(before), write(after), told, better))
    return found
