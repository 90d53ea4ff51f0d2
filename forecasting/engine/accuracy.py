"""Measures of forecast accuracy, each on an array of actuals and one of forecasts of the same shape.

A is the actual, F the forecast. Ratios are fractions: 0.12 is 12 %. Pairs in which either is NaN are left out. Where a
measure is undefined (nothing sold, no pair left, a flat training history) the answer is NaN, never an exception.
"""

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine.arrays import Numbers


def mad(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute deviation: sum |A - F| / n."""
    a, f = pairs(actual, forecast)
    return mean(np.abs(a - f))


def rmse(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Root mean squared error: sqrt(sum (A - F)^2 / n)."""
    a, f = pairs(actual, forecast)
    return float(np.sqrt(mean((a - f) ** 2)))


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Weighted absolute percentage error: sum |A - F| / sum A; NaN when the actuals sum to zero."""
    a, f = pairs(actual, forecast)
    return ratio(float(np.abs(a - f).sum()), float(a.sum()))


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Bias: sum (F - A) / sum A, positive when forecast too high; NaN when the actuals sum to zero."""
    a, f = pairs(actual, forecast)
    return ratio(float((f - a).sum()), float(a.sum()))


def mape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute percentage error: (1/n) sum |A - F| / A over the pairs with A other than zero."""
    a, f = pairs(actual, forecast)
    sold = a != 0
    return mean(np.abs(a[sold] - f[sold]) / np.abs(a[sold]))


def mpe(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean percentage error: (1/n) sum (A - F) / A over the pairs with A other than zero; positive when too low."""
    a, f = pairs(actual, forecast)
    sold = a != 0
    return mean((a[sold] - f[sold]) / a[sold])


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Symmetric MAPE, 0 to 2: (1/n) sum 2 |A - F| / (|A| + |F|), with 0/0 counting as zero."""
    a, f = pairs(actual, forecast)
    size = np.abs(a) + np.abs(f)
    return mean(np.divide(2 * np.abs(a - f), size, out=np.zeros_like(size), where=size > 0))


def mase(actual: ArrayLike, forecast: ArrayLike, training: ArrayLike, season: int = 1) -> float:
    """Mean absolute scaled error: MAD / mean |A_t - A_{t-m}| over the training history, m the season (1 or 12).

    Hyndman & Koehler (2006), Int. J. Forecasting 22. Below one beats the naive forecast.
    """
    if season < 1:
        raise ValueError(f"season must be one month or more, not {season}")
    history = np.asarray(training, dtype=np.float64)
    changes = np.abs(history[season:] - history[:-season])
    return ratio(mad(actual, forecast), mean(changes[np.isfinite(changes)]))


def tracking_signal(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Tracking signal: sum (A - F) / MAD, positive when forecast too low; alarm outside -4 to 4."""
    a, f = pairs(actual, forecast)
    return ratio(float((a - f).sum()), mad(a, f))


def pairs(actual: ArrayLike, forecast: ArrayLike) -> tuple[Numbers, Numbers]:
    """Actuals and forecasts as flat arrays, without the pairs that lack one of the two."""
    a, f = np.asarray(actual, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    if a.shape != f.shape:
        raise ValueError(f"actual and forecast must have the same shape, not {a.shape} and {f.shape}")
    known = np.isfinite(a) & np.isfinite(f)
    return a[known], f[known]


def mean(values: Numbers) -> float:
    return float(values.mean()) if values.size else float("nan")


def ratio(amount: float, of: float) -> float:
    return amount / of if of > 0 else float("nan")
