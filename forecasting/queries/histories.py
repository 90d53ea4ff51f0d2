"""What the engine learns from: the months of each series up to the last complete one, and its life on the market."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from forecasting.queries.corrections import ALIKE, accepted
from sop import bulk, months
from sop.models import Cycle, History, Series

# Engines with an unbounded memory lose to last year's figures when the market has changed: ten years are kept.
LONGEST_MEMORY = 120

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histories:
    """Row i belongs to series `series[i]`; column j to the month `j` months after `start`."""

    series: Indices
    family: Indices
    market: Indices
    start: dt.date
    ordered: Numbers  # [series, months]; NaN before the launch
    lent: NDArray[np.bool_]  # [series, months] the months of `ordered` that are a predecessor's
    like: dict[int, Numbers]  # row → what its like product sold in the same market [months]
    launch: Indices  # [series] plan months before the product is launched: 0 for what is on sale already
    end: Indices  # [series] plan months that the product is on sale: the horizon for what is not withdrawn


@dataclass(frozen=True)
class _Life:
    """One series and the dates of its product."""

    series: int
    product: int
    market: int
    family: int
    launch: dt.date | None
    last: dt.date | None
    replaces: bool
    stands_in: int | None  # the predecessor, whose sales before the launch count as its own; else the like product


def histories(cycle: Cycle, series_ids: Sequence[int], *, known_until: dt.date | None = None) -> Histories:
    """The ordered units of some series, in the order asked for. Three queries, five where a product replaces another.

    An accepted correction stands in for the actual that it was made for, as long as that actual has not changed.
    A month after the launch without a posting is a sale of zero; a month before it, or after the company's last
    posting month `known_until`, is not known. The launch is the product's launch month, or the first posting if that
    came earlier. A successor that has begun to sell takes its predecessor's months before its own launch; those of a
    like product stand beside it. What has not sold yet has no history: the sales plan knows about launches to come.
    """
    lives = _lives(series_ids)
    own = _vectors(Q(series__in=series_ids))
    lent = _lent(lives)
    starts = [start for start, _ in (*own.values(), *lent.values())]
    end = cycle.first_month
    earliest = max(months.add(end, -LONGEST_MEMORY), min(starts, default=cycle.as_of))
    window = max(1, months.distance(earliest, end))
    start = months.add(end, -window)
    ordered = np.full((len(lives), window), np.nan)
    borrowed = np.zeros(ordered.shape, dtype=bool)
    like: dict[int, Numbers] = {}
    for number, (row, life) in enumerate(zip(ordered, lives, strict=True)):
        mine = own.get((life.product, life.market))
        if mine is None:
            continue
        since = min(mine[0], life.launch or mine[0])
        lender = lent.get((life.stands_in, life.market)) if (mine[1] > 0).any() else None
        if lender and life.replaces:
            _place(row, start, *lender, since=lender[0])
            borrowed[number, : max(0, months.distance(start, since))] = True
        elif lender:
            like[number] = np.full(window, np.nan)
            _place(like[number], start, *lender, since=lender[0])
        _place(row, start, *mine, since=since)
    if known_until is not None:
        unknown = max(0, months.distance(start, known_until) + 1)
        for each in (ordered, *(row[None, :] for row in like.values())):
            each[:, unknown:] = np.nan
    launch = [months.distance(end, life.launch) if life.launch else 0 for life in lives]
    on_sale = [months.distance(end, life.last) + 1 if life.last else cycle.horizon for life in lives]
    return Histories(
        series=_whole(life.series for life in lives),
        family=_whole(life.family for life in lives),
        market=_whole(life.market for life in lives),
        start=start,
        ordered=ordered,
        lent=borrowed,
        like=like,
        launch=np.clip(_whole(launch), 0, cycle.horizon),
        end=np.clip(_whole(on_sale), 0, cycle.horizon),
    )


def _lives(series_ids: Sequence[int]) -> list[_Life]:
    names = ("product__family_id", "product__launch_month", "product__last_month")
    substitutes = ("product__predecessor_id", "product__like_product_id")
    rows = Series.objects.filter(pk__in=series_ids).values_list("pk", "product_id", "market_id", *names, *substitutes)
    found = {
        pk: _Life(pk, product, market, family, launch, last, bool(predecessor), predecessor or like)
        for pk, product, market, family, launch, last, predecessor, like in rows
    }
    return [found[pk] for pk in series_ids if pk in found]


def _lent(lives: list[_Life]) -> dict[tuple[int | None, int], tuple[dt.date, Numbers]]:
    lenders = {life.stands_in for life in lives if life.stands_in}
    if not lenders:
        return {}
    markets = {life.market for life in lives if life.stands_in}
    return _vectors(Q(series__product__in=lenders, series__market__in=markets))


def _vectors(which: Q) -> dict[tuple[int | None, int], tuple[dt.date, Numbers]]:
    """Product and market → first month and units from it on, with the accepted corrections in their months."""
    rows = bulk.read(History.objects.filter(which), "series__product_id", "series__market_id", "start", "ordered")
    found = {(product, market): (start, ordered) for product, market, start, ordered in rows}
    for key, corrections in accepted(which).items():
        for month, original, replacement in corrections if key in found else ():
            found[key] = _corrected(*found[key], months.distance(found[key][0], month), original, replacement)
    return found


def _corrected(
    start: dt.date, values: Numbers, offset: int, original: float, replacement: float
) -> tuple[dt.date, Numbers]:
    """The values with one month replaced; unchanged where the actual is no longer the one that was corrected."""
    if offset < 0:
        return start, values
    # The months after the last sale are zeros that are not stored.
    longer = np.concatenate([values, np.zeros(max(0, offset + 1 - values.size))])
    if abs(longer[offset] - original) > ALIKE:
        return start, values
    longer[offset] = replacement
    return start, longer


def _place(row: Numbers, start: dt.date, first: dt.date, values: Numbers, *, since: dt.date) -> None:
    """Write a history into its months: zero from `since` to the end where nothing was posted."""
    row[max(0, months.distance(start, since)) :] = 0.0
    offset = months.distance(start, first)
    kept = values[max(0, -offset) :][: max(0, row.size - max(0, offset))]
    row[max(0, offset) :][: kept.size] = kept


def _whole(values: Iterable[int]) -> Indices:
    return np.array(list(values), dtype=np.int64)
