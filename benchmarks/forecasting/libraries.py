"""The same series forecast by statsforecast and statsmodels, one by one on one core, in the process that runs ours."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.forecasting import ours, sets
from benchmarks.forecasting.scores import YEAR, rmsse
from benchmarks.registry import NotAvailable, benchmark, stopwatch

# Every seventh series: the set is sorted by kind, so that the sample has its share of each.
STEP = 7
MEDIAN = "statsforecast median of the three"
THREE = ("DynamicOptimizedTheta", "AutoETS", "AutoCES")
ALPHA = 0.1  # the usual smoothing of Croston's method and its kin
Numbers = Any
Method = Callable[[Numbers, int], Numbers]


@dataclass(frozen=True, eq=False)
class Run:
    predicted: Numbers  # [series, horizon]
    cpu_seconds_per_series: float


@benchmark("Speed per core, times that of statsforecast's median of three", unit="×", at_least=300)
def times_faster() -> float:
    return m3_runs()[MEDIAN].cpu_seconds_per_series / ours.m3_cpu_seconds_per_series()


@benchmark("Spare parts, RMSSE against the best of SBA, TSB and the mean", unit="×", at_most=1)
def parts_error() -> float:
    data = sets.spare_parts()
    best = min(rmsse(data, run.predicted) for run in parts_runs().values())
    return rmsse(data, ours.engine(data.history, data.horizon).mean) / best


@cache
def m3_runs(months: int = 0) -> dict[str, Run]:
    """Every method on the sample, its histories cut to their last months (0: all)."""
    data = sets.m3().every(STEP)
    methods = {**statsforecast_methods(), **statsmodels_methods()}
    runs = {name: run(method, data.history[:, -months:], data.horizon) for name, method in methods.items()}
    three = [runs[f"statsforecast {name}"] for name in THREE]
    middle = np.median([one.predicted for one in three], axis=0)
    return runs | {MEDIAN: Run(middle, sum(one.cpu_seconds_per_series for one in three))}


@cache
def parts_runs() -> dict[str, Run]:
    try:
        from statsforecast.models import TSB, CrostonSBA, WindowAverage
    except ImportError as error:
        raise NotAvailable(missing(error)) from error
    data = sets.spare_parts()
    models = {
        "statsforecast CrostonSBA": CrostonSBA(),
        f"statsforecast TSB({ALPHA}, {ALPHA})": TSB(ALPHA, ALPHA),
        "12-month mean": WindowAverage(YEAR),
    }
    return {name: run(by_statsforecast(model), data.history, data.horizon) for name, model in models.items()}


def run(method: Method, history: Numbers, horizon: int) -> Run:
    """Each series by itself, as the libraries take them; the first one twice, as it may load something."""
    rows = [np.ascontiguousarray(row[np.isfinite(row)]) for row in history]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method(rows[0], horizon)
        with stopwatch() as watch:
            predicted = np.stack([method(row, horizon) for row in rows])
    return Run(predicted, watch.cpu_seconds / len(rows))


def statsforecast_methods() -> dict[str, Method]:
    try:
        from statsforecast import models
    except ImportError as error:
        raise NotAvailable(missing(error)) from error
    return {f"statsforecast {name}": by_statsforecast(getattr(models, name)(season_length=YEAR)) for name in THREE}


def by_statsforecast(model: Any) -> Method:
    return lambda known, horizon: np.asarray(model.forecast(y=known, h=horizon)["mean"], dtype=float)


def statsmodels_methods() -> dict[str, Method]:
    try:
        from statsmodels.tsa.forecasting.theta import ThetaModel
        from statsmodels.tsa.holtwinters import ExponentialSmoothing
    except ImportError as error:
        raise NotAvailable(missing(error)) from error
    damped = {"trend": "add", "damped_trend": True, "seasonal": "add", "seasonal_periods": YEAR}
    return {
        "statsmodels ThetaModel": lambda known, h: np.asarray(ThetaModel(known, period=YEAR).fit().forecast(h)),
        "statsmodels ExponentialSmoothing": lambda known, h: ExponentialSmoothing(known, **damped).fit().forecast(h),
    }


def missing(error: ImportError) -> str:
    return f"{error.name} is not installed here: see docs/benchmarks.md, “Side by side”"
