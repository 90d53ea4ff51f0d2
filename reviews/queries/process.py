"""How the process itself ran, cycle by cycle: handed in on time, attended, decided, churned, done."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils import timezone

from planning.models import SalesPlan, SalesPlanLine
from planning.queries.fences import zones
from reviews.models import ActionItem, AgendaItem, Attendance, Decision, Seat, Stage, Submission
from reviews.queries.signed_plans import signed_plans
from sop import bulk, months
from sop.models import Cycle, Membership
from sop.permissions import Scope

CYCLES_SHOWN = 12
DAY_SECONDS = 86_400
State = AgendaItem.State


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    of: int

    @property
    def share(self) -> float:
        return self.part / self.of


@dataclass(frozen=True)
class Run:
    """One cycle; None where there was nothing to judge."""

    cycle: Cycle
    handed_in: Share | None
    attended: Share | None
    latency: float | None
    decided: Share | None
    churn: float | None
    done: Share | None


def process(scope: Scope) -> list[Run]:
    """The last twelve cycles, the newest first. Queries do not depend on their number, but for two a signed plan."""
    cycles = list(Cycle.objects.exclude(state=Cycle.State.PLANNED).order_by("-first_month")[:CYCLES_SHOWN])
    handed_in, attended, latency = _handed_in(cycles), _attended(cycles), _latency(cycles)
    decided, done = _decided(cycles), _done(cycles)
    churn = _churn() if scope.everything else {}
    return [
        Run(
            cycle,
            handed_in.get(cycle.pk),
            attended.get(cycle.pk),
            latency.get(cycle.pk),
            decided.get(cycle.pk),
            churn.get(cycle.first_month),
            done.get(cycle.pk),
        )
        for cycle in cycles
    ]


def _shares(judged: list[tuple[int, bool]]) -> dict[int, Share]:
    """Of (cycle, whether) the share that is so in each cycle."""
    found = defaultdict(list)
    for cycle, so in judged:
        found[cycle].append(so)
    return {cycle: Share(sum(each), len(each)) for cycle, each in found.items()}


def _handed_in(cycles: list[Cycle]) -> dict[int, Share]:
    """Submissions handed in by the due day of their review, of those that were due."""
    asked = Submission.objects.filter(stage__cycle__in=cycles, stage__due__lt=timezone.localdate())
    rows = asked.values_list("stage__cycle", "at", "stage__due", "state")
    return _shares(
        [
            (cycle, state == Submission.State.SUBMITTED and timezone.localdate(at) <= due)
            for cycle, at, due, state in rows
        ]
    )


def _attended(cycles: list[Cycle]) -> dict[int, Share]:
    """Departments that were asked in a meeting and had somebody there."""
    came = defaultdict(set)
    for meeting, user in Attendance.objects.filter(meeting__stage__cycle__in=cycles).values_list("meeting", "user"):
        came[user].add(meeting)
    there = {
        (meeting, department)
        for user, department in Membership.objects.filter(user__in=came).values_list("user", "department")
        for meeting in came[user]
    }
    asked = Seat.objects.filter(stage__cycle__in=cycles, stage__meetings__ended_at__isnull=False)
    rows = asked.values_list("stage__cycle", "stage__meetings", "department")
    return _shares([(cycle, (meeting, department) in there) for cycle, meeting, department in rows])


def _latency(cycles: list[Cycle]) -> dict[int, float]:
    """Days from a decision's being put on the table to its being taken, on average."""
    found = defaultdict(list)
    taken = Decision.objects.filter(cycle__in=cycles, decided_at__isnull=False)
    for cycle, put, at in taken.values_list("cycle", "created_at", "decided_at"):
        assert at is not None
        found[cycle].append((at - put).total_seconds() / DAY_SECONDS)
    return {cycle: sum(days) / len(days) for cycle, days in found.items()}


def _decided(cycles: list[Cycle]) -> dict[int, Share]:
    """Agenda items decided, of all that stood on the agenda of a review that is signed off."""
    items = AgendaItem.objects.filter(stage__cycle__in=cycles, stage__state=Stage.State.SIGNED_OFF)
    rows = items.exclude(state__in=(State.DROPPED, State.MERGED)).values_list("stage__cycle", "state")
    return _shares([(cycle, state == State.DECIDED) for cycle, state in rows])


def _done(cycles: list[Cycle]) -> dict[int, Share]:
    """Actions done by their day, of those whose day is over or that are done."""
    today = timezone.localdate()
    rows = ActionItem.objects.filter(cycle__in=cycles).values_list("cycle", "state", "closed_at", "due")
    return _shares(
        [
            (cycle, state == ActionItem.State.DONE and timezone.localdate(closed) <= due)
            for cycle, state, closed, due in rows
            if state == ActionItem.State.DONE or (state != ActionItem.State.CANCELLED and due < today)
        ]
    )


def _churn() -> dict[date, float]:
    """By first plan month: how much a signed plan differs from the one signed before in the months frozen today.

    Sum of the absolute differences over the sum of the earlier plan, by family and market; moves between the products
    of a family cancel. Cycles without a fence or without a signed plan before them have none.
    """
    frozen = {family: count for family, count in zones().frozen.items() if count}
    signed = signed_plans().by_month
    found = {}
    for first, plan in signed.items():
        before = signed.get(months.add(first, -1))
        if before is None or not frozen:
            continue
        earlier, now = _near(before, first, frozen), _near(plan, first, frozen)
        total = sum(float(np.abs(values).sum()) for values in earlier.values())
        moved = sum(float(np.abs(now.get(key, 0.0) - earlier.get(key, 0.0)).sum()) for key in set(earlier) | set(now))
        if total:
            found[first] = moved / total
    return found


def _near(plan: SalesPlan, first: date, frozen: dict[int, int]) -> dict[tuple[int, int], np.ndarray]:
    """The plan of each family and market in its frozen months from `first` on."""
    at = months.distance(plan.start, first)
    lines = SalesPlanLine.objects.filter(plan=plan, series__isnull=True, family__in=frozen)
    return {
        (family, market): np.nan_to_num(values[at : at + frozen[family]])
        for family, market, values in bulk.read(lines, "family_id", "market_id", "consensus")
    }
