"""What a decision was expected to bring, and what really came."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet

from planning.models import SalesPlan, SalesPlanLine
from planning.queries.rows import Filters, leaves, parse
from reviews.models import Decision
from sop import bulk, months
from sop.models import Cycle, User
from sop.permissions import EVERYTHING, scope
from sop.queries import history
from sop.words import difference, percent, units

LOG_SHOWN = 200


@dataclass(frozen=True)
class Outcome:
    """Of the months of a decision that are over: what the plan said after it, and what was sold."""

    first: dt.date
    last: dt.date
    over: int
    months: int
    planned: float
    sold: float
    planned_revenue: float
    revenue: float

    @property
    def share(self) -> float | None:
        return self.sold / self.planned - 1 if self.planned else None

    @property
    def told(self) -> str:
        """312 sold of 320 planned (−2.5 %), 2 of 11 months"""
        off = "" if self.share is None else f" ({difference(self.share, percent(self.share))})"
        return f"{units(self.sold)} sold of {units(self.planned)} planned{off}, {self.over} of {self.months} months"


def outcome(decision: Decision) -> Outcome | None:
    """What came in the months that the decision is about; None while none of them is over, or it names no row.

    A month is over once a cycle has been opened on its sales.
    """
    newest = Cycle.objects.exclude(state=Cycle.State.PLANNED).order_by("-first_month").first()
    first, until = decision.first_month, decision.last_month
    if not decision.row or first is None or until is None or newest is None or newest.as_of < first:
        return None
    last = newest.as_of
    plan = _plan(decision)
    if plan is None:
        return None
    count = months.distance(first, min(last, until)) + 1
    at = months.distance(plan.start, first)
    keys = leaves(parse(decision.row), Filters(EVERYTHING))["series"].tolist()
    planned, revenue = _planned(plan, keys, slice(at, at + count))
    return Outcome(
        first=first,
        last=months.add(first, count - 1),
        over=count,
        months=months.distance(first, until) + 1,
        planned=planned,
        sold=float(np.nansum(history.matrix(keys, first, count))),
        planned_revenue=revenue,
        revenue=float(np.nansum(history.matrix(keys, first, count, "revenue"))),
    )


def _plan(decision: Decision) -> SalesPlan | None:
    """The plan of the decision's cycle as it was signed last after it; while it is not, the working one."""
    of_cycle = SalesPlan.objects.filter(cycle=decision.cycle)
    signed = of_cycle.filter(frozen_at__gte=decision.decided_at or decision.created_at)
    return signed.order_by("-pk").first() or of_cycle.filter(frozen_at__isnull=True).first()


def _planned(plan: SalesPlan, keys: list[int], span: slice) -> tuple[float, float]:
    """Units and revenue of some series in some months of a plan."""
    lines = SalesPlanLine.objects.filter(plan=plan, series__in=keys)
    rows = [(consensus[span], price[span]) for consensus, price in bulk.read(lines, "consensus", "price")]
    planned = sum(float(np.nansum(consensus)) for consensus, _ in rows)
    return planned, sum(float(np.nansum(consensus * price)) for consensus, price in rows)


# --- The log ----------------------------------------------------------------------------------------------------------
def seen(user: User) -> QuerySet[Decision]:
    """The decisions that somebody may know of: on families in sight or none; on rows of the plan only with all markets,
    for their numbers are the company's. One query.
    """
    mine = scope(user)
    found = Decision.objects.select_related("cycle", "stage", "owner", "decided_by", "family", "scenario", "assumption")
    found = found if mine.markets is None else found.filter(row="")
    return found if mine.families is None else found.filter(Q(family=None) | Q(family__in=mine.families))


def log(user: User, state: str = "") -> list[Decision]:
    """Decisions of all cycles, the newest first."""
    found = seen(user).order_by("-id")
    return list(found.filter(state=state)[:LOG_SHOWN] if state else found[:LOG_SHOWN])
