"""The agenda of a review as one person sees it, who takes part, and the families nobody disputes."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Q, QuerySet

from planning.models import SalesPlan, SalesPlanLine
from reviews.models import AgendaItem, Meeting, Seat, Stage
from reviews.queries.sight import Sight
from sop import bulk
from sop.models import Department, Family, User
from sop.permissions import Scope, Verb, can, descendants, scope
from sop.words import counted

SAME_UNITS = 0.5
State = AgendaItem.State


@dataclass(frozen=True)
class Line:
    """An item with what this person may read of it."""

    item: AgendaItem
    number: int
    figures: bool
    money: bool

    @property
    def why(self) -> str:
        return self.item.why if self.figures else ""

    @property
    def worth(self) -> float | None:
        return self.item.worth if self.money and self.item.worth else None


def visible(items: QuerySet[AgendaItem], mine: Scope) -> QuerySet[AgendaItem]:
    """Items of families that a person sees, and those of no family."""
    return items if mine.families is None else items.filter(Q(family=None) | Q(family__in=mine.families))


def seen_by(user: User) -> QuerySet[AgendaItem]:
    """The items that somebody may know of, of every review."""
    return visible(AgendaItem.objects.select_related("stage__cycle", "stage__owner", "family", "owner"), scope(user))


def lines(stage: Stage, user: User) -> list[Line]:
    """A stage's agenda in order, numbered for everybody alike; what is of other families is left out. Two queries.

    Figures are the company's, so who sees only some markets reads titles alone.
    """
    mine = scope(user)
    items = stage.agenda.exclude(state__in=(State.DROPPED, State.MERGED)).select_related(
        "owner", "family", "source__stage__cycle", "stage__cycle", "decision__decided_by"
    )
    seen = set(visible(items, mine).values_list("pk", flat=True))
    whole = mine.markets is None
    return [
        Line(item, number, whole, whole and mine.sees_money)
        for number, item in enumerate(items.prefetch_related("merged"), 1)
        if item.pk in seen
    ]


def leads(user: User, stage: Stage) -> bool:
    """Whether a person leads a review: the office, or whoever signs it off."""
    return can(user, Verb.OPEN_CYCLE) or can(user, Verb.SIGN, department=stage.owner)


def seats(stage: Stage) -> list[Seat]:
    """Who is asked, in order. One query."""
    return list(stage.seats.select_related("department"))


def takes_part(user: User, stage: Stage) -> bool:
    """Whether a person leads a review or speaks for a department that is asked."""
    return leads(user, stage) or any(can(user, Verb.SIGN, department=seat.department) for seat in seats(stage))


# --- Families nobody disputes -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Quiet:
    """A family that is not on the agenda, with its plan and who has agreed to it."""

    family: Family
    units: float
    revenue: float
    agreed: list[Department] = field(default_factory=list)
    waiting: list[Department] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        return not self.waiting


def quiet(stage: Stage, mine: Scope) -> list[Quiet]:
    """The planned families that no open item of the agenda touches, dearest first. Eight queries."""
    sight = Sight(stage.cycle, mine)
    if sight.plan is None or stage.key not in (Stage.Key.DEMAND_REVIEW, Stage.Key.PRE_SOP) or mine.markets is not None:
        return []
    totals = _totals(sight.plan, mine)
    asked = [seat.department for seat in seats(stage)]
    agreed = defaultdict(set)
    for family, department, agreed_to in stage.agreements.values_list("family_id", "department_id", "units"):
        if family in totals and abs(totals[family][0] - agreed_to) <= SAME_UNITS:
            agreed[family].add(department)
    named = Family.objects.in_bulk(set(totals) - _touched(stage))
    found = [
        Quiet(
            family,
            *totals[pk],
            [department for department in asked if department.pk in agreed[pk]],
            [department for department in asked if department.pk not in agreed[pk]],
        )
        for pk, family in named.items()
    ]
    return sorted(found, key=lambda each: (-each.revenue, each.family.code))


def _totals(plan: SalesPlan, mine: Scope) -> dict[int, tuple[float, float]]:
    """Units and revenue of each family over the plan months."""
    totals: dict[int, tuple[float, float]] = {}
    where = SalesPlanLine.objects.filter(mine.totals(), plan=plan, series__isnull=True)
    for family, consensus, revenue in bulk.read(where, "family_id", "consensus", "revenue"):
        before = totals.get(family, (0.0, 0.0))
        totals[family] = (before[0] + float(np.nansum(consensus)), before[1] + float(np.nansum(revenue)))
    return totals


def _touched(stage: Stage) -> frozenset[int]:
    """Families with something to settle, those below them included."""
    roots = stage.agenda.filter(state=State.OPEN, family__isnull=False).values_list("family", flat=True)
    return descendants(Family, roots)


# --- The page ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Agenda:
    lines: list[Line]
    quiet: list[Quiet]
    mine: list[Department]
    leads: bool
    takes_part: bool
    sees_money: bool
    meetings: list[Meeting]

    @property
    def running(self) -> Meeting | None:
        return next((each for each in self.meetings if each.state == Meeting.State.RUNNING), None)

    @property
    def held(self) -> list[Meeting]:
        return [each for each in self.meetings if each.state == Meeting.State.ENDED]

    @property
    def open(self) -> list[Line]:
        return [line for line in self.lines if line.item.state == State.OPEN]

    @property
    def minutes(self) -> int:
        return sum(line.item.minutes for line in self.open)

    @property
    def to_agree(self) -> list[tuple[Department, list[Quiet]]]:
        """Of each of this person's departments the quiet families that still wait for its word."""
        each = [(department, [one for one in self.quiet if department in one.waiting]) for department in self.mine]
        return [(department, waiting) for department, waiting in each if waiting]

    @property
    def told(self) -> str:
        """7 items, 65 min"""
        return f"{counted(len(self.open), 'item')}, {self.minutes} min"


def agenda(stage: Stage, user: User) -> Agenda:
    """The agenda page of a review. At most twenty queries."""
    mine = scope(user)
    editable = stage.cycle.editable and stage.state != Stage.State.SIGNED_OFF
    speaks = [seat.department for seat in seats(stage) if can(user, Verb.SIGN, department=seat.department)]
    lead = leads(user, stage)
    return Agenda(
        lines(stage, user),
        quiet(stage, mine),
        speaks if editable else [],
        editable and lead,
        editable and (lead or bool(speaks)),
        mine.sees_money,
        list(stage.meetings.all()),
    )
