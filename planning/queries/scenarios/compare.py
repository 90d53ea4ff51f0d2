"""Scenarios side by side with the plan they start from: exact where they are worked out, estimated elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from planning.models import ProductionPlan, SalesPlan, Scenario
from planning.queries.scenarios import figures
from planning.queries.scenarios.estimate import estimate
from planning.queries.scenarios.figures import Figures
from planning.queries.scenarios.overlay import overlay
from planning.queries.scenarios.visible import RELATED
from planning.queries.supply import SupplyCase, supply_case
from sop.errors import PlanningError
from sop.models import Run
from sop.permissions import Scope

MOST = 3  # beside the plan itself
KEPT_SECONDS = 24 * 3600
DECIDED = (Scenario.State.ADOPTED, Scenario.State.REJECTED)


@dataclass(frozen=True)
class Column:
    """The plan (no scenario) or a scenario, in the year chosen; figures are None while there are none."""

    scenario: Scenario | None
    figures: Figures | None
    exact: bool = True
    note: str = ""  # why the figures are not the last word
    problem: str = ""  # why there are none
    run: Run | None = None


def columns(
    base: ProductionPlan, sales_plan: SalesPlan, chosen: Sequence[Scenario], year: str, mine: Scope
) -> list[Column]:
    """The plan, then the scenarios. Queries do not depend on the number of products; none is solved here."""
    plans = {plan.scenario_id: plan for plan in _complete(chosen)}
    runs = {run.parameters["scenario"]: run for run in active(base.cycle_id)}
    cases = _Cases(base, sales_plan)
    found = [Column(None, _read(_kept(base), year, mine), note=_of_base(base))]
    for scenario in chosen:
        column = _column(scenario, plans.get(scenario.pk), cases, (year, mine))
        found.append(Column(**{**vars(column), "run": runs.get(scenario.pk)}))
    return found


def active(cycle: int) -> list[Run]:
    """The scenarios that are being worked out. One query."""
    return list(Run.objects.filter(kind="scenario", cycle=cycle, state__in=Run.ACTIVE))


def behind(scenario: Scenario, plan: ProductionPlan, base: ProductionPlan) -> str:
    """Why a scenario's stored plan is not what it would be now; empty when it is. Reads `plan.sales_plan`."""
    told = plan.run.result if plan.run else {}
    if told.get("version") != scenario.version:
        return "worked out before its last change"
    if plan.stale:
        return "worked out before the sales plan moved on"
    if told.get("base") != base.pk:
        return "worked out before the supply plan was made anew"
    return ""


def _complete(chosen: Sequence[Scenario]) -> list[ProductionPlan]:
    done = ProductionPlan.objects.filter(scenario__in=chosen, frozen_at=None, run__state=Run.State.DONE)
    return list(done.select_related("run", "sales_plan").order_by("pk"))


def _column(scenario: Scenario, plan: ProductionPlan | None, cases: "_Cases", how: tuple[str, Scope]) -> Column:
    late = behind(scenario, plan, cases.base) if plan else ""
    if plan and (not late or scenario.state in DECIDED):
        note = "as it was worked out before the decision" if scenario.state in DECIDED else ""
        return Column(scenario, _read(_kept(plan), *how), note=note)
    if scenario.state in DECIDED:
        return Column(scenario, None, problem="It was never worked out.")
    try:
        kept = cases.estimated(scenario)
    except PlanningError as fault:
        return Column(scenario, None, problem=fault.detail)
    return Column(scenario, _read(kept, *how), exact=False, note=late or "an estimate without a solver")


def _read(kept: dict[str, Any] | None, year: str, mine: Scope) -> Figures | None:
    return figures.read(kept, year, mine) if kept else None


def _kept(plan: ProductionPlan) -> dict[str, Any] | None:
    return plan.run.result.get("figures") if plan.run else None


def years(base: ProductionPlan) -> list[str]:
    """The years that can be compared."""
    kept = _kept(base)
    return figures.years(kept) if kept else []


def _of_base(base: ProductionPlan) -> str:
    if not _kept(base):
        return "made before plans could be compared; plan supply again"
    return "made before the sales plan moved on; plan supply again" if base.stale else ""


class _Cases:
    """The plan's own supply problem, built once, and only when something is to be estimated."""

    def __init__(self, base: ProductionPlan, sales_plan: SalesPlan) -> None:
        self.base, self.sales_plan = base, sales_plan
        self._case: SupplyCase | None = None

    def estimated(self, scenario: Scenario) -> dict[str, Any]:
        """Figures of a scenario; kept until it, the sales plan or the supply plan changes."""
        key = f"scenario:{scenario.pk}:{scenario.version}:{self.sales_plan.version}:{self.base.pk}"
        kept: dict[str, Any] | None = cache.get(key)
        if kept is None:
            self._case = self._case or supply_case(self.sales_plan)
            changed = overlay(self._case, list(scenario.changes.select_related(*RELATED)))
            kept = figures.told(changed, estimate(self._case, changed, self.base))
            cache.set(key, kept, KEPT_SECONDS)
        return kept
