"""The months of the planning grid, and the totals that stand behind quarters and years."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.models import SalesPlan
from sop import months
from sop.vectors import Vector

PAST_MONTHS = 6
FEWEST_PAST, MOST_PAST = 3, 12
FEWEST_AHEAD, MOST_AHEAD = 6, 24
MONTHS_PER_QUARTER = 3


@dataclass(frozen=True)
class Column:
    """A month, or the sum of the months from `first` to `last` (positions in the grid's window)."""

    id: str
    label: str
    year: str
    kind: str
    first: int
    last: int

    def as_json(self) -> dict[str, Any]:
        editable = self.kind in ("now", "plan")
        return {"id": self.id, "label": self.label, "year": self.year, "kind": self.kind, "editable": editable}


@dataclass(frozen=True)
class Window:
    """The months that a grid needs to know: from January of the first month shown to the end of the plan.

    Shown are `past` months before the plan and `ahead` months of it (0: all).
    """

    plan: SalesPlan
    past: int = PAST_MONTHS
    ahead: int = 0

    @property
    def start(self) -> dt.date:
        return dt.date(self.shown_from.year, 1, 1)

    @property
    def shown_from(self) -> dt.date:
        return months.add(self.plan.start, -self.past)

    @property
    def now(self) -> int:
        """Position of the first plan month."""
        return months.distance(self.start, self.plan.start)

    @property
    def count(self) -> int:
        return self.now + self.plan.horizon

    @property
    def months(self) -> list[dt.date]:
        return months.span(self.start, self.count)

    @property
    def until(self) -> int:
        """Position after the last month shown."""
        return min(self.count, self.now + self.ahead) if self.ahead else self.count

    @property
    def full_year(self) -> Column | None:
        """The calendar year that holds most of the next twelve plan months, when all of it is known."""
        year = months.add(self.plan.start, months.MONTHS_PER_YEAR // 2).year
        for each in (year, year - 1):
            first = months.distance(self.start, dt.date(each, 1, 1))
            if first >= 0 and self.now < first + months.MONTHS_PER_YEAR <= self.count:
                return Column(f"full-{each}", "Plan", str(each), "edge", first, first + months.MONTHS_PER_YEAR - 1)
        return None

    def columns(self) -> list[Column]:
        """Months from `shown_from` on; a quarter's and a year's total after its last month, when all of it is known."""
        result: list[Column] = []
        for position, month in enumerate(self.months[: self.until]):
            if month >= self.shown_from:
                kind = "past" if position < self.now else "now" if position == self.now else "plan"
                result.append(Column(months.code(month), months.name(month), str(month.year), kind, position, position))
            quarter_start = position - MONTHS_PER_QUARTER + 1
            if month.month % MONTHS_PER_QUARTER == 0 and quarter_start >= self.now:
                label = f"Q{month.month // MONTHS_PER_QUARTER}"
                result.append(
                    Column(f"{month.year}-{label}", label, str(month.year), "quarter", quarter_start, position)
                )
            if month.month == months.MONTHS_PER_YEAR and month >= self.shown_from:
                first = position - months.MONTHS_PER_YEAR + 1
                year = str(month.year)
                result.append(Column(year, year, year, "year", first, position))
        return result


def spread(values: Vector, columns: list[Column]) -> list[list[float | None]]:
    """Monthly `values[n, window]` as the grid's cells: totals summed over the months that have a value."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)
    cells = np.column_stack([filled[:, column.first : column.last + 1].sum(axis=1) for column in columns])
    empty = np.column_stack([~known[:, column.first : column.last + 1].any(axis=1) for column in columns])
    rounded = np.round(cells, 4)
    return [
        [None if blank else float(cell) for cell, blank in zip(row, blanks, strict=True)]
        for row, blanks in zip(rounded, empty, strict=True)
    ]


def year_sums(values: Vector, year: Column) -> Vector:
    """`values[n, window]` summed over a year, NaN where no month of it has a value."""
    part = values[:, year.first : year.last + 1]
    known = ~np.isnan(part)
    return np.where(known.any(axis=1), np.where(known, part, 0).sum(axis=1), np.nan)
