"""Reading monthly history as arrays."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db.models import Max, Min, QuerySet
from numpy.typing import NDArray

from sop import bulk, months
from sop.models import History, Posting, Series

Floats = NDArray[np.float64]
# Above this a query names no ids and reads all: a list of ids would exceed what SQLite takes.
IDS_PER_QUERY = 5_000


def last_actual_month() -> dt.date | None:
    """The month of the company's latest posting."""
    last = Posting.objects.aggregate(last=Max("date"))["last"]
    return months.first(last) if last else None


def first_actual_month() -> dt.date | None:
    """The month of the company's earliest posting."""
    first = Posting.objects.aggregate(first=Min("date"))["first"]
    return months.first(first) if first else None


def matrix(series: Sequence[int] | QuerySet[Series], start: dt.date, count: int, measure: str = "ordered") -> Floats:
    """`measure` of series (ids, or a queryset in its own order) in `count` months from `start` on: array[n, count].

    A month is NaN where nothing can be known: before the series began, and after the company's last posting month.
    A series begins with its first sale, or with its product's launch where that is earlier (the months between are
    then true zeros), but no launch reaches back beyond the company's own first posting month. A series that never
    sold is zero from the launch on, NaN throughout when its product has none. Five queries, whatever the number.
    """
    ids = list(series.values_list("pk", flat=True) if isinstance(series, QuerySet) else series)
    result = np.full((len(ids), count), np.nan)
    company_first, company_last = first_actual_month(), last_actual_month()
    if company_first is None or company_last is None:
        return result
    base, known = months.number(start), months.number(company_last) + 1
    position = {pk: row for row, pk in enumerate(ids)}
    for pk, launch in _launches(ids).items():
        begin = max(months.number(launch), months.number(company_first))
        result[position[pk], max(begin - base, 0) : max(known - base, 0)] = 0.0
    for pk, first, vector in _vectors(ids, measure):
        row, begin = result[position[pk]], months.number(first) - base
        row[max(begin, 0) : max(known - base, 0)] = 0.0
        inside = vector[max(-begin, 0) : max(count - begin, 0)]
        row[max(begin, 0) : max(begin, 0) + inside.size] = inside
    return result


def totals(
    start: dt.date, count: int, measure: str = "ordered", *, lines: QuerySet[History] | None = None
) -> tuple[list[tuple[int, int]], Floats]:
    """Family × market totals: (family id, market id) and array[n, count], NaN after the last posting month only."""
    company_last = last_actual_month()
    queryset = (
        (History.objects.all() if lines is None else lines)
        .filter(series__isnull=True)
        .order_by("family_id", "market_id")
    )
    rows = list(queryset.values_list("family_id", "market_id", "start", measure))
    result = np.zeros((len(rows), count))
    base = months.number(start)
    for row, (_, _, first, vector) in zip(result, rows, strict=True):
        begin = months.number(first) - base
        inside = vector[max(-begin, 0) : max(count - begin, 0)]
        row[max(begin, 0) : max(begin, 0) + inside.size] = inside
    known = months.number(company_last) + 1 - base if company_last else 0
    result[:, max(known, 0) :] = np.nan
    return [(family, market) for family, market, *_ in rows], result


def _launches(ids: Sequence[int]) -> dict[int, dt.date]:
    """Launch months of the products of series, where known."""
    wanted = set(ids)
    launched = _among(Series.objects.filter(product__launch_month__isnull=False), "pk", ids)
    return {pk: launch for pk, launch in launched.values_list("pk", "product__launch_month") if pk in wanted}


def _vectors(ids: Sequence[int], measure: str) -> Iterable[tuple[int, dt.date, Floats]]:
    wanted = set(ids)
    leaves = _among(History.objects.filter(series__isnull=False).order_by(), "series", ids)
    starts = dict(leaves.values_list("series_id", "start"))
    for pk, vector in bulk.read(leaves, "series_id", measure):
        if pk in wanted:
            yield pk, starts[pk], vector


def _among(queryset: QuerySet[Any], field: str, ids: Sequence[int]) -> QuerySet[Any]:
    """The queryset narrowed to ids when they are few enough to be named."""
    return queryset.filter(**{f"{field}__in": ids}) if len(ids) <= IDS_PER_QUERY else queryset
