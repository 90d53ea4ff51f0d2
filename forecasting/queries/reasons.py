"""Why the forecast of a row is what it is, in sentences that need no statistics."""

import calendar
import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting import engine
from forecasting.queries.fans import Fan
from forecasting.queries.histories import histories
from forecasting.queries.lines import Row
from forecasting.queries.portfolio import YEAR, Portfolio
from sop import months
from sop.models import Cycle, Product
from sop.words import counted, listed, percent, units

PATTERNS = {
    "smooth": "It sells nearly every month, in quantities that vary little.",
    "erratic": "It sells nearly every month, in quantities that vary much.",
    "intermittent": "It sells now and then, in similar quantities: a flat monthly rate is forecast.",
    "lumpy": "It sells now and then, in very different quantities: a flat monthly rate is forecast.",
    "new": "It has fewer than six months of history: their mean is carried on, with the season of its family.",
    "ended": "It has been silent for longer than chance explains: nothing is forecast.",
    "empty": "It never sold: nothing is forecast. Enter its launch in the sales plan.",
}
SHORT = {
    "smooth": "even",
    "erratic": "jumping",
    "intermittent": "now and then",
    "lumpy": "irregular",
    "new": "new",
    "ended": "ended",
    "empty": "never sold",
}
METHODS = {
    "theta": "Theta: level plus half the long-run trend",
    "smoothing": "Smoothing: the recent level",
    "damped_trend": "Damped trend: level and a trend that fades",
    "quarterly_theta": "Quarterly theta: the same on quarters",
    "linear_smoothing": "Smoothing of plain quantities",
    "linear_damped_trend": "Damped trend of plain quantities",
    "holt_winters": "Holt-Winters: level, trend and season together",
    "holt_winters_additive": "Holt-Winters with an added season",
    "sarima": "Seasonal ARIMA",
    "sba": "Croston (SBA): size of a sale by months between sales",
    "tsb": "TSB: chance of a sale times its size",
    "ses": "Smoothing of a sporadic series",
    "series_mean": "Mean of the whole history",
    "recent_mean": "Mean of the last twelve months, or of the few there are",
    "boosted": "Boosted model of all series: half of the mean",
    "launch_profile": "Launch profile: as its like product took off",
}
WAYS = {
    "bottom-up": "The family is the sum of its series, each forecast by itself; no other way did clearly better.",
    "reconciled": "Forecasts of the series, of the family and of the family in each market were brought together: in a "
    "test that was clearly nearer than the sum of the series.",
    "middle-out": "The family is forecast as a whole and split over its series by their own forecasts: in a test that "
    "was clearly nearer than the sum of the series.",
}
WAYS_SHORT = {"bottom-up": "summed up", "reconciled": "brought together", "middle-out": "split from the family"}
WEAK_SEASON, STRONG_SEASON = 0.15, 0.5
SMALL_CHANGE = 0.02
SMALL_BIAS = 0.03
SMALL_LEAD = 0.01
PEAKS = 2
MOST_SERIES = 1_000

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Reason:
    """A heading and a sentence or two."""

    name: str
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Method:
    """A member of the mean: what it forecasts for the next year, and how far that is from the mean."""

    name: str
    total: float
    apart: float | None


@dataclass(frozen=True)
class Why:
    """All that a page says of a row."""

    reasons: list[Reason]
    methods: list[Method]


def why(cycle: Cycle, row: Row, fan: Fan, portfolio: Portfolio) -> Why:
    """At most six queries beyond what the fan and the portfolio took."""
    if not np.isfinite(fan.mean).any():
        return Why([Reason("No forecast", "No forecast of this cycle covers this row. Run the forecast.")], [])
    start, summed = _past(cycle, fan, portfolio)
    found = engine.forecast(summed[None, :], 1, first_month=start.month)
    said = engine.explain(summed[None, :], found, first_month=start.month)
    methods = _methods(fan)
    told = [
        _pattern(portfolio),
        _lent(portfolio),
        _season(found.season[0], str(found.pattern[0])),
        _trend(fan, float(said.trend[0])),
        _break(int(said.break_at[0]), float(said.break_change[0]), start),
        _members(row, methods),
        _adding_up(portfolio),
        _range(fan),
        _test(portfolio),
        _bias(portfolio),
    ]
    return Why([each for each in told if each], methods)


