"""Level breaks: the month from which a series sells on another level than before, where that is beyond doubt."""

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers
from forecasting.engine.medians import median_of_observed, without_single_peaks
from forecasting.engine.seasonality import SMALLEST_SHARE_OF_MEAN

# Only the last years are searched: to an older break every method has long adapted.
SEARCHED_MONTHS = 48
# Both levels must have been held for some time.
FEWEST_BEFORE = 12
FEWEST_AFTER = 6
FEWEST_COMPARED = 3
# Two levels must leave no more than this share of the squares that one straight line leaves.
LARGEST_SHARE_OF_LINE = 0.8
SMALLEST_CHANGE = float(np.log(1.25))
# The change, in standard deviations of the months around the two levels.
CLEAR_DEVIATIONS = 3.0
# The old level is that of the last years before the break.
OLD_LEVEL_MONTHS = 24


def level_breaks(history: Numbers, factors: Numbers) -> Indices:
    """Column of the first month on the new level for each row of a clean history [series, months]; -1 without a break.

    `factors` [series, 12] by position from the end. Two levels are compared with one line by least squares, on logs of
    demand freed of its season, so that steady growth is no break. The comparison is Perron's (1989), "The great crash,
    the oil price shock, and the unit root hypothesis", Econometrica 57.
    """
    months = min(history.shape[1], SEARCHED_MONTHS)
    if months < FEWEST_BEFORE + FEWEST_AFTER:
        return np.full(len(history), -1)
    logs = without_single_peaks(adjusted_logs(history[:, -months:], factors))
    seen = np.isfinite(logs)
    row, change, squares = best_step(np.where(seen, logs, 0.0), seen)
    deviation = np.sqrt(np.where(row >= 0, squares, 0.0) / np.maximum(seen.sum(axis=0), 1))
    clear = np.abs(change) > np.maximum(CLEAR_DEVIATIONS * deviation, SMALLEST_CHANGE)
    better = squares < LARGEST_SHARE_OF_LINE * squares_around_line(logs, seen)
    return np.where((row >= 0) & clear & better, history.shape[1] - months + row, -1)


def on_new_level(history: Numbers, factors: Numbers, break_at: Indices) -> Numbers:
    """A clean history with the months before each break raised or lowered to the level after it.

    Season, trend and variation of the past stay usable, which they would not if it were cut off.
    """
    levelled = history.copy()
    broken = np.flatnonzero(break_at >= 0)
    adjusted = history[broken] / factor_columns(factors[broken], history.shape[1])
    month, at = np.arange(history.shape[1]), break_at[broken, None]
    old = median_of_observed(np.where((month < at) & (month >= at - OLD_LEVEL_MONTHS), adjusted, np.nan))
    new = median_of_observed(np.where(month >= at, adjusted, np.nan))
    change = np.divide(new, old, out=np.ones_like(new), where=(old > 0) & (new > 0))
    levelled[broken] *= np.where(month < at, change[:, None], 1.0)
    return levelled


def factor_columns(factors: Numbers, months: int) -> Numbers:
    """The factors [..., 12] by position from the end, laid out over the last `months` columns."""
    return factors[..., np.arange(months)[::-1] % MONTHS_PER_YEAR]


def adjusted_logs(history: Numbers, factors: Numbers) -> Numbers:
    """Logs of demand freed of its season, in units of the series' mean; [months, series], NaN where not observed."""
    count = np.maximum(np.isfinite(history).sum(axis=1), 1)
    largest = np.nan_to_num(np.where(np.isfinite(history), history, 0.0).max(axis=1, initial=0.0))
    relative = history / np.where(largest > 0, largest, 1.0)[:, None]
    mean = np.where(np.isfinite(relative), relative, 0.0).sum(axis=1) / count
    adjusted = relative / np.where(mean > 0, mean, 1.0)[:, None] / factor_columns(factors, history.shape[1])
    return np.asarray(np.log(np.maximum(adjusted, SMALLEST_SHARE_OF_MEAN)).T)


def best_step(values: Numbers, seen: Mask) -> tuple[Indices, Numbers, Numbers]:
    """Row that starts the second level, change of level and squares left, [series]; row -1 where none is possible."""
    before = np.cumsum(seen, axis=0)[:-1]
    after = seen.sum(axis=0) - before
    total = values.sum(axis=0)
    sum_before = np.cumsum(values, axis=0)[:-1]
    mean_before = sum_before / np.maximum(before, 1)
    mean_after = (total - sum_before) / np.maximum(after, 1)
    explained = before * mean_before**2 + after * mean_after**2
    # Where another place explains more, the best of the long enough levels is not a break.
    compared = (before >= FEWEST_COMPARED) & (after >= FEWEST_COMPARED)
    best, series = np.where(compared, explained, -np.inf).argmax(axis=0), np.arange(values.shape[1])
    possible = (before >= FEWEST_BEFORE) & (after >= FEWEST_AFTER)
    squares = np.maximum((values**2).sum(axis=0) - explained[best, series], 0.0)
    row = np.where(possible[best, series], best + 1, -1)
    return row, (mean_after - mean_before)[best, series], squares


def squares_around_line(values: Numbers, seen: Mask) -> Numbers:
    """Squares that a least-squares line leaves [series]."""
    count = np.maximum(seen.sum(axis=0), 1)
    time = np.arange(len(values), dtype=np.float64)[:, None]
    time_gap = np.where(seen, time - (time * seen).sum(axis=0) / count, 0.0)
    gap = np.where(seen, values - np.where(seen, values, 0.0).sum(axis=0) / count, 0.0)
    spread = (time_gap**2).sum(axis=0)
    rise = (time_gap * gap).sum(axis=0)
    explained = np.divide(rise**2, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray((gap**2).sum(axis=0) - explained)
