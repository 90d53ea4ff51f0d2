"""A returned workbook beside the plan as it is now: each cell at export, in the plan and in the file."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from django.core import signing
from django.db.models import Q

from planning.models import Input, WorkbookImport
from planning.queries import fences, valuation
from planning.queries.grid import Grid
from planning.queries.rows import CONSENSUS, Filters
from planning.queries.valuation import UNITS
from planning.queries.workbook import content
from sop import months
from sop.models import Series, User
from sop.permissions import scope
from sop.vectors import Vector

TOLERANCE = 0.006
SHOWN = 800  # each takes a field of the form, and Django takes a thousand
PROPOSED, CONFLICT, CLOSED = "proposed", "conflict", "closed"


def same(one: float | None, other: float | None) -> bool:
    """Whether two quantities are the same but for how a file rounds them."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE + 1e-9 * abs(other)


class Cell(NamedTuple):
    """A cell of the file that differs from what was exported, as it is kept."""

    series: int
    measure: str
    month: str
    entry: str | float
    mine: float
    base: float | None
    version: int
    row: int


class State(NamedTuple):
    """What the plan holds in a cell now."""

    value: float | None
    version: int = 0
    locked: bool = False
    by: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Difference:
    """A cell where the file and the plan differ."""

    number: int
    cell: Cell
    now: State
    kind: str
    why: str = ""

    @property
    def month(self) -> str:
        return months.short(months.parse(self.cell.month))

    @property
    def change(self) -> float:
        return self.cell.mine - (self.now.value or 0)

    @property
    def typed(self) -> str:
        """The shorthand, where it says more than the number."""
        return self.cell.entry if isinstance(self.cell.entry, str) and self.cell.entry[:1] in "+-*=" else ""


@dataclass
class Group:
    """The differences of one row of the plan."""

    product: str
    code: str
    market: str
    measure: str
    differences: list[Difference] = field(default_factory=list)

    @property
    def change(self) -> float:
        return sum(each.change for each in self.differences if each.kind != CLOSED)

    @property
    def urgency(self) -> tuple[bool, float]:
        """Conflicts first, then by how much would change."""
        return not any(each.kind == CONFLICT for each in self.differences), -abs(self.change)


@dataclass(frozen=True)
class Comparison:
    """All differences of an import, and the part of them that a page shows."""

    groups: list[Group]
    salt: str

    @cached_property
    def all(self) -> list[Difference]:
        return [each for group in self.groups for each in group.differences]

    def of(self, kind: str) -> list[Difference]:
        return [each for each in self.all if each.kind == kind]

    @cached_property
    def proposed(self) -> list[Difference]:
        return self.of(PROPOSED)

    @cached_property
    def conflicts(self) -> list[Difference]:
        return self.of(CONFLICT)

    @cached_property
    def closed(self) -> list[Difference]:
        return self.of(CLOSED)

    @property
    def effect(self) -> float:
        """What all proposed changes together add."""
        return sum(each.change for each in self.proposed)

    @cached_property
    def shown(self) -> list[Group]:
        """The most urgent rows, as many as a page can hold."""
        result: list[Group] = []
        count = 0
        for group in self.groups:
            if result and count + len(group.differences) > SHOWN:
                break
            result.append(group)
            count += len(group.differences)
        return result

    @property
    def hidden(self) -> list[Difference]:
        """Proposed changes beyond those that are shown."""
        return [each for group in self.groups[len(self.shown) :] for each in group.differences if each.kind == PROPOSED]

    @cached_property
    def seen(self) -> str:
        """What this comparison found in the plan, signed: with it a later one knows what has moved since."""
        found = [[each.number, each.now.value, each.now.version] for each in self.all]
        return signing.dumps(found, salt=self.salt, compress=True)


def unit_of(upload: WorkbookImport) -> str:
    """What the file's numbers are in."""
    return str(upload.content.get("unit", UNITS))


def grid_of(upload: WorkbookImport, user: User) -> Grid:
    """The whole plan as this user may see it, in the file's unit."""
    mine = scope(user)
    return Grid(upload.plan, user, Filters(mine), valuation.checked(unit_of(upload), mine))


def compare(upload: WorkbookImport, user: User) -> Comparison:
    """The three-way difference, cell by cell, of what this user may still see. A fixed number of queries."""
    grid = grid_of(upload, user)
    cells = [Cell(*each) for each in upload.content["cells"]]
    series = {cell.series for cell in cells}
    now = states(grid, series)
    names = _names(grid, series)
    frozen = frozen_cells(grid, {key: family for key, (family, *_) in names.items()})
    groups: dict[tuple[int, str], Group] = {}
    for number, cell in enumerate(cells):
        state = now.get((cell.series, cell.measure, cell.month))
        if state is None or same(cell.mine, state.value):
            continue
        kind, why = _kind(grid, cell, state, frozen)
        key = (cell.series, cell.measure)
        if key not in groups:
            groups[key] = Group(*names[cell.series][1:], grid.name(cell.measure))
        groups[key].differences.append(Difference(number, cell, state, kind, why))
    return Comparison(sorted(groups.values(), key=lambda group: group.urgency), salt_of(upload))


def salt_of(upload: WorkbookImport) -> str:
    return f"workbook-{upload.pk}"


def _kind(grid: Grid, cell: Cell, now: State, frozen: set[tuple[int, str]]) -> tuple[str, str]:
    if now.locked:
        return CLOSED, "locked"
    if not grid.editable(cell.measure):
        return CLOSED, f"{grid.name(cell.measure)} takes no entries now"
    if cell.measure == CONSENSUS and (cell.series, cell.month) in frozen:
        return CLOSED, "inside the frozen months; ask for it in the grid"
    moved = now.version != cell.version or not same(now.value, cell.base)
    return (CONFLICT if moved else PROPOSED), ""


States = dict[tuple[int, str, str], State]


def states(grid: Grid, series: Collection[int]) -> States:
    """What the plan holds now: by series, measure and month."""
    if not series:
        return {}
    measures = set(content.measures(grid))
    lines = grid.reader.read(grid.filters.series_of("series__") & Q(series__in=series), True, measures)
    codes = [months.code(month) for month in grid.plan.months]
    result: States = {}
    for measure in measures:
        values: Vector = lines.measures[measure][:, grid.window.now :]
        for key, row in zip(lines.keys[:, 0].tolist(), values.tolist(), strict=True):
            for code, value in zip(codes, row, strict=False):
                result[key, measure, code] = State(None if np.isnan(value) else value)
    entries = Input.objects.filter(plan=grid.plan, series__in=series).select_related("author", "stream")
    for entry in entries:
        at = (entry.series_id, entry.stream.code if entry.stream else CONSENSUS, months.code(entry.month))
        if at in result:
            who = entry.author.display_name if entry.author else ""
            result[at] = State(result[at].value, entry.row_version, entry.locked, who, entry.updated_at)
    return result


def frozen_cells(grid: Grid, families: dict[int, int]) -> set[tuple[int, str]]:
    """The months of each series in which the fence of its family lets nobody change the consensus."""
    zones = fences.zones()
    codes = [months.code(month) for month in grid.plan.months]
    return {(key, code) for key, family in families.items() for code in codes[: zones.frozen.get(family, 0)]}


def _names(grid: Grid, series: Collection[int]) -> dict[int, tuple[int, str, str, str]]:
    found = Series.objects.filter(grid.filters.series(), pk__in=series)
    columns = ("pk", "product__family_id", "product__name", "product__code", "market__name")
    return {pk: tuple(rest) for pk, *rest in found.values_list(*columns)}
