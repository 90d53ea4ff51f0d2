"""A review's meeting: started, led from item to item, answered by the departments, noted, and ended.

running ── go, present, answer, decide, note, act ──► running ── end ──► ended
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from planning.actions import consensus
from planning.models import Method
from planning.queries import compare, plans
from planning.queries.rows import Filters
from reviews.actions import action_items, agenda, decisions
from reviews.actions.agenda import move_on, open_stage, record, require_lead
from reviews.actions.decisions import About, Expected, Proposal
from reviews.actions.stages import name, require_reason
from reviews.models import ActionItem, AgendaItem, Answer, Attendance, Decision, Meeting, Stage, Talk
from reviews.queries.action_line import parse
from reviews.queries.agenda import takes_part
from reviews.queries.meeting import proposals
from sop import months
from sop.errors import Conflict, NotAllowed, NotFound, PlanningError
from sop.models import Department, User
from sop.permissions import Verb, require, scope
from sop.words import units

REVIEW_AFTER = dt.timedelta(days=30)
ON_AGENDA = (AgendaItem.State.MERGED, AgendaItem.State.DROPPED)


@dataclass(frozen=True)
class Said:
    """A department's word on an item."""

    agrees: bool
    number: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is decided: for a dispute a method, whose numbers go into the sales plan; else a sentence."""

    choice: str = ""
    reason: str = ""
    method: str = ""
    number: float | None = None


@transaction.atomic
def start(*, stage: Stage, by: User) -> Meeting:
    """Open the meeting of a review; an agenda that was not drawn up is drawn up now."""
    stage = open_stage(stage)
    require_lead(stage, by)
    if not stage.agenda.exists():
        agenda.draw_up(stage=stage, by=by)
    now, items = timezone.now(), list(stage.agenda.filter(state=AgendaItem.State.OPEN))
    try:
        with transaction.atomic():
            meeting = Meeting.objects.create(
                stage=stage,
                presenter=by,
                item=items[0] if items else None,
                item_since=now,
                planned_end=now + dt.timedelta(minutes=sum(item.minutes for item in items)),
            )
    except IntegrityError as clash:
        raise Conflict(f"The meeting of the {name(stage)} is running already; join it.") from clash
    Attendance.objects.create(meeting=meeting, user=by, seen_at=now)
    record(stage, "meeting.started", f"Started the meeting of the {name(stage)}", by, data={"meeting": meeting.pk})
    return meeting


@transaction.atomic
def here(*, meeting: Meeting, by: User) -> Meeting:
    """Somebody's page is open: the first time it is an arrival, told to all; then only that they are still there."""
    require(by, Verb.VIEW)
    if meeting.state == Meeting.State.RUNNING:
        _, new = Attendance.objects.update_or_create(meeting=meeting, user=by, defaults={"seen_at": timezone.now()})
        if new:
            record(meeting.stage, "meeting.joined", f"Joined the meeting of the {name(meeting.stage)}", by)
            meeting.refresh_from_db()
    return meeting


@transaction.atomic
def present(*, meeting: Meeting, by: User) -> Meeting:
    """Take over presenting."""
    meeting = _lead(meeting, by)
    meeting.presenter = by
    meeting.save(update_fields=["presenter"])
    record(meeting.stage, "meeting.presenter", f"Presents the {name(meeting.stage)}", by)
    return meeting


@transaction.atomic
def go(*, meeting: Meeting, item: AgendaItem, by: User) -> Meeting:
    """Everybody's page goes to this item; the time of the one before is kept."""
    meeting = _lead(meeting, by)
    if item.stage_id != meeting.stage_id or item.state in ON_AGENDA:
        raise NotFound("This item is not on the agenda of the meeting.")
    _stop_clock(meeting)
    meeting.item, meeting.item_since = item, timezone.now()
    meeting.save(update_fields=["item", "item_since"])
    record(meeting.stage, "meeting.moved", f"Moved the {name(meeting.stage)} on", by, data={"item": item.pk})
    return meeting


