"""The postings behind what a row sold in a month, and whether they add up to the history that the plan shows."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.core.paginator import Page, Paginator
from django.db.models import Q, Sum

from planning.queries import lineage, rows
from planning.queries.grid import Grid
from sop import bulk, months
from sop.errors import NotFound
from sop.models import History, Posting, Series
from sop.queries.windows import align

PER_PAGE = 100
ORDERED = Q(kind=Posting.Kind.ORDERED)


@dataclass(frozen=True)
class Behind:
    """A page of postings with the sums of all of them, and what the history holds for the month (None: nothing)."""

    title: str
    row: str
    month: dt.date
    page: Page[Posting]
    ordered: float
    shipped: float
    revenue: float
    history: float | None

    @property
    def difference(self) -> float:
        """What the history holds more than the postings that are kept."""
        return round((self.history or 0.0) - self.ordered, 6)


def behind(grid: Grid, key: str, month: str, number: int) -> Behind:
    """NotFound for a row out of sight. At most nine queries."""
    row, day = rows.parse(key).base, months.parse(month)
    if not Series.objects.filter(rows.below(row) & grid.filters.series()).exists():
        raise NotFound(f"There is no row “{row}”, or it lies outside your families and markets.")
    found = lineage.posted(grid, row, day)
    sums = found.aggregate(
        ordered=Sum("quantity", filter=ORDERED, default=0.0),
        shipped=Sum("quantity", filter=~ORDERED, default=0.0),
        revenue=Sum("revenue", filter=ORDERED, default=0.0),
    )
    read = bulk.read(History.objects.filter(lineage.lines(grid, row)), "start", "ordered")
    values = align([line[0] for line in read], [line[1] for line in read], day, 1)
    known = bool(read) and not np.isnan(values).all()
    listed = found.select_related("product", "market").order_by("date", "pk")
    page = Paginator(listed, PER_PAGE).get_page(number)
    return Behind(grid.title(key), str(row), day, page, **sums, history=float(np.nansum(values)) if known else None)
