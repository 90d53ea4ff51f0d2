"""A meeting as one participant's page shows it."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from planning.models import ProductionPlan, SalesPlan, Stream
from planning.queries import compare, plans
from planning.queries.compare import Row, Spoken
from planning.queries.rows import Filters
from reviews.models import AgendaItem, Answer, Attendance, Meeting, Seat, Talk
from reviews.queries.agenda import Line, leads, lines, seats
from reviews.queries.stages import production_plan
from sop.models import Department, User
from sop.permissions import Verb, can, scope

# Who has not been heard of for so long is no longer there; pages say they are every ten seconds.
AWAY = dt.timedelta(seconds=40)
LATE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Voice:
    """A department that is asked: its number, its record, what it says, and whether this person answers for it."""

    department: Department
    people: list[User]
    stream: Spoken | None
    baseline: float | None
    answer: Answer | None
    asked: bool
    mine: bool

    @property
    def units(self) -> float | None:
        if self.answer and self.answer.units is not None:
            return self.answer.units
        return self.stream.units if self.stream else None

    @property
    def off_baseline(self) -> float | None:
        return self.units / self.baseline - 1 if self.units is not None and self.baseline else None

    @property
    def accuracy(self) -> float | None:
        return self.stream.record.accuracy if self.stream else None


@dataclass(frozen=True)
class Room:
    """The meeting at this moment. `line` is None while nothing is on, or what is on is out of this person's sight."""

    meeting: Meeting
    lines: list[Line]
    line: Line | None
    row: Row | None
    plan: SalesPlan | None
    production: ProductionPlan | None
    voices: list[Voice]
    attendances: list[Attendance]
    talk: Talk | None
    leads: bool
    takes_part: bool
    may_act: bool
    may_decide: bool
    now: dt.datetime
    seconds_spent: int
    counts: tuple[int, int]

    @property
    def here(self) -> list[Attendance]:
        return [each for each in self.attendances if self.now - each.seen_at < AWAY]

    @property
    def seconds_left(self) -> int:
        """Of the item that is on; below zero when it is over its time."""
        return self.line.item.minutes * 60 - self.seconds_spent if self.line else 0

    @property
    def ends(self) -> dt.datetime:
        """When the meeting will end if every item that is open takes its time."""
        open_items = [line.item for line in self.lines if line.item.state == AgendaItem.State.OPEN]
        current = self.meeting.item_id
        left = sum(item.minutes * 60 for item in open_items if item.pk != current)
        if any(item.pk == current for item in open_items):
            left += max(0, self.seconds_left)
        return self.now + dt.timedelta(seconds=left)

    @property
    def late(self) -> int:
        """Minutes over the planned end."""
        over = self.ends - self.meeting.planned_end
        return round(over.total_seconds() / 60) if over > LATE else 0

    @property
    def previous(self) -> Line | None:
        return self._beside(-1)

    @property
    def next(self) -> Line | None:
        return self._beside(1)

    @property
    def proposals(self) -> dict[str, tuple[str, float]]:
        return proposals(self.row) if self.row else {}

    def _beside(self, step: int) -> Line | None:
        """The item before or after the one that is on; without one the first."""
        places = [line.item.pk for line in self.lines]
        if self.meeting.item_id not in places:
            return self.lines[0] if self.lines else None
        at = places.index(self.meeting.item_id) + step
        return self.lines[at] if 0 <= at < len(self.lines) else None


def room(meeting: Meeting, user: User) -> Room:
    """The meeting as somebody may see it. At most fifty queries, whatever the number of participants."""
    stage, now = meeting.stage, timezone.now()
    ordered = lines(stage, user)
    line = next((each for each in ordered if each.item.pk == meeting.item_id), None)
    plan = plans.working(stage.cycle)
    row = _row(plan, line, user)
    asked = seats(stage)
    lead = leads(user, stage)
    talk = meeting.talks.filter(item=meeting.item_id).first()
    running = meeting.state == Meeting.State.RUNNING
    spent = (talk.seconds if talk else 0) + (max(0, int((now - meeting.item_since).total_seconds())) if running else 0)
    attendances = list(meeting.attendances.select_related("user").prefetch_related("user__memberships__department"))
    part = lead or any(can(user, Verb.SIGN, department=seat.department) for seat in asked)
    return Room(
        meeting=meeting,
        lines=ordered,
        line=line,
        row=row,
        plan=plan,
        production=production_plan(stage.cycle) if scope(user).markets is None else None,
        voices=_voices(asked, line, row, attendances, user),
        attendances=attendances,
        talk=talk,
        leads=lead and running,
        takes_part=part and running,
        may_act=can(user, Verb.ACT) and running,
        may_decide=lead and running and can(user, Verb.DECIDE),
        now=now,
        seconds_spent=spent,
        counts=(
            sum(each.item.decision_id is not None for each in ordered),
            meeting.action_items.count(),
        ),
    )


def proposals(row: Row) -> dict[str, tuple[str, float]]:
    """What a disputed row can be decided by: method, and its name and units; the blend first."""
    spoken = [(voice, voice.units) for voice in row.voices if voice.units is not None]
    return {"blend": ("Blend", row.blend)} | {
        ("baseline" if voice.key == "baseline" else f"stream:{voice.key}"): (voice.name, units)
        for voice, units in spoken
    }


def _row(plan: SalesPlan | None, line: Line | None, user: User) -> Row | None:
    """The disputed row behind the item, where this person sees all of it."""
    if plan is None or line is None or not line.figures or line.item.kind != AgendaItem.Kind.DISPUTE:
        return None
    return compare.row_of(plan, Filters(scope(user)), line.item.row)[0]


def _voices(
    asked: list[Seat], line: Line | None, row: Row | None, attendances: list[Attendance], user: User
) -> list[Voice]:
    if line is None:
        return []
    answers = {each.department_id: each for each in line.item.answers.select_related("by")}
    # A department's own voice is the first of its streams; others, such as its customers', stand in the chart.
    streams = dict(Stream.objects.order_by("-position", "-code").values_list("department_id", "code"))
    spoken = {voice.key: voice for voice in row.voices} if row else {}
    waiting = [seat.department_id for seat in asked if seat.department_id not in answers]
    open_item = line.item.state == AgendaItem.State.OPEN
    return [
        Voice(
            department=seat.department,
            people=[
                each.user
                for each in attendances
                if any(member.department_id == seat.department_id for member in each.user.memberships.all())
            ],
            stream=spoken.get(streams.get(seat.department_id, "")),
            baseline=row.voices[0].units if row else None,
            answer=answers.get(seat.department_id),
            asked=open_item and waiting[:1] == [seat.department_id],
            mine=open_item and can(user, Verb.SIGN, department=seat.department),
        )
        for seat in asked
    ]