@transaction.atomic
def answer(*, meeting: Meeting, item: AgendaItem, department: Department, said: Said, by: User) -> Answer:
    """A department agrees with what is proposed, or says its own number and why; until the item is settled."""
    meeting = running(meeting)
    require(by, Verb.SIGN, department=department)
    if not meeting.stage.seats.filter(department=department).exists():
        raise NotFound(f"{department.name} is not asked in the {name(meeting.stage)}.")
    item = _on(meeting, item)
    if item.state != AgendaItem.State.OPEN:
        raise Conflict(f"“{item.title}” is {item.state} already.")
    if not said.agrees:
        require_reason(said.why, "Say why, in one sentence.")
    told, _ = Answer.objects.update_or_create(
        item=item,
        department=department,
        defaults={
            "agrees": said.agrees,
            "units": None if said.agrees else said.number,
            "why": said.why.strip(),
            "by": by,
        },
    )
    words = "agrees" if said.agrees else "has its own number" if said.number is not None else "does not agree"
    record(
        meeting.stage, "meeting.answered", f"{department.name} {words}: {item.title}", by, item=item, reason=said.why
    )
    return told


@transaction.atomic
def decide(*, meeting: Meeting, item: AgendaItem, verdict: Verdict, by: User) -> Decision:
    """Settle an item: the decision is kept with its reason; of a dispute, the numbers go into the sales plan."""
    meeting = _lead(meeting, by)
    item = move_on(_on(meeting, item), "decide", by)
    require_reason(verdict.reason, "Say why, in one sentence.")
    about, expected = About(family=item.family), Expected()
    if verdict.method:
        options, choice, about, expected = _into_plan(item, verdict, by)
    else:
        options, choice = [], verdict.choice.strip()
    if not choice:
        raise PlanningError("Say what is decided.", errors={"choice": ["This is needed."]})
    cycle = meeting.stage.cycle
    review = max(months.last_day(cycle.first_month), timezone.localdate() + REVIEW_AFTER)
    proposal = Proposal(item.title, by, review, options, stage=meeting.stage, about=about, expected=expected)
    decision = decisions.propose(cycle=cycle, proposal=proposal, by=by)
    decision = decisions.decide(decision=decision, choice=choice, reason=verdict.reason, by=by)
    item.decision, item.reason = decision, verdict.reason.strip()
    item.save()
    record(meeting.stage, "meeting.decided", f"Settled: {item.title}", by, item=item, reason=verdict.reason)
    return decision


@transaction.atomic
def settle(*, meeting: Meeting, item: AgendaItem, how: Callable[..., AgendaItem], by: User, **told: str) -> AgendaItem:
    """Defer, escalate or reopen an item (`how`, of the agenda's verbs) while the meeting runs."""
    return how(item=_on(_lead(meeting, by), item), by=by, **told)


@transaction.atomic
def note(*, meeting: Meeting, item: AgendaItem, text: str, version: int, by: User) -> Talk:
    """Keep what is being noted. Who writes on an older version is told what stands there, and loses nothing."""
    meeting = running(meeting)
    if not takes_part(by, meeting.stage):
        raise NotAllowed(f"Only who takes part in the {name(meeting.stage)} takes notes.")
    item = _on(meeting, item)
    Talk.objects.get_or_create(meeting=meeting, item=item)
    talk = Talk.objects.select_for_update().get(meeting=meeting, item=item)
    if talk.notes == text:
        return talk
    if talk.version != version:
        theirs = {"notes": talk.notes, "version": talk.version}
        raise Conflict("Somebody else has written meanwhile.", extra=theirs)
    talk.notes, talk.version = text, version + 1
    talk.save()
    record(meeting.stage, "meeting.noted", f"Noted: {item.title}", by, item=item)
    return talk


@transaction.atomic
def act(*, meeting: Meeting, line: str, by: User) -> ActionItem:
    """An action item out of one line: “@ana check capacity by 12 Dec”, said at the item that is on."""
    meeting = running(meeting)
    told = parse(line, timezone.localdate())
    if told.missing:
        raise PlanningError(f"{told.missing}.", errors={"line": [told.missing]})
    decision = meeting.item.decision if meeting.item else None
    task = action_items.Task(
        told.text, told.owner, told.due, decision=decision, agenda_item=meeting.item, meeting=meeting
    )
    item = action_items.add(cycle=meeting.stage.cycle, task=task, by=by)
    record(meeting.stage, "meeting.action", f"An action of the {name(meeting.stage)}", by)
    return item


