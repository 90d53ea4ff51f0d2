"""A review as its page shows it, and which buttons this person gets."""

from dataclasses import dataclass

from reviews.models import ActionItem, Decision, Snapshot, Stage, Submission
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

    @property
    def submitted(self) -> bool:
        return bool(self.submission.state == Submission.State.SUBMITTED)


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
    """Everything about a review; at most 25 queries."""
    on_stage = current(stages(stage.cycle)) if stage.cycle.editable else None
    on = on_stage is not None and on_stage.pk == stage.pk
    signed = stage.state == Stage.State.SIGNED_OFF
    owner = can(user, Verb.SIGN, department=stage.owner)
    follows = on_stage is not None and can(user, Verb.SIGN, department=on_stage.owner)
    submissions = stage.submissions.select_related("department", "by").order_by("department__name")
    changes = Change.objects.filter(cycle=stage.cycle, object=f"stage:{stage.pk}").select_related("by")
    return StagePage(
        on=on,
        on_stage=on_stage,
        gates=gates(stage) if stage.cycle.editable and not signed else [],
        entries=[Entry(each, can(user, Verb.SIGN, department=each.department)) for each in submissions],
        decisions=list(stage.decisions.select_related("owner", "decided_by", "stage").order_by("state", "due")),
        actions=list(ActionItem.objects.filter(decision__stage=stage).select_related("owner")),
        changes=visible_changes(user, changes.order_by("-id")[:CHANGES_SHOWN]),
        snapshot=stage.snapshots.order_by("id").last() if signed else None,
        may_sign=on and owner,
        may_reopen=signed and stage.cycle.editable and (owner or follows or can(user, Verb.OPEN_CYCLE)),
    )
