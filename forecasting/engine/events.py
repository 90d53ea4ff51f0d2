"""What a promotion or a price change did to one series: a regression on its months with SARIMA errors."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasting.engine.arrays import MONTHS_PER_YEAR, Numbers
from forecasting.engine.combine import NEARLY_ZERO
from forecasting.engine.second_opinion import FEWEST_MONTHS, UNFIT, known_part

# Of the interval, that of the narrower of our ranges.
CHANCE = 0.8
FEWEST_OTHERS = 2 * MONTHS_PER_YEAR
LARGEST_EFFECT = 10.0


@dataclass(frozen=True)
class Effect:
    """Shares of what would have been sold without it: 0.2 is a fifth more. The interval holds eight times of ten."""

    share: float
    low: float
    high: float
    months: int  # it was estimated from


def event_effect(history: ArrayLike, event: ArrayLike) -> Effect | None:
    """The effect of an event in the months where `event` [months] is true on a history [months].

    The months without it follow the airline model; on logarithms, so that an effect is a share, or in units of the mean
    where months are near zero. None with less than three years of history, with too few months of either kind, or where
    the model does not fit. Box & Tiao (1975), "Intervention analysis with applications", JASA 70.
    """
    given = np.asarray(history, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(given))
    flags = np.asarray(event, dtype=bool)
    values, _ = known_part(given, 1)
    if len(values) < FEWEST_MONTHS:
        return None
    during = flags[known[0] : known[-1] + 1] & np.isfinite(given[known[0] : known[-1] + 1])
    if not during.any() or (~during).sum() < FEWEST_OTHERS or not values.any():
        return None
    relative = values / values.mean()
    logs = relative.min() > NEARLY_ZERO
    try:
        share = fitted(np.log(relative) if logs else relative, during.astype(np.float64))
    except UNFIT:
        return None
    found = np.clip(np.expm1(np.minimum(share, np.log1p(LARGEST_EFFECT))) if logs else share, -1.0, LARGEST_EFFECT)
    if not np.isfinite(found).all():
        return None
    return Effect(float(found[0]), float(found[1]), float(found[2]), int(during.sum()))


def fitted(values: Numbers, during: Numbers) -> Numbers:
    """The coefficient of the event, and the bounds of its interval."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SARIMAX(values, exog=during, order=(0, 1, 1), seasonal_order=(0, 1, 1, MONTHS_PER_YEAR))
        found = model.fit(disp=False, maxiter=100)
        low, high = found.conf_int(alpha=1 - CHANCE)[0]
    return np.array([found.params[0], low, high])
