"""Medians of what was observed, along the last axis; NaN is missing."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forecasting.engine.arrays import Numbers


def median_of_observed(values: Numbers) -> Numbers:
    """NaN where nothing was observed."""
    ordered = np.sort(values, axis=-1)  # NaN last
    count = np.isfinite(ordered).sum(axis=-1)
    middle = np.stack([np.maximum(count - 1, 0) // 2, count // 2], axis=-1)
    middle = np.minimum(middle, values.shape[-1] - 1)
    return np.asarray(np.take_along_axis(ordered, middle, axis=-1).mean(axis=-1))


def running_median(values: Numbers, window: int) -> Numbers:
    """Median of the window around each row of [months, series]."""
    half = window // 2
    padded = np.pad(values, ((half, half), (0, 0)), constant_values=np.nan)
    return median_of_observed(sliding_window_view(padded, window, axis=0))


def without_single_peaks(values: Numbers) -> Numbers:
    """The median of each row and its neighbours in [months, series]; the first and last row, and gaps, as they are."""
    before, here, after = values[:-2], values[1:-1], values[2:]
    middle = np.fmax(np.fmin(before, here), np.fmin(np.fmax(before, here), after))
    smooth = values.copy()
    smooth[1:-1] = np.where(np.isfinite(here), middle, np.nan)
    return smooth
