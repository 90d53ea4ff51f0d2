"""The door of the engine: a matrix of histories in, forecasts with intervals and a backtest out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine import boosted
from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Numbers, Texts
from forecasting.engine.backtest import expected_error, run_backtest
from forecasting.engine.boosted import Boosted, corrected
from forecasting.engine.intervals import pooled_quantiles, prediction_intervals
from forecasting.engine.pattern import INTERMITTENT_PATTERNS, classify
from forecasting.engine.points import forecast_points
from forecasting.engine.prepare import clean_history

# Stored with every forecast. Raise it whenever the same history would be forecast differently.
ENGINE_VERSION = "1.3"

# Series whose errors are alike enough to share the widths of their intervals. Ended and empty series have none.
POOLED_PATTERNS = {"smooth": ("smooth", "new"), "erratic": ("erratic",)} | {
    pattern: (pattern,) for pattern in INTERMITTENT_PATTERNS
}


@dataclass(frozen=True)
class Shared:
    """What the series of a portfolio learn from each other; with it, each is forecast alike in any company."""

    quantiles: dict[str, Numbers]  # for each pool of patterns the quantiles [horizon, 2 × levels] of its errors
    levels: tuple[float, ...]
    boosted: Boosted | None = None


@dataclass(frozen=True)
class Forecast:
    """Forecasts of n series over h months, in the units of the history; all finite and non-negative but for NaN."""

    mean: Numbers  # [n, h]
    lower: Numbers  # [n, h, level]
    upper: Numbers  # [n, h, level]
    members: dict[str, Numbers]  # [n, h] each; NaN rows for the series that do not use the member
    pattern: Texts  # [n] smooth, erratic, intermittent, lumpy, new, ended or empty
    wape: Numbers  # [n] fraction; NaN where there was no room for a backtest or nothing was sold in it
    bias: Numbers  # [n] fraction, positive when forecast too high; NaN as above
    naive_wape: Numbers  # [n] the WAPE of seasonal naive on the same months
    break_at: Indices  # [n] column of the history with the first month on a new level, -1 without a clear break
    season: Numbers  # [n, 12] seasonal factors of January to December, mean one
    levels: tuple[float, ...]


def forecast(
    history: ArrayLike,
    horizon: int,
    *,
    first_month: int = 1,
    levels: Sequence[float] = (0.8, 0.9),
    groups: ArrayLike | None = None,
    shared: Shared | None = None,
) -> Forecast:
    """Forecast every row of `history` [n, months] for the `horizon` months after its last column.

    NaN is a missing month, leading ones (and leading zeros) the time before launch; negative months are returns and
    count as zero. `first_month` is the calendar month, 1 to 12, of the first column. `levels` are the probabilities
    that the intervals should hold. `groups` [n], a family number per series or -1, lets series too short for a season
    of their own borrow their family's.

    Pooled over the series of one call are the widths of the intervals and, by group, the borrowed seasons; all else
    depends on the series alone. With `shared`, from `learn` and for the same horizon and levels, the widths come from
    there, and so does the boosted model if it earned its place.
    """
    given = checked_history(history)
    check_horizon(horizon)
    check_first_month(first_month)
    chosen_levels = checked_levels(levels)
    families = checked_groups(groups, len(given))
    clean = clean_history(given)

    points = forecast_points(clean, horizon, families)
    backtest = run_backtest(clean, horizon, families)
    pools = {name: np.isin(points.pattern, alike) for name, alike in POOLED_PATTERNS.items()}
    scale = expected_error(backtest.naive_scale, points)
    if shared is None:
        quantiles = pooled_quantiles(backtest.relative, horizon, pools, chosen_levels)
    else:
        quantiles = checked_shared(shared, horizon, chosen_levels).quantiles
        if shared.boosted and shared.boosted.earned:
            points = corrected(points, clean, shared.boosted)
    lower, upper = prediction_intervals(points.mean, scale, quantiles, pools)
    return Forecast(
        mean=points.mean,
        lower=lower,
        upper=upper,
        members=points.members,
        pattern=points.pattern,
        wape=backtest.wape,
        bias=backtest.bias,
        naive_wape=backtest.naive_wape,
        break_at=np.where(points.break_at >= 0, points.break_at + given.shape[1] - clean.shape[1], -1),
        season=by_calendar_month(points.factors, first_month, given.shape[1]),
        levels=chosen_levels,
    )


def learn(
    history: ArrayLike,
    horizon: int,
    *,
    levels: Sequence[float] = (0.8, 0.9),
    groups: ArrayLike | None = None,
    boost: bool = False,
) -> Shared:
    """What a portfolio, or a sample of it, knows in common: how far forecasts miss and, with `boost`, a boosted model.

    The model is left out where the portfolio is too small for it; it needs LightGBM.
    """
    given = checked_history(history)
    check_horizon(horizon)
    chosen_levels, families = checked_levels(levels), checked_groups(groups, len(given))
    clean = clean_history(given)
    pattern = classify(clean)
    pools = {name: np.isin(pattern, alike) for name, alike in POOLED_PATTERNS.items()}
    missed = run_backtest(clean, horizon, families).relative
    return Shared(
        pooled_quantiles(missed, horizon, pools, chosen_levels),
        chosen_levels,
        boosted.learn(clean, horizon, families) if boost else None,
    )


def by_calendar_month(factors: Numbers, first_month: int, months: int) -> Numbers:
    """Factors by position from the end [n, 12] in the order January to December."""
    last_month = first_month - 1 + months - 1
    return factors[:, (last_month - np.arange(MONTHS_PER_YEAR)) % MONTHS_PER_YEAR]


def checked_history(history: ArrayLike) -> Numbers:
    try:
        given = np.asarray(history, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("history must hold numbers, with NaN for missing months") from error
    if given.ndim != 2:
        raise ValueError(f"history must have two dimensions, series and months, not {given.ndim}")
    if given.shape[1] == 0:
        raise ValueError("history must have at least one month")
    return given


def check_horizon(horizon: int) -> None:
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or horizon < 1:
        raise ValueError(f"horizon must be a whole number of months, one or more, not {horizon!r}")


def check_first_month(first_month: int) -> None:
    if first_month not in range(1, MONTHS_PER_YEAR + 1):
        raise ValueError(f"first_month must be a calendar month from 1 to 12, not {first_month!r}")


def checked_levels(levels: Sequence[float]) -> tuple[float, ...]:
    chosen = tuple(float(level) for level in np.atleast_1d(np.asarray(levels, dtype=np.float64)))
    if not chosen or not all(0 < level < 1 for level in chosen):
        raise ValueError(f"levels must be one or more probabilities between 0 and 1, not {levels!r}")
    return chosen


def checked_shared(shared: Shared, horizon: int, levels: tuple[float, ...]) -> Shared:
    found = {len(quantiles) for quantiles in shared.quantiles.values()}
    if found != {horizon} or shared.levels != levels:
        raise ValueError("shared must have been learned for the same horizon and levels")
    return shared


def checked_groups(groups: ArrayLike | None, series: int) -> Indices:
    if groups is None:
        return np.full(series, -1)
    given = np.asarray(groups)
    if given.shape != (series,) or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"groups must be one whole number for each of the {series} series")
    return given.astype(np.intp)
