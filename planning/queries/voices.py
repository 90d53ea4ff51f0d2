"""What departments say where they say something: the entries of their streams as arrays, and what they start from.

Large plans are kept in memory and follow the change log, so that a page need not read millions of entries again.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db.models import Max, Q
from numpy.typing import NDArray

from planning.models import Input, SalesPlan, SalesPlanLine, Stream
from planning.queries.edited import EditedCells
from planning.queries.leaves import find
from planning.queries.rows import FEW, Filters, near
from sop import bulk, months
from sop.models import Change
from sop.queries import series as series_queries
from sop.vectors import Vector

# From this many entries on the arrays are kept.
MANY_ENTRIES = 100_000
# More series than this are read anew rather than patched.
MANY_CHANGED = 20_000


@dataclass(frozen=True, eq=False)
class Voices:
    """Series that a department said something of: `usual` and `price` `[series, months]`, `said` `[series, streams,
    months]`, NaN where silent. `usual` is the baseline with its events.
    """

    streams: list[str]
    frame: pd.DataFrame
    usual: Vector
    price: Vector
    said: Vector

    def take(self, rows: NDArray[np.bool_]) -> "Voices":
        """Some of the series."""
        if rows.all():
            return self
        frame = self.frame[rows].reset_index(drop=True)
        return Voices(self.streams, frame, self.usual[rows], self.price[rows], self.said[rows])


def voices(plan: SalesPlan, filters: Filters, where: Q | None = None) -> Voices:
    """Those of the filters; with `where` only the series that it names, read from the database."""
    if where is not None:
        return _read(plan, where & filters.series())
    whole = _whole(plan)
    return whole.take(_inside(whole.frame, filters))


def _inside(frame: pd.DataFrame, filters: Filters) -> NDArray[np.bool_]:
    """Which series the filters let through."""
    rows = np.ones(len(frame), dtype=bool)
    for column, covered in (("family", filters.families()), ("market", filters.markets())):
        if covered is not None:
            rows &= frame[column].isin(covered).to_numpy()
    return rows


# --- All of a plan --------------------


@dataclass
class _Memory:
    """The voices of the plan last asked for, as of a change and a version."""

    plan: int = 0
    change: int = 0
    version: int = 0
    found: Voices | None = None


_memory = _Memory()


def _whole(plan: SalesPlan) -> Voices:
    log = Change.objects.filter(object=f"sales-plan:{plan.pk}")
    memory = _memory
    if memory.found is not None and memory.plan == plan.pk and _caught_up(memory, plan):
        return memory.found
    # What is committed while the entries are read is read again next time.
    change = log.aggregate(last=Max("pk"))["last"] or 0
    found = _read(plan, Q())
    if np.isfinite(found.said).sum() >= MANY_ENTRIES:
        memory.plan, memory.change, memory.version, memory.found = plan.pk, change, plan.version, found
    return found


def _caught_up(memory: _Memory, plan: SalesPlan) -> bool:
    """Whether the changes since could be followed: edits of cells are, whatever else moved the plan is not."""
    assert memory.found is not None
    log = Change.objects.filter(object=f"sales-plan:{plan.pk}", pk__gt=memory.change).order_by("pk")
    version, changed, last = memory.version, set[int](), memory.change
    for pk, data in log.values_list("pk", "data"):
        cells = EditedCells.of(data)
        if cells is None:
            return False
        changed |= set(cells.series.tolist()) if data.get("stream") else set()
        version, last = max(version, int(data.get("version", 0))), pk
    known = memory.found.frame["series"]
    if plan.version > version or len(changed) > MANY_CHANGED or not changed <= set(known.tolist() if changed else ()):
        return False
    if changed:
        rows = known.isin(changed).to_numpy().nonzero()[0]
        memory.found.said[rows] = np.nan
        narrow = Q(series__in=changed) if len(changed) <= FEW else Q()
        _enter(plan, memory.found.streams, known.to_numpy(), memory.found.said, narrow, set(rows.tolist()))
    memory.change, memory.version = last, version
    return True


# --- Reading --------------------


def _read(plan: SalesPlan, where: Q) -> Voices:
    """Five queries, and one for each stream."""
    streams = list(Stream.objects.values_list("code", flat=True))
    frame = series_queries.frame(where=where)
    keys = frame["series"].to_numpy()
    said = np.full((len(keys), len(streams), plan.horizon), np.nan)
    few = len(keys) <= FEW
    _enter(plan, streams, keys, said, Q(series__in=keys.tolist()) if few else Q())
    spoke = np.isfinite(said).any(axis=(1, 2))
    frame, said = frame[spoke].reset_index(drop=True), said[spoke]
    usual, price = _lines(plan, frame)
    return Voices(streams, frame, usual, price, said)


def _enter(
    plan: SalesPlan, streams: list[str], keys: np.ndarray, said: Vector, narrow: Q, only: set[int] | None = None
) -> None:
    """Write the entries of streams into the array."""
    if not len(keys):
        return
    first = months.number(plan.start)
    for code, pk in Stream.objects.values_list("code", "pk"):
        entries = Input.objects.filter(narrow, plan=plan, stream=pk)
        series, month, quantity = bulk.columns(entries, "series_id", "month", "quantity")
        row = np.minimum(np.searchsorted(keys, series), len(keys) - 1)
        column = months.numbers(month) - first
        inside = (keys[row] == series) & (column >= 0) & (column < plan.horizon)
        if only is not None:
            inside &= np.isin(row, list(only))
        said[row[inside], streams.index(code), column[inside]] = quantity[inside]


def _lines(plan: SalesPlan, frame: pd.DataFrame) -> tuple[Vector, Vector]:
    keys = frame["series"].to_numpy()
    usual, price = np.zeros((2, len(keys), plan.horizon))
    lines = SalesPlanLine.objects.filter(near(keys.tolist()), plan=plan)
    for series, baseline, events, unit_price in bulk.blocks(lines, "series_id", "baseline", "events", "price"):
        at = find(keys, series)
        mine = at >= 0
        usual[at[mine]] = np.maximum(baseline + events, 0)[mine]
        price[at[mine]] = unit_price[mine]
    return usual, price
