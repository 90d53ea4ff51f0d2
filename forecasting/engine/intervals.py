"""Prediction intervals from the backtest: how far, in units of the expected error, the portfolio's forecasts missed.

Pooling over series is what makes a single origin enough.
"""

from statistics import NormalDist

import numpy as np

from forecasting.engine.arrays import Mask, Numbers

# A new portfolio has little to pool; this many series of it weigh as much as what other portfolios showed.
SERIES_AS_GOOD_AS_EXPERIENCE = 25
EXPERIENCED_DEVIATION = 1.0
EXPERIENCED_GROWTH = 0.2
# What all series had in common in the months of the test will be something else in the months ahead: the pool, of one
# origin only, is a little too narrow. Measured on M3 and on spare parts.
ALLOWANCE_FOR_ONE_ORIGIN = 1.04


def interval_quantiles(ratios: Numbers, horizon: int, probabilities: Numbers) -> Numbers:
    """Quantiles [horizon, probability] of error / expected error at each step ahead, from backtest ratios.

    Each step pools its neighbours' ratios too; steps with few or none lean on all steps together, and all steps on a
    normal distribution, in proportion to the number of series behind them.
    """
    growth = error_growth(max(horizon, ratios.shape[1]))
    relative = ratios / growth[: ratios.shape[1]]
    overall = blended(relative, normal_quantiles(probabilities), probabilities)
    steps = np.empty((horizon, len(probabilities)))
    for step in range(horizon):
        nearby = relative[:, max(step - 1, 0) : step + 2]
        steps[step] = growth[step] * blended(nearby, overall, probabilities)
    return steps


def blended(ratios: Numbers, expected: Numbers, probabilities: Numbers) -> Numbers:
    """Observed quantiles mixed with the expected ones by the number of series observed."""
    observed = ratios[np.isfinite(ratios)]
    series = int(np.isfinite(ratios).any(axis=1).sum())
    if series == 0:
        return expected
    weight = series / (series + SERIES_AS_GOOD_AS_EXPERIENCE)
    return np.asarray(weight * np.quantile(observed, probabilities) + (1 - weight) * expected)


def error_growth(horizon: int) -> Numbers:
    """How the error grows with the steps ahead, beyond what the spread between members already shows."""
    return np.arange(1.0, horizon + 1) ** EXPERIENCED_GROWTH


def normal_quantiles(probabilities: Numbers) -> Numbers:
    normal = NormalDist(0.0, EXPERIENCED_DEVIATION)
    return np.array([normal.inv_cdf(float(probability)) for probability in probabilities])


def prediction_intervals(
    mean: Numbers, scale: Numbers, ratios: Numbers, pools: list[Mask], levels: tuple[float, ...]
) -> tuple[Numbers, Numbers]:
    """Lower and upper bounds [series, horizon, level]; the mean itself for series in no pool.

    Split conformal prediction with normalised errors: Lei et al. (2018), JASA 113.
    """
    horizon = mean.shape[1]
    tails = (1 - np.array(levels)) / 2
    lower = np.repeat(mean[:, :, None], len(levels), axis=2)
    upper = lower.copy()
    for pool in pools:
        pooled = interval_quantiles(ratios[pool], horizon, np.concatenate([tails, 1 - tails]))
        quantiles = ALLOWANCE_FOR_ONE_ORIGIN * pooled
        below, above = np.minimum(quantiles[:, : len(levels)], 0), np.maximum(quantiles[:, len(levels) :], 0)
        lower[pool] = np.maximum(mean[pool, :, None] + below * scale[pool, :, None], 0)
        upper[pool] = mean[pool, :, None] + above * scale[pool, :, None]
    return lower, upper
