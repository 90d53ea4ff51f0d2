"""Prediction intervals from the backtest: how far, in units of the expected error, the portfolio's forecasts missed.

Pooling over series is what makes a single origin enough.
"""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Mask, Numbers

# A new portfolio has little to pool; this many series of it weigh as much as what other portfolios showed.
SERIES_AS_GOOD_AS_EXPERIENCE = 25
EXPERIENCED_DEVIATION = 1.0
EXPERIENCED_GROWTH = 0.2
# Beyond the last month that the test reached, errors grow like those of a walk at random: 0.2 + 0.3 is a square root.
GROWTH_UNSEEN = 0.3
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
    beyond = growth_unseen(relative, len(growth))
    steps = np.empty((horizon, len(probabilities)))
    for step in range(horizon):
        nearby = relative[:, max(step - 1, 0) : step + 2]
        steps[step] = growth[step] * beyond[step] * blended(nearby, overall, probabilities)
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


def growth_unseen(relative: Numbers, horizon: int) -> Numbers:
    """What is added to the growth [horizon] beyond the last month that a test of a year or more reached.

    A shorter test leaves so little history to forecast it from that its errors are large enough already.
    """
    seen = np.flatnonzero(np.isfinite(relative).any(axis=0))
    last = int(seen[-1]) + 1 if seen.size else 0
    if last < MONTHS_PER_YEAR:
        return np.ones(horizon)
    return np.maximum(np.arange(1.0, horizon + 1) / last, 1.0) ** GROWTH_UNSEEN


def normal_quantiles(probabilities: Numbers) -> Numbers:
    normal = NormalDist(0.0, EXPERIENCED_DEVIATION)
    return np.array([normal.inv_cdf(float(probability)) for probability in probabilities])


def prediction_intervals(
    mean: Numbers, scale: Numbers, quantiles: Mapping[str, Numbers], pools: Mapping[str, Mask]
) -> tuple[Numbers, Numbers]:
    """Lower and upper bounds [series, horizon, level]; the mean itself for series in no pool.

    Split conformal prediction with normalised errors: Lei et al. (2018), JASA 113.
    """
    levels = next(iter(quantiles.values())).shape[1] // 2
    lower = np.repeat(mean[:, :, None], levels, axis=2)
    upper = lower.copy()
    for name, pool in pools.items():
        wide = ALLOWANCE_FOR_ONE_ORIGIN * quantiles[name]
        below, above = np.minimum(wide[:, :levels], 0), np.maximum(wide[:, levels:], 0)
        lower[pool] = np.maximum(mean[pool, :, None] + below * scale[pool, :, None], 0)
        upper[pool] = mean[pool, :, None] + above * scale[pool, :, None]
    return lower, upper


def pooled_quantiles(
    ratios: Numbers, horizon: int, pools: Mapping[str, Mask], levels: tuple[float, ...]
) -> dict[str, Numbers]:
    """Of each pool of series the quantiles [horizon, 2 × levels] that bound the levels: all lower ones first."""
    tails = (1 - np.array(levels)) / 2
    probabilities = np.concatenate([tails, 1 - tails])
    return {name: interval_quantiles(ratios[pool], horizon, probabilities) for name, pool in pools.items()}
