"""Submitting to a stage, signing it off, and returning it.

Submitting to the demand review and submitting a department's streams are one act, wherever it is done: here the streams
are handed in with it, and `follow_stream` hears of those that were handed in elsewhere.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from planning.actions import freezing, streams
from planning.models import SalesPlan, Stream, StreamSubmission
from planning.queries import plans
from planning.queries.streams import all_in
from reviews.actions import snapshots
from reviews.models import Snapshot, Stage, Submission
from reviews.queries.gates import Gate, red
from reviews.queries.stages import current, stages
from sop.actions import changes
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Cycle, Department, User
from sop.permissions import Verb, can, memberships
from sop.words import listed, short_day


@transaction.atomic
def submit(*, stage: Stage, department: Department, by: User, note: str = "") -> Submission:
    """A department says that its part of the stage is done."""
    stage = lock(stage)
    _require_voice(by, department, "submits for")
    _require_current(stage)
    submission = _submission(stage, department)
    if submission.state == Submission.State.SUBMITTED:
        raise Conflict(f"{department.name} has submitted already ({_who(submission.by)}).")
    _start(stage)
    plan = _plan_of_streams(stage)
    if plan and streams.hand_in_all(plan, department, by, note):
        submission.refresh_from_db()
        if submission.state == Submission.State.SUBMITTED or not all_in(plan, department):
            return submission
    _mark(submission, Submission.State.SUBMITTED, by, note)
    record(stage, "submission.submitted", f"{department.name} submitted to the {name(stage)}", by, reason=note)
    return submission


@transaction.atomic
def return_submission(*, stage: Stage, department: Department, by: User, reason: str) -> Submission:
    """The owner of a stage gives a submission back to be done again."""
    stage = lock(stage)
    _require_voice(by, stage.owner, "returns submissions of")
    _require_current(stage)
    require_reason(reason, "Say what is missing.")
    submission = _submission(stage, department)
    if submission.state != Submission.State.SUBMITTED:
        raise Conflict(f"{department.name} has not submitted; there is nothing to return.")
    plan = _plan_of_streams(stage)
    if plan and streams.give_back_all(plan, department, by, reason):
        submission.refresh_from_db()
        return submission
    submission.state, submission.note = Submission.State.RETURNED, reason.strip()
    submission.save()
    summary = f"Returned what {department.name} submitted to the {name(stage)}"
    record(stage, "submission.returned", summary, by, reason=reason)
    return submission


def follow_stream(*, plan: SalesPlan, stream: Stream, state: str, by: User, note: str, **_: object) -> None:
    """A department's word on the demand review says what its streams do; part of the transaction that moves them."""
    waiting = Submission.objects.filter(stage__cycle=plan.cycle_id, stage__key=Stage.Key.DEMAND_REVIEW)
    submission = waiting.filter(department=stream.department).first()
    if submission is None:
        return
    if state == StreamSubmission.State.SUBMITTED:
        if all_in(plan, stream.department):
            _mark(submission, Submission.State.SUBMITTED, by, note)
    elif state == StreamSubmission.State.RETURNED:
        submission.state, submission.note = Submission.State.RETURNED, note
        submission.save()
    else:
        _mark(submission, Submission.State.NOT_STARTED, None, "")


@transaction.atomic
def sign_off(*, stage: Stage, by: User, note: str = "", despite: str = "") -> Snapshot | None:
    """The owner's name under a stage. A red gate needs a reason (`despite`), a required one cannot be passed."""
    stage = lock(stage)
    _require_voice(by, stage.owner, "signs off")
    if stage.key == Stage.Key.EXECUTIVE:
        raise PlanningError("The executive review ends with the approval of the plan, not with a sign-off.")
    _require_current(stage)
    open_gates = red(stage)
    _require_gates(open_gates, despite)
    snapshot = close(stage, by, note)
    if stage.key == Stage.Key.DEMAND_REVIEW and (plan := plans.working(stage.cycle)):
        freezing.lock_plan(plan)
    if stage.key == Stage.Key.SUPPLY_REVIEW:
        freezing.lock_supply(stage.cycle)
    data: dict[str, object] = {
        "digest": snapshot.digest if snapshot else "",
        "despite": [gate.label for gate in open_gates],
    }
    reason = despite.strip() if open_gates else note.strip()
    record(stage, "stage.signed_off", f"Signed off the {name(stage)}", by, reason=reason, data=data)
    return snapshot


