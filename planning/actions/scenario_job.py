"""The scenario job: the exact supply plan of a scenario, kept beside the cycle's own and never current."""

from typing import Any

from django.conf import settings

from planning.actions.scenario_states import record, refuse_closed
from planning.actions.supply_job import moved, refuse_unbalanced, result_of, solved, store
from planning.engine import SupplyPlan
from planning.models import ProductionPlan, Scenario
from planning.queries import outlook, plans
from planning.queries.scenarios import figures
from planning.queries.scenarios.overlay import overlay
from planning.queries.scenarios.visible import RELATED
from planning.queries.supply import SupplyCase, supply_case
from sop.actions.changes import What
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Run, Shard

STEPS = 4


def shards(run: Run) -> list[dict[str, Any]]:
    """One shard: capacity ties all products together."""
    scenario = _scenario(run)
    refuse_closed(scenario.cycle)
    if scenario.state in (Scenario.State.ADOPTED, Scenario.State.REJECTED):
        raise PlanningError(f"“{scenario.name}” is {scenario.state}; what it came to stays as it was.")
    plans.working_or_error(scenario.cycle)
    return [{"weight": STEPS}]


def work(shard: Shard, report: Report) -> None:
    """Compute and store the plan. Doing it again replaces the rows of the same plan."""
    scenario = _scenario(shard.run)
    report(0, "Building the supply problem")
    sales_plan = plans.working_or_error(scenario.cycle)
    base = outlook.current(scenario.cycle)
    seen = {"version": scenario.version, "base": base.pk if base else None}
    case = _laid_over(supply_case(sales_plan), scenario)
    report(1, f"Solving for {case.items.size} products and parts", lease_seconds=settings.CELERY_TASK_TIME_LIMIT)
    found = _solved(case, scenario)
    report(2, "Certifying the plan")
    refuse_unbalanced(case, found)
    report(3, "Simulating its risk and storing it")
    plan = store(shard.run, case, scenario.strategy, found, scenario)
    told = seen | {"moved": moved(case, found), "figures": figures.told(case, found, plan.risk)}
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"told": told})


def finish(run: Run) -> dict[str, Any]:
    """The scenario's plans before this one go; its figures are the run's result."""
    plan = ProductionPlan.objects.select_related("scenario__cycle").get(run=run)
    assert plan.scenario
    ProductionPlan.objects.filter(scenario=plan.scenario, frozen_at=None).exclude(pk=plan.pk).delete()
    result: dict[str, Any] = result_of(plan) | run.shards.get().parameters["told"]
    if run.requested_by:
        data = {name: result[name] for name in ("plan", "strategy", "demand_version", "overloads")}
        record(plan.scenario, What("scenario.evaluated", "Worked out {}", data=data), run.requested_by)
    return result


def _scenario(run: Run) -> Scenario:
    found = Scenario.objects.select_related("cycle").filter(pk=run.parameters.get("scenario")).first()
    if found is None:
        raise PlanningError("The scenario was deleted meanwhile.")
    return found


# Everybody reads why a job failed, so neither sentence tells what is in a scenario, which may be private.
def _laid_over(case: SupplyCase, scenario: Scenario) -> SupplyCase:
    try:
        return overlay(case, list(scenario.changes.select_related(*RELATED)))
    except PlanningError as fault:
        raise PlanningError(
            "One of its changes cannot be. Open the scenario: it says which, and the way out."
        ) from fault


def _solved(case: SupplyCase, scenario: Scenario) -> SupplyPlan:
    try:
        return solved(case, scenario.strategy)  # type: ignore[arg-type]
    except ValueError as impossible:
        raise PlanningError(
            "No plan keeps to all its changes. Take out production that is fixed beyond the hours and parts there are."
        ) from impossible
