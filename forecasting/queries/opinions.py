"""The newest second opinion on a series."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from forecasting.queries.portfolio import YEAR
from sop import months
from sop.models import Cycle, Run, Series

KIND = "second-opinion"
EVENT_MONTHS = 48
EVENT_KINDS = {"promotion": "Promotion", "price": "Price change"}
SHARES = (("effect", "share"), ("low", "low"), ("high", "high"))
NAMES = {
    "Evenkeel": "This forecast",
    "ETS": "ETS: exponential smoothing with damped trend and season",
    "SARIMAX": "SARIMAX: the airline model",
}
LINES = (
    ("history", "Sold", "sold"),
    ("baseline", "Trend", "trend"),
    ("lastyear", "Season", "season"),
    ("member", "Remainder", "remainder"),
)


@dataclass(frozen=True)
class Opinion:
    """One forecaster's word: how it did on the last year held out, and what it says of the next."""

    name: str
    wape: float | None
    total: float | None  # None where it could not be fitted


@dataclass(frozen=True)
class Event:
    """What a promotion or a price change did to a series, and how it would be assumed to do it again."""

    name: str
    kind: str
    months: list[dt.date]
    share: float | None  # None where the history could not tell
    low: float
    high: float
    link: str  # the query of the form that adds it to the assumptions


def event(run: Run, cycle: Cycle) -> Event | None:
    """The event that the opinion was asked about. One query."""
    told = run.result.get("event")
    if not told:
        return None
    effect = told["effect"] or {}
    when = [months.parse(each) for each in told["months"]]
    share, low, high = (effect.get(name) for name in ("share", "low", "high"))
    link = _assumption(run, told, cycle, when) if share is not None else ""
    return Event(told["name"], told["kind"], when, share, low or 0.0, high or 0.0, link)


def _assumption(run: Run, told: dict[str, Any], cycle: Cycle, when: list[dt.date]) -> str:
    """Filled in for the next time that its first calendar month comes; shares as percent."""
    product, market = Series.objects.values_list("product__code", "market__code").get(pk=run.parameters["series"])
    again = months.add(cycle.first_month, (when[0].month - cycle.first_month.month) % YEAR)
    effect = {name: round(100 * told["effect"][key], 1) for name, key in SHARES}
    evidence = f"Estimated from {', '.join(months.short(each) for each in when)} by regression with SARIMA errors; 80 %"
    month = months.code(again)
    return urlencode(
        {"name": told["name"], "kind": told["kind"], "product": product, "market": market}
        | {"first": month, "last": month, "first_month": month, "last_month": month}
        | effect
        | {"unit": "share", "evidence": evidence}
    )


def event_choices(cycle: Cycle) -> list[tuple[str, str]]:
    """The months of the history that an event may have been in, by code and name, newest first."""
    known = months.span(months.add(cycle.first_month, -EVENT_MONTHS), EVENT_MONTHS)
    return [(months.code(month), months.short(month)) for month in reversed(known)]


def newest(cycle: Cycle, series: int) -> Run | None:
    """The newest job that was asked about a series, whatever became of it. One query."""
    return Run.objects.filter(kind=KIND, cycle=cycle, parameters__series=series).first()


def opinions(run: Run) -> list[Opinion]:
    """Ours first."""
    return [
        Opinion(NAMES.get(each["name"], each["name"]), each["wape"], _total(each["mean"]))
        for each in run.result.get("opinions", [])
    ]


def decomposition(run: Run) -> dict[str, Any]:
    """The chart's JSON: what was sold is the sum of the other three."""
    result = run.result
    span = months.span(months.parse(result["start"]), len(result["sold"]))
    return {
        "title": "Trend, season and remainder",
        "unit": "units",
        "months": [months.code(month) for month in span],
        "labels": [months.short(month) for month in span],
        "now": -1,
        "series": [{"key": key, "name": name, "values": result[field]} for key, name, field in LINES if result[field]],
    }


def _total(mean: list[float] | None) -> float | None:
    return sum(mean[:YEAR]) if mean is not None else None