@transaction.atomic
def reopen(*, stage: Stage, by: User, reason: str) -> Stage:
    """Return a signed stage: it and every later one must be signed again, and the sales plan takes entries again."""
    stage = lock(stage)
    on = current(stages(stage.cycle))
    if not _may_reopen(by, stage, on):
        raise NotAllowed(
            f"The {name(stage)} is returned by {stage.owner.name}, the review that follows, or the office."
        )
    return send_back(stage, by, reason)


def send_back(stage: Stage, by: User, reason: str) -> Stage:
    """`reopen` without asking who; part of the caller's transaction, on a locked stage."""
    require_reason(reason, "Say why it is returned.")
    if stage.state != Stage.State.SIGNED_OFF:
        raise Conflict(f"The {name(stage)} is not signed off; there is nothing to return.")
    unsigned = {"signed_by": None, "signed_at": None, "note": ""}
    later = stage.cycle.stages.filter(position__gt=stage.position)
    Submission.objects.filter(stage__in=later).update(state=Submission.State.NOT_STARTED, by=None, at=None, note="")
    later.update(state=Stage.State.NOT_STARTED, **unsigned)
    _reopen_streams(stage)
    Stage.objects.filter(pk=stage.pk).update(state=Stage.State.RETURNED, **unsigned)
    demand = stage.cycle.stages.get(key=Stage.Key.DEMAND_REVIEW)
    if stage.position <= demand.position and (plan := plans.working(stage.cycle)):
        freezing.unlock_plan(plan)
    if stage.position <= stage.cycle.stages.get(key=Stage.Key.SUPPLY_REVIEW).position:
        freezing.unlock_supply(stage.cycle)
    record(stage, "stage.returned", f"Returned the {name(stage)}", by, reason=reason)
    stage.refresh_from_db()
    return stage


# --- Shared with the approval -----------------------------------------------------------------------------------------
def lock(stage: Stage) -> Stage:
    """One at a time: whoever writes to a cycle's stages holds its row and its sales plan, and reads them afresh.

    An edit that holds the plan ends first; one that waits finds it locked or frozen: none slips in behind a signature.
    """
    # The plan before the cycle, as the edits do, or the two could wait for each other.
    list(SalesPlan.objects.select_for_update().filter(cycle=stage.cycle_id, frozen_at__isnull=True).values_list("pk"))
    cycle = Cycle.objects.select_for_update().get(pk=stage.cycle_id)
    if not cycle.editable:
        raise Locked(f"{cycle} is {cycle.state}; its reviews are over.")
    fresh = Stage.objects.select_related("owner").get(pk=stage.pk)
    fresh.cycle = cycle
    return fresh


def close(stage: Stage, by: User, note: str) -> Snapshot | None:
    """Put a name under a stage, freeze what it saw, and start the next one."""
    stage.state, stage.signed_by, stage.signed_at = Stage.State.SIGNED_OFF, by, timezone.now()
    stage.note = note.strip()
    stage.save()
    following = stage.cycle.stages.filter(position__gt=stage.position).order_by("position").first()
    if following:
        _start(following)
    return snapshots.take(stage=stage, by=by)


def record(
    stage: Stage, kind: str, summary: str, by: User, *, reason: str = "", data: dict[str, object] | None = None
) -> None:
    what = changes.What(kind, summary, object=f"stage:{stage.pk}", reason=reason.strip(), data=data or {})
    changes.record(what, by=by, cycle=stage.cycle)


