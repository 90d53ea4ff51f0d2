"""Where the forecast needs a person, dearest first, each with the page that settles it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from forecasting.models import Correction, Forecast, ForecastLine
from forecasting.queries.corrections import suspects
from forecasting.queries.lines import Row
from forecasting.queries.portfolio import YEAR, Portfolio, means
from sop import months
from sop.models import Cycle
from sop.permissions import Scope
from sop.words import difference, money, percent, units

# A bias counts when it is a twentieth of sales or more, and most of the misses went the same way.
SMALLEST_BIAS = 0.05
ONE_SIDED = 0.6
# A baseline that moves by more than a quarter within a month has something to explain.
SUDDEN = 0.25
SHOWN = 25
PER_CENT = 100

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """`worth` orders, in money or units as the user may see; `stake` is how it is written.

    `settle` names what ends it: an assumption, for which `assumption` is the query of the form that adds it.
    """

    worth: float
    stake: str
    kind: str
    what: str
    why: str
    action: str
    row: str
    anchor: str = ""
    settle: str = ""
    assumption: str = ""


def exceptions(portfolio: Portfolio, row: Row, scope: Scope) -> list[Finding]:
    """All that stand out, dearest first. Five queries, whatever the number of series."""
    told = [*_biased(portfolio, scope), *_suspicious(row, scope)]
    if last := _forecast_before(portfolio.cycle):
        told += [*_broken(portfolio, last, row, scope), *_sudden(portfolio, last, row, scope)]
    return sorted(told, key=lambda each: -each.worth)


def _biased(portfolio: Portfolio, scope: Scope) -> Iterator[Finding]:
    """What the test's bias amounts to over the next year's forecast."""
    bias = portfolio.series["bias"].to_numpy()
    wape = portfolio.series["wape"].to_numpy()
    with np.errstate(invalid="ignore"):
        biased = (np.abs(bias) >= SMALLEST_BIAS) & (np.abs(bias) >= ONE_SIDED * wape)
    volume = np.nansum(portfolio.mean[:, :YEAR], axis=1)
    for at, amount in _dearest(portfolio, np.where(biased, np.abs(bias) * volume, 0.0), scope):
        side = "high" if bias[at] > 0 else "low"
        yield _told(
            portfolio,
            at,
            amount,
            scope,
            kind="Bias",
            what=f"{_name(portfolio, at)} is forecast too {side}",
            why=f"{percent(abs(bias[at]), 0)} too {side} in the test; {units(amount)} units over a year if it goes on",
            settle="Take it off",
            factor=1 / (1 + bias[at]) if bias[at] > -1 else None,
        )


def _broken(portfolio: Portfolio, last: Forecast, row: Row, scope: Scope) -> Iterator[Finding]:
    """The first month of the last cycle's forecast, which is an actual now, against its 80 % interval."""
    column = months.distance(portfolio.start, last.start)
    if not 0 <= column < YEAR:
        return
    lines = ForecastLine.objects.filter(row.lines, forecast=last)
    fields = ("series_id", "lower80", "upper80", "mean")
    bounds = {pk: [vector[0] for vector in vectors] for pk, *vectors in lines.values_list(*fields)}
    told = [bounds.get(pk, (-np.inf, np.inf, np.nan)) for pk in portfolio.series["series"]]
    lower, upper, mean = np.array(told, dtype=np.float64).reshape(len(told), 3).T
    actual = portfolio.sold[:, column]
    outside = np.maximum(actual - upper, 0.0) + np.maximum(lower - actual, 0.0)
    month = months.short(last.start)
    for at, amount in _dearest(portfolio, outside, scope):
        side = "above" if actual[at] > upper[at] else "below"
        yield _told(
            portfolio,
            at,
            amount,
            scope,
            kind="Range broken",
            what=f"{_name(portfolio, at)} sold {side} its range",
            why=f"{units(actual[at])} in {month}; eight of ten months fall in {units(lower[at])} to {units(upper[at])}",
            settle="Assume it goes on",
            factor=actual[at] / mean[at] if mean[at] > 0 else None,
        )


