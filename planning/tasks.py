"""Jobs that start by themselves: the capacity check after every change of demand."""

from planning.actions.moved import listeners
from planning.models import SalesPlan
from sop import tasks
from sop.models import Run, User


def check_capacity(plan: int, by: User | None) -> None:
    """Have the sales plan checked, unless a check that has not begun yet will see the change anyway.

    A check that has begun may have read the plan before; when it ends it sees that, and asks for another.
    """
    sales_plan = SalesPlan.objects.filter(pk=plan, frozen_at=None).select_related("cycle").first()
    if sales_plan is None or not sales_plan.cycle.editable:
        return
    waiting = Run.objects.filter(kind="capacity", cycle=sales_plan.cycle, state=Run.State.QUEUED)
    if not waiting.exists():
        tasks.launch(kind="capacity", cycle=sales_plan.cycle, parameters={"automatic": True}, by=by)


def listen() -> None:
    listeners.add(check_capacity)