def _past(cycle: Cycle, fan: Fan, portfolio: Portfolio) -> tuple[dt.date, Numbers]:
    """The first month and the summed history; of many series, the months that the chart shows."""
    if not 0 < len(portfolio) <= MOST_SERIES:
        return fan.months[0], fan.history[: fan.now]
    past = histories(cycle, portfolio.series["series"].tolist())
    known = np.isfinite(past.ordered)
    return past.start, np.where(known.any(axis=0), np.where(known, past.ordered, 0.0).sum(axis=0), np.nan)


def _pattern(portfolio: Portfolio) -> Reason:
    kinds = portfolio.series["pattern"]
    if len(kinds) == 1:
        return Reason("Pattern", PATTERNS.get(kinds.iloc[0], "It has no forecast yet."))
    counts = kinds[kinds != ""].value_counts()
    parts = [f"{units(count)} {SHORT.get(str(kind), kind)}" for kind, count in counts.items()]
    return Reason("Pattern", f"The sum of {counted(len(kinds), 'series', 'series')}: {listed(parts, most=7)}.")


def _lent(portfolio: Portfolio) -> Reason | None:
    """Whose sales stand in for the months before a product's own, or show how it will take off."""
    if len(portfolio) != 1:
        return None
    product = Product.objects.filter(series=int(portfolio.series["series"].iloc[0]))
    lender = product.values_list("predecessor__name", "like_product__name").first()
    before, like = lender or (None, None)
    if not (before or like):
        return None
    if portfolio.series["pattern"].iloc[0] == "empty":
        return Reason("History", "It has not sold yet. Its launch is planned in the sales plan, not forecast here.")
    if before:
        return Reason("History", f"The months before its own sales are those of {before} in the same market.")
    return Reason("History", f"In its first year of sales it is taken to grow as {like} did after its launch.")


def _adding_up(portfolio: Portfolio) -> Reason | None:
    """How the family of the row adds up; of several families, how many go which way."""
    by_family = portfolio.series[portfolio.series["way"] != ""].groupby("family")["way"].first()
    if by_family.empty:
        return None
    if len(by_family) == 1:
        return Reason("Adding up", WAYS.get(str(by_family.iloc[0]), ""))
    counts = by_family.value_counts()
    parts = [f"{counted(count, 'family', 'families')} {WAYS_SHORT.get(str(way), way)}" for way, count in counts.items()]
    return Reason("Adding up", f"By what was nearest in a test: {listed(parts, most=3)}.")


def _season(season: Numbers, pattern: str) -> Reason | None:
    """`season` is by calendar month, of mean one."""
    if pattern not in ("smooth", "erratic", "new"):
        return None
    swing = float(season.max() - season.min())
    if swing < WEAK_SEASON:
        return Reason("Season", "Hardly any: all months of the year sell about the same.")
    peaks = sorted(np.argsort(-season, kind="stable")[:PEAKS].tolist())
    low = int(season.argmin())
    strength = "Strong" if swing >= STRONG_SEASON else "Moderate"
    names = " and ".join(calendar.month_name[month + 1] for month in peaks)
    return Reason(
        "Season",
        f"{strength}. Highest in {names}, up to {units(season.max(), 1)} times an average month; lowest in "
        f"{calendar.month_name[low + 1]}, {units(season.min(), 1)} times.",
    )


def _trend(fan: Fan, yearly: float) -> Reason | None:
    """`yearly` is the change per year, freed of season and of a new level; NaN where there is too little to say it."""
    told = []
    if abs(yearly) >= SMALL_CHANGE:
        told.append(
            f"Without its season it {'grows' if yearly > 0 else 'shrinks'} by {percent(abs(yearly), 0)} a year."
        )
    elif np.isfinite(yearly):
        told.append("Without its season it stays about level.")
    history, ahead = fan.history[: fan.now], fan.mean[fan.now :]
    if history.size >= YEAR and ahead.size >= YEAR and np.isfinite(history[-YEAR:]).all():
        last, following = history[-YEAR:].sum(), ahead[:YEAR].sum()
        if last > 0:
            moved = _moved((following - last) / last)
            told.append(f"The next twelve months are forecast {moved} the last twelve.")
    return Reason("Trend", " ".join(told)) if told else None


