"""Cycles as lists and commands show them."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from reviews.models import Stage
from reviews.queries.gates import gates
from reviews.queries.stages import stages
from reviews.queries.words import short_day
from sop import months
from sop.models import Cycle


def cycles() -> QuerySet[Cycle]:
    """Newest first, with how far the reviews are. One query."""
    signed = Count("stages", filter=Q(stages__state=Stage.State.SIGNED_OFF))
    return Cycle.objects.annotate(signed=signed, reviews=Count("stages")).order_by("-first_month")


def opened(cycle: Cycle) -> dict[str, Any]:
    """What `open_cycle` answers: the cycle, its calendar, and which entry gates are still red."""
    calendar = stages(cycle)
    red = [gate for gate in gates(calendar[0]) if not gate.ok and not gate.required]
    due = ", ".join(f"{stage.get_key_display()} {short_day(stage.due)}" for stage in calendar)
    still = "".join(f"\n  still open: {gate.why}" for gate in red)
    basis = f"{cycle.horizon} months on actuals to {months.long(cycle.as_of)}"
    return {
        "cycle": cycle.code,
        "state": cycle.state,
        "first_month": cycle.code,
        "as_of": months.code(cycle.as_of),
        "horizon": cycle.horizon,
        "stages": [{"key": stage.key, "owner": stage.owner.code, "due": stage.due.isoformat()} for stage in calendar],
        "warnings": [gate.why for gate in red],
        "summary": f"Opened {cycle}, {basis}. Due: {due}.{still}",
    }


def filter_cycle(queryset: QuerySet[Any], _name: str, code: str) -> QuerySet[Any]:
    """For lists: only what belongs to the cycle of this first plan month; a cycle there is not has nothing."""
    try:
        return queryset.filter(cycle__first_month=months.parse(code))
    except ValueError:
        return queryset.none()
