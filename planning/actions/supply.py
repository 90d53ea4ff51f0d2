"""Choosing among the production plans of a cycle."""

from django.db import transaction

from planning.models import ProductionPlan
from sop.actions import changes
from sop.errors import Locked, PlanningError
from sop.models import Run, User


@transaction.atomic
def choose(*, plan: ProductionPlan, by: User) -> None:
    """Make a plan that was computed before the current one."""
    if not plan.cycle.editable:
        raise Locked(f"The {plan.cycle} cycle is {plan.cycle.get_state_display()}; its supply plan stays as it is.")
    if plan.frozen_at or plan.run is None or plan.run.state != Run.State.DONE:
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
