"""What an exported workbook shows: the rows of the grid with their numbers, read in portions."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q

from planning.models import Input, SalesPlan
from planning.queries import fences
from planning.queries.grid import Grid
from planning.queries.rows import CONSENSUS
from sop import months
from sop.models import Family, Series
from sop.vectors import Vector

LABELS = ("Family", "Product code", "Product", "Market", "Measure")
ROLES = ("family", "product-code", "product", "market", "measure")
KEY = "evenkeel-key"
TOTAL = ("total",)
ALL_FAMILIES, ALL_PRODUCTS, ALL_MARKETS = "All families", "All products", "All markets"
PORTION = 2_000


@dataclass(frozen=True)
class Member:
    """A series with its names."""

    pk: int
    family: int
    product: str
    product_name: str
    market: str
    market_name: str


@dataclass
class Row:
    """One line of numbers over the grid's window; `children` are the rows it is the sum of."""

    labels: tuple[str, ...]
    key: tuple[str, ...]
    values: Vector
    editable: bool = False
    depth: int = 0
    children: list[int] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)

    @property
    def is_series(self) -> bool:
        return self.key != TOTAL

    @property
    def code(self) -> str:
        """How the file names the row, whatever becomes of its labels."""
        return json.dumps(self.key, ensure_ascii=False)

    def seen(self, now: int) -> str:
        """Value and entry version of every plan month, as the file's user sees them."""
        pairs = ((position, self.values[position]) for position in range(now, len(self.values)))
        return json.dumps(
            [[None if np.isnan(value) else float(value), self.versions.get(position, 0)] for position, value in pairs],
            separators=(",", ":"),
        )


def about(plan: SalesPlan, unit: str) -> dict[str, Any]:
    """What a file says about itself."""
    return {"plan": plan.pk, "cycle": months.code(plan.cycle.first_month), "version": plan.version, "unit": unit}


def measures(grid: Grid) -> dict[str, str]:
    """The measures of a series by code, what the rows show first, as in the grid."""
    return {code: grid.name(code) for code in (grid.primary, *grid._measure_names("series"))}


def members(grid: Grid) -> list[Member]:
    """The series in sight that the plan knows, in the order of the grid. Two queries."""
    position = {pk: number for number, pk in enumerate(walk(grid.families))}
    found = Series.objects.filter(grid.filters.series(), pk__in=_planned(grid.plan)).values_list(
        "pk", "product__family_id", "product__code", "product__name", "market__code", "market__name"
    )
    rows = [Member(*row) for row in found.iterator(chunk_size=PORTION)]
    return sorted(rows, key=lambda each: (position[each.family], each.product_name, each.product, each.market_name))


def _planned(plan: SalesPlan) -> Any:
    return plan.lines.filter(series__isnull=False).values("series_id")


def walk(families: dict[int, Family]) -> Iterator[int]:
    """Families from the top down: those inside one come before its own products, so it follows them."""
    inner: dict[int | None, list[int]] = {}
    for family in families.values():
        inner.setdefault(family.parent_id if family.parent_id in families else None, []).append(family.pk)

    def below(pk: int | None) -> Iterator[int]:
        for child in inner.get(pk, []):
            yield from below(child)
            yield child

    return below(None)


def portions(grid: Grid, series: Sequence[Member]) -> Iterator[list[Row]]:
    """The rows of the series, some thousand at a time, so that memory does not grow with the portfolio."""
    named = measures(grid)
    for start in range(0, len(series), PORTION):
        yield _leaves(grid, series[start : start + PORTION], named, every=len(series) <= PORTION)


def _leaves(grid: Grid, part: Sequence[Member], named: dict[str, str], *, every: bool) -> list[Row]:
    keys = [member.pk for member in part]
    where = grid.filters.series_of("series__") if every else Q(series__in=keys)
    lines = grid.reader.read(where, True, set(named))
    at = {int(key): number for number, key in enumerate(lines.keys[:, 0])}
    versions, locked = _entries(grid, keys)
    frozen = fences.zones().frozen
    rows = []
    for member in part:
        names = (grid.families[member.family].name, member.product, member.product_name, member.market_name)
        fenced = {grid.window.now + at for at in range(frozen.get(member.family, 0))}
        for code, label in named.items():
            closed = locked.get((member.pk, code), set()) | (fenced if code == CONSENSUS else set())
            rows.append(
                Row(
                    (*names, label),
                    (member.product, member.market, code),
                    lines.measures[code][at[member.pk]],
                    grid.editable(code),
                    versions=versions.get((member.pk, code), {}),
                    closed=closed,
                )
            )
    return rows


