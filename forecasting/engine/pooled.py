"""Measures of forecast accuracy for many groups of series at once, by the formulas of `forecasting.engine.accuracy`.

Errors are absolute at the series, then summed: over and under do not cancel inside a family. The tracking signal asks
the other question, whether a group runs off to one side, and therefore follows the group's own sum from month to month.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.arrays import Indices, Numbers


@dataclass(frozen=True)
class Groups:
    """Which series count in which groups: `group[k]` holds series `row[k]`; a series may count in several."""

    group: Indices
    row: Indices
    count: int

    def sums(self, values: Numbers) -> Numbers:
        """[series, months] → [groups, months]."""
        result = np.zeros((self.count, values.shape[1]))
        np.add.at(result, self.group, values[self.row])
        return result


@dataclass(frozen=True)
class Pooled:
    """One value a group; ratios as fractions, NaN where they are undefined."""

    pairs: Numbers
    actual: Numbers
    forecast: Numbers
    absolute: Numbers
    mad: Numbers
    wape: Numbers
    bias: Numbers
    mase: Numbers
    tracking_signal: Numbers


def pooled(actual: Numbers, forecast: Numbers, scale: Numbers, groups: Groups) -> Pooled:
    """All arrays [series, months]; `scale` is the naive error of the series before the forecast was made.

    Pairs that lack actual or forecast are left out; MASE leaves out those without a positive scale as well.
    """
    known = np.isfinite(actual) & np.isfinite(forecast)
    a, f = np.where(known, actual, 0.0), np.where(known, forecast, 0.0)
    scaled = known & (np.nan_to_num(scale) > 0)
    by_month = groups.sums(known.astype(np.float64))
    net = groups.sums(a - f)
    pairs, months = by_month.sum(axis=1), (by_month > 0).sum(axis=1)
    sold, said, absolute = (groups.sums(values).sum(axis=1) for values in (a, f, np.abs(a - f)))
    against_naive = groups.sums(np.where(scaled, np.abs(a - f), 0.0)).sum(axis=1)
    naive = groups.sums(np.where(scaled, scale, 0.0)).sum(axis=1)
    return Pooled(
        pairs,
        sold,
        said,
        absolute,
        mad=_ratio(absolute, pairs),
        wape=_ratio(absolute, sold),
        bias=_ratio(said - sold, sold),
        mase=_ratio(against_naive, naive),
        tracking_signal=_ratio(net.sum(axis=1), _ratio(np.abs(net).sum(axis=1), months)),
    )


def yearly_scale(history: Numbers, season: int = 12) -> NDArray[np.float64]:
    """For every column, the mean of |A_t - A_{t-season}| up to and including it; NaN before the first such pair."""
    result = np.full(history.shape, np.nan)
    if history.shape[1] <= season:
        return result
    changes = np.abs(history[:, season:] - history[:, :-season])
    known = np.isfinite(changes)
    count = known.cumsum(axis=1)
    total = np.where(known, changes, 0.0).cumsum(axis=1)
    result[:, season:] = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return result


def _ratio(amount: Numbers, of: Numbers) -> Numbers:
    result = np.full(amount.shape, np.nan)
    np.divide(amount, of, out=result, where=np.isfinite(of) & (of > 0))
    return result
