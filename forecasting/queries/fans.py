"""What the fan chart draws at any level: history, forecast and its interval, and for one series the members."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from forecasting.models import ForecastLine
from forecasting.queries.published import published
from sop import bulk, months
from sop.errors import NotFound
from sop.models import Cycle, Family, History
from sop.permissions import Scope, descendants

PAST_MONTHS = 36

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fan:
    """Values by month; NaN where a line has none. `lower` and `upper` are the 80 % interval."""

    months: list[dt.date]
    now: int  # position of the first plan month
    history: Numbers
    mean: Numbers
    lower: Numbers
    upper: Numbers
    members: dict[str, Numbers]


def fan(cycle: Cycle, key: str, scope: Scope) -> Fan:
    """The fan of a grid row (`total`, `family:BIKES`, `product:BK-1`, `series:12`), as far as the scope reaches.

    Errors of different series are taken as independent, so the squares of their half intervals add. At most four
    queries.
    """
    which = _lines(key, scope)
    past = _past(cycle, which)
    span = months.span(months.add(cycle.first_month, -past.size), past.size + cycle.horizon)
    mean, lower, upper, members = _ahead(cycle, which, alone=key.startswith("series:"))
    return Fan(
        months=span,
        now=past.size,
        history=np.concatenate([past, np.full(cycle.horizon, np.nan)]),
        mean=_after(past.size, mean),
        lower=_after(past.size, lower),
        upper=_after(past.size, upper),
        members={name: _after(past.size, values) for name, values in members.items()},
    )


def _lines(key: str, scope: Scope) -> Q:
    """Which lines, of history and forecast alike, make up a row."""
    kind, _, name = key.partition("/")[0].partition(":")
    if kind == "total":
        return Q(family__isnull=False) & scope.totals()
    if kind == "family":
        root = Family.objects.filter(code=name).values_list("pk", flat=True)
        return Q(family__in=descendants(Family, root)) & scope.totals()
    if kind == "product":
        return Q(series__product__code=name) & scope.series("series__")
    if kind == "series" and name.isdecimal():
        return Q(series=int(name)) & scope.series("series__")
    raise NotFound(f"There is no row “{key}”.")


def _past(cycle: Cycle, which: Q) -> Numbers:
    """The sum of the lines' last months; NaN before the first of them began."""
    values = np.full(PAST_MONTHS, np.nan)
    start = months.add(cycle.first_month, -PAST_MONTHS)
    for first, ordered in bulk.read(History.objects.filter(which), "start", "ordered"):
        offset = months.distance(start, first)
        if offset >= PAST_MONTHS:
            continue
        begin = max(0, offset)
        values[begin:] = np.nan_to_num(values[begin:])
        kept = ordered[max(0, -offset) :][: PAST_MONTHS - begin]
        values[begin : begin + kept.size] += kept
    return values


def _ahead(cycle: Cycle, which: Q, *, alone: bool) -> tuple[Numbers, Numbers, Numbers, dict[str, Numbers]]:
    forecast = published(cycle)
    lines: QuerySet[ForecastLine] = ForecastLine.objects.filter(which, forecast=forecast)
    rows = bulk.read(lines, "mean", "lower80", "upper80") if forecast else []
    if not rows:
        nothing = np.full(cycle.horizon, np.nan)
        return nothing, nothing, nothing, {}
    mean, lower, upper = (np.vstack(column) for column in zip(*rows, strict=True))
    total = mean.sum(axis=0)
    below, above = (np.sqrt(((bound - mean) ** 2).sum(axis=0)) for bound in (lower, upper))
    members = lines.values_list("members", flat=True).first() if alone else None
    return total, total - below, total + above, {name: np.array(values) for name, values in (members or {}).items()}


def _after(past: int, values: Numbers) -> Numbers:
    return np.concatenate([np.full(past, np.nan), values])
