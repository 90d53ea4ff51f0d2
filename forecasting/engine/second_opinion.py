"""Another library's view of one series: its decomposition, and two of its models tested on the same months as ours.

For a series on screen only: fitting takes seconds, a portfolio would take days.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasting.engine.accuracy import wape
from forecasting.engine.arrays import MONTHS_PER_YEAR, Numbers
from forecasting.engine.portfolio import forecast

HELD_OUT_MONTHS = 12
# Two years to learn a season from, besides the year held out.
FEWEST_MONTHS = 3 * MONTHS_PER_YEAR
# What a fit can fail with on a series that suits it badly.
UNFIT = (ValueError, FloatingPointError, np.linalg.LinAlgError, ZeroDivisionError, IndexError)


@dataclass(frozen=True)
class Decomposition:
    """Seasonal-trend decomposition by LOESS (Cleveland et al., 1990): the three add up to the series."""

    trend: Numbers
    season: Numbers
    remainder: Numbers


@dataclass(frozen=True)
class Opinion:
    """A model's forecast [horizon] and its WAPE on the last year held out; `mean` None where it could not be fitted."""

    name: str
    mean: Numbers | None
    wape: float  # NaN where it could not be fitted or nothing was sold


@dataclass(frozen=True)
class SecondOpinion:
    """`values` are the months looked at, from the first one known, gaps filled; None without three years of them."""

    values: Numbers
    decomposition: Decomposition | None
    opinions: list[Opinion]


def second_opinion(history: ArrayLike, horizon: int, *, first_month: int = 1) -> SecondOpinion:
    """The decomposition of one history [months], NaN where missing, and the models; ours is the first of them."""
    values, first = known_part(np.asarray(history, dtype=np.float64), first_month)
    if len(values) < FEWEST_MONTHS:
        return SecondOpinion(values, None, [])

    def ours(past: Numbers, steps: int) -> Numbers:
        found: Numbers = forecast(past[None, :], steps, first_month=first).mean[0]
        return found

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = STL(values, period=MONTHS_PER_YEAR, robust=True).fit()
        decomposition = Decomposition(np.asarray(parts.trend), np.asarray(parts.seasonal), np.asarray(parts.resid))
        methods = {"Evenkeel": ours, "ETS": ets, "SARIMAX": sarimax}
        opinions = [opinion(name, method, values, horizon) for name, method in methods.items()]
    return SecondOpinion(values, decomposition, opinions)


def known_part(history: Numbers, first_month: int) -> tuple[Numbers, int]:
    """From the first month known on, returns as zero, gaps on the line between their neighbours; and its month."""
    known = np.flatnonzero(np.isfinite(history))
    if not known.size:
        return np.empty(0), first_month
    start, end = known[0], known[-1] + 1
    filled = np.interp(np.arange(start, end), known, np.maximum(history[known], 0.0))
    return filled, (first_month - 1 + int(start)) % MONTHS_PER_YEAR + 1


def opinion(name: str, method: Callable[[Numbers, int], Numbers], values: Numbers, horizon: int) -> Opinion:
    """Tested on the last year, then fitted to all of it."""
    try:
        error = wape(values[-HELD_OUT_MONTHS:], bounded(method(values[:-HELD_OUT_MONTHS], HELD_OUT_MONTHS)))
        return Opinion(name, bounded(method(values, horizon)), error)
    except UNFIT:
        return Opinion(name, None, float("nan"))


def bounded(mean: Numbers) -> Numbers:
    if not np.isfinite(mean).all():
        raise ValueError("the fit has no finite forecast")
    return np.maximum(mean, 0.0)


def ets(values: Numbers, steps: int) -> Numbers:
    """Additive errors, damped trend and season."""
    model = ETSModel(
        values, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=MONTHS_PER_YEAR
    )
    return np.asarray(model.fit(disp=False).forecast(steps), dtype=np.float64)


def sarimax(values: Numbers, steps: int) -> Numbers:
    """The airline model, (0, 1, 1)(0, 1, 1) of 12 months: Box and Jenkins (1970)."""
    scale = values.mean() or 1.0
    model = SARIMAX(values / scale, order=(0, 1, 1), seasonal_order=(0, 1, 1, MONTHS_PER_YEAR))
    return np.asarray(model.fit(disp=False, maxiter=100).forecast(steps), dtype=np.float64) * scale
