"""One rolling origin: forecast again without the last months, and compare.

How many months are held out depends on how many a series has, so that young products get a backtest too.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Numbers
from forecasting.engine.combine import spread_between
from forecasting.engine.pattern import classify
from forecasting.engine.points import Points, forecast_by_pattern, seasonal_factors, spans

SHORTEST_HOLDOUT = 3
USUAL_HOLDOUTS = (SHORTEST_HOLDOUT, 6, MONTHS_PER_YEAR)
LONGEST_HOLDOUT = 24
# No more than a third of a history is held out.
HISTORY_PER_HOLDOUT = 3
FEWEST_YEARLY_PAIRS = 12
# A larger miss, in expected errors, only says that the history was flat.
LARGEST_RELATIVE_ERROR = 1e9


@dataclass(frozen=True)
class Backtest:
    """What the held-out months showed; rows of series without room for a backtest are NaN."""

    errors: Numbers  # [series, months held out] actual - forecast
    relative: Numbers  # [series, months held out] the same in units of the expected size of the error
    naive_scale: Numbers  # [series] typical change of the history before the origin; of all of it without a backtest
    wape: Numbers  # [series] sum |A - F| / sum A
    bias: Numbers  # [series] sum (F - A) / sum A
    naive_wape: Numbers  # [series] the WAPE of seasonal naive on the same months


def run_backtest(history: Numbers, horizon: int, groups: Indices) -> Backtest:
    """Hold out up to `horizon` months of a clean history [series, months] and forecast them from the rest."""
    longest = min(max(horizon, 6), LONGEST_HOLDOUT)
    shape = (len(history), longest)
    forecast, naive, actual, expected = (np.full(shape, np.nan) for _ in range(4))
    scale = naive_scale(history)
    held_out = holdouts(spans(history), longest)
    for months in np.unique(held_out[held_out > 0]):
        rows = np.flatnonzero(held_out == months)
        known = history[:, :-months]
        points = forecast_rows(known, int(months), groups, rows)
        forecast[rows, :months] = points.mean
        naive[rows, :months] = seasonal_naive(known[rows], int(months))
        actual[rows, :months] = history[rows, -months:]
        scale[rows] = naive_scale(known[rows])
        expected[rows, :months] = expected_error(scale[rows], points)
    return Backtest(
        errors=actual - forecast,
        relative=relative_errors(actual - forecast, expected),
        naive_scale=scale,
        wape=share_of_actual(np.abs(actual - forecast), actual),
        bias=share_of_actual(forecast - actual, actual),
        naive_wape=share_of_actual(np.abs(actual - naive), actual),
    )


def forecast_rows(known: Numbers, horizon: int, groups: Indices, rows: Indices) -> Points:
    """Forecast some rows; where groups lend each other their season, learn it from all of them."""
    learn_from = np.arange(len(known)) if (groups >= 0).any() else rows
    pattern = classify(known[learn_from])
    factors = seasonal_factors(known[learn_from], pattern, groups[learn_from])
    wanted = np.searchsorted(learn_from, rows)
    return forecast_by_pattern(known[rows], horizon, pattern[wanted], factors[wanted])


def holdouts(span: Indices, longest: int) -> Indices:
    """Months to hold out of each series: the longest choice that leaves two thirds of it; zero where none does."""
    choices = np.array([0, *(months for months in USUAL_HOLDOUTS if months < longest), longest])
    return choices[np.searchsorted(choices, span // HISTORY_PER_HOLDOUT, side="right") - 1]


def seasonal_naive(history: Numbers, horizon: int) -> Numbers:
    """The same month a year before; the last observed month where that is missing, zero where nothing is known."""
    seen = np.isfinite(history)
    last = history.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    latest = np.where(seen.any(axis=1), history[np.arange(len(history)), last], 0.0)
    padded = np.concatenate([np.full((len(history), MONTHS_PER_YEAR), np.nan), history], axis=1)
    last_year = padded[:, -MONTHS_PER_YEAR:][:, np.arange(horizon) % MONTHS_PER_YEAR]
    return np.where(np.isfinite(last_year), last_year, latest[:, None])


def expected_error(scale: Numbers, points: Points) -> Numbers:
    """Expected size of the error of each forecast [series, horizon]: the naive scale plus the spread of the members.

    Intervals must use the naive scale that the backtest used: over other months its level would differ.
    """
    return np.asarray(scale[:, None] + spread_between(points.members, points.mean))


def relative_errors(errors: Numbers, expected: Numbers) -> Numbers:
    meaningful = (expected > 0) & (np.abs(errors) < LARGEST_RELATIVE_ERROR * expected)
    return np.asarray(np.divide(errors, expected, out=np.full_like(errors, np.nan), where=meaningful))


def naive_scale(history: Numbers) -> Numbers:
    """The smaller of the mean absolute change from month to month and from year to year; [series], in units."""
    level = np.nan_to_num(mean_of_observed(history))
    monthly = mean_of_observed(np.abs(history[:, 1:] - history[:, :-1]))
    yearly_changes = np.abs(history[:, MONTHS_PER_YEAR:] - history[:, :-MONTHS_PER_YEAR])
    enough = np.isfinite(yearly_changes).sum(axis=1) >= FEWEST_YEARLY_PAIRS
    yearly = np.where(enough, mean_of_observed(yearly_changes), np.nan)
    # A single month says nothing about its own error: take half the level.
    return np.where(np.isfinite(monthly), np.fmin(monthly, yearly), level / 2)


def mean_of_observed(values: Numbers) -> Numbers:
    """Row means without the missing; NaN for rows without any."""
    seen = np.isfinite(values)
    count = seen.sum(axis=1)
    total = np.where(seen, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0))


def share_of_actual(amount: Numbers, actual: Numbers) -> Numbers:
    """Row sums of an amount over row sums of the actuals, on observed months; NaN where nothing was sold."""
    seen = np.isfinite(actual)
    sold = np.where(seen, actual, 0.0).sum(axis=1)
    total = np.where(seen, amount, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, sold, out=np.full(len(actual), np.nan), where=sold > 0))
