"""The agenda of a review: drawn up from the exceptions, then added to, merged, put in order, deferred, escalated."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from reviews.actions.stages import name, require_reason
from reviews.models import AgendaItem, FamilyAgreement, Meeting, Stage
from reviews.queries import agenda as queries
from reviews.queries import candidates
from reviews.queries.agenda import Quiet
from sop.actions import changes
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Department, Family, User
from sop.permissions import Verb, can, require, scope
from sop.words import counted

SHORTEST, LONGEST, TOPIC = 5, 15, 10
State = AgendaItem.State
# From which state which verb leads where; what is not here is refused.
TRANSITIONS: dict[tuple[str, str], State] = {
    (State.OPEN, "decide"): State.DECIDED,
    (State.OPEN, "defer"): State.DEFERRED,
    (State.OPEN, "escalate"): State.ESCALATED,
    (State.OPEN, "merge"): State.MERGED,
    **{(state, "reopen"): State.OPEN for state in (State.DECIDED, State.DEFERRED, State.ESCALATED, State.MERGED)},
}
FURTHER = (Stage.Key.PRE_SOP, Stage.Key.EXECUTIVE)


@dataclass(frozen=True)
class Topic:
    """Something to talk about that no exception names."""

    title: str
    why: str = ""
    minutes: int = TOPIC
    family: Family | None = None
    owner: Department | None = None


@transaction.atomic
def draw_up(*, stage: Stage, by: User) -> list[AgendaItem]:
    """Make the agenda from the exceptions and what earlier cycles left undecided.

    Drawn up again, it takes in what is new, brings open items up to date and drops those whose exception has gone;
    what somebody added, moved, merged or settled stays.
    """
    stage = open_stage(stage)
    require_lead(stage, by)
    found = candidates.candidates(stage)
    largest = max((abs(each.worth) for each in found), default=0.0)
    departments = {each.code: each for each in Department.objects.all()}
    items = {item.key: item for item in stage.agenda.all()}
    for each in found:
        _take(stage, items.get(each.key), each, departments.get(each.owner, stage.owner), largest)
    gone = stage.agenda.filter(state=State.OPEN, added_by=None, source=None)
    dropped = gone.exclude(key__in=[each.key for each in found]).update(state=State.DROPPED)
    carried = _carry(stage)
    summary = f"Drew up the agenda of the {name(stage)}: {counted(len(found) + carried, 'item')}"
    record(stage, "agenda.drawn_up", summary, by, data={"dropped": dropped, "carried": carried})
    return list(stage.agenda.filter(state=State.OPEN))


@transaction.atomic
def add(*, stage: Stage, topic: Topic, by: User) -> AgendaItem:
    """Put a topic on the agenda; whoever takes part may."""
    stage = open_stage(stage)
    if not queries.takes_part(by, stage):
        raise NotAllowed(f"Only who takes part in the {name(stage)} adds to its agenda.")
    mine = scope(by)
    if topic.family and mine.families is not None and topic.family.pk not in mine.families:
        raise NotFound("There is no such family.")
    if not topic.title.strip():
        raise PlanningError("Say what it is about.", errors={"title": ["This is needed."]})
    if not 1 <= topic.minutes <= 120:
        raise PlanningError("Give it between 1 and 120 minutes.", errors={"minutes": ["Between 1 and 120."]})
    number = stage.agenda.filter(kind=AgendaItem.Kind.TOPIC).count() + 1
    item = AgendaItem.objects.create(
        stage=stage,
        key=f"topic:{number}",
        kind=AgendaItem.Kind.TOPIC,
        title=topic.title.strip(),
        why=topic.why.strip(),
        family=topic.family,
        owner=topic.owner or _speaks_for(stage, by),
        minutes=topic.minutes,
        added_by=by,
    )
    record(stage, "agenda.added", f"Added to the agenda: {item.title}", by, item=item)
    return item


@transaction.atomic
def merge(*, item: AgendaItem, into: AgendaItem | None, by: User) -> AgendaItem:
    """Two items that are one: `item` is settled with `into`, whose amount stays the larger of the two."""
    item = move_on(item, "merge", by)
    if into is None or into.pk == item.pk or into.stage_id != item.stage_id or into.state != State.OPEN:
        raise PlanningError("Merge it into another open item of this agenda.", errors={"into": ["Choose one."]})
    item.merged_into = into
    item.save()
    AgendaItem.objects.filter(pk=into.pk).update(
        worth=max(into.worth, item.worth), minutes=max(into.minutes, item.minutes)
    )
    record(item.stage, "agenda.merged", f"Merged “{item.title}” into “{into.title}”", by, item=item)
    return item


@transaction.atomic
def defer(*, item: AgendaItem, reason: str, by: User) -> AgendaItem:
    """Not this month: the same review of the next cycle takes it up."""
    require_reason(reason, "Say why it waits.")
    item = move_on(item, "defer", by)
    item.reason = reason.strip()
    item.save()
    summary = f"Deferred to the next cycle: {item.title}"
    record(item.stage, "agenda.deferred", summary, by, item=item, reason=reason)
    return item


@transaction.atomic
def escalate(*, item: AgendaItem, to_stage: str, reason: str, by: User) -> AgendaItem:
    """Not here: it stands on the agenda of the pre-S&OP or the executive review, with what was said."""
    require_reason(reason, "Say what the others have to settle.")
    target = item.stage.cycle.stages.filter(key=to_stage, position__gt=item.stage.position).first()
    if target is None or to_stage not in FURTHER:
        raise PlanningError("Escalate to the pre-S&OP or the executive review, after this one.", status=422)
    item = move_on(item, "escalate", by)
    item.reason = reason.strip()
    item.save()
    _hand_on(item, target)
    summary = f"Escalated to the {name(target)}: {item.title}"
    record(item.stage, "agenda.escalated", summary, by, item=item, reason=reason)
    return item


@transaction.atomic
def reopen(*, item: AgendaItem, by: User) -> AgendaItem:
    """Settled too soon: it is open again, and no longer elsewhere. A decision taken stays in the record."""
    item = move_on(item, "reopen", by)
    if AgendaItem.objects.filter(source=item).exclude(state__in=(State.OPEN, State.DROPPED)).exists():
        raise Conflict(f"“{item.title}” has been settled where it was handed on to.")
    AgendaItem.objects.filter(source=item).update(state=State.DROPPED, source=None, reason="")
    item.reason, item.merged_into = "", None
    item.save()
    record(item.stage, "agenda.reopened", f"On the agenda again: {item.title}", by, item=item)
    return item


@transaction.atomic
def move(*, item: AgendaItem, to: int, by: User) -> AgendaItem:
    """Put an item at a place of the agenda, 1 being the first."""
    stage = open_stage(item.stage)
    require_lead(stage, by)
    order = [each for each in stage.agenda.exclude(state__in=(State.DROPPED, State.MERGED)) if each.pk != item.pk]
    order.insert(max(0, min(to - 1, len(order))), item)
    for position, each in enumerate(order, 1):
        each.position = position
    AgendaItem.objects.bulk_update(order, ["position"])
    record(stage, "agenda.moved", f"Put “{item.title}” at place {item.position} of the agenda", by, item=item)
    return item


@transaction.atomic
def agree(*, stage: Stage, department: Department, by: User) -> list[Quiet]:
    """A department agrees to the plan of every family that nobody disputes, as far as the person sees them."""
    stage = open_stage(stage)
    require(by, Verb.SIGN, department=department)
    if not stage.seats.filter(department=department).exists():
        raise NotFound(f"{department.name} is not asked in the {name(stage)}.")
    waiting = [each for each in queries.quiet(stage, scope(by)) if department in each.waiting]
    if not waiting:
        raise Conflict(f"There is no family left that {department.name} could agree to.")
    for each in waiting:
        FamilyAgreement.objects.update_or_create(
            stage=stage, family=each.family, department=department, defaults={"units": each.units, "by": by}
        )
    families = [each.family for each in waiting]
    summary = f"{department.name} agreed to {counted(len(families), 'family', 'families')} before the {name(stage)}"
    record(stage, "agenda.agreed", summary, by, families=families)
    return waiting


# --- Shared with the meeting ------------------------------------------------------------------------------------------
def open_stage(stage: Stage) -> Stage:
    """The stage, held and read afresh, while its agenda can still change."""
    fresh = Stage.objects.select_for_update(of=("self",)).select_related("cycle", "owner").get(pk=stage.pk)
    if not fresh.cycle.editable:
        raise Locked(f"{fresh.cycle} is {fresh.cycle.state}; its reviews are over.")
    if fresh.state == Stage.State.SIGNED_OFF:
        raise Locked(f"The {name(fresh)} is signed off; return it first.")
    return fresh


def require_lead(stage: Stage, by: User) -> None:
    if not queries.leads(by, stage):
        raise NotAllowed(f"The {name(stage)} is led by {stage.owner.name} or the S&OP coordinator.")


def move_on(item: AgendaItem, verb: str, by: User) -> AgendaItem:
    """The item in the state that the verb leads to, not saved yet; refused where the table has no such step."""
    stage = open_stage(item.stage)
    require_lead(stage, by)
    fresh = AgendaItem.objects.select_related("family").get(pk=item.pk)
    fresh.stage = stage
    following = TRANSITIONS.get((fresh.state, verb))
    if following is None:
        raise Conflict(f"“{fresh.title}” is {fresh.state}; it cannot be {PAST[verb]}.")
    fresh.state = following
    return fresh


def record(
    stage: Stage,
    kind: str,
    summary: str,
    by: User,
    *,
    item: AgendaItem | None = None,
    families: list[Family] | None = None,
    reason: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """One line of the log, which a running meeting follows. It is told only to those who see the item's family."""
    stage.meetings.filter(state=Meeting.State.RUNNING).update(version=F("version") + 1)
    told = [family.code for family in families or ([item.family] if item and item.family else [])]
    data = (data or {}) | ({"item": item.pk} if item else {})
    what = changes.What(kind, summary, object=f"stage:{stage.pk}", reason=reason.strip(), data=data, families=told)
    changes.record(what, by=by, cycle=stage.cycle)


