"""The seasonal ARIMA(1,1,1)(0,1,1)12 model by conditional sum of squares over a grid."""

from itertools import product

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers
from forecasting.engine.smoothing import column, leading_zeros

# Below four years a second difference at lag twelve leaves too little to learn from.
FEWEST_MONTHS = 48
# Differencing once at lag 1 and once at lag 12 costs thirteen months.
LOST_MONTHS = MONTHS_PER_YEAR + 1

# Rows of (moving average, seasonal moving average, autoregression).
SARIMA_GRID = np.array(
    [
        (ma, seasonal_ma, ar)
        for (ma, ar), seasonal_ma in product(
            ((0.2, 0), (0.4, 0), (0.6, 0), (0.8, 0), (0.92, 0), (0.7, 0.3), (0.9, 0.4), (0, -0.3), (0, 0.3)),
            (0.2, 0.4, 0.6, 0.8, 0.93),
        )
    ]
)


def sarima(logs: Numbers, first: Indices, horizon: int, grid: Numbers = SARIMA_GRID) -> Numbers:
    """Forecasts [horizon, series] of logs without gaps (see `fill_gaps`).

    w = (1 - B)(1 - B^12) z follows w_t = ar w_{t-1} + e_t - ma e_{t-1} - sma e_{t-12} + ma sma e_{t-13}.
    Box & Jenkins (1970), chapter 9: the airline model with one autoregressive term.
    """
    changes = seasonal_changes(logs, first)
    ma, seasonal_ma, ar = (column(parameter, logs) for parameter in grid.T)
    # The errors of the last thirteen months are all the recursion looks back on: a ring, slot = month modulo 13.
    errors = np.zeros((LOST_MONTHS, len(grid), logs.shape[1]), dtype=logs.dtype)
    squares, both, scratch = np.zeros_like(errors[0]), ma * seasonal_ma, np.empty_like(errors[0])
    plain, complete = leading_zeros(ar), int(first.max()) + LOST_MONTHS
    for month in range(max(LOST_MONTHS, int(first.min()) + LOST_MONTHS), len(logs)):
        error = errors[month % LOST_MONTHS]  # still the error of thirteen months ago
        error *= -both
        error += np.multiply(errors[(month - 1) % LOST_MONTHS], ma, out=scratch)
        error += np.multiply(errors[(month - MONTHS_PER_YEAR) % LOST_MONTHS], seasonal_ma, out=scratch)
        error[plain:] -= np.multiply(changes[month - 1], ar[plain:], out=scratch[plain:])
        error += changes[month]
        if month < complete:
            error *= month >= first + LOST_MONTHS
        squares += np.multiply(error, error, out=scratch)
    best, series = squares.argmin(axis=0), np.arange(logs.shape[1])
    parameters = grid[best].astype(logs.dtype)
    return forecast_changes(logs, changes[-1], errors[:, best, series], parameters, horizon)


def seasonal_changes(logs: Numbers, first: Indices) -> Numbers:
    """z_t - z_{t-1} - z_{t-12} + z_{t-13}; zero in the months that lack one of the four."""
    changes = np.zeros_like(logs)
    changes[LOST_MONTHS:] = logs[LOST_MONTHS:] - logs[12:-1] - logs[1:-12] + logs[:-LOST_MONTHS]
    changes[np.arange(len(logs))[:, None] < first + LOST_MONTHS] = 0
    return changes


def forecast_changes(
    logs: Numbers, last_change: Numbers, errors: Numbers, parameters: Numbers, horizon: int
) -> Numbers:
    """Roll the fitted recursion forward with future errors zero, and undo the differences."""
    ma, seasonal_ma, ar = parameters.T
    months = len(logs)
    path = np.concatenate([logs, np.zeros((horizon, logs.shape[1]), dtype=logs.dtype)])
    change = last_change

    def past_error(month: int) -> Numbers | float:
        return errors[month % LOST_MONTHS] if month < months else 0.0

    for month in range(months, months + horizon):
        change = (
            ar * change
            - ma * past_error(month - 1)
            - seasonal_ma * past_error(month - 12)
            + ma * seasonal_ma * past_error(month - 13)
        )
        path[month] = change + path[month - 1] + path[month - 12] - path[month - 13]
    return path[months:]


def fill_gaps(values: Numbers, observed: Mask, first: Indices) -> Numbers:
    """Missing months between the first and the last row, by straight lines between observed neighbours."""
    rows = np.arange(len(values))
    filled = values.copy()
    for series in np.flatnonzero((~observed & (rows[:, None] >= first)).any(axis=0)):
        seen = observed[:, series]
        filled[:, series] = np.interp(rows, rows[seen], values[seen, series])
    return filled
