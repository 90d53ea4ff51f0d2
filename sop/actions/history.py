"""Monthly history from postings: months that change are added to, and everything can be computed afresh.

A line's vectors start in the first month whose net is not zero and end in the last such month; months between without
postings are 0. The months after the end, up to the company's last posting month, are 0 as well but not stored: a new
month would otherwise rewrite every line. `sop.queries.history` fills them in for readers.

Ordered and shipped are the units of postings of either kind; revenue is that of the orders, so that a sale which is
posted when ordered and again when shipped earns its money once. Returns are negative postings and net within their
month; nothing is floored here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth
from numpy.typing import NDArray

from sop import bulk, months
from sop.models import History, Posting, Series

MEASURES = ("ordered", "shipped", "revenue")
LEAF, TOTAL = ("series_id",), ("family_id", "market_id")
# Sums of prices like 0.1 leave crumbs that would keep a month alive whose postings cancel out.
DECIMALS = 6
# Lines that are summed at once, and numbers in one block: a stray posting of 1900 makes blocks wide.
IDS_PER_QUERY = 5_000
NUMBERS_PER_BLOCK = 3_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Key = tuple[int, ...]


@dataclass(frozen=True)
class Movements:
    """What postings add to months: `values` has one column per measure."""

    series: Ints
    month: Ints
    values: Floats


def add(movements: Movements, places: Mapping[int, Key]) -> None:
    """Add movements to the leaves and totals they concern; `places` are family and market by series."""
    if not movements.series.size:
        return
    ids, rows = np.unique(movements.series, return_inverse=True)
    _add(LEAF, [(series,) for series in ids.tolist()], rows, movements)
    totals, group = _grouped([places[series] for series in ids.tolist()])
    _add(TOTAL, totals, group[rows], movements)


@transaction.atomic
def rebuild(series_ids: Iterable[int]) -> None:
    """Compute the history of series, and the totals they are part of, afresh from their postings."""
    ids = sorted(set(series_ids))
    for start in range(0, len(ids), IDS_PER_QUERY):
        part = ids[start : start + IDS_PER_QUERY]
        History.objects.filter(series__in=part).delete()
        movements = _posted(part)
        if movements.series.size:
            found, rows = np.unique(movements.series, return_inverse=True)
            _add(LEAF, [(series,) for series in found.tolist()], rows, movements)
    retotal(set(_places(ids).values()))


@transaction.atomic
def retotal(totals: Iterable[Key]) -> None:
    """Compute totals (family id, market id) afresh from their leaves, after a product changed its family."""
    wanted = set(totals)
    families, markets = {family for family, _ in wanted}, {market for _, market in wanted}
    History.objects.filter(pk__in=[pk for key, (pk, *_) in _stored(TOTAL, sorted(wanted)).items()]).delete()
    leaves = History.objects.filter(series__product__family__in=families, series__market__in=markets)
    fields = ("series__product__family_id", "series__market_id", "start", *MEASURES)
    rows = [row for row in leaves.values_list(*fields) if (row[0], row[1]) in wanted]
    if not rows:
        return
    keys, group = _grouped([(row[0], row[1]) for row in rows])
    lengths = np.array([row[3].size for row in rows])
    starts = np.array([months.number(row[2]) for row in rows])
    offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    values = np.column_stack([np.concatenate([row[column] for row in rows]) for column in (3, 4, 5)])
    month = np.repeat(starts, lengths) + offsets
    _add(TOTAL, keys, np.repeat(group, lengths), Movements(np.repeat(group, lengths), month, values))


def _places(series_ids: Sequence[int]) -> dict[int, Key]:
    """Family and market of series."""
    places: dict[int, Key] = {}
    for start in range(0, len(series_ids), IDS_PER_QUERY):
        part = Series.objects.filter(pk__in=series_ids[start : start + IDS_PER_QUERY])
        places |= {
            pk: (family, market) for pk, family, market in part.values_list("pk", "product__family_id", "market_id")
        }
    return places


def _grouped(keys: Sequence[Key]) -> tuple[list[Key], Ints]:
    """The different keys in order, and which of them each key is."""
    unique, group = np.unique(np.array(keys, dtype=np.int64).reshape(len(keys), -1), axis=0, return_inverse=True)
    return [tuple(key) for key in unique.tolist()], group.reshape(-1)


def _posted(series_ids: Sequence[int]) -> Movements:
    """The postings of series summed by month."""
    series = {
        (product, market): pk
        for pk, product, market in Series.objects.filter(pk__in=series_ids).values_list("pk", "product_id", "market_id")
    }
    groups = (
        Posting.objects.filter(product__in={product for product, _ in series})
        .annotate(month=TruncMonth("date"))
        .values_list("product_id", "market_id", "month", "kind")
        .annotate(units=Sum("quantity"), money=Sum("revenue"))
        .order_by()
    )
    rows = [
        (series[product, market], months.number(month), *measures(kind, units, money))
        for product, market, month, kind, units, money in groups
        if (product, market) in series
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 2 + len(MEASURES))
    return Movements(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:])


def measures(kind: str, units: float, money: float) -> tuple[float, float, float]:
    """What a posting adds to ordered, shipped and revenue."""
    return (units, 0.0, money) if kind == Posting.Kind.ORDERED else (0.0, units, 0.0)


def _add(columns: tuple[str, ...], keys: Sequence[Key], rows: Ints, movements: Movements) -> None:
    """Add movements to the lines with these keys; `rows` says which key each movement belongs to."""
    order = np.argsort(rows, kind="stable")
    rows, month, values = rows[order], movements.month[order], movements.values[order]
    for first in range(0, len(keys), IDS_PER_QUERY):
        mine = slice(*np.searchsorted(rows, [first, first + IDS_PER_QUERY]))
        _add_block(columns, keys[first : first + IDS_PER_QUERY], rows[mine] - first, month[mine], values[mine])


def _add_block(columns: tuple[str, ...], keys: Sequence[Key], rows: Ints, month: Ints, values: Floats) -> None:
    stored = _stored(columns, keys)
    spans = [(months.number(start), ordered.size) for _, start, ordered, *_ in stored.values()]
    first = min([int(month.min()), *(start for start, _ in spans)])
    last = max([int(month.max()) + 1, *(start + size for start, size in spans)])
    if len(keys) > 1 and len(keys) * (last - first) * len(MEASURES) > NUMBERS_PER_BLOCK:
        half = len(keys) // 2
        low = rows < half
        _add_block(columns, keys[:half], rows[low], month[low], values[low])
        _add_block(columns, keys[half:], rows[~low] - half, month[~low], values[~low])
        return
    block = np.zeros((len(keys), last - first, len(MEASURES)))
    for row, key in enumerate(keys):
        if key in stored:
            _, start, *vectors = stored[key]
            offset = months.number(start) - first
            block[row, offset : offset + vectors[0].size] = np.column_stack(vectors)
    np.add.at(block, (rows, month - first), values)
    np.round(block, DECIMALS, out=block)
    _write(columns, keys, block + 0.0, first, stored)


def _stored(columns: tuple[str, ...], keys: Sequence[Key]) -> dict[Key, tuple[Any, ...]]:
    """The lines that exist: key → (id, start, ordered, shipped, revenue)."""
    asked = set(keys)
    among = Q(**{f"{columns[0]}__in": sorted({key[0] for key in keys})})
    if len(columns) > 1:
        among &= Q(**{f"{columns[1]}__in": sorted({key[1] for key in keys})})
    found = bulk.read(History.objects.filter(among).order_by(), *columns, "id", *MEASURES)
    starts = dict(History.objects.filter(among).order_by().values_list("id", "start"))
    width = len(columns)
    return {
        tuple(row[:width]): (row[width], starts[row[width]], *row[width + 1 :])
        for row in found
        if tuple(row[:width]) in asked
    }


def _write(
    columns: tuple[str, ...], keys: Sequence[Key], block: Floats, first: int, stored: dict[Key, tuple[Any, ...]]
) -> None:
    used: NDArray[np.bool_] = np.any(block != 0, axis=2)
    alive = used.any(axis=1)
    starts = used.argmax(axis=1)
    ends = used.shape[1] - used[:, ::-1].argmax(axis=1)
    lines = []
    for row in np.flatnonzero(alive).tolist():
        months_of_row = block[row, starts[row] : ends[row]]
        lines.append((*keys[row], months.from_number(first + int(starts[row])), *months_of_row.T))
    bulk.upsert(History, key=columns, columns=(*columns, "start", *MEASURES), rows=lines)
    emptied = [stored[keys[row]][0] for row in np.flatnonzero(~alive).tolist() if keys[row] in stored]
    if emptied:
        History.objects.filter(pk__in=emptied).delete()