PAST = {
    "decide": "decided",
    "defer": "deferred",
    "escalate": "escalated",
    "merge": "merged",
    "reopen": "opened again",
}


def _take(
    stage: Stage, item: AgendaItem | None, found: candidates.Candidate, owner: Department, largest: float
) -> None:
    """A candidate as a new item, or into the one of its key."""
    facts = {
        **{name: getattr(found, name) for name in ("title", "why", "worth", "row", "resource", "url")},
        "family_id": found.family,
    }
    if item is None:
        share = abs(found.worth) / largest if largest else 0.0
        minutes = SHORTEST + round((LONGEST - SHORTEST) * share)
        AgendaItem.objects.create(stage=stage, key=found.key, kind=found.kind, owner=owner, minutes=minutes, **facts)
    elif item.state in (State.OPEN, State.DROPPED):
        AgendaItem.objects.filter(pk=item.pk).update(state=State.OPEN, **facts)


def _carry(stage: Stage) -> int:
    """What earlier cycles left, once; where the exception is there again, its item names where it comes from."""
    return sum([_hand_on(left, stage) for left in candidates.undecided(stage)])


def _hand_on(item: AgendaItem, stage: Stage) -> bool:
    """The item on another agenda, joined to the one that is there for the same exception; whether it is a new one."""
    topic = item.kind == AgendaItem.Kind.TOPIC
    joined = {"source": item, "state": State.OPEN, "reason": item.reason, "merged_into": None}
    if not topic and stage.agenda.filter(key=item.key).update(**joined):
        return False
    facts = ("kind", "title", "why", "worth", "family", "row", "resource", "url", "owner", "minutes", "added_by")
    AgendaItem.objects.update_or_create(
        stage=stage,
        key=f"from:{item.pk}" if topic else item.key,
        defaults=joined | {name: getattr(item, name) for name in facts},
    )
    return True


def _speaks_for(stage: Stage, by: User) -> Department:
    """Of the departments that are asked the one this person speaks for, else the owner of the review."""
    spoken = [seat.department for seat in queries.seats(stage) if can(by, Verb.SIGN, department=seat.department)]
    return spoken[0] if spoken else stage.owner
