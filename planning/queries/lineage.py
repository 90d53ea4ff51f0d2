"""Where a number of the plan comes from and where it went: last year's sales, and what earlier plans said of the month.

Families and the total are read from their family × market totals, so that a row of any size takes the same few queries.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Max, Q

from planning.models import SalesPlan, SalesPlanLine
from planning.queries import rows
from planning.queries.grid import LEAF_KINDS, Grid
from planning.queries.rows import RowKey
from sop import bulk, months
from sop.models import Family, History, Posting, Series
from sop.permissions import descendants
from sop.queries.windows import align

EARLIER = 6


@dataclass(frozen=True)
class Sold:
    """What was ordered in a month, from how many postings, the last of which is of `last`."""

    month: str
    ordered: float
    postings: int
    last: dt.date | None


@dataclass(frozen=True)
class Earlier:
    """What an earlier cycle's plan said of the month, `lag` months ahead."""

    cycle: str
    lag: int
    value: float


def sold(grid: Grid, row: RowKey, month: dt.date) -> Sold | None:
    """The row's sales in a month; None when nothing is known of it. At most four queries."""
    lines = bulk.read(History.objects.filter(_lines(grid, row)), "start", "ordered")
    values = align([line[0] for line in lines], [line[1] for line in lines], month, 1)
    if not lines or np.isnan(values).all():
        return None
    postings, last = _postings(grid, row, month)
    return Sold(months.short(month), float(np.nansum(values)), postings, last)


def earlier(grid: Grid, row: RowKey, month: dt.date) -> list[Earlier]:
    """The newest signed plan of each earlier cycle that knew the month, latest first. Three queries at most."""
    found = SalesPlan.objects.filter(frozen_at__isnull=False, cycle__first_month__lt=grid.plan.start)
    signed: dict[int, SalesPlan] = {}
    for plan in found.select_related("cycle").order_by("-cycle__first_month", "-frozen_at"):
        if 0 <= months.distance(plan.start, month) < plan.horizon:
            signed.setdefault(plan.cycle_id, plan)
    plans = {plan.pk: plan for plan in list(signed.values())[:EARLIER]}
    totals: dict[int, float] = {}
    lines = SalesPlanLine.objects.filter(_lines(grid, row), plan__in=plans)
    for pk, consensus in bulk.read(lines, "plan_id", "consensus"):
        totals[pk] = totals.get(pk, 0.0) + float(consensus[months.distance(plans[pk].start, month)])
    return [
        Earlier(str(plan.cycle), months.distance(plan.start, month), totals[pk])
        for pk, plan in plans.items()
        if pk in totals
    ]


def _lines(grid: Grid, row: RowKey) -> Q:
    """The lines, of history or plan, that make up a row as far as the user sees it."""
    if row.kind in LEAF_KINDS:
        return Q(series__in=Series.objects.filter(rows.below(row) & grid.filters.series()))
    where = Q(series__isnull=True) & grid.filters.totals()
    if row.kind == "family":
        roots = Family.objects.filter(code=row.name).values_list("pk", flat=True)
        where &= Q(family__in=descendants(Family, roots))
    return where


def _postings(grid: Grid, row: RowKey, month: dt.date) -> tuple[int, dt.date | None]:
    series = Series.objects.filter(rows.below(row) & grid.filters.series())
    found = Posting.objects.filter(
        product__in=series.values("product"),
        market__in=series.values("market"),
        date__range=(month, months.last_day(month)),
        kind=Posting.Kind.ORDERED,
    ).aggregate(count=Count("pk"), last=Max("date"))
    return found["count"], found["last"]
