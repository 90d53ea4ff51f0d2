"""Action items: who will do what by when, and what came of it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from reviews.actions.decisions import due_mistakes, owner_mistakes, require_open
from reviews.models import ActionItem, AgendaItem, Decision, Meeting
from sop.actions import changes
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Cycle, Department, User
from sop.permissions import Verb, can, require
from sop.words import short_day

OPEN = (ActionItem.State.OPEN, ActionItem.State.IN_PROGRESS)


@dataclass(frozen=True)
class Task:
    """What somebody will do."""

    text: str
    owner: User | None
    due: dt.date | None
    decision: Decision | None = None
    department: Department | None = None
    agenda_item: AgendaItem | None = None
    meeting: Meeting | None = None


@transaction.atomic
def add(*, cycle: Cycle, task: Task, by: User) -> ActionItem:
    """Give somebody something to do by a day."""
    require(by, Verb.ACT)
    require_open(cycle)
    errors = owner_mistakes(task.owner) | due_mistakes(task.due)
    if not task.text.strip():
        errors["text"] = ["Say what is to be done."]
    if task.decision and task.decision.cycle_id != cycle.pk:
        errors["decision"] = [f"This decision is not one of {cycle}."]
    if errors or task.owner is None or task.due is None:
        raise PlanningError("The action is not complete.", errors=errors)
    item = ActionItem.objects.create(
        cycle=cycle,
        text=task.text.strip(),
        owner=task.owner,
        due=task.due,
        decision=task.decision,
        department=task.department,
        agenda_item=task.agenda_item,
        meeting=task.meeting,
    )
    _record(item, "action.added", f"{task.owner.display_name} by {short_day(item.due)}: {item.text}", by)
    return item


@transaction.atomic
def start(*, item: ActionItem, by: User) -> ActionItem:
    """The owner is at it."""
    item = _lock(item, by)
    item.state = ActionItem.State.IN_PROGRESS
    item.save()
    _record(item, "action.started", f"Started: {item.text}", by)
    return item


@transaction.atomic
def finish(*, item: ActionItem, result: str, by: User) -> ActionItem:
    """Done, with what came of it."""
    return _end(item, ActionItem.State.DONE, result, by)


@transaction.atomic
def cancel(*, item: ActionItem, reason: str, by: User) -> ActionItem:
    """No longer to be done, and why."""
    return _end(item, ActionItem.State.CANCELLED, reason, by)


@transaction.atomic
def reassign(*, item: ActionItem, owner: User | None, by: User, due: dt.date | None = None) -> ActionItem:
    """Somebody else, and perhaps by another day."""
    require(by, Verb.ACT)
    item = _lock(item, by)
    errors = owner_mistakes(owner) | (due_mistakes(due) if due and due != item.due else {})
    if errors or owner is None:
        raise PlanningError("The action was not handed over.", errors=errors)
    item.owner, item.due = owner, due or item.due
    item.save()
    summary = f"Handed to {owner.display_name}, by {short_day(item.due)}: {item.text}"
    _record(item, "action.reassigned", summary, by)
    return item


def _end(item: ActionItem, state: ActionItem.State, result: str, by: User) -> ActionItem:
    item = _lock(item, by)
    done = state == ActionItem.State.DONE
    if not result.strip():
        raise PlanningError(
            "Say what came of it." if done else "Say why it is cancelled.",
            errors={"result" if done else "reason": ["This is needed."]},
        )
    item.state, item.result, item.closed_at = state, result.strip(), timezone.now()
    item.save()
    kind, word = ("action.done", "Done") if done else ("action.cancelled", "Cancelled")
    _record(item, kind, f"{word}: {item.text}", by, item.result)
    return item


def _lock(item: ActionItem, by: User) -> ActionItem:
    """The item as it is now, if this person may touch it and it is still to be done."""
    fresh = ActionItem.objects.select_for_update().get(pk=item.pk)
    if fresh.owner_id != by.pk and not can(by, Verb.ACT):
        raise NotAllowed("You may not change the action items of others.")
    if fresh.state not in OPEN:
        raise Conflict(f"This is {fresh.state} already: {fresh.result}")
    return fresh


def _record(item: ActionItem, kind: str, summary: str, by: User, reason: str = "") -> None:
    what = changes.What(kind, summary, object=f"action-item:{item.pk}", reason=reason)
    changes.record(what, by=by, cycle=item.cycle)
