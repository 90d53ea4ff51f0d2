"""A department's word on its stream: handed in, taken back, accepted, returned.

Whoever covers the whole department submits its stream. Whoever covers some families or markets hands in that part, and
the last part in submits the stream. Either way it takes no more entries until it is withdrawn or returned.
"""

from django.db import transaction
from django.utils import timezone

from planning.actions.demand import hold
from planning.models import SalesPlan, Stream, StreamPart, StreamSubmission
from planning.queries.streams import CLOSED, State, parted, submission_of, whole
from planning.signals import stream_moved
from sop.actions import changes
from sop.errors import Conflict, Locked, PlanningError
from sop.models import Department, User
from sop.permissions import Verb, require
from sop.words import listed, short_day


@transaction.atomic
def submit(*, plan: SalesPlan, stream: Stream, by: User, note: str = "") -> StreamSubmission:
    """Hand in a stream, or the part of it that this person covers."""
    require(by, Verb.ENTER_STREAM, department=stream.department)
    return hand_in(hold(plan), stream, by, note)


@transaction.atomic
def withdraw(*, plan: SalesPlan, stream: Stream, by: User) -> StreamSubmission:
    """Take a submitted stream, or one's part of it, back to change it."""
    require(by, Verb.ENTER_STREAM, department=stream.department)
    plan = hold(plan)
    submission, part = submission_of(plan, stream), _part(plan, stream, by)
    if submission.state == State.ACCEPTED:
        raise Conflict(f"{_who(submission)} accepted {stream.name}’s numbers; ask the demand planner to return them.")
    if submission.state != State.SUBMITTED and part is None:
        raise Conflict(f"{stream.name} has not been submitted; there is nothing to withdraw.")
    StreamPart.objects.filter(plan=plan, stream=stream, by=by).delete()
    was_in = submission.state == State.SUBMITTED
    summary = f"Withdrew {stream.name}’s numbers" if was_in else f"Withdrew a part of {stream.name}’s numbers"
    if was_in:
        _move(submission, State.IN_PROGRESS, by, "")
    return _told(submission, "stream.withdrawn", summary, by, moved=was_in)


@transaction.atomic
def accept(*, plan: SalesPlan, stream: Stream, by: User, note: str = "") -> StreamSubmission:
    """The demand planner has read a stream and takes it as it is."""
    require(by, Verb.EDIT_CONSENSUS)
    plan = hold(plan)
    submission = submission_of(plan, stream)
    if submission.state != State.SUBMITTED:
        raise Conflict(f"{stream.name} is {submission.state}; only what is submitted can be accepted.")
    _move(submission, State.ACCEPTED, by, note)
    return _told(submission, "stream.accepted", f"Accepted {stream.name}’s numbers", by, note, moved=False)


@transaction.atomic
def return_(*, plan: SalesPlan, stream: Stream, by: User, reason: str) -> StreamSubmission:
    """The demand planner gives a stream back to be entered again, and says what is missing."""
    require(by, Verb.EDIT_CONSENSUS)
    return give_back(hold(plan), stream, by, reason)


# --- Steps of a larger transaction: who asks has checked who may, and holds the plan ----------------------------------
def hand_in(plan: SalesPlan, stream: Stream, by: User, note: str = "") -> StreamSubmission:
    """`submit` without asking who."""
    submission = submission_of(plan, stream)
    if submission.state in CLOSED:
        raise Conflict(f"{stream.name} has been {submission.state} already ({_who(submission)}).")
    waiting = [] if whole(by, stream.department) else _add_part(plan, stream, by, note)
    if waiting:
        _move(submission, State.IN_PROGRESS, by, submission.note)
        summary = f"Handed in a part of {stream.name}’s numbers; {listed(waiting)} to come"
        return _told(submission, "stream.part_submitted", summary, by, note, moved=False)
    _move(submission, State.SUBMITTED, by, note)
    return _told(submission, "stream.submitted", f"Submitted {stream.name}’s numbers", by, note)