Marks = dict[tuple[int, str], Any]


def _entries(grid: Grid, keys: list[int]) -> tuple[Marks, Marks]:
    """Version of each entry by series, measure and position in the window, and the locked ones. One query."""
    versions: Marks = {}
    locked: Marks = {}
    entries = Input.objects.filter(plan=grid.plan, series__in=keys)
    columns = ("series_id", "stream__code", "month", "row_version", "locked")
    for series, stream, month, version, lock in entries.values_list(*columns):
        key, position = (series, stream or CONSENSUS), months.distance(grid.window.start, month)
        versions.setdefault(key, {})[position] = version
        if lock:
            locked.setdefault(key, set()).add(position)
    return versions, locked


def hierarchy(grid: Grid, series: Sequence[Member]) -> list[Row]:
    """All rows of the grid layout: totals of the company, its families and products above their series."""
    leaves = [row for part in portions(grid, series) for row in part]
    return Hierarchy(grid, series, leaves).rows()


class Hierarchy:
    """Puts the rows of totals above what they are the sum of."""

    def __init__(self, grid: Grid, series: Sequence[Member], leaves: list[Row]) -> None:
        self.grid, self.named, self.result = grid, measures(grid), list[Row]()
        per = len(self.named)
        self.by_product: dict[int, dict[str, list[list[Row]]]] = {}
        for number, member in enumerate(series):
            block = leaves[number * per : (number + 1) * per]
            self.by_product.setdefault(member.family, {}).setdefault(member.product, []).append(block)

    def rows(self) -> list[Row]:
        top = self._add((ALL_FAMILIES, "", ALL_PRODUCTS, ALL_MARKETS, self.named[self.grid.primary]), 0)
        roots = [family for family in self.grid.families.values() if family.parent_id not in self.grid.families]
        self._sum(top, [number for family in roots if (number := self._family(family, 1)) is not None])
        return self.result

    def _family(self, family: Family, depth: int) -> int | None:
        start = len(self.result)
        own = self._add((family.name, "", ALL_PRODUCTS, ALL_MARKETS, self.named[self.grid.primary]), depth)
        inner = [child for child in self.grid.families.values() if child.parent_id == family.pk]
        children = [number for child in inner if (number := self._family(child, depth + 1)) is not None]
        for blocks in self.by_product.get(family.pk, {}).values():
            children.append(self._product(blocks, depth + 1))
        if not children:
            del self.result[start:]
            return None
        self._sum(own, children)
        return own

    def _product(self, blocks: list[list[Row]], depth: int) -> int:
        names = blocks[0][0].labels[:3]
        labels = enumerate(self.named.values())
        own = [self._add((*names, ALL_MARKETS, label), depth + (number > 0)) for number, label in labels]
        children: list[list[int]] = [[] for _ in own]
        for block in blocks:
            for number, row in enumerate(block):
                row.depth = depth + 1 + (number > 0)
                children[number].append(len(self.result))
                self.result.append(row)
        for number, below in zip(own, children, strict=True):
            self._sum(number, below)
        return own[0]

    def _add(self, labels: tuple[str, ...], depth: int) -> int:
        self.result.append(Row(labels, TOTAL, np.full(self.grid.window.count, np.nan), depth=depth))
        return len(self.result) - 1

    def _sum(self, number: int, children: list[int]) -> None:
        row = self.result[number]
        row.children = children
        if children:
            values = np.vstack([self.result[child].values for child in children])
            known = ~np.isnan(values)
            row.values = np.where(known.any(axis=0), np.where(known, values, 0).sum(axis=0), np.nan)
