"""Holt-Winters smoothing with a damped trend, on seasonal data, over a grid of parameters."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers, workspace
from forecasting.engine.seasonality import factor_steps
from forecasting.engine.smoothing import (
    Line,
    begin,
    best_of,
    complete_months,
    damped_steps,
    later_starts,
    leading_zeros,
    over_grid,
    over_series,
    working_arrays,
)

# Rows of (level, trend as a share of level, damping, season); first those whose season stays as it is, which saves
# the work of changing it.
HOLT_WINTERS_GRID = np.array(
    [
        (alpha, beta, phi, gamma)
        for gamma, alpha, (beta, phi) in product(
            (0.0, 0.05, 0.2), (0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9), ((0.02, 0.97), (0.1, 0.93), (0.25, 0.85))
        )
    ]
)
SMALLEST_FACTOR = 0.02
SMALLEST_LEVEL = 1e-3


@dataclass(frozen=True)
class SeasonalData:
    """What a seasonal smoother starts from; values in units of the series' mean."""

    values: Numbers  # [months, series]
    observed: Mask  # [months, series]
    first: Indices  # [series]
    start: Line
    season: Numbers  # [12, series] by position from the end: factors, or additive effects


def holt_winters_multiplicative(data: SeasonalData, horizon: int, grid: Numbers = HOLT_WINTERS_GRID) -> Numbers:
    """Forecasts [horizon, series] of damped trend, multiplicative season and multiplicative error.

    ETS(M,Ad,M): y = (l + phi b) s (1 + e). Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential
    Smoothing, table 2.3.
    """
    values, observed = data.values, data.observed
    whole, later, fixed = complete_months(observed), later_starts(data.first), leading_zeros(grid[:, 3])
    alpha, trend_gain, phi, gamma = (over_series(parameter, values) for parameter in grid.T)
    trend_gain *= alpha
    level, trend = over_grid(data.start.level, alpha), over_grid(data.start.trend, alpha)
    factors = every_season(np.maximum(data.season, SMALLEST_FACTOR), alpha)
    squares, error, scratch = working_arrays(alpha)
    base, lowest = workspace(level.shape, level.dtype), over_grid(np.array(SMALLEST_LEVEL), alpha)
    smallest = over_grid(np.array(SMALLEST_FACTOR), alpha[fixed:])
    for month in range(int(data.first.min()), len(values)):
        if month in later:
            begin(later[month], data.start, level, trend)
        factor = factors[(len(values) - 1 - month) % MONTHS_PER_YEAR]
        trend *= phi
        level += trend
        np.maximum(level, lowest, out=base)
        np.divide(values[month], np.multiply(base, factor, out=scratch), out=error)
        error -= 1
        if not whole[month]:
            error *= observed[month]
        squares += np.multiply(error, error, out=scratch)
        gain, moving = scratch[fixed:], factor[fixed:]
        np.multiply(error[fixed:], gamma[fixed:], out=gain)
        gain += 1
        moving *= gain
        np.maximum(moving, smallest, out=moving)
        error *= base
        level += np.multiply(error, alpha, out=scratch)
        trend += np.multiply(error, trend_gain, out=scratch)
    return ahead(level, trend, phi, squares, horizon) * season_ahead(factors, squares, horizon)


def holt_winters_additive(data: SeasonalData, horizon: int, grid: Numbers = HOLT_WINTERS_GRID) -> Numbers:
    """Forecasts [horizon, series] of damped trend, additive season and additive error.

    ETS(A,Ad,A): y = l + phi b + s + e. Hyndman, Koehler, Ord & Snyder (2008), table 2.2.
    """
    values, observed = data.values, data.observed
    whole, later, fixed = complete_months(observed), later_starts(data.first), leading_zeros(grid[:, 3])
    alpha, trend_gain, phi, gamma = (over_series(parameter, values) for parameter in grid.T)
    trend_gain *= alpha
    level, trend = over_grid(data.start.level, alpha), over_grid(data.start.trend, alpha)
    effects = every_season(data.season, alpha)
    squares, error, scratch = working_arrays(alpha)
    for month in range(int(data.first.min()), len(values)):
        if month in later:
            begin(later[month], data.start, level, trend)
        effect = effects[(len(values) - 1 - month) % MONTHS_PER_YEAR]
        trend *= phi
        level += trend
        error[:] = values[month]
        error -= level
        error -= effect
        if not whole[month]:
            error *= observed[month]
        squares += np.multiply(error, error, out=scratch)
        effect[fixed:] += np.multiply(error[fixed:], gamma[fixed:], out=scratch[fixed:])
        level += np.multiply(error, alpha, out=scratch)
        trend += np.multiply(error, trend_gain, out=scratch)
    return ahead(level, trend, phi, squares, horizon) + season_ahead(effects, squares, horizon)


def every_season(season: Numbers, parameter: Numbers) -> Numbers:
    """The season [12, series] repeated for every row of the grid: [12, parameters, series]."""
    spread = workspace((MONTHS_PER_YEAR, *parameter.shape), parameter.dtype)
    spread[:] = season[:, None, :]
    return spread


def ahead(level: Numbers, trend: Numbers, phi: Numbers, squares: Numbers, horizon: int) -> Numbers:
    """Level and damped trend at each step [horizon, series], at the best parameters."""
    best_level, best_trend, best_phi = best_of(level, squares, trend, phi)
    return best_level + damped_steps(best_phi, horizon) * best_trend


def season_ahead(season: Numbers, squares: Numbers, horizon: int) -> Numbers:
    """The last season of each series at its best parameters, laid out by step ahead [horizon, series]."""
    best, series = squares.argmin(axis=0), np.arange(squares.shape[1])
    return factor_steps(season[:, best, series], horizon)
