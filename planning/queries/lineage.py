"""Where a number of the plan comes from and where it went: last year's sales, and what earlier plans said of the month.

Families and the total are read from their family × market totals, so that a row of any size takes the same few queries.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Max, Q, QuerySet

from planning.models import SalesPlan, SalesPlanLine
from planning.queries import rows
from planning.queries.grid import LEAF_KINDS, Grid
from planning.queries.rows import RowKey
from sop import bulk, months
from sop.models import Family, History, Posting, Series
from sop.permissions import descendants
from sop.queries.windows import align
from sop.words import percent

EARLIER = 6
# Less than this is no error worth a word.
CLOSE = 0.005


@dataclass(frozen=True)
class Sold:
    """What was ordered in a month, from how many postings, the last of which is of `last`."""

    month: str
    code: str
    ordered: float
    postings: int
    last: dt.date | None


@dataclass(frozen=True)
class Earlier:
    """What an earlier cycle's plan said of the month, `lag` months ahead, and what was sold once that is known."""

    cycle: str
    lag: int
    value: float
    actual: float | None = None

    @property
    def error(self) -> str:
        """“4 % over”; empty while the actual is not known, or zero."""
        if not self.actual:
            return ""
        off = self.value / self.actual - 1
        return "as planned" if abs(off) < CLOSE else f"{percent(abs(off), 0)} {'over' if off > 0 else 'under'}"


def sold(grid: Grid, row: RowKey, month: dt.date) -> Sold | None:
    """The row's sales in a month; None when nothing is known of it. At most four queries."""
    read = bulk.read(History.objects.filter(lines(grid, row)), "start", "ordered")
    values = align([line[0] for line in read], [line[1] for line in read], month, 1)
    if not read or np.isnan(values).all():
        return None
    postings, last = _postings(grid, row, month)
    return Sold(months.short(month), months.code(month), float(np.nansum(values)), postings, last)


def earlier(grid: Grid, row: RowKey, month: dt.date, actual: float | None = None) -> list[Earlier]:
    """The newest signed plan of each earlier cycle that knew the month, latest first. Three queries at most."""
    found = SalesPlan.objects.filter(frozen_at__isnull=False, cycle__first_month__lt=grid.plan.start)
    signed: dict[int, SalesPlan] = {}
    for plan in found.select_related("cycle").order_by("-cycle__first_month", "-frozen_at"):
        if 0 <= months.distance(plan.start, month) < plan.horizon:
            signed.setdefault(plan.cycle_id, plan)
    plans = {plan.pk: plan for plan in list(signed.values())[:EARLIER]}
    totals: dict[int, float] = {}
    planned = SalesPlanLine.objects.filter(lines(grid, row), plan__in=plans)
    for pk, consensus in bulk.read(planned, "plan_id", "consensus"):
        totals[pk] = totals.get(pk, 0.0) + float(consensus[months.distance(plans[pk].start, month)])
    return [
        Earlier(str(plan.cycle), months.distance(plan.start, month), totals[pk], actual)
        for pk, plan in plans.items()
        if pk in totals
    ]


def lines(grid: Grid, row: RowKey) -> Q:
    """The lines, of history or plan, that make up a row as far as the user sees it."""
    if row.kind in LEAF_KINDS:
        return Q(series__in=Series.objects.filter(rows.below(row) & grid.filters.series()))
    where = Q(series__isnull=True) & grid.filters.totals()
    if row.kind == "family":
        roots = Family.objects.filter(code=row.name).values_list("pk", flat=True)
        where &= Q(family__in=descendants(Family, roots))
    return where


def posted(grid: Grid, row: RowKey, month: dt.date) -> QuerySet[Posting]:
    """The postings of a row in a month as far as the user sees them, orders and shipments."""
    return Posting.objects.filter(_place(row) & grid.filters.series(), date__range=(month, months.last_day(month)))


def _place(row: RowKey) -> Q:
    """A filter on postings, which name the product and the market of a series."""
    if row.kind != "series":
        return rows.below(row)
    found = Series.objects.filter(pk=int(row.name)).values_list("product", "market").first()
    product, market = found or (None, None)
    return Q(product=product, market=market)


def _postings(grid: Grid, row: RowKey, month: dt.date) -> tuple[int, dt.date | None]:
    found = posted(grid, row, month).filter(kind=Posting.Kind.ORDERED).aggregate(count=Count("pk"), last=Max("date"))
    return found["count"], found["last"]
