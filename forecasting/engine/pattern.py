"""What kind of demand a series shows, which decides how it is forecast."""

import numpy as np

from forecasting.engine.arrays import Indices, Mask, Numbers, Texts

SHORTEST_HISTORY = 6
INTERMITTENT_INTERVAL = 1.32
ERRATIC_VARIATION = 0.49
ENDED_AFTER_MONTHS = 6
# Two selling seasons must have been seen before half a year of silence can mean the end rather than the off-season.
ENDED_AFTER_MONTHS_WHEN_YOUNG = 12
YOUNG_MONTHS = 18
ENDED_CHANCE = 0.01

REGULAR_PATTERNS = ("smooth", "erratic")
INTERMITTENT_PATTERNS = ("intermittent", "lumpy")
PATTERNS = (*REGULAR_PATTERNS, *INTERMITTENT_PATTERNS, "new", "ended", "empty")


def classify(history: Numbers) -> Texts:
    """Smooth, erratic, intermittent, lumpy, new, ended or empty, for a clean history [series, months].

    The four demand patterns by mean demand interval and squared variation of the non-zero sizes, with the cut-offs
    of Syntetos, Boylan & Croston (2005), "On the categorization of demand patterns", JORS 56(5).
    """
    observed = np.isfinite(history).sum(axis=1)
    positive = (history > 0).sum(axis=1)
    interval = observed / np.maximum(positive, 1)
    sporadic = interval >= INTERMITTENT_INTERVAL
    varying = size_variation(history) >= ERRATIC_VARIATION
    choices = [
        (positive == 0, "empty"),
        (has_ended(history), "ended"),
        (observed < SHORTEST_HISTORY, "new"),
        (sporadic & varying, "lumpy"),
        (sporadic, "intermittent"),
        (varying, "erratic"),
    ]
    return np.select([test for test, _ in choices], [name for _, name in choices], default="smooth").astype(np.str_)


def size_variation(history: Numbers) -> Numbers:
    """Squared coefficient of variation of the non-zero demands: variance / mean^2; zero where there are none."""
    sold = history > 0
    count = np.maximum(sold.sum(axis=1), 1)
    largest = np.where(sold, history, 0.0).max(axis=1, initial=0.0)
    sizes = np.where(sold, history, 0.0) / np.where(largest > 0, largest, 1.0)[:, None]
    mean = sizes.sum(axis=1) / count
    variance = (np.where(sold, sizes - mean[:, None], 0.0) ** 2).sum(axis=1) / count
    return np.asarray(np.divide(variance, mean**2, out=np.zeros_like(mean), where=mean > 0))


def zero_runs(history: Numbers) -> tuple[Indices, Indices]:
    """Length of the trailing run of zero months, and of the longest earlier one between two sales."""
    sold = history > 0
    zeros = np.cumsum(history == 0, axis=1)
    at_last_sale = np.maximum.accumulate(np.where(sold, zeros, 0), axis=1)
    before_sale = np.where(sold[:, 1:], zeros[:, 1:] - at_last_sale[:, :-1], 0)
    return zeros[:, -1] - at_last_sale[:, -1], np.asarray(before_sale.max(axis=1, initial=0))


def has_ended(history: Numbers) -> Mask:
    """A trailing silence far longer than any before it, and hardly possible at the rate of sale before it."""
    sold = history > 0
    trailing, longest = zero_runs(history)
    alive = np.isfinite(history).sum(axis=1) - trailing
    rate = sold.sum(axis=1) / (alive + 1)
    needed = np.where(alive >= YOUNG_MONTHS, ENDED_AFTER_MONTHS, ENDED_AFTER_MONTHS_WHEN_YOUNG)
    chance = (1.0 - rate) ** trailing
    return np.asarray(sold.any(axis=1) & (trailing >= needed) & (trailing > 2 * longest) & (chance < ENDED_CHANCE))
