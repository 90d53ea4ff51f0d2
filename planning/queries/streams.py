"""How far the departments are with their streams, and what this person may do about it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from planning.models import Input, SalesPlan, Skip, Stream, StreamPart, StreamSubmission
from planning.signals import streams_due
from sop.errors import NotFound
from sop.models import Cycle, Department, Membership, Series, User
from sop.permissions import Scope, Verb, can, memberships

State = StreamSubmission.State
CLOSED = (State.SUBMITTED, State.ACCEPTED)
ENTERING = (Membership.Role.PLANNER, Membership.Role.CONTRIBUTOR, Membership.Role.COORDINATOR)


@dataclass(frozen=True)
class Voice:
    """A stream of a plan: how far it is, whose parts are in or missing, and which buttons this person gets."""

    stream: Stream
    submission: StreamSubmission
    parts: list[StreamPart] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    mine: bool = False
    handed_in: bool = False
    may_submit: bool = False
    may_withdraw: bool = False
    may_accept: bool = False
    may_return: bool = False

    @property
    def state(self) -> str:
        return self.submission.state

    @property
    def closed(self) -> bool:
        return self.submission.state in CLOSED

    @property
    def part_count(self) -> int:
        return len(self.parts) + len(self.missing)

    @property
    def takes_entries(self) -> bool:
        """Whether this person's entries are taken."""
        return self.mine and not self.closed and not self.handed_in


def voices(plan: SalesPlan, user: User) -> list[Voice]:
    """Every stream of a plan, in order. Four queries at most."""
    streams = list(Stream.objects.select_related("department"))
    found = {each.stream_id: each for each in StreamSubmission.objects.filter(plan=plan).select_related("stream", "by")}
    parts: dict[int, list[StreamPart]] = {}
    for part in StreamPart.objects.filter(plan=plan).select_related("by"):
        parts.setdefault(part.stream_id, []).append(part)
    cover = _parted({stream.department_id for stream in streams})
    return [
        _voice(
            plan,
            user,
            stream,
            found.get(stream.pk) or StreamSubmission(plan=plan, stream=stream),
            parts.get(stream.pk, []),
            cover.get(stream.department_id, []),
        )
        for stream in streams
    ]


def own(user: User) -> list[Stream]:
    """The streams that this person enters."""
    streams = Stream.objects.select_related("department")
    return [stream for stream in streams if can(user, Verb.ENTER_STREAM, department=stream.department)]


def shown(user: User, asked: str) -> str:
    """The stream that enter mode shows: the one asked for, else one's own; a planner without one reads the first."""
    if asked:
        return named(asked).code
    mine = own(user)
    if not mine and can(user, Verb.EDIT_CONSENSUS):
        mine = list(Stream.objects.all()[:1])
    return mine[0].code if mine else ""


def named(code: str) -> Stream:
    """The stream of this code; NotFound says that there is none."""
    stream = Stream.objects.select_related("department").filter(code=code).first()
    if stream is None:
        raise NotFound(f"There is no stream “{code}”.")
    return stream


def entered(asked: Mapping[str, str]) -> str:
    """The stream whose numbers a grid's rows are, as its address says; empty: the consensus."""
    return named(asked.get("stream", "")).code if asked.get("mode") == "enter" and asked.get("stream") else ""


def submission_of(plan: SalesPlan, stream: Stream) -> StreamSubmission:
    """How far a stream is, also before its first entry."""
    found = StreamSubmission.objects.filter(plan=plan, stream=stream).select_related("by").first()
    return found or StreamSubmission(plan=plan, stream=stream)


def closed_streams(plan: SalesPlan) -> set[str]:
    """The codes of the streams that take no entries now."""
    return set(StreamSubmission.objects.filter(plan=plan, state__in=CLOSED).values_list("stream__code", flat=True))


def all_in(plan: SalesPlan, department: Department) -> bool:
    """Whether every stream of a department is submitted; one that has none is never in by itself."""
    states = dict(StreamSubmission.objects.filter(plan=plan).values_list("stream", "state"))
    streams = Stream.objects.filter(department=department).values_list("pk", flat=True)
    return bool(streams) and all(states.get(pk) in CLOSED for pk in streams)


def whole(user: User, department: Department) -> bool:
    """Whether a person speaks for all families and markets of a department."""
    mine = [member for member in memberships(user) if member.department_id == department.pk]
    return any(not member.families.all() and not member.markets.all() for member in mine)


def parted(department: Department) -> list[Membership]:
    """Those who enter for only some families or markets of a department."""
    return _parted({department.pk}).get(department.pk, [])


def due(cycle: Cycle) -> dt.date | None:
    """The day by which the streams are due, where somebody above knows it."""
    answers: list[Any] = [day for _, day in streams_due.send(sender=Stream, cycle=cycle) if day]
    return answers[0] if answers else None


def progress(plan: SalesPlan, stream: Stream, mine: Scope) -> tuple[int, int]:
    """How many of the series in sight somebody of the department entered or left as the baseline, and of how many."""
    entered = Input.objects.filter(plan=plan, stream=stream, series=OuterRef("pk"))
    skipped = Skip.objects.filter(plan=plan, stream=stream, series=OuterRef("pk"))
    series = Series.objects.filter(mine.series())
    return series.filter(Exists(entered) | Exists(skipped)).count(), series.count()


def _parted(departments: set[int]) -> dict[int, list[Membership]]:
    members = Membership.objects.filter(department__in=departments, role__in=ENTERING, user__is_active=True)
    members = members.exclude(families=None, markets=None).distinct()
    found: dict[int, list[Membership]] = {}
    for member in members.select_related("user").order_by("user__first_name", "user__username"):
        found.setdefault(member.department_id, []).append(member)
    return found


def _voice(
    plan: SalesPlan,
    user: User,
    stream: Stream,
    submission: StreamSubmission,
    parts: list[StreamPart],
    cover: list[Membership],
) -> Voice:
    submission.stream = stream
    state, mine = submission.state, can(user, Verb.ENTER_STREAM, department=stream.department)
    handed_in = any(part.by_id == user.pk for part in parts)
    open_plan = plan.cycle.editable and not plan.frozen_at and not plan.locked_at
    decides = open_plan and can(user, Verb.EDIT_CONSENSUS)
    done = {part.by_id for part in parts}
    return Voice(
        stream=stream,
        submission=submission,
        parts=parts,
        missing=[] if state in CLOSED else [m.user.display_name for m in cover if m.user_id not in done],
        mine=mine,
        handed_in=handed_in and state not in CLOSED,
        may_submit=open_plan and mine and state not in CLOSED and not handed_in,
        may_withdraw=open_plan and mine and (state == State.SUBMITTED or (handed_in and state not in CLOSED)),
        may_accept=decides and state == State.SUBMITTED,
        may_return=decides and state in CLOSED,
    )
