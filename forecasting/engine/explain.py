"""Why a forecast is what it is, as numbers that a page can put into words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers
from forecasting.engine.breaks import factor_columns, on_new_level
from forecasting.engine.combine import spread_between
from forecasting.engine.medians import median_of_observed
from forecasting.engine.pattern import REGULAR_PATTERNS
from forecasting.engine.portfolio import Forecast, check_first_month, checked_history
from forecasting.engine.prepare import clean_history
from forecasting.engine.seasonality import SMALLEST_SHARE_OF_MEAN
from forecasting.engine.theta import history_slope

TREND_MONTHS = 36
FEWEST_TREND_MONTHS = 12
# A peak and a trough are named from this distance between the highest and the lowest factor.
NOTICEABLE_SEASON = 0.05


@dataclass(frozen=True)
class Explanation:
    """One value for each of n series; fractions, NaN where there is too little to say it."""

    trend: Numbers  # change per year of the last three years, freed of season and of a level break
    outlook: Numbers  # the forecast of up to a year against the same months of the year before
    seasonal_strength: Numbers  # 0 no season to 1 nothing but season
    peak_month: Indices  # calendar month of the highest factor, 1 to 12; 0 without a season worth the name
    trough_month: Indices  # and of the lowest
    break_at: Indices  # column of the first month on a new level, -1 without a break
    break_change: Numbers  # change of level at the break
    member_spread: Numbers  # standard deviation between the members, as a share of the forecast
    wape: Numbers  # of the backtest
    bias: Numbers  # of the backtest, positive when forecast too high
    naive_wape: Numbers  # of seasonal naive on the same months
    value_added: Numbers  # share of seasonal naive's error that the forecast avoids; negative when it is worse


def explain(history: ArrayLike, found: Forecast, *, first_month: int = 1) -> Explanation:
    """What stands behind a forecast that was made of this history [n, months] with the same `first_month`."""
    check_first_month(first_month)
    given = checked_history(history)
    if len(given) != len(found.mean):
        raise ValueError(f"history has {len(given)} series, the forecast {len(found.mean)}")
    clean = clean_history(given)
    factors = by_position(found.season, first_month, given.shape[1])
    earlier = given.shape[1] - clean.shape[1]
    break_at = np.where(found.break_at >= 0, found.break_at - earlier, -1)
    levelled = on_new_level(clean, factors, break_at)
    regular = np.isin(found.pattern, REGULAR_PATTERNS)
    season = regular & (np.ptp(found.season, axis=1) >= NOTICEABLE_SEASON)
    return Explanation(
        trend=np.where(regular, yearly_trend(levelled, factors), np.nan),
        outlook=outlook(clean, found.mean),
        seasonal_strength=np.where(regular, seasonal_strength(levelled, factors), np.nan),
        peak_month=np.where(season, found.season.argmax(axis=1) + 1, 0),
        trough_month=np.where(season, found.season.argmin(axis=1) + 1, 0),
        break_at=found.break_at,
        break_change=change_at(clean, levelled, break_at),
        member_spread=member_spread(found),
        wape=found.wape,
        bias=found.bias,
        naive_wape=found.naive_wape,
        value_added=1 - share(found.wape, found.naive_wape),
    )


def by_position(season: Numbers, first_month: int, months: int) -> Numbers:
    """Factors of January to December [n, 12] in the order of the engine: position 0 the month of the last column."""
    last_month = first_month - 1 + months - 1
    return season[:, (last_month - np.arange(MONTHS_PER_YEAR)) % MONTHS_PER_YEAR]


def free_logs(history: Numbers, factors: Numbers) -> tuple[Numbers, Mask]:
    """Logs of demand freed of its season in the last three years, in units of the series' mean, and where it is known.

    Both [months, series]; zero where nothing is known.
    """
    recent = history[:, -TREND_MONTHS:] / factor_columns(factors, min(history.shape[1], TREND_MONTHS))
    observed = np.isfinite(recent)
    largest = np.where(observed, recent, 0.0).max(axis=1, initial=0.0)[:, None]
    relative = np.where(observed, recent, 0.0) / np.where(largest > 0, largest, 1.0)
    mean = relative.sum(axis=1, keepdims=True) / np.maximum(observed.sum(axis=1, keepdims=True), 1)
    logs = np.log(np.maximum(relative / np.where(mean > 0, mean, 1.0), SMALLEST_SHARE_OF_MEAN))
    return np.where(observed, logs, 0.0).T, observed.T


def yearly_trend(history: Numbers, factors: Numbers) -> Numbers:
    """Growth per year by least squares on the logs; NaN with less than a year of months."""
    logs, observed = free_logs(history, factors)
    growth = np.expm1(np.clip(MONTHS_PER_YEAR * history_slope(logs, observed), -5.0, 5.0))
    return np.where(observed.sum(axis=0) >= FEWEST_TREND_MONTHS, growth, np.nan)


def seasonal_strength(history: Numbers, factors: Numbers) -> Numbers:
    """max(0, 1 - Var(remainder) / Var(season + remainder)), on logs around the trend.

    Wang, Smith & Hyndman (2006), "Characteristic-based clustering for time series data", Data Mining 13.
    """
    logs, observed = free_logs(history, factors)
    count = np.maximum(observed.sum(axis=0), 1)
    time = np.arange(len(logs), dtype=np.float64)[:, None]
    slope = history_slope(logs, observed)
    remainder = logs - slope * time
    season = np.log(np.maximum(factor_columns(factors, len(logs)), SMALLEST_SHARE_OF_MEAN)).T
    left, both = (variance(values, observed, count) for values in (remainder, remainder + season))
    return np.asarray(np.where(both > 0, np.clip(1 - share(left, both), 0.0, 1.0), 0.0))


def variance(values: Numbers, observed: Mask, count: Numbers | Indices) -> Numbers:
    mean = np.where(observed, values, 0.0).sum(axis=0) / count
    return np.asarray((np.where(observed, values - mean, 0.0) ** 2).sum(axis=0) / count)


def outlook(history: Numbers, mean: Numbers) -> Numbers:
    """The forecast of up to a year against the same calendar months of the last one; NaN where one is missing."""
    months = min(MONTHS_PER_YEAR, mean.shape[1])
    same = history[:, -MONTHS_PER_YEAR:][:, :months]
    known = np.isfinite(same)
    complete = known.all(axis=1) & (same.shape[1] == months)
    before = np.where(known, same, 0.0).sum(axis=1)
    return np.where(complete, share(mean[:, :months].sum(axis=1), before) - 1, np.nan)


def change_at(history: Numbers, levelled: Numbers, break_at: Indices) -> Numbers:
    """New level over old less one, read from what raised the months before the break; NaN without a break."""
    before = np.arange(history.shape[1]) < break_at[:, None]
    ratio = np.divide(levelled, history, out=np.full_like(history, np.nan), where=before & (history > 0))
    return median_of_observed(ratio) - 1


def member_spread(found: Forecast) -> Numbers:
    total = found.mean.sum(axis=1)
    return share(spread_between(found.members, found.mean).sum(axis=1), total)


def share(part: Numbers, whole: Numbers) -> Numbers:
    """NaN where the whole is nothing or not known."""
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=np.nan_to_num(whole) > 0))