def require_reason(reason: str, why: str) -> None:
    if not reason.strip():
        raise PlanningError(why, errors={"reason": ["This is needed."]})


def name(stage: Stage) -> str:
    """The stage inside a sentence: “demand review”, “pre-S&OP”, “executive review”."""
    names = {Stage.Key.PRE_SOP: "pre-S&OP", Stage.Key.EXECUTIVE: "executive review"}
    return names.get(Stage.Key(stage.key), str(stage.get_key_display()).lower())


# --- Who, and in which order ------------------------------------------------------------------------------------------
def _require_voice(by: User, department: Department, verb: str) -> None:
    if can(by, Verb.SIGN, department=department):
        return
    mine = [member.department.name for member in memberships(by)]
    speaks = f"you speak for {listed(mine)}" if mine else "you speak for no department"
    raise NotAllowed(f"Only {department.name} {verb} this; {speaks}.")


def _may_reopen(by: User, stage: Stage, on: Stage | None) -> bool:
    owners = [stage.owner, *([on.owner] if on else [])]
    return can(by, Verb.OPEN_CYCLE) or any(can(by, Verb.SIGN, department=owner) for owner in owners)


def _require_current(stage: Stage) -> None:
    if stage.state == Stage.State.SIGNED_OFF:
        when = short_day(timezone.localdate(stage.signed_at)) if stage.signed_at else "before"
        raise Conflict(f"The {name(stage)} was signed off by {_who(stage.signed_by)}, {when}.")
    on = current(stages(stage.cycle))
    if on is not None and on.pk != stage.pk:
        raise PlanningError(
            f"The {name(stage)} comes after the {name(on)}, which {on.owner.name} has not signed off yet."
        )


def _require_gates(open_gates: Sequence[Gate], despite: str) -> None:
    required = [gate for gate in open_gates if gate.required]
    if required:
        raise PlanningError(f"Not yet: {_told(required)}.", errors=_errors(required))
    if open_gates and not despite.strip():
        raise PlanningError(
            f"Not green: {_told(open_gates)}. Mend it, or give the reason to sign all the same.",
            errors=_errors(open_gates),
        )


def _told(open_gates: Sequence[Gate]) -> str:
    return "; ".join(f"{gate.label.lower()} ({gate.why[:1].lower()}{gate.why[1:]})" for gate in open_gates)


def _errors(open_gates: Sequence[Gate]) -> dict[str, list[str]]:
    return {gate.key: [gate.why] for gate in open_gates}


def _submission(stage: Stage, department: Department) -> Submission:
    submission = stage.submissions.filter(department=department).select_related("by").first()
    if submission is None:
        raise NotFound(f"The {name(stage)} waits for nothing from {department.name}.")
    return submission


def _mark(submission: Submission, state: Submission.State, by: User | None, note: str) -> None:
    submission.state, submission.by, submission.at = state, by, timezone.now() if by else None
    submission.note = note.strip()
    submission.save()


def _plan_of_streams(stage: Stage) -> SalesPlan | None:
    """The plan whose streams are submitted with a stage: only the demand review has one."""
    return plans.working(stage.cycle) if stage.key == Stage.Key.DEMAND_REVIEW else None


def _reopen_streams(stage: Stage) -> None:
    """When a review before the demand review is returned, the departments submit once more."""
    demand = stage.cycle.stages.get(key=Stage.Key.DEMAND_REVIEW)
    if stage.position < demand.position and (plan := plans.working(stage.cycle)):
        streams.reopen_all(plan)


def _start(stage: Stage) -> None:
    if stage.state in (Stage.State.NOT_STARTED, Stage.State.RETURNED):
        Stage.objects.filter(pk=stage.pk).update(state=Stage.State.IN_PROGRESS)


def _who(user: User | None) -> str:
    return user.display_name if user else "somebody"
