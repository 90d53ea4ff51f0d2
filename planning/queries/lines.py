"""The numbers behind the rows of the demand grid, each table read once for all rows of a page."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import F, Q
from numpy.typing import NDArray

from planning.models import Budget, Input, SalesPlan, SalesPlanLine, Stream
from planning.queries.columns import Window
from planning.queries.rows import CONSENSUS, FEW
from sop import months
from sop.models import Cycle, History
from sop.queries.history import last_actual_month
from sop.queries.windows import align
from sop.vectors import Vector

UNITS, REVENUE = "units", "revenue"
LEAF, TOTAL = ("series_id", "series__product_id"), ("family_id", "market_id")


@dataclass
class Lines:
    """Rows of measures: keys `[n, 2]` (series and product, or family and market) and `[n, window]` per measure."""

    keys: NDArray[np.int64]
    measures: dict[str, Vector]

    def where(self, column: int, wanted: int) -> NDArray[np.bool_]:
        """Which rows have this key."""
        same: NDArray[np.bool_] = self.keys[:, column] == wanted
        return same

    def sum(self, members: NDArray[np.bool_], measure: str) -> Vector:
        """The members' sum by month, NaN where none of them has a value."""
        values = self.measures[measure][members]
        known = ~np.isnan(values)
        return np.where(known.any(axis=0), np.where(known, values, 0).sum(axis=0), np.nan)


@dataclass(frozen=True)
class Wanted:
    """The lines to read: a filter on all tables of lines, the columns of their key, and the row of each key."""

    where: Q
    fields: tuple[str, str]
    order: dict[tuple[int, int], int]


@dataclass(frozen=True)
class Reader:
    """Reads measures of a plan over the grid's window, in units or as revenue."""

    plan: SalesPlan
    window: Window
    unit: str
    streams: list[Stream]

    @property
    def valued(self) -> str:
        """The column of a plan's line that holds the consensus in this unit."""
        return "consensus" if self.unit == UNITS else "revenue"

    @cached_property
    def last_actual(self) -> int:
        """The number of the month of the company's latest posting; 0 before the first."""
        last = last_actual_month()
        return months.number(last) if last else 0

    def read(self, where: Q, leaf: bool, measures: set[str]) -> Lines:
        """The plan's leaves, or its family × market totals, in a filter with all measures asked for."""
        where &= Q(series__isnull=not leaf)
        fields = LEAF if leaf else TOTAL
        lines = list(
            SalesPlanLine.objects.filter(where, plan=self.plan).values_list(*fields, "baseline", "events", self.valued)
        )
        keys = np.array([line[:2] for line in lines], dtype=np.int64).reshape(len(lines), 2)
        wanted = Wanted(where, fields, {(one, two): row for row, (one, two) in enumerate(keys.tolist())})
        baseline, events, planned = (self._ahead([line[column] for line in lines]) for column in (2, 3, 4))
        past = self._history(wanted, self.window.start)
        result = {
            CONSENSUS: np.where(np.isnan(planned), past, planned),
            "history": past,
            "lastyear": self._history(wanted, months.add(self.window.start, -months.MONTHS_PER_YEAR)),
            "baseline": baseline,
        }
        if "lastcycle" in measures:
            result["lastcycle"] = self._last_cycle(wanted)
        for stream in self.streams:
            if stream.code in measures:
                result[stream.code] = self._stream(wanted, stream, np.maximum(baseline + events, 0), leaf)
        return Lines(keys, result)

    def _ahead(self, vectors: list[Vector]) -> Vector:
        """Vectors of the plan's months over the window."""
        return align([self.plan.start] * len(vectors), vectors, self.window.start, self.window.count)

    def _history(self, wanted: Wanted, start: dt.date) -> Vector:
        """Actuals from a month on, up to the plan; zero between a vector’s last sale and the last posting."""
        count = self.window.count
        result = np.full((len(wanted.order), count), np.nan)
        measure = "ordered" if self.unit == UNITS else "revenue"
        rows = History.objects.filter(wanted.where).values_list(*wanted.fields, "start", measure)
        found = [(wanted.order[key], *row[2:]) for row in rows if (key := (row[0], row[1])) in wanted.order]
        if found:
            at, starts, vectors = zip(*found, strict=True)
            month = np.arange(count) + months.number(start)
            began = month >= np.array([[months.number(first)] for first in starts])
            sold = align(starts, vectors, start, count)
            known = month <= self.last_actual
            result[list(at)] = np.where(np.isnan(sold) & began & known, 0, sold)
        result[:, months.distance(start, self.plan.start) :] = np.nan
        return result

    def _last_cycle(self, wanted: Wanted) -> Vector:
        """The newest earlier cycle's plan for the months it knew: its latest frozen copy, else the working plan."""
        result = np.full((len(wanted.order), self.window.count), np.nan)
        earlier = Cycle.objects.filter(first_month__lt=self.plan.start).first()
        # Where NULL stands in an order differs between databases, so it is said.
        newest = SalesPlan.objects.filter(cycle=earlier).order_by(F("frozen_at").desc(nulls_last=True), "-pk")
        plan = newest.first() if earlier else None
        if plan is None:
            return result
        lines = SalesPlanLine.objects.filter(wanted.where, plan=plan).values_list(*wanted.fields, self.valued)
        found = [(wanted.order[key], row[2]) for row in lines if (key := (row[0], row[1])) in wanted.order]
        if found:
            at, vectors = zip(*found, strict=True)
            result[list(at)] = align([plan.start] * len(at), vectors, self.window.start, self.window.count)
        return result

    def _stream(self, wanted: Wanted, stream: Stream, expected: Vector, leaf: bool) -> Vector:
        """What a department says: its entries, and the baseline with its events where it said nothing."""
        values = expected.copy()
        inputs = Input.objects.filter(plan=self.plan, stream=stream)
        if leaf:
            row = {key[0]: position for key, position in wanted.order.items()}
            for series, month, quantity in inputs.filter(series__in=row).values_list("series", "month", "quantity"):
                column = months.distance(self.window.start, month)
                if 0 <= column < self.window.count:
                    values[row[series], column] = quantity
            return values
        entered = inputs.values_list("series", "series__product__family", "series__market", "month", "quantity")
        said = [entry for entry in entered if (entry[1], entry[2]) in wanted.order]
        known = self._expected({entry[0] for entry in said})
        for series, family, market, month, quantity in said:
            column = months.distance(self.window.start, month)
            if 0 <= column < self.window.count and series in known:
                before = known[series][months.distance(self.plan.start, month)]
                values[wanted.order[family, market], column] += quantity - before
        return values

    def _expected(self, series: set[int]) -> dict[int, Vector]:
        """Baseline and events of some series over the plan's months."""
        narrow = {"series__in": series} if len(series) <= FEW else {"series__isnull": False}
        lines = SalesPlanLine.objects.filter(plan=self.plan, **narrow).values_list("series_id", "baseline", "events")
        return {key: np.maximum(baseline + events, 0) for key, baseline, events in lines if key in series}


def budget_by_month(where: Q, measure: str, window: Window) -> Vector:
    """The budget of a filter on family × market rows by month; NaN where there is none. One query."""
    result = np.full(window.count, np.nan)
    for month, amount in Budget.objects.filter(where).values_list("month", measure):
        column = months.distance(window.start, month)
        if 0 <= column < window.count:
            result[column] = np.nan_to_num(result[column]) + amount
    return result