def hand_in_all(plan: SalesPlan, department: Department, by: User, note: str = "") -> bool:
    """Hand in every stream of a department that is still open; False when it has none."""
    streams = list(Stream.objects.filter(department=department).select_related("department"))
    for stream in streams:
        if submission_of(plan, stream).state not in CLOSED:
            hand_in(plan, stream, by, note)
    return bool(streams)


def give_back(plan: SalesPlan, stream: Stream, by: User, reason: str) -> StreamSubmission:
    """`return_` without asking who."""
    if not reason.strip():
        raise PlanningError("Say what is missing.", errors={"reason": ["This is needed."]})
    submission = submission_of(plan, stream)
    if submission.state not in CLOSED:
        raise Conflict(f"{stream.name} has not been submitted; there is nothing to return.")
    StreamPart.objects.filter(plan=plan, stream=stream).delete()
    _move(submission, State.RETURNED, by, reason)
    return _told(submission, "stream.returned", f"Returned {stream.name}’s numbers", by, reason)


def give_back_all(plan: SalesPlan, department: Department, by: User, reason: str) -> bool:
    """Return every stream of a department that is in; False when none was."""
    closed = StreamSubmission.objects.filter(plan=plan, stream__department=department, state__in=CLOSED)
    streams = [each.stream for each in closed.select_related("stream__department")]
    for stream in streams:
        give_back(plan, stream, by, reason)
    return bool(streams)


def reopen_all(plan: SalesPlan) -> None:
    """All streams take entries again and must be submitted once more: an earlier review was returned."""
    StreamPart.objects.filter(plan=plan).delete()
    StreamSubmission.objects.filter(plan=plan, state__in=CLOSED).update(state=State.IN_PROGRESS, at=timezone.now())


def take_entries(plan: SalesPlan, stream: Stream | None, by: User) -> None:
    """Before entries are saved: Locked when the stream is handed in; from the first one on it is in progress."""
    if stream is None:
        return
    submission = submission_of(plan, stream)
    if submission.state in CLOSED:
        out = "Ask the demand planner to return them."
        if submission.state == State.SUBMITTED:
            out = "Withdraw the submission to change them, or ask the demand planner to return it."
        raise Locked(f"{stream.name}’s numbers are {submission.state} ({_who(submission)}). {out}")
    if part := _part(plan, stream, by):
        day = short_day(timezone.localdate(part.at))
        raise Locked(f"You handed in your part of {stream.name}’s numbers, {day}. Withdraw it to change them.")
    if submission.state != State.IN_PROGRESS:
        _move(submission, State.IN_PROGRESS, by, submission.note)


def _add_part(plan: SalesPlan, stream: Stream, by: User, note: str) -> list[str]:
    """Keep that this person's part is in; who else's is missing."""
    if _part(plan, stream, by):
        raise Conflict(f"You have handed in your part of {stream.name}’s numbers already.")
    StreamPart.objects.create(plan=plan, stream=stream, by=by, note=note.strip()[:500])
    done = set(StreamPart.objects.filter(plan=plan, stream=stream).values_list("by", flat=True))
    return [member.user.display_name for member in parted(stream.department) if member.user_id not in done]


def _part(plan: SalesPlan, stream: Stream, by: User) -> StreamPart | None:
    return StreamPart.objects.filter(plan=plan, stream=stream, by=by).first()


def _move(submission: StreamSubmission, state: State, by: User, note: str) -> None:
    submission.state, submission.by, submission.note = state, by, note.strip()[:500]
    submission.save()


def _told(
    submission: StreamSubmission, kind: str, summary: str, by: User, reason: str = "", *, moved: bool = True
) -> StreamSubmission:
    """Tell those above what became of the stream, then the log."""
    plan, stream, state = submission.plan, submission.stream, submission.state
    if moved:
        stream_moved.send(sender=Stream, plan=plan, stream=stream, state=state, by=by, note=submission.note)
    data: dict[str, object] = {"stream": stream.code, "state": state}
    what = changes.What(kind, summary, object=f"sales-plan:{plan.pk}", reason=reason.strip(), data=data)
    changes.record(what, by=by, cycle=plan.cycle)
    return submission


def _who(submission: StreamSubmission) -> str:
    name = submission.by.display_name if submission.by else "somebody"
    return f"{name}, {short_day(timezone.localdate(submission.at))}"
