"""The seasonal ARIMA(1,1,1)(0,1,1)12 model by conditional sum of squares over a grid."""

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers, workspace
from forecasting.engine.smoothing import over_series

# Below four years a second difference at lag twelve leaves too little to learn from.
FEWEST_MONTHS = 48
# Differencing once at lag 1 and once at lag 12 costs thirteen months.
LOST_MONTHS = MONTHS_PER_YEAR + 1

# Every row of (moving average, autoregression) is tried with every seasonal moving average.
SARIMA_GRID = np.array(
    [(0.2, 0), (0.4, 0), (0.6, 0), (0.8, 0), (0.92, 0), (0.7, 0.3), (0.9, 0.4), (0, -0.3), (0, 0.3)], dtype=np.float64
)
SEASONAL_GRID = np.array([0.2, 0.4, 0.6, 0.8, 0.93])


def sarima(
    logs: Numbers, first: Indices, horizon: int, grid: Numbers = SARIMA_GRID, seasonal_grid: Numbers = SEASONAL_GRID
) -> Numbers:
    """Forecasts [horizon, series] of logs without gaps (see `fill_gaps`).

    w = (1 - B)(1 - B^12) z follows (1 - ar B) w = (1 - ma B)(1 - sma B^12) e. Box & Jenkins (1970), chapter 9: the
    airline model with one autoregressive term. The errors are found in two steps, so that most of the work is done
    for the few rows of the first grid: u_t = w_t - ar w_{t-1} + ma u_{t-1}, then e_t = u_t + sma e_{t-12}.
    """
    changes = seasonal_changes(logs, first)
    ma, ar = (over_series(parameter, logs) for parameter in grid.T)
    each = (len(seasonal_grid), *ma.shape)
    seasonal_ma, squares, scratch = (workspace(each, logs.dtype) for _ in range(3))
    seasonal_ma[:] = seasonal_grid[:, None, None]
    squares[:] = 0
    without_season, lagged = np.zeros_like(ma), np.empty_like(ma)
    # The errors of the last thirteen months are all the forecast looks back on: a ring, slot = month modulo 13.
    errors = workspace((LOST_MONTHS, *each), logs.dtype)
    errors[:] = 0
    for month in range(int(first.min()) + LOST_MONTHS, len(logs)):
        without_season *= ma
        without_season += changes[month]
        without_season -= np.multiply(ar, changes[month - 1], out=lagged)
        error = errors[month % LOST_MONTHS]
        np.multiply(errors[(month - MONTHS_PER_YEAR) % LOST_MONTHS], seasonal_ma, out=error)
        error += without_season
        squares += np.multiply(error, error, out=scratch)
    best, series = np.divmod(squares.reshape(-1, logs.shape[1]).argmin(axis=0), len(grid)), np.arange(logs.shape[1])
    parameters = np.column_stack([grid[best[1]], seasonal_grid[best[0]]]).astype(logs.dtype)
    return forecast_changes(logs, changes[-1], errors[:, best[0], best[1], series], parameters, horizon)


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
    ma, ar, seasonal_ma = parameters.T
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
