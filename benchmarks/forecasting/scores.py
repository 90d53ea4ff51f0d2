"""How good a forecast was.

sMAPE, MASE and OWA as the M4 competition defined them: Makridakis, Spiliotis and Assimakopoulos (2020), The M4
competition, Int. J. Forecasting 36. RMSSE as M5 did: the same authors (2022), M5 accuracy competition, ibid. 38.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.forecasting.sets import DataSet

YEAR = 12
# The limit of a one-sided test at 5 %, which is a two-sided one at 10 %.
NORMAL_90 = 1.645
Numbers = Any


@dataclass(frozen=True)
class Score:
    smape: float  # percent
    mase: float
    owa: float


def score(data: DataSet, predicted: Numbers) -> Score:
    """Means over the series, and OWA against Naive2 on the same ones; Naive2 and MASE see the whole history."""
    naive = np.stack([naive2(row[np.isfinite(row)], data.horizon) for row in data.history])
    ours, theirs = errors(data, predicted), errors(data, naive)
    return Score(ours[0], ours[1], (ours[0] / theirs[0] + ours[1] / theirs[1]) / 2)


def errors(data: DataSet, predicted: Numbers) -> tuple[float, float]:
    """sMAPE in percent and MASE, means over the series."""
    miss = np.abs(data.actual - predicted)
    size = np.abs(data.actual) + np.abs(predicted)
    smape = 200 * np.divide(miss, size, out=np.zeros_like(miss), where=size > 0).mean()
    scale = np.nanmean(np.abs(data.history[:, YEAR:] - data.history[:, :-YEAR]), axis=1)
    return float(smape), float((miss.mean(axis=1) / scale).mean())


def naive2(known: Numbers, horizon: int) -> Numbers:
    """The last month, freed of its season and given that of each month ahead, where there is a season."""
    if not is_seasonal(known):
        return np.full(horizon, known[-1])
    factors = seasonal_factors(known)
    last, ahead = len(known) - 1, len(known) + np.arange(horizon)
    return known[-1] / factors[last % YEAR] * factors[ahead % YEAR]


def is_seasonal(known: Numbers) -> bool:
    """Whether the autocorrelation at twelve months is beyond its 90 % limit."""
    if len(known) < 3 * YEAR:
        return False
    gap = known - known.mean()
    if not gap.any():
        return False
    correlation = np.array([gap[lag:] @ gap[:-lag] for lag in range(1, YEAR + 1)]) / (gap @ gap)
    limit = NORMAL_90 * np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum()) / len(known))
    return bool(abs(correlation[-1]) > limit)


def seasonal_factors(known: Numbers) -> Numbers:
    """Of a classical multiplicative decomposition, by month since the first, with mean one."""
    weights = np.r_[0.5, np.ones(YEAR - 1), 0.5] / YEAR
    share = np.full(len(known), np.nan)
    share[YEAR // 2 : -(YEAR // 2)] = known[YEAR // 2 : -(YEAR // 2)] / np.convolve(known, weights, "valid")
    factors = np.array([np.nanmean(share[month::YEAR]) for month in range(YEAR)])
    return factors / factors.mean()


def coverage(actual: Numbers, lower: Numbers, upper: Numbers) -> float:
    """Percent of the months that lie within their interval."""
    return float(100 * ((actual >= lower) & (actual <= upper)).mean())


def total_bias(actual: Numbers, predicted: Numbers) -> float:
    """By how many percent all forecasts together are too high."""
    return float(100 * (predicted.sum() / actual.sum() - 1))


def rmsse(data: DataSet, predicted: Numbers) -> float:
    """Root of the mean squared error in units of that of the naive forecast since the first sale; mean over series.

    A series that never changed has no such unit and is left out.
    """
    known = np.where(np.logical_or.accumulate(data.history > 0, axis=1), data.history, np.nan)
    change = np.diff(known, axis=1) ** 2
    seen = np.isfinite(change).sum(axis=1)
    scale = np.divide(np.nansum(change, axis=1), seen, out=np.zeros(len(data)), where=seen > 0)
    rows = scale > 0
    squared = ((data.actual - predicted) ** 2).mean(axis=1)
    return float(np.sqrt(squared[rows] / scale[rows]).mean())
