"""Choosing among the production plans of a cycle, and when none may be made or chosen any more."""

from django.db import transaction

from planning.models import ProductionPlan
from sop.actions import changes
from sop.errors import Locked, PlanningError
from sop.models import Cycle, Run, User


def refuse_unless_open(cycle: Cycle) -> None:
    """Raise Locked, saying why, when the cycle takes no other production plan."""
    if not cycle.editable:
        raise Locked(f"The {cycle} cycle is {cycle.get_state_display()}; its supply plan stays as it is.")
    if cycle.production_plans.filter(current=True, locked_at__isnull=False).exists():
        raise Locked("The supply review is signed off, so its plan stays. Reopen the review to plan again.")


@transaction.atomic
def choose(*, plan: ProductionPlan, by: User) -> None:
    """Make a plan that was computed before the current one."""
    refuse_unless_open(plan.cycle)
    if plan.frozen_at or plan.scenario_id or plan.run is None or plan.run.state != Run.State.DONE:
        raise PlanningError("Only a complete plan of the running round can be chosen.")
    ProductionPlan.objects.filter(cycle=plan.cycle_id, current=True).update(current=False)
    plan.current = True
    plan.save(update_fields=["current"])
    changes.record(
        changes.What(
            "plan.supply_chosen",
            f"{plan.get_strategy_display().capitalize()} production plan chosen",
            object=f"production-plan:{plan.pk}",
        ),
        by=by,
        cycle=plan.cycle,
    )
