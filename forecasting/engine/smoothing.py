"""Exponential smoothing of many series at once, each with the best of a grid of smoothing parameters.

Values are [months, series], states [parameters, series]; time runs in Python, everything else in array operations.
A month that was not observed has error zero: the state is carried forward and nothing is learnt.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers, workspace

SES_GRID = np.array(
    [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.97]
)
# Rows of (level, trend as a share of level, damping).
DAMPED_GRID = np.array(list(product((0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9), (0.03, 0.1, 0.25), (0.85, 0.93, 0.98))))


@dataclass(frozen=True)
class Line:
    """A start for level and trend: the value just before the first month, and the rise per month."""

    level: Numbers  # [series]
    trend: Numbers  # [series]
    mean: Numbers  # [series] of the same months, for a start without trend


def starting_line(values: Numbers, observed: Mask, first: Indices) -> Line:
    """Least-squares line through what was observed in each series' first twelve months."""
    rows = first + np.arange(MONTHS_PER_YEAR)[:, None]
    inside = rows < len(values)
    rows = np.minimum(rows, len(values) - 1)
    weight = (np.take_along_axis(observed, rows, axis=0) & inside).astype(np.float64)
    early = np.take_along_axis(values, rows, axis=0).astype(np.float64)
    steps = np.arange(1.0, MONTHS_PER_YEAR + 1)[:, None]
    count = np.maximum(weight.sum(axis=0), 1)
    mean = (weight * early).sum(axis=0) / count
    mean_step = (weight * steps).sum(axis=0) / count
    gap = weight * (steps - mean_step)
    spread = (gap * gap).sum(axis=0)
    trend = np.divide((gap * (early - mean)).sum(axis=0), spread, out=np.zeros_like(mean), where=spread > 0)
    # A line through a few points is mostly noise.
    trend *= np.minimum(count / MONTHS_PER_YEAR, 1.0) ** 2
    return Line(level=mean - trend * mean_step, trend=trend, mean=mean)


def ses(values: Numbers, observed: Mask, start: Numbers, grid: Numbers = SES_GRID) -> Numbers:
    """Final level [series] of simple exponential smoothing, l += alpha (y - l), with the alpha of least squared error.

    Brown (1959); Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 8.1.
    """
    alpha = over_series(grid, values)
    level = over_grid(start, alpha)
    squares, error, scratch = working_arrays(alpha)
    for row, seen, whole in zip(values, observed, complete_months(observed), strict=True):
        error[:] = row
        error -= level
        if not whole:
            error *= seen
        squares += np.multiply(error, error, out=scratch)
        level += np.multiply(error, alpha, out=scratch)
    return best_of(level, squares)[0]


def damped_holt(
    values: Numbers, observed: Mask, first: Indices, start: Line, horizon: int, *, grid: Numbers = DAMPED_GRID
) -> Numbers:
    """Forecasts [horizon, series] of Holt's method with a damped trend.

    l' = l + phi b + alpha e, b' = phi b + alpha beta e, forecast l + (phi + ... + phi^h) b.
    Gardner & McKenzie (1985), Management Science 31; notation of Hyndman & Athanasopoulos, section 8.2.
    """
    alpha, trend_gain, phi = (over_series(parameter, values) for parameter in grid.T)
    trend_gain *= alpha
    level, trend = over_grid(start.level, alpha), over_grid(start.trend, alpha)
    squares, error, scratch = working_arrays(alpha)
    whole, later = complete_months(observed), later_starts(first)
    for month in range(int(first.min()), len(values)):
        if month in later:
            begin(later[month], start, level, trend)
        trend *= phi
        level += trend
        error[:] = values[month]
        error -= level
        if not whole[month]:
            error *= observed[month]
        squares += np.multiply(error, error, out=scratch)
        level += np.multiply(error, alpha, out=scratch)
        trend += np.multiply(error, trend_gain, out=scratch)
    best_level, best_trend, best_phi = best_of(level, squares, trend, phi)
    return best_level + damped_steps(best_phi, horizon) * best_trend


def damped_steps(phi: Numbers, horizon: int) -> Numbers:
    """phi + phi^2 + ... + phi^h for each step h, [horizon, series]."""
    return np.asarray(np.cumsum(phi ** np.arange(1, horizon + 1, dtype=phi.dtype)[:, None], axis=0))


def over_series(parameter: Numbers, values: Numbers) -> Numbers:
    """A parameter of each row of a grid, repeated for every series, in the precision of the values.

    Array operations over one whole array are twice as fast as over an array and a column.
    """
    spread = workspace((len(parameter), values.shape[1]), values.dtype)
    spread[:] = parameter[:, None]
    return spread


def over_grid(start: Numbers, parameter: Numbers) -> Numbers:
    """One start per series, repeated for every row of the grid."""
    spread = workspace(parameter.shape, parameter.dtype)
    spread[:] = start
    return spread


def working_arrays(parameter: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Squares, all zero, and two arrays without values, of the shape of a parameter over all series."""
    squares, error, scratch = (workspace(parameter.shape, parameter.dtype) for _ in range(3))
    squares[:] = 0
    return squares, error, scratch


def complete_months(observed: Mask) -> list[bool]:
    """Which months [months] were observed in every series, so that nothing need be masked."""
    return [bool(whole) for whole in np.all(observed, axis=1)]


def leading_zeros(parameter: Numbers) -> int:
    """How many of the first rows of a grid have zero for this parameter, and so nothing to add."""
    used = parameter != 0
    return int(used.argmax()) if used.any() else len(parameter)


def later_starts(first: Indices) -> dict[int, Indices]:
    """The series that start in each month but the earliest."""
    return {month: np.flatnonzero(first == month) for month in np.unique(first)[1:].tolist()}


def begin(starting: Indices, start: Line, level: Numbers, trend: Numbers) -> None:
    """Set the states of the series that start now; what happened to them before does not count."""
    level[:, starting] = start.level[starting]
    trend[:, starting] = start.trend[starting]


def best_of(level: Numbers, squares: Numbers, *others: Numbers) -> tuple[Numbers, ...]:
    """Each state [parameters, series] at its series' parameters of least squared error."""
    best = squares.argmin(axis=0)
    series = np.arange(squares.shape[1])
    return tuple(state[best, series] for state in (level, *others))
