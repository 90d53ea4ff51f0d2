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
    loads: dict[str, list[list[float]]] | None = None  # hours needed and regular, by resource and plan month


def columns(
    base: ProductionPlan, sales_plan: SalesPlan, chosen: Sequence[Scenario], year: str, mine: Scope
) -> list[Column]:
    """The plan, then the scenarios. Queries do not depend on the number of products; none is solved here."""
    plans = {plan.scenario_id: plan for plan in _complete(chosen)}
    runs = {run.parameters["scenario"]: run for run in active(base.cycle_id)}
    cases = _Cases(base, sales_plan)
    found = [_base_column(cases, year, mine)]
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
        note = "As it was worked out before the decision" if scenario.state in DECIDED else ""
        kept = _kept(plan) or {}
        return Column(scenario, _read(kept, *how), note=note, loads=kept.get("loads"))
    if scenario.state in DECIDED:
        return Column(scenario, None, problem="It was never worked out.")
    try:
        kept = cases.estimated(scenario)
    except PlanningError as fault:
        return Column(scenario, None, problem=fault.detail)
    note = f"Estimate: it was {late or 'not worked out yet'}"
    return Column(scenario, _read(kept, *how), exact=False, note=note, loads=kept.get("loads"))


def _read(kept: dict[str, Any] | None, year: str, mine: Scope) -> Figures | None:
    return figures.read(kept, year, mine) if kept else None


def _kept(plan: ProductionPlan) -> dict[str, Any] | None:
    return plan.run.result.get("figures") if plan.run else None


def years(base: ProductionPlan) -> list[str]:
    """The years that can be compared."""
    kept = _kept(base)
    return figures.years(kept) if kept else []


def _base_column(cases: "_Cases", year: str, mine: Scope) -> Column:
    """The plan in use; on today's demand by an estimate when the sales plan has moved on since it was made."""
    kept = _kept(cases.base)
    if kept and cases.base.stale:
        note = "Estimate: the sales plan has moved on; plan supply again"
        return Column(None, _read(cases.estimated(None), year, mine), exact=False, note=note)
    return Column(None, _read(kept, year, mine), problem="" if kept else "Plan supply again to compare with it.")


class _Cases:
    """The plan's own supply problem, built once, and only when something is to be estimated."""

    def __init__(self, base: ProductionPlan, sales_plan: SalesPlan) -> None:
        self.base, self.sales_plan = base, sales_plan
        self._case: SupplyCase | None = None

    def estimated(self, scenario: Scenario | None) -> dict[str, Any]:
        """Figures of a scenario or of the plan itself; kept until it, the sales plan or the supply plan changes."""
        which = f"{scenario.pk}:{scenario.version}" if scenario else "plan"
        key = f"scenario:{which}:{self.sales_plan.pk}:{self.sales_plan.version}:{self.base.pk}"
        kept: dict[str, Any] | None = cache.get(key)
        if kept is None:
            self._case = self._case or supply_case(self.sales_plan)
            changed = overlay(self._case, list(scenario.changes.select_related(*RELATED)) if scenario else [])
            kept = figures.told(changed, estimate(self._case, changed, self.base))
            cache.set(key, kept, KEPT_SECONDS)
        return kept
