"""The minutes of a meeting: written from what was done in it, as far as the reader may see it."""

from dataclasses import dataclass, field
from itertools import groupby

from reviews.models import ActionItem, AgendaItem, Answer, Attendance, FamilyAgreement, Meeting, Snapshot, Talk
from reviews.queries.agenda import Line, lines
from reviews.queries.digests import verify
from sop.models import Change, User
from sop.permissions import scope


@dataclass(frozen=True)
class Entry:
    """What the minutes say of one item."""

    line: Line
    talk: Talk | None
    answers: list[Answer] = field(default_factory=list)
    actions: list[ActionItem] = field(default_factory=list)

    @property
    def dissent(self) -> list[Answer]:
        return [each for each in self.answers if not each.agrees]

    @property
    def agreed(self) -> list[Answer]:
        return [each for each in self.answers if each.agrees]

    @property
    def minutes(self) -> int:
        return round(self.talk.seconds / 60) if self.talk else 0


@dataclass(frozen=True)
class Minutes:
    attendances: list[Attendance]
    entries: list[Entry]
    open: list[Line]
    actions: list[ActionItem]
    agreements: list[tuple[str, list[FamilyAgreement]]]
    snapshot: Snapshot | None
    unbroken: bool
    despite: list[str]
    despite_reason: str

    @property
    def decided(self) -> int:
        return sum(each.line.item.state == AgendaItem.State.DECIDED for each in self.entries)


def minutes(meeting: Meeting, user: User) -> Minutes:
    """Everything that was done, item by item. At most thirty queries."""
    stage = meeting.stage
    ordered = lines(stage, user)
    talks = {talk.item_id: talk for talk in meeting.talks.all()}
    answers = list(Answer.objects.filter(item__stage=stage).select_related("department", "by", "item"))
    actions = list(meeting.action_items.select_related("owner", "decision").order_by("id"))
    entries = [
        Entry(
            line,
            talks.get(line.item.pk),
            [each for each in answers if each.item_id == line.item.pk],
            [each for each in actions if each.agenda_item_id == line.item.pk],
        )
        for line in ordered
        if line.item.state != AgendaItem.State.OPEN or line.item.pk in talks
    ]
    told = {action.pk for entry in entries for action in entry.actions}
    signed = Change.objects.filter(object=f"stage:{stage.pk}", kind="stage.signed_off").order_by("id").last()
    snapshot = stage.snapshots.order_by("id").last() if stage.signed_at else None
    return Minutes(
        attendances=list(meeting.attendances.select_related("user").prefetch_related("user__memberships__department")),
        entries=entries,
        open=[line for line in ordered if line.item.state == AgendaItem.State.OPEN],
        actions=[action for action in actions if action.pk not in told],
        agreements=_agreements(meeting, user),
        snapshot=snapshot,
        unbroken=snapshot is not None and verify(snapshot),
        despite=list(signed.data.get("despite", [])) if signed and snapshot else [],
        despite_reason=signed.reason if signed and snapshot else "",
    )


def _agreements(meeting: Meeting, user: User) -> list[tuple[str, list[FamilyAgreement]]]:
    """Departments and the families they agreed to beforehand, as far as the reader sees them."""
    mine = scope(user)
    found = meeting.stage.agreements.select_related("family", "department", "by").order_by(
        "department__name", "family__name"
    )
    seen = [each for each in found if mine.families is None or each.family_id in mine.families]
    return [(name, list(each)) for name, each in groupby(seen, key=lambda each: each.department.name)]
