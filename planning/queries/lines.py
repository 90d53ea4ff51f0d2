"""The numbers behind the rows of the demand grid, each table read once for all rows of a page, and only if shown."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import F, Q
from numpy.typing import NDArray

from planning.models import Budget, Input, SalesPlan, SalesPlanLine, Stream
from planning.queries import prices, valuation
from planning.queries.columns import Window
from planning.queries.rows import CONSENSUS, FEW
from planning.queries.valuation import COST, REVENUE, UNITS
from sop import bulk, months
from sop.models import Cycle, History
from sop.queries.history import last_actual_month
from sop.queries.windows import align
from sop.vectors import Vector

YEAR = months.MONTHS_PER_YEAR
LEAF, TOTAL = ("series_id", "series__product_id"), ("family_id", "market_id")
# Where the series below family × market totals say to which total they belong.
PARTS = ("series__product__family_id", "series__market_id")
EXPECTED = "expected"


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
    """The lines to read: a filter on all tables of lines, the columns of their key, the row of each key.

    `below` filters the leaves that make up totals; it stays empty for leaves.
    """

    where: Q
    fields: tuple[str, str]
    order: dict[tuple[int, int], int]
    below: Q = field(default_factory=Q)

    @property
    def leaf(self) -> bool:
        return self.fields == LEAF

    def place(self, rows: Iterable[tuple[Any, ...]]) -> tuple[list[int], list[tuple[Any, ...]]]:
        """Rows that begin with a key: where each belongs, and the rest of it; rows of other keys are left out."""
        found = [(at, row[2:]) for row in rows if (at := self.order.get((row[0], row[1]))) is not None]
        return [at for at, _ in found], [rest for _, rest in found]

    def add_up(self, at: list[int], values: Vector) -> Vector:
        """`values[m, t]` summed into the rows they belong to."""
        result = np.zeros((len(self.order), values.shape[1]))
        np.add.at(result, at, values)
        return result


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

        `below` filters the series that make up the totals: in money their measures are summed from them.
        """
        where &= Q(series__isnull=not leaf)
        fields = LEAF if leaf else TOTAL
        columns = valuation.PLANNED[self.unit]
        lines = list(SalesPlanLine.objects.filter(where, plan=self.plan).values_list(*fields, *columns))
        keys = np.array([line[:2] for line in lines], dtype=np.int64).reshape(len(lines), 2)
        order = {(one, two): row for row, (one, two) in enumerate(keys.tolist())}
        wanted = Wanted(where, fields, order, below or Q())
        actual = self._history(wanted)
        planned = self._ahead(valuation.net([self._stack(line[2 + n] for line in lines) for n in range(len(columns))]))
        past = actual[:, YEAR:]
        result = {
            CONSENSUS: np.where(np.isnan(planned), past, planned),
            "history": past,
            "lastyear": actual[:, : self.window.count],
        }
        if "lastcycle" in measures:
            result["lastcycle"] = self._last_cycle(wanted)
        return Lines(keys, result | self._expectations(wanted, measures))

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
        result = np.full((len(wanted.order), count), np.nan)
        rows = History.objects.filter(wanted.where).values_list(*wanted.fields, "start", measure)
        at, found = wanted.place(rows)
        if at:
            starts, vectors = zip(*found, strict=True)
            result[at] = self._filled(starts, vectors, start, count)
        return result

    def _filled(self, starts: Any, vectors: Any, start: dt.date, count: int) -> Vector:
        month = np.arange(count) + months.number(start)
        began = month >= np.array([[months.number(first)] for first in starts])
        sold = align(starts, vectors, start, count)
        return np.where(np.isnan(sold) & began & (month <= self.last_actual), 0, sold)

    def _cost_of_sales(self, wanted: Wanted, start: dt.date, count: int) -> Vector:
        """Units at the standard cost of their month, of the leaves themselves or summed into their totals."""
        fields = LEAF if wanted.leaf else PARTS
        below = wanted.where if wanted.leaf else wanted.below & Q(series__isnull=False)
        rows = History.objects.filter(below).values_list(*fields, "series__product_id", "start", "ordered")
        at, found = wanted.place(rows)
        if not at:
            return np.full((len(wanted.order), count), np.nan)
        products, starts, vectors = zip(*found, strict=True)
        unique, position = np.unique(np.array(products), return_inverse=True)
        cost = np.nan_to_num(prices.unit_costs(unique.tolist(), start, count))[position]
        spent = self._filled(starts, vectors, start, count) * cost
        known = wanted.add_up(at, np.where(np.isnan(spent), 0.0, 1.0))
        return np.where(known > 0, wanted.add_up(at, np.nan_to_num(spent)), np.nan)

    def _last_cycle(self, wanted: Wanted) -> Vector:
        """The newest earlier cycle's plan for the months it knew, valued as it was: its latest frozen copy, else the
        working plan."""
        result = np.full((len(wanted.order), self.window.count), np.nan)
        earlier = Cycle.objects.filter(first_month__lt=self.plan.start).first()
        # Where NULL stands in an order differs between databases, so it is said.
        newest = SalesPlan.objects.filter(cycle=earlier).order_by(F("frozen_at").desc(nulls_last=True), "-pk")
        plan = newest.first() if earlier else None
        if plan is None:
            return result
        columns = valuation.PLANNED[self.unit]
        lines = SalesPlanLine.objects.filter(wanted.where, plan=plan).values_list(*wanted.fields, *columns)
        at, found = wanted.place(lines)
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
        own = wanted.leaf or self.unit == UNITS
        rates = valuation.RATES[self.unit]
        where = wanted.where if own else wanted.below & Q(series__isnull=False)
        lines = SalesPlanLine.objects.filter(where, plan=self.plan)
        at, found = wanted.place(lines.values_list(*(wanted.fields if own else PARTS), "baseline", "events", *rates))
        parts = [self._stack(row[n] for row in found) for n in range(2 + len(rates))]
        rate: Vector | float = valuation.net(parts[2:]) if rates else 1.0
        baseline, events = (wanted.add_up(at, values * rate) for values in parts[:2])
        expected = self._ahead(wanted.add_up(at, np.maximum(parts[0] + parts[1], 0) * rate))
        result = {"baseline": self._ahead(baseline), "events": self._ahead(np.where(events == 0, np.nan, events))}
        if voices:
            result |= {stream.code: expected.copy() for stream in voices}
            self._enter(wanted, voices, result)
        return result

    def _enter(self, wanted: Wanted, voices: list[Stream], result: dict[str, Vector]) -> None:
        """Add what the departments entered over what was expected of those series."""
        entries = Input.objects.filter(plan=self.plan, stream__in=voices)
        if wanted.leaf:
            entries = entries.filter(series__in=[key[0] for key in wanted.order])
        fields = LEAF if wanted.leaf else PARTS
        rows = list(entries.values_list(*fields, "series_id", "stream__code", "month", "quantity"))
        at, found = wanted.place(rows)
        known = self._expected({row[0] for row in found})
        for row, (series, stream, month, quantity) in zip(at, found, strict=True):
            column = months.distance(self.plan.start, month)
            if series in known and 0 <= column < self.plan.horizon:
                expected, rate = known[series]
                result[stream][row, self.window.now + column] += (quantity - expected[column]) * rate[column]

    def _expected(self, series: set[int]) -> dict[int, tuple[Vector, Vector]]:
        """Baseline with events, and what a unit is worth, of some series over the plan's months."""
        narrow = {"series__in": series} if len(series) <= FEW else {"series__isnull": False}
        rates = valuation.RATES[self.unit]
        lines = SalesPlanLine.objects.filter(plan=self.plan, **narrow)
        ones = np.ones(self.plan.horizon)
        return {
            key: (np.maximum(baseline + events, 0), valuation.net(value) if value else ones)
            for key, baseline, events, *value in lines.values_list("series_id", "baseline", "events", *rates)
            if key in series
        }


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
