"""Cycles as lists and commands show them."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from reviews.models import Stage, Submission
from reviews.queries.gates import Gate, gates
from reviews.queries.stages import current, stage_url, stages
from sop import months
from sop.models import Cycle
from sop.queries.history import last_actual_month
from sop.words import short_day


def cycles() -> QuerySet[Cycle]:
    """Newest first, with how far the reviews are. One query."""
    signed = Count("stages", filter=Q(stages__state=Stage.State.SIGNED_OFF))
    return Cycle.objects.annotate(signed=signed, reviews=Count("stages")).order_by("-first_month")


def following() -> dt.date | None:
    """The month the next cycle plans: after the newest cycle, the first one after the last actuals.

    None while the newest cycle is still open.
    """
    newest = Cycle.objects.order_by("-first_month").first()
    if newest is None:
        last = last_actual_month()
        return months.add(last, 1) if last else months.first(timezone.localdate())
    return None if newest.editable else months.add(newest.first_month, 1)


@dataclass(frozen=True)
class Review:
    """A stage with its gates and what the departments have handed in."""

    stage: Stage
    gates: list[Gate]
    submissions: list[Submission]
    on: bool
    url: str

    @property
    def red(self) -> list[Gate]:
        return [gate for gate in self.gates if not gate.ok]


def calendar(cycle: Cycle) -> list[Review]:
    """The stages of a cycle. Gates are asked of those that are not signed; at most 40 queries."""
    ordered = stages(cycle)
    on = current(ordered) if cycle.editable else None
    handed_in = defaultdict(list)
    for submission in Submission.objects.filter(stage__in=ordered).select_related("department", "by"):
        handed_in[submission.stage_id].append(submission)
    return [
        Review(
            stage,
            gates(stage) if cycle.editable and stage.state != Stage.State.SIGNED_OFF else [],
            handed_in[stage.pk],
            on is not None and stage.pk == on.pk,
            stage_url(cycle, stage.key),
        )
        for stage in ordered
    ]


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
