"""The Theta method: simple exponential smoothing with half the slope of the whole history; by month and by quarter."""

import numpy as np

from forecasting.engine.arrays import Indices, Mask, Numbers
from forecasting.engine.smoothing import ses, starting_line

MONTHS_PER_QUARTER = 3
FEWEST_QUARTERS = 12


def theta(level: Numbers, slope: Numbers, horizon: int) -> Numbers:
    """Forecasts [horizon, series]: level + h slope / 2, the form that Hyndman & Billah (2003) showed Theta to have.

    Assimakopoulos & Nikolopoulos (2000), Int. J. Forecasting 16; Hyndman & Billah, Int. J. Forecasting 19.
    """
    steps = np.arange(1, horizon + 1, dtype=level.dtype)[:, None]
    return np.asarray(level + np.asarray(0.5 * slope, dtype=level.dtype) * steps)


def history_slope(values: Numbers, observed: Mask) -> Numbers:
    """Least-squares rise per month over all observed months, [series]."""
    time = np.arange(1.0 - len(values), 1.0)[:, None]
    count = np.maximum(observed.sum(axis=0), 1)
    mean_time = (time * observed).sum(axis=0) / count
    mean = np.where(observed, values, 0.0).sum(axis=0, dtype=np.float64) / count
    gap = np.where(observed, time - mean_time, 0.0)
    spread = (gap * gap).sum(axis=0)
    rise = (gap * (values - mean)).sum(axis=0)
    return np.asarray(np.divide(rise, spread, out=np.zeros_like(spread), where=spread > 0))


def quarterly_theta(values: Numbers, observed: Mask, first: Indices, horizon: int) -> Numbers:
    """Theta on means of three-month blocks aligned to the end, read back to months by linear interpolation.

    Aggregation over time brings out slow movements: Kourentzes, Petropoulos & Trapero (2014), Int. J. Forecasting 30.
    """
    quarters = len(values) // MONTHS_PER_QUARTER
    spare = len(values) - quarters * MONTHS_PER_QUARTER
    blocks = (quarters, MONTHS_PER_QUARTER, values.shape[1])
    # A block that began before the series did would mix in months without demand of their own.
    first_block = -((spare - first) // MONTHS_PER_QUARTER)
    complete = np.arange(quarters)[:, None] >= first_block
    seen = observed[spare:].reshape(blocks) & complete[:, None, :]
    count = seen.sum(axis=1)
    mean = np.where(seen, values[spare:].reshape(blocks), 0).sum(axis=1) / np.maximum(count, 1)
    mean = np.asarray(mean, dtype=values.dtype)
    start = starting_line(mean, count > 0, np.minimum(first_block, quarters - 1))
    ahead = -(-horizon // MONTHS_PER_QUARTER) + 1
    by_quarter = theta(ses(mean, count > 0, start.mean), history_slope(mean, count > 0), ahead)
    return quarters_to_months(by_quarter, horizon)


def quarters_to_months(by_quarter: Numbers, horizon: int) -> Numbers:
    """Linear interpolation between the middles of the quarters; the first month takes the first quarter's value."""
    place = np.maximum((np.arange(horizon) - 1) / MONTHS_PER_QUARTER, 0.0)
    before = np.minimum(place.astype(np.intp), len(by_quarter) - 2)
    share = (place - before).astype(by_quarter.dtype)[:, None]
    return np.asarray((1 - share) * by_quarter[before] + share * by_quarter[before + 1])
