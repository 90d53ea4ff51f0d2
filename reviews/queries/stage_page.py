"""A review as its page shows it, and which buttons this person gets."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from planning.queries import plans
from planning.queries.streams import Voice, voices
from reviews.models import ActionItem, Decision, Snapshot, Stage, Submission
from reviews.queries import outcomes
from reviews.queries.gates import Gate, gates
from reviews.queries.stages import current, stages
from sop.models import Change, User
from sop.permissions import Verb, can, visible_changes

CHANGES_SHOWN = 10


@dataclass(frozen=True)
class Entry:
    """A department's submission, and whether this person speaks for the department."""

    submission: Submission
    mine: bool
    voices: list[Voice] = field(default_factory=list)

    @property
    def submitted(self) -> bool:
        return bool(self.submission.state == Submission.State.SUBMITTED)

    @property
    def may_submit(self) -> bool:
        """Whether it waits for this person, who may have handed in a part already."""
        handed_in = bool(self.voices) and all(voice.handed_in for voice in self.voices)
        return self.mine and not self.submitted and not handed_in


@dataclass(frozen=True)
class StagePage:
    on: bool
    on_stage: Stage | None
    gates: list[Gate]
    entries: list[Entry]
    decisions: list[Decision]
    actions: list[ActionItem]
    changes: list[Change]
    snapshot: Snapshot | None
    may_sign: bool
    may_reopen: bool

    @property
    def red(self) -> list[Gate]:
        return [gate for gate in self.gates if not gate.ok]

    @property
    def blocked(self) -> list[Gate]:
        """Red gates that no reason passes."""
        return [gate for gate in self.red if gate.required]


def stage_page(stage: Stage, user: User) -> StagePage:
    """Everything about a review; at most 34 queries."""
    on_stage = current(stages(stage.cycle)) if stage.cycle.editable else None
    on = on_stage is not None and on_stage.pk == stage.pk
    signed = stage.state == Stage.State.SIGNED_OFF
    owner = can(user, Verb.SIGN, department=stage.owner)
    follows = on_stage is not None and can(user, Verb.SIGN, department=on_stage.owner)
    submissions = stage.submissions.select_related("department", "by").order_by("department__name")
    changes = Change.objects.filter(_about(stage), cycle=stage.cycle).select_related("by")
    return StagePage(
        on=on,
        on_stage=on_stage,
        gates=gates(stage) if stage.cycle.editable and not signed else [],
        entries=_entries(stage, submissions, user),
        decisions=list(outcomes.seen(user).filter(stage=stage).order_by("state", "due")),
        actions=list(ActionItem.objects.filter(decision__stage=stage).select_related("owner")),
        changes=visible_changes(user, changes.order_by("-id")[:CHANGES_SHOWN]),
        snapshot=stage.snapshots.order_by("id").last() if signed else None,
        may_sign=on and owner,
        may_reopen=signed and stage.cycle.editable and (owner or follows or can(user, Verb.OPEN_CYCLE)),
    )


def _entries(stage: Stage, submissions: Iterable[Submission], user: User) -> list[Entry]:
    """Who submits to a stage; at the demand review with the streams that are submitted by the same act."""
    plan = plans.working(stage.cycle) if stage.key == Stage.Key.DEMAND_REVIEW else None
    spoken = voices(plan, user) if plan else []
    return [
        Entry(
            each,
            can(user, Verb.SIGN, department=each.department),
            [voice for voice in spoken if voice.stream.department_id == each.department_id],
        )
        for each in submissions
    ]


def _about(stage: Stage) -> Q:
    """The changes that a stage's page lists."""
    about = Q(object=f"stage:{stage.pk}")
    return about | Q(kind__startswith="stream.") if stage.key == Stage.Key.DEMAND_REVIEW else about
