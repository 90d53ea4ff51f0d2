"""What needs me today?"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from reviews.models import Decision, Stage, Submission
from reviews.queries.action_items import open_of
from reviews.queries.addresses import address
from reviews.queries.exceptions import SHOWN, Finding, exceptions
from reviews.queries.gates import red
from reviews.queries.scorecard import Tile, scorecard
from reviews.queries.sight import Sight
from reviews.queries.stages import current, stage_url, stages
from sop.models import Change, Cycle, User
from sop.permissions import Verb, can, scope, visible_changes
from sop.words import counted, listed

CHANGES_READ, CHANGES_SHOWN = 60, 8


@dataclass(frozen=True)
class Task:
    """Something this person is asked for, by when, and where."""

    text: str
    note: str
    due: dt.date
    url: str

    @property
    def late(self) -> bool:
        return self.due < timezone.localdate()

    @property
    def today(self) -> bool:
        return self.due == timezone.localdate()


@dataclass(frozen=True)
class Home:
    """The page, read: at most 40 queries whatever the size of the company."""

    cycle: Cycle
    stage: Stage | None
    submissions: list[Submission]
    tasks: list[Task]
    findings: list[Finding]
    open_findings: int
    tiles: list[Tile]
    changes: list[Change]

    @property
    def late(self) -> bool:
        return self.stage is not None and self.stage.due < timezone.localdate()


def home(user: User, cycle: Cycle) -> Home:
    """Everything Home shows to this person."""
    sight = Sight(cycle, scope(user))
    stage = current(stages(cycle)) if cycle.editable else None
    submissions = list(stage.submissions.select_related("department")) if stage else []
    may = can(user, Verb.VIEW)
    found = exceptions(sight) if may else []
    return Home(
        cycle=cycle,
        stage=stage,
        submissions=submissions,
        tasks=sorted(tasks(user, cycle, stage, submissions), key=lambda task: task.due),
        findings=found[:SHOWN],
        open_findings=len(found),
        tiles=[tile for tile in scorecard(sight) if tile.key != "actions"] if may else [],
        changes=recent(user, cycle),
    )


def tasks(user: User, cycle: Cycle, stage: Stage | None, submissions: list[Submission]) -> list[Task]:
    """Submissions and signatures of the stage that is on, then own decisions and actions."""
    found = _stage_tasks(user, stage, submissions) if stage else []
    waiting = Decision.objects.filter(owner=user).exclude(state=Decision.State.DECIDED).select_related("cycle", "stage")
    found += [
        Task(
            f"Decide: {each.issue}",
            f"{each.number}, {len(each.options)} options",
            each.due,
            stage_url(each.cycle, each.stage.key if each.stage else Stage.Key.EXECUTIVE),
        )
        for each in waiting
    ]
    url = f"{address('reviews:actions')}?mine=1"
    return found + [Task(item.text, f"Action, {item.state}", item.due, url) for item in open_of(user)]


def recent(user: User, cycle: Cycle) -> list[Change]:
    """The latest changes of the cycle, and of what belongs to none, that this person may know of."""
    latest = Change.objects.filter(Q(cycle=cycle) | Q(cycle__isnull=True)).select_related("by").order_by("-id")
    return visible_changes(user, latest[:CHANGES_READ])[:CHANGES_SHOWN]


def _stage_tasks(user: User, stage: Stage, submissions: list[Submission]) -> list[Task]:
    label, url = stage.get_key_display(), stage_url(stage.cycle, stage.key)
    found = [
        Task(
            f"Submit for {each.department.name}",
            each.note or f"{label} waits for it",
            stage.due,
            _entry(each, user) or url,
        )
        for each in submissions
        if each.state != Submission.State.SUBMITTED and can(user, Verb.SIGN, department=each.department)
    ]
    if stage.key == Stage.Key.EXECUTIVE:
        if can(user, Verb.APPROVE):
            found.append(Task("Approve the plan, or return it", _before(stage), stage.due, url))
    elif can(user, Verb.SIGN, department=stage.owner):
        found.append(
            Task(f"Sign off the {label.lower()}".replace("pre-s&op", "pre-S&OP"), _before(stage), stage.due, url)
        )
    return found


def _entry(submission: Submission, user: User) -> str:
    """My entry, for a department that submits a stream of its own to the demand review."""
    if submission.stage.key != Stage.Key.DEMAND_REVIEW or not can(
        user, Verb.ENTER_STREAM, department=submission.department
    ):
        return ""
    stream = submission.department.streams.first()
    return f"{address('planning:entry')}?stream={stream.code}" if stream else ""


def _before(stage: Stage) -> str:
    """What a signature still waits for."""
    shut = red(stage)
    if not shut:
        return "All gates are green"
    return f"{counted(len(shut), 'gate')} red: {listed([gate.label.lower() for gate in shut], 2)}"
