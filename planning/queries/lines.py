"""The numbers behind the rows of the demand grid, each table read once for all rows of a page, and only if shown."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import F, Q
from numpy.typing import NDArray

from planning.models import Budget, SalesPlan, SalesPlanLine, Stream
from planning.queries import prices, valuation
from planning.queries.columns import Window
from planning.queries.expectations import Expectations
from planning.queries.leaves import Leaves, add_up, with_products
from planning.queries.rows import CONSENSUS
from planning.queries.valuation import COST, REVENUE, UNITS
from sop import bulk, months
from sop.models import Cycle, History
from sop.queries.history import last_actual_month
from sop.queries.windows import align, align_block, shift
from sop.vectors import Vector

YEAR = months.MONTHS_PER_YEAR
LEAF, TOTAL = ("series_id",), ("family_id", "market_id")


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
    """The lines to read: a filter on all tables of lines, the columns of their key, the key of each row.

    `below` filters the series that make up totals; it stays empty for leaves.
    """

    where: Q
    fields: tuple[str, ...]
    keys: NDArray[np.int64]
    below: Q = field(default_factory=Q)

    @cached_property
    def order(self) -> dict[tuple[int, ...], int]:
        """The row of each key."""
        return {tuple(key): row for row, key in enumerate(self.keys[:, : len(self.fields)].tolist())}

    @property
    def leaf(self) -> bool:
        return self.fields == LEAF

    def place(self, rows: Iterable[tuple[Any, ...]]) -> tuple[list[int], list[tuple[Any, ...]]]:
        """Rows that begin with a key: where each belongs, and the rest of it; rows of other keys are left out."""
        wide = len(self.fields)
        found = [(at, row[wide:]) for row in rows if (at := self.order.get(row[:wide])) is not None]
        return [at for at, _ in found], [rest for _, rest in found]

    @cached_property
    def leaves(self) -> Leaves:
        """The series that the rows are, or are the sums of."""
        return Leaves.each(self.keys) if self.leaf else Leaves.below(self.below, self.keys)


@dataclass(frozen=True)
class Reader:
    """Reads measures of a plan over the grid's window, in one unit."""

    plan: SalesPlan
    window: Window
    unit: str
    streams: list[Stream]

    @cached_property
    def last_actual(self) -> int:
        """The number of the month of the company's latest posting; 0 before the first."""
        last = last_actual_month()
        return months.number(last) if last else 0

    def read(self, where: Q, leaf: bool, measures: set[str], below: Q | None = None) -> Lines:
        """The plan's leaves, or its family × market totals, in a filter with all measures asked for.

        `below` filters the series that make up the totals, whose measures in money are sums of theirs.
        """
        where &= Q(series__isnull=not leaf)
        fields = LEAF if leaf else TOTAL
        columns = valuation.PLANNED[self.unit]
        lines = bulk.read(SalesPlanLine.objects.filter(where, plan=self.plan), *fields, *columns)
        names = np.array([line[: len(fields)] for line in lines], dtype=np.int64).reshape(len(lines), len(fields))
        wanted = Wanted(where, fields, with_products(names[:, 0]) if leaf else names, below or Q())
        actual = self._history(wanted)
        planned = self._ahead(
            valuation.net([self._stack(line[len(fields) + n] for line in lines) for n in range(len(columns))])
        )
        past = actual[:, YEAR:]
        result = {
            CONSENSUS: np.where(np.isnan(planned), past, planned),
            "history": past,
            "lastyear": actual[:, : self.window.count],
        }
        if "lastcycle" in measures:
            result["lastcycle"] = self._last_cycle(wanted)
        return Lines(wanted.keys, result | self._expectations(wanted, measures))

    def _stack(self, vectors: Iterable[Vector]) -> Vector:
        return bulk.matrix(vectors, self.plan.horizon)

    def _ahead(self, values: Vector) -> Vector:
        """Values of the plan's months over the window."""
        result = np.full((len(values), self.window.count), np.nan)
        result[:, self.window.now : self.window.now + self.plan.horizon] = values
        return result

    # --- What was sold ---

    def _history(self, wanted: Wanted) -> Vector:
        """Actuals from a year before the window on, up to the plan; zero between a vector’s last sale and the last
        posting. Cost is the standard cost of each month."""
        start, count = months.add(self.window.start, -YEAR), self.window.count + YEAR
        if self.unit == UNITS:
            result = self._sold(wanted, "ordered", start, count)
        elif self.unit == REVENUE:
            result = self._sold(wanted, "revenue", start, count)
        else:
            result = self._cost_of_sales(wanted, start, count)
            if self.unit != COST:
                result = self._sold(wanted, "revenue", start, count) - result
        result[:, months.distance(start, self.plan.start) :] = np.nan
        return result

    def _sold(self, wanted: Wanted, measure: str, start: dt.date, count: int) -> Vector:
        result = np.full((len(wanted.keys), count), np.nan)
        at, found = wanted.place(bulk.read(History.objects.filter(wanted.where), *wanted.fields, "start", measure))
        if at:
            starts, vectors = zip(*found, strict=True)
            sold = align(starts, vectors, start, count)
            result[at] = self._filled(np.array([months.number(first) for first in starts]), sold, start)
        return result

    def _filled(self, starts: NDArray[np.int64], sold: Vector, start: dt.date) -> Vector:
        """What was sold from month `start` on, zeros where they are not stored; `starts` numbers the first months."""
        month = np.arange(sold.shape[1]) + months.number(start)
        quiet = (month >= starts[:, None]) & (month <= self.last_actual)
        return np.where(np.isnan(sold) & quiet, 0, sold)

    def _cost_of_sales(self, wanted: Wanted, start: dt.date, count: int) -> Vector:
        """Units at the standard cost of their month, of the leaves themselves or summed into their totals."""
        past, leaves = months.distance(start, self.plan.start), wanted.leaves
        products, position = np.unique(leaves.product, return_inverse=True)
        costs = np.nan_to_num(prices.unit_costs(products.tolist(), start, past))
        spent, known = (np.zeros((len(wanted.keys), past)) for _ in range(2))
        for at, (begun, ordered) in leaves.read(History.objects.all(), "start", "ordered"):
            starts = months.numbers(begun)
            sold = self._filled(starts, align_block(starts, ordered, start, past), start)
            add_up(known, leaves.row[at], (~np.isnan(sold)).astype(np.float64))
            add_up(spent, leaves.row[at], np.nan_to_num(sold * costs[position[at]]))
        return shift(np.where(known > 0, spent, np.nan), 0, count)

    def _last_cycle(self, wanted: Wanted) -> Vector:
        """The newest earlier cycle's plan for the months it knew, valued as it was: its latest frozen copy, else the
        working plan."""
        result = np.full((len(wanted.keys), self.window.count), np.nan)
        earlier = Cycle.objects.filter(first_month__lt=self.plan.start).first()
        # Where NULL stands in an order differs between databases, so it is said.
        newest = SalesPlan.objects.filter(cycle=earlier).order_by(F("frozen_at").desc(nulls_last=True), "-pk")
        plan = newest.first() if earlier else None
        if plan is None:
            return result
        columns = valuation.PLANNED[self.unit]
        lines = SalesPlanLine.objects.filter(wanted.where, plan=plan)
        at, found = wanted.place(bulk.read(lines, *wanted.fields, *columns))
        if at:
            values = valuation.net([bulk.matrix((row[n] for row in found), plan.horizon) for n in range(len(columns))])
            result[at] = align([plan.start] * len(at), list(values), self.window.start, self.window.count)
        return result

    # --- What is expected, and what the departments say ---

    def _expectations(self, wanted: Wanted, measures: set[str]) -> dict[str, Vector]:
        """Baseline, events, and each stream asked for: the baseline with its events, but for what was entered.

        A family's numbers in money are the sums of its series', each at its own price and cost.
        """
        voices = [stream for stream in self.streams if stream.code in measures]
        if not voices and not measures & {"baseline", "events"}:
            return {}
        found = Expectations(self.plan, len(wanted.keys), voices, wanted.where if wanted.leaf else Q())
        if wanted.leaf or self.unit != UNITS:
            found.read(wanted.leaves, self.unit)
        else:
            self._expected_totals(wanted, found)
        events = np.where(found.events == 0, np.nan, found.events)
        result = {"baseline": self._ahead(found.baseline), "events": self._ahead(events)}
        said = (self._ahead(found.expected + difference) for difference in found.differences)
        return result | dict(zip((voice.code for voice in voices), said, strict=True))

    def _expected_totals(self, wanted: Wanted, found: Expectations) -> None:
        """In units the totals stand in the plan; only where departments entered something, series are read."""
        lines = SalesPlanLine.objects.filter(wanted.where, plan=self.plan)
        at, parts = wanted.place(bulk.read(lines, *wanted.fields, "baseline", "events"))
        baseline, events = (self._stack(part[n] for part in parts) for n in range(2))
        found.baseline[at], found.events[at], found.expected[at] = baseline, events, np.maximum(baseline + events, 0)
        if found.entered:
            found.read_entered(wanted.leaves)


def budget_lines(where: Q, unit: str, window: Window) -> Lines:
    """The budget of a filter on family × market rows; NaN where there is none. One query."""
    columns = valuation.BUDGETED[unit]
    rows = list(Budget.objects.filter(where).values_list("family_id", "market_id", "month", *columns))
    keys = sorted({(row[0], row[1]) for row in rows})
    order = {key: position for position, key in enumerate(keys)}
    result = np.full((len(keys), window.count), np.nan)
    for family, market, month, *amounts in rows:
        column = months.distance(window.start, month)
        if 0 <= column < window.count and None not in amounts:
            result[order[family, market], column] = valuation.net(amounts)
    return Lines(np.array(keys, dtype=np.int64).reshape(len(keys), 2), {"budget": result})
