"""The latest changes to a cell, without reading what each of a thousand gestures did to twenty thousand cells."""

import datetime as dt
import uuid
from dataclasses import dataclass

import numpy as np

from planning.queries import rows
from planning.queries.edited import EditedCells
from planning.queries.grid import LEAF_KINDS, Grid
from planning.queries.rows import RowKey
from sop import months
from sop.models import Change, Family, Market, Series, User

SHOWN = 3
LOOKED_AT = 200
# After so many cells of changes near the row the search for its own ends.
MOST_CELLS = 25_000
UNDOABLE = ("plan.edited", "plan.mass_edited", "plan.undone", "plan.locked", "plan.unlocked")


@dataclass(frozen=True)
class Latest:
    """A change as the side panel lists it; `stream` is empty for the consensus."""

    by: User | None
    at: dt.datetime
    summary: str
    reason: str
    change_set: uuid.UUID
    stream: str


def changes(grid: Grid, row: RowKey, month: dt.date) -> list[Latest]:
    """The newest that touched a product's or a series' cell; above, those of the families and markets, in any month."""
    families, markets = _places(grid, row)
    log = Change.objects.filter(object=f"sales-plan:{grid.plan.pk}", kind__in=UNDOABLE).order_by("-id")
    near = [
        pk
        for pk, of, within in log.values_list("pk", "families", "markets")[:LOOKED_AT]
        if families.intersection(of) and markets.intersection(within)
    ]
    found = near[:SHOWN] if row.kind not in LEAF_KINDS else _touching(grid, row, month, near)
    listed = Change.objects.filter(pk__in=found).select_related("by").defer("data").order_by("-id")
    streams = dict(Change.objects.filter(pk__in=found).values_list("pk", "data__stream"))
    return [
        Latest(each.by, each.at, each.summary, each.reason, each.change_set, streams[each.pk] or "") for each in listed
    ]


def _places(grid: Grid, row: RowKey) -> tuple[set[str], set[str]]:
    """The codes of the families and markets that a row lies in, as far as they are in sight."""
    if row.kind in LEAF_KINDS:
        own = Series.objects.filter(rows.below(row) & grid.filters.series())
        found = list(own.values_list("product__family__code", "market__code"))
        return {family for family, _ in found}, {market for _, market in found}
    families, markets = grid.filters.families(), grid.filters.markets()
    below = rows.families_below(row)
    inside = below if families is None else families if below is None else families & below
    return _codes(Family, inside), _codes(Market, markets)


def _codes(tree: type[Family] | type[Market], keys: frozenset[int] | None) -> set[str]:
    found = tree._default_manager.all() if keys is None else tree._default_manager.filter(pk__in=keys)
    return set(found.values_list("code", flat=True))


def _touching(grid: Grid, row: RowKey, month: dt.date, near: list[int]) -> list[int]:
    """Those that changed the cell, newest first, until there are enough or too much would be read."""
    own = Series.objects.filter(rows.below(row) & grid.filters.series())
    wanted, number = list(own.values_list("pk", flat=True)), months.number(month)
    found: list[int] = []
    read = 0
    opened = Change.objects.filter(pk__in=near).order_by("-pk").values_list("pk", "data")
    for pk, data in opened.iterator(chunk_size=2):
        cells = EditedCells.of(data)
        assert cells is not None  # all that can be undone is of cells
        if np.isin(cells.series[cells.month == number], wanted).any():
            found.append(pk)
        read += len(cells)
        if len(found) == SHOWN or read > MOST_CELLS:
            break
    return found