def _moved(share: float) -> str:
    if abs(share) < SMALL_CHANGE:
        return "about the same as"
    return f"{percent(abs(share), 0)} {'more' if share > 0 else 'less'} than"


def _break(at: int, change: float, start: dt.date) -> Reason | None:
    if at < 0:
        return None
    month = months.long(months.add(start, at))
    moved = _moved(change) if np.isfinite(change) else "on another level than"
    return Reason(
        "New level", f"Since {month} it sells {moved} before; the forecast learns from the new level.", "warn"
    )


def _methods(fan: Fan) -> list[Method]:
    mean = fan.mean[fan.now :][:YEAR].sum()
    totals = {name: float(np.nansum(values[fan.now :][:YEAR])) for name, values in fan.members.items()}
    found = [
        Method(METHODS.get(name, name), total, (total - mean) / mean if mean > 0 else None)
        for name, total in totals.items()
    ]
    return sorted(found, key=lambda each: -each.total)


def _members(row: Row, methods: list[Method]) -> Reason | None:
    if not methods:
        text = "The sum of the forecasts of its series. Choose one of them below to see its methods."
        return Reason("Methods", text) if row.kind != "series" else None
    if len(methods) == 1:
        return Reason("Methods", f"{methods[0].name}.")
    high, low = methods[0].total, methods[-1].total
    middle = sum(each.total for each in methods) / len(methods)
    apart = f", {percent((high - low) / middle, 0)} apart" if middle > 0 else ""
    return Reason(
        "Methods",
        f"The mean of {len(methods)} methods. For the next year they say between {units(low)} and {units(high)} "
        f"units{apart}.",
    )


def _range(fan: Fan) -> Reason | None:
    low, high = fan.lower[fan.now], fan.upper[fan.now]
    if not high > low:
        return None
    return Reason(
        "Range", f"Next month {units(fan.mean[fan.now])}; eight times of ten between {units(low)} and {units(high)}."
    )


def _test(portfolio: Portfolio) -> Reason:
    wape, naive = _weighted(portfolio, "wape"), _weighted(portfolio, "naive_wape")
    if wape is None:
        return Reason("Test", "There is too little history to test it on months that are known.")
    average = " on average over its series" if len(portfolio) > 1 else ""
    text = f"Made for the last months known, it would have missed by {percent(wape, 0)} of sales{average}"
    if naive is None:
        return Reason("Test", f"{text}.")
    worse = wape > naive + SMALL_LEAD
    better = "warn" if worse else "good"
    verdict = " Last year’s figures did better: look at its history." if worse else ""
    return Reason("Test", f"{text}; last year’s same months would have missed by {percent(naive, 0)}.{verdict}", better)


def _bias(portfolio: Portfolio) -> Reason | None:
    bias = _weighted(portfolio, "bias")
    if bias is None:
        return None
    if abs(bias) < SMALL_BIAS:
        return Reason("Bias", "In the test it was neither too high nor too low over all.", "good")
    word = "too high" if bias > 0 else "too low"
    return Reason(
        "Bias",
        f"In the test it was {word}, by {percent(abs(bias), 0)} of sales.",
        "warn",
    )


def _weighted(portfolio: Portfolio, name: str) -> float | None:
    """A figure over all series, each weighted with what it sold in the last year, as on Home."""
    values = portfolio.series[name].to_numpy(dtype=np.float64)
    weight = np.maximum(portfolio.series["units"].to_numpy(dtype=np.float64), 0.0)
    known = np.isfinite(values)
    if len(values) == 1:
        return float(values[0]) if known[0] else None
    total = weight[known].sum()
    return float(values[known] @ weight[known] / total) if total > 0 else None
