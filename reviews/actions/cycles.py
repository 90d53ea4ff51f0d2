"""Opening a month's round of planning, and closing the one before."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from planning.actions import scoring
from reviews.models import Seat, Stage, Submission
from sop import months
from sop.actions import changes
from sop.errors import Conflict, PlanningError
from sop.models import Cycle, Department, User
from sop.permissions import Verb, require
from sop.words import short_day

LONGEST_HORIZON = 60


@dataclass(frozen=True)
class Step:
    """A stage as the default calendar has it: who owns it, who must submit, who is asked, the working day it is due."""

    key: Stage.Key
    owner: str
    submissions: tuple[str, ...]
    working_day: int
    seats: tuple[str, ...]


CALENDAR = (
    Step(
        Stage.Key.DATA_GATHERING,
        "sop-office",
        ("operations", "finance", "demand-planning"),
        3,
        ("operations", "finance", "demand-planning"),
    ),
    Step(
        Stage.Key.DEMAND_REVIEW,
        "demand-planning",
        ("sales", "marketing", "finance"),
        8,
        ("sales", "marketing", "finance", "operations"),
    ),
    Step(Stage.Key.SUPPLY_REVIEW, "operations", (), 12, ("operations", "demand-planning", "finance")),
    Step(
        Stage.Key.PRE_SOP,
        "sop-office",
        ("demand-planning", "operations", "finance"),
        15,
        ("demand-planning", "operations", "finance", "sales"),
    ),
    Step(Stage.Key.EXECUTIVE, "management", (), 18, ("sales", "operations", "finance", "management")),
)
DEPARTMENTS = {
    "sop-office": "S&OP office",
    "demand-planning": "Demand planning",
    "sales": "Sales",
    "marketing": "Marketing",
    "operations": "Operations",
    "finance": "Finance",
    "management": "Management",
}


@transaction.atomic
def open_cycle(*, first_month: dt.date, horizon: int = 18, by: User | None) -> Cycle:
    """Open the round that plans `first_month`, on actuals up to the month before, with its stages and submissions.

    Assumptions that have run out are judged; open action items simply stay open. `by` nobody is the command line, which
    speaks for the installation.
    """
    if by is not None:
        require(by, Verb.OPEN_CYCLE)
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise PlanningError(f"Plan between 1 and {LONGEST_HORIZON} months ahead, not {horizon}.")
    _close_previous(first_month, by)
    try:
        with transaction.atomic():
            cycle = Cycle.objects.create(first_month=first_month, horizon=horizon, opened_by=by)
    except IntegrityError as clash:
        raise Conflict(f"{months.long(first_month)} has just been opened by somebody else.") from clash
    _lay_stages(cycle)
    scoring.score_expired(cycle=cycle, by=by)
    due = cycle.stages.get(key=Stage.Key.EXECUTIVE).due
    _record(cycle, "cycle.opened", f"Opened {cycle}, executive review {short_day(due)}", by)
    return cycle


@transaction.atomic
def close_cycle(*, cycle: Cycle, by: User, reason: str) -> Cycle:
    """End a cycle; one that never got an approved plan needs a reason."""
    require(by, Verb.OPEN_CYCLE)
    cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
    if cycle.state == Cycle.State.CLOSED:
        raise Conflict(f"{cycle} is closed already.")
    if not reason.strip():
        raise PlanningError("Say why the cycle is closed.", errors={"reason": ["This is needed."]})
    _close(cycle, by, reason.strip())
    return cycle


def _close_previous(first_month: dt.date, by: User | None) -> None:
    """Refuse what does not follow; a published cycle ends when the next one opens."""
    newest = Cycle.objects.select_for_update().order_by("-first_month").first()
    if newest is None:
        return
    if Cycle.objects.filter(first_month=first_month).exists():
        raise Conflict(f"{months.long(first_month)} has been opened already.")
    following = months.add(newest.first_month, 1)
    if first_month != following:
        raise PlanningError(
            f"{months.long(first_month)} does not follow {newest}: the next cycle is {months.long(following)}."
        )
    if newest.state in (Cycle.State.OPEN, Cycle.State.PLANNED):
        raise PlanningError(f"{newest} is still open. Approve its plan, or close it without one, then open the next.")
    if newest.state != Cycle.State.CLOSED:
        _close(newest, by)


def _close(cycle: Cycle, by: User | None, reason: str = "") -> None:
    without = cycle.state == Cycle.State.OPEN
    cycle.state = Cycle.State.CLOSED
    cycle.save(update_fields=["state"])
    summary = f"Closed {cycle} without an approved plan" if without else f"Closed {cycle}"
    _record(cycle, "cycle.closed", summary, by, reason)


def _lay_stages(cycle: Cycle) -> None:
    departments = {
        code: Department.objects.get_or_create(code=code, defaults={"name": name})[0]
        for code, name in DEPARTMENTS.items()
    }
    for position, step in enumerate(CALENDAR):
        stage = Stage.objects.create(
            cycle=cycle,
            key=step.key,
            position=position,
            owner=departments[step.owner],
            due=months.working_day(cycle.first_month, step.working_day),
            state=Stage.State.NOT_STARTED if position else Stage.State.IN_PROGRESS,
        )
        Submission.objects.bulk_create(
            Submission(stage=stage, department=departments[code]) for code in step.submissions
        )
        Seat.objects.bulk_create(
            Seat(stage=stage, department=departments[code], position=place) for place, code in enumerate(step.seats)
        )


def _record(cycle: Cycle, kind: str, summary: str, by: User | None, reason: str = "") -> None:
    what = changes.What(kind, summary, object=f"cycle:{cycle.code}", reason=reason)
    changes.record(what, by=by, cycle=cycle)