def _sudden(portfolio: Portfolio, last: Forecast, row: Row, scope: Scope) -> Iterator[Finding]:
    """The next year's baseline against what the last cycle said of the same months."""
    before = means(last, row, portfolio.series["series"], last.horizon)
    offset = months.distance(last.start, portfolio.cycle.first_month)
    shared = min(YEAR, last.horizon - offset, portfolio.mean.shape[1])
    if offset < 0 or shared < 1:
        return
    known = np.isfinite(before[:, 0]) & np.isfinite(portfolio.mean[:, :1]).all(axis=1)
    was = np.nansum(before[:, offset : offset + shared], axis=1)
    now = np.nansum(portfolio.mean[:, :shared], axis=1)
    moved = np.where(known & (np.abs(now - was) > SUDDEN * np.maximum(was, now)), np.abs(now - was), 0.0)
    for at, amount in _dearest(portfolio, moved, scope):
        share = (now[at] - was[at]) / was[at] if was[at] > 0 else None
        change = f" ({difference(share, percent(share, 0))})" if share is not None else ""
        yield _told(
            portfolio,
            at,
            amount,
            scope,
            kind="Sudden change",
            what=f"{_name(portfolio, at)}: the forecast moved by {units(amount)} units",
            why=f"{units(now[at])} over {shared} months, {units(was[at])} last cycle{change}",
            settle="Keep the old level",
            factor=was[at] / now[at] if now[at] > 0 else None,
        )


def _suspicious(row: Row, scope: Scope) -> Iterator[Finding]:
    """Months that wait for somebody's word."""
    for each in suspects(row, Correction.State.PROPOSED)[:SHOWN]:
        correction = each.correction
        month = months.short(correction.month)
        yield Finding(
            worth=each.money if scope.sees_money else each.units,
            stake=money(each.money) if scope.sees_money and each.money else f"{units(each.units)} units",
            kind="History",
            what=f"{correction.series}: {month} does not fit",
            why=f"{units(correction.original)} sold, {units(correction.replacement)} would have been usual",
            action="Accept or reject",
            row=f"series:{correction.series_id}",
            anchor="history",
        )


def _dearest(portfolio: Portfolio, amounts: Numbers, scope: Scope) -> Iterator[tuple[int, float]]:
    """The rows with the largest amounts, in money if the user sees it; enough for any list of all kinds together."""
    worth = amounts * portfolio.series["price"].to_numpy() if scope.sees_money else amounts
    worth = np.where(amounts > 0, worth, -1.0)
    for at in np.argsort(-worth, kind="stable")[:SHOWN].tolist():
        if worth[at] >= 0:
            yield at, float(amounts[at])


def _told(
    portfolio: Portfolio, at: int, amount: float, scope: Scope, *, settle: str, factor: float | None, **words: str
) -> Finding:
    """A finding about a series; `factor` on its baseline would settle it, None where no factor can."""
    series = portfolio.series.iloc[at]
    worth = amount * float(series["price"]) if scope.sees_money else amount
    stake = money(worth) if scope.sees_money and worth else f"{units(amount)} units"
    found = Finding(worth=worth, stake=stake, action="See why", row=f"series:{series['series']}", **words)
    if factor is None:
        return found
    return replace(found, settle=settle, assumption=_assumption(portfolio, at, found, factor - 1))


def _assumption(portfolio: Portfolio, at: int, found: Finding, effect: float) -> str:
    """The form filled in: this much of the baseline, in percent, over the next year."""
    series, first = portfolio.series.iloc[at], portfolio.cycle.first_month
    last = months.add(first, min(YEAR, portfolio.mean.shape[1]) - 1)
    return urlencode(
        {"name": found.what, "kind": "market", "product": series["product"], "market": series["market_code"]}
        | {"first_month": months.code(first), "last_month": months.code(last)}
        | {"effect": round(PER_CENT * effect, 1), "unit": "share", "evidence": found.why}
    )


def _name(portfolio: Portfolio, at: int) -> str:
    series = portfolio.series.iloc[at]
    return f"{series['product_name']} · {series['market']}"


def _forecast_before(cycle: Cycle) -> Forecast | None:
    """The published forecast of the cycle before."""
    published = Forecast.objects.filter(state=Forecast.State.PUBLISHED, cycle__first_month__lt=cycle.first_month)
    return published.order_by("-cycle__first_month").first()
