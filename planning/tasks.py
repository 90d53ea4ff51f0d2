"""Jobs that start by themselves: the capacity check after every change of demand, verdicts when late actuals come."""

import datetime as dt

from planning.actions import scoring
from planning.actions.moved import listeners
from planning.models import SalesPlan
from sop import tasks
from sop.actions import arrivals
from sop.models import Run, User
from sop.queries import cycles


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


def judge_assumptions(first: dt.date, last: dt.date, by: User | None) -> None:
    """Have assumptions judged that are over and whose months these actuals are about, first or anew."""
    cycle = cycles.newest()
    if cycle is None or not scoring.waiting(cycle, first, last):
        return
    if not Run.objects.filter(kind="judging", cycle=cycle, state=Run.State.QUEUED).exists():
        tasks.launch(kind="judging", cycle=cycle, by=by)


def listen() -> None:
    listeners.add(check_capacity)
    arrivals.listeners.add(judge_assumptions)
