"""The series that make up rows of the grid, read in parts: a hundred thousand of them never stand in memory at once.

A family's numbers in money are the sums of its series', each at its own price and cost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from sop import bulk
from sop.models import Product, Series
from sop.vectors import Vector

Ints = NDArray[np.int64]
# Some 10 MB of vectors; as many ids as SQLite takes in a query.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Leaves:
    """Series in ascending order, the product of each, and the row of the grid it counts to."""

    series: Ints
    product: Ints
    row: Ints

    @classmethod
    def each(cls, order: Mapping[tuple[int, int], int]) -> "Leaves":
        """Rows that are leaves themselves; `order` has their series and product."""
        series, product = np.array(sorted(order), dtype=np.int64).reshape(-1, 2).T
        return cls(series, product, np.array([order[key] for key in sorted(order)], dtype=np.int64))

    @classmethod
    def below(cls, where: Q, order: Mapping[tuple[int, int], int]) -> "Leaves":
        """The series in a filter that count to totals; `order` has the totals' family and market. Two queries."""
        found = Series.objects.filter(where).order_by("pk")
        series, product, market = bulk.columns(found, "pk", "product_id", "market_id")
        products = Product.objects.filter(family__isnull=False).order_by("pk")
        known, families = bulk.columns(products, "pk", "family_id")
        at = find(known, product)
        family = np.where(at >= 0, families[at], -1) if len(known) else at
        totals = np.array(list(order), dtype=np.int64).reshape(-1, 2)
        base = max(totals[:, 1].max(initial=0), market.max(initial=0)) + 1
        row = find(totals[:, 0] * base + totals[:, 1], family * base + market)
        counts = row >= 0
        return cls(series[counts], product[counts], np.array(list(order.values()), dtype=np.int64)[row[counts]])

    def among(self, series: Ints) -> "Leaves":
        """Those of these series."""
        kept = np.isin(self.series, series)
        return Leaves(self.series[kept], self.product[kept], self.row[kept])

    def read(self, lines: QuerySet[Any], *fields: str) -> Iterator[tuple[Ints, list[np.ndarray]]]:
        """Blocks of a table of lines: the positions of their series here, and the fields. A query for each part."""
        for low in range(0, len(self.series), AT_ONCE):
            part = self.series[low : low + AT_ONCE]
            first, last = int(part[0]), int(part[-1])
            dense = last - first < 2 * len(part)
            narrow = Q(series__gte=first, series__lte=last) if dense else Q(series__in=part.tolist())
            for series, *values in bulk.blocks(lines.filter(narrow).order_by(), "series_id", *fields):
                at = find(part, series)
                mine = at >= 0
                yield at[mine] + low, [column[mine] for column in values]


def find(values: Ints, wanted: Ints) -> Ints:
    """The position of each wanted one among unique values; −1 where it is not."""
    if not len(values):
        return np.full(len(wanted), -1)
    order = np.argsort(values)
    at = order[np.minimum(np.searchsorted(values, wanted, sorter=order), len(values) - 1)]
    result: Ints = np.where(values[at] == wanted, at, -1)
    return result


def add_up(result: Vector, row: Ints, values: Vector) -> None:
    """Add `values[m, t]` to the rows they belong to; quicker than `np.add.at`."""
    if not len(row):
        return
    order = np.argsort(row, kind="stable")
    begins = np.flatnonzero(np.diff(row[order], prepend=-1))
    result[row[order][begins]] += np.add.reduceat(values[order], begins, axis=0)