@transaction.atomic
def end(*, meeting: Meeting, by: User) -> Meeting:
    """Close the meeting; its minutes are written. What is still open stays on the agenda, or is carried over."""
    meeting = _lead(meeting, by)
    _stop_clock(meeting)
    meeting.state, meeting.ended_at = Meeting.State.ENDED, timezone.now()
    meeting.save(update_fields=["state", "ended_at"])
    record(meeting.stage, "meeting.ended", f"Ended the meeting of the {name(meeting.stage)}", by)
    return meeting


def running(meeting: Meeting) -> Meeting:
    """The meeting, held and read afresh, while it runs."""
    fresh = Meeting.objects.select_for_update(of=("self",)).select_related("item", "presenter").get(pk=meeting.pk)
    fresh.stage = open_stage(fresh.stage)
    if fresh.state != Meeting.State.RUNNING:
        raise Conflict(f"The meeting of the {name(fresh.stage)} has ended.")
    return fresh


def _lead(meeting: Meeting, by: User) -> Meeting:
    meeting = running(meeting)
    require_lead(meeting.stage, by)
    return meeting


def _on(meeting: Meeting, item: AgendaItem) -> AgendaItem:
    found = AgendaItem.objects.select_related("family", "stage").filter(pk=item.pk, stage=meeting.stage).first()
    if found is None:
        raise NotFound("This item is not on the agenda of the meeting.")
    return found


def _stop_clock(meeting: Meeting) -> None:
    if meeting.item is None:
        return
    seconds = max(0, round((timezone.now() - meeting.item_since).total_seconds()))
    talk, _ = Talk.objects.get_or_create(meeting=meeting, item=meeting.item)
    Talk.objects.filter(pk=talk.pk).update(seconds=F("seconds") + seconds)


def _into_plan(item: AgendaItem, verdict: Verdict, by: User) -> tuple[list[str], str, About, Expected]:
    """The method's numbers become the consensus; a number is spread over the months as the proposal is.

    Returns what there was to choose from and what was chosen, in words, what it is about, and the revenue it moves.
    """
    plan = plans.working_or_error(item.stage.cycle)
    row = compare.row_of(plan, Filters(scope(by)), item.row)[0] if item.row else None
    if row is None:
        raise PlanningError("No department says a number of its own here; say what is decided in words.")
    offered = proposals(row)
    method, _, stream = verdict.method.partition(":")
    numbers = None
    if method == Method.NUMBER:
        numbers = _spread(row, verdict.number)
    elif verdict.method not in offered:
        raise PlanningError(f"“{verdict.method}” is not one of the proposals.", errors={"method": ["Choose one."]})
    options = [f"{label} {units(value)}" for label, value in offered.values()]
    label, value = offered.get(verdict.method, ("A number:", verdict.number))
    chosen = f"{label} {units(value)}"
    choice = consensus.Choice(method, stream, numbers, verdict.reason.strip())
    consensus.decide(plan=plan, row=item.row, choice=choice, by=by)
    about = About(item.family, row.key, row.first, row.last)
    return list(dict.fromkeys([*options, chosen])), chosen, about, Expected(revenue=_moved(row, value))


def _moved(row: compare.Row, value: float | None) -> float | None:
    """What the plan of the row gains in revenue, at the price of a unit of it; None where no money is seen."""
    if row.plan_money is None or value is None or not row.plan:
        return None
    return (value - row.plan) * row.plan_money / row.plan


def _spread(row: compare.Row, number: float | None) -> dict[dt.date, float]:
    """A total over the row's months, in the proportions of the proposal."""
    if number is None or number < 0:
        raise PlanningError("Say which number.", errors={"number": ["This is needed."]})
    total = sum(value for _, _, value in row.months)
    share = [value / total if total else 1 / len(row.months) for _, _, value in row.months]
    return {months.parse(code): number * part for (code, _, _), part in zip(row.months, share, strict=True)}
