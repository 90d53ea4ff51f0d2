"""Months that do not fit their series: proposed with a replacement, for a person to accept or reject.

Nothing here changes a history, and the forecast does not wait for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers
from forecasting.engine.medians import running_median
from forecasting.engine.pattern import INTERMITTENT_PATTERNS, REGULAR_PATTERNS, classify
from forecasting.engine.points import SERIES_PER_CHUNK
from forecasting.engine.portfolio import check_first_month, checked_history
from forecasting.engine.prepare import clean_history
from forecasting.engine.seasonality import (
    WINDOW_MONTHS,
    factor_rows,
    factors_from_effects,
    month_effects,
    seasonal_logs,
    shrinkage,
)

DEVIATIONS = 4.0
# A year around each month: shorter follows the outlier, longer takes a new level for a row of outliers.
LEVEL_WINDOW_MONTHS = 13
FEWEST_MONTHS = 12
# Even the steadiest series may move by this share of its level.
SMALLEST_DEVIATION = 0.05
# The standard deviation of a normal distribution is so many times its median absolute deviation.
NORMAL_PER_MAD = 1.4826
# An outlier bends the season it is measured against; without it the season is found again.
PASSES = 3


@dataclass(frozen=True)
class Proposals:
    """One entry per proposed month, by series and column."""

    series: Indices  # row of the history
    column: Indices  # column of the history
    month: Indices  # calendar month, 1 to 12
    value: Numbers  # what the history says
    replacement: Numbers  # what level and season say
    deviations: Numbers  # robust standard deviations from it, negative where the value is too low


def propose_outliers(history: ArrayLike, *, first_month: int = 1) -> Proposals:
    """Months of `history` [n, months] farther than four robust deviations from level and season.

    The level is a running median, so that a new level is no row of outliers. Series with months without sales are
    judged by the sizes of their sales alone. Series of less than a year are not judged, nor are months more than ten
    years back. A season needs two years to show; before that its peak may be proposed.
    """
    given = checked_history(history)
    check_first_month(first_month)
    clean = clean_history(given)
    pattern = classify(clean)
    replacement, deviations = np.full(clean.shape, np.nan), np.zeros(clean.shape)
    for patterns, seasonal in ((REGULAR_PATTERNS, True), (INTERMITTENT_PATTERNS, False)):
        rows = np.flatnonzero(np.isin(pattern, patterns))
        for start in range(0, len(rows), SERIES_PER_CHUNK):
            chunk = rows[start : start + SERIES_PER_CHUNK]
            judged = clean[chunk] if seasonal else np.where(clean[chunk] > 0, clean[chunk], np.nan)
            replacement[chunk], deviations[chunk] = deviations_from_fit(judged, seasonal=seasonal)
    enough = np.isfinite(clean).sum(axis=1) >= FEWEST_MONTHS
    series, recent = np.nonzero(stands_out(deviations) & enough[:, None])
    column = recent + given.shape[1] - clean.shape[1]
    return Proposals(
        series=series,
        column=column,
        month=(first_month - 1 + column) % MONTHS_PER_YEAR + 1,
        value=given[series, column],
        replacement=replacement[series, recent],
        deviations=deviations[series, recent],
    )


def stands_out(deviations: Numbers) -> Mask:
    return np.asarray(np.abs(deviations) > DEVIATIONS)


def deviations_from_fit(history: Numbers, *, seasonal: bool) -> tuple[Numbers, Numbers]:
    """Level times season, and the distance from it in robust standard deviations, both [series, months].

    Each series must have a positive month. Deviations are relative to the level, as demand varies in proportion to it.
    """
    largest = np.nanmax(history, axis=1, keepdims=True)
    values = (history / largest).T
    observed = np.isfinite(values)
    believed = observed
    for _ in range(PASSES if seasonal else 1):
        factors = season_of(values, believed) if seasonal else np.ones_like(values)
        adjusted = values / factors
        level = running_median(np.where(observed, adjusted, np.nan), LEVEL_WINDOW_MONTHS)
        relative = np.divide(adjusted - level, level, out=np.zeros_like(values), where=observed & (level > 0))
        deviations = relative / typical_deviation(relative, observed, level, smallest_step(values))
        believed = observed & ~stands_out(deviations)
    return (level * factors).T * largest, deviations.T


def season_of(values: Numbers, believed: Mask) -> Numbers:
    """The factor of every month [months, series], learnt from the months that are believed."""
    count = np.maximum(believed.sum(axis=0), 1)
    mean = np.where(believed, values, 0.0).sum(axis=0) / count
    scaled = np.where(believed, values / np.where(mean > 0, mean, 1.0), 1.0)
    found = month_effects(seasonal_logs(scaled), believed[-WINDOW_MONTHS:])
    return factor_rows(factors_from_effects(found.effects * shrinkage(found)), len(values))


def typical_deviation(relative: Numbers, observed: Mask, level: Numbers, step: Numbers) -> Numbers:
    """Robust standard deviation of the relative distances [months, series], never below what chance must do.

    Sales that come in steps (pieces, packs) vary at least as a Poisson count of such steps does.
    """
    spread = NORMAL_PER_MAD * np.nan_to_num(np.nanmedian(np.where(observed, np.abs(relative), np.nan), axis=0))
    steps = np.divide(step, level, out=np.zeros_like(level), where=level > 0)
    return np.asarray(np.maximum(np.maximum(spread, SMALLEST_DEVIATION), np.sqrt(steps)))


def smallest_step(values: Numbers) -> Numbers:
    """The smallest difference between two quantities of a series [series], zero counting as a quantity."""
    quantities = np.sort(np.concatenate([np.zeros((1, values.shape[1])), values]), axis=0)
    differences = np.diff(quantities, axis=0)
    return np.asarray(np.where(differences > 1e-9, differences, np.inf).min(axis=0))
