"""What the Supply page says before anything is clicked: the plan in use, the strategies side by side, the jobs."""

from dataclasses import dataclass
from typing import Any

from planning.models import ProductionPlan
from sop.models import Cycle, Run


@dataclass(frozen=True)
class Tile:
    """A strategy's plan in a few figures; None where a figure is not known."""

    plan: ProductionPlan
    figures: dict[str, Any]


def current(cycle: Cycle | None) -> ProductionPlan | None:
    """The production plan that the pages show; None before the first. One query."""
    return ProductionPlan.objects.filter(cycle=cycle, current=True).select_related("sales_plan", "run", "cycle").first()


def tiles(cycle: Cycle) -> list[Tile]:
    """The latest complete plan of each strategy, in a fixed order. One query."""
    complete = ProductionPlan.objects.filter(cycle=cycle, scenario=None, frozen_at=None, run__state=Run.State.DONE)
    newest: dict[str, ProductionPlan] = {}
    for plan in complete.select_related("run", "sales_plan"):
        newest.setdefault(plan.strategy, plan)
    order = ProductionPlan.Strategy.values
    return [_tile(newest[strategy]) for strategy in order if strategy in newest]


def _tile(plan: ProductionPlan) -> Tile:
    return Tile(plan, plan.run.result if plan.run else {})


def last_capacity_check(cycle: Cycle) -> Run | None:
    """The latest rough-cut check that came to an end. One query."""
    return Run.objects.filter(kind="capacity", cycle=cycle, state=Run.State.DONE).first()


def active_run(cycle: Cycle) -> Run | None:
    """The supply or capacity job that somebody asked for and that is under way. One query."""
    asked = Run.objects.exclude(kind="capacity", parameters__automatic=True)
    return asked.filter(kind__in=("supply", "capacity"), cycle=cycle, state__in=Run.ACTIVE).first()
