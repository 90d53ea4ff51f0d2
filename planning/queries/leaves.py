"""The series that make up rows of the grid, read in parts: a hundred thousand of them never stand in memory at once.

A family's numbers in money are the sums of its series', each at its own price and cost.
"""

from collections.abc import Iterator
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
    def each(cls, keys: Ints) -> "Leaves":
        """Rows that are leaves themselves; `keys` has their series and product."""
        row = np.argsort(keys[:, 0])
        return cls(keys[row, 0], keys[row, 1], row)

    @classmethod
    def below(cls, where: Q, totals: Ints) -> "Leaves":
        """The series in a filter that count to totals, each a family and a market. Two queries."""
        found = Series.objects.filter(where).order_by("pk")
        series, product, market = bulk.columns(found, "pk", "product_id", "market_id")
        products = Product.objects.filter(family__isnull=False).order_by("pk")
        known, families = bulk.columns(products, "pk", "family_id")
        at = find(known, product)
        family = np.where(at >= 0, families[at], -1) if len(known) else at
        base = max(totals[:, 1].max(initial=0), market.max(initial=0)) + 1
        row = find(totals[:, 0] * base + totals[:, 1], family * base + market)
        counts = row >= 0
        return cls(series[counts], product[counts], row[counts])

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


def with_products(series: Ints) -> Ints:
    """`[n, 2]`: series, and the product of each. One query."""
    among = Q(pk__in=series.tolist()) if len(series) <= AT_ONCE else Q()
    known, product = bulk.columns(Series.objects.filter(among).order_by(), "pk", "product_id")
    at = find(known, series)
    return np.column_stack([series, product[at]]) if len(series) else np.empty((0, 2), dtype=np.int64)


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
