"""Forecasts of sporadic demand: flat rates per month, with parameters chosen from a grid by one-step squared error."""

from itertools import product

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Mask, Numbers
from forecasting.engine.smoothing import best_of, over_grid, over_series, ses, starting_line

RATE_GRID = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
# Rows of (size, probability).
TSB_GRID = np.array(list(product(RATE_GRID, RATE_GRID)))

RATE_NAMES = ("sba", "tsb", "ses", "series_mean")


def croston(
    values: Numbers,
    observed: Mask,
    size: Numbers,
    interval: Numbers,
    grid: Numbers = RATE_GRID,
    *,
    corrected: bool = False,
) -> Numbers:
    """Rate [series] as size / interval, both smoothed at each demand only.

    Croston (1972), "Forecasting and stock control for intermittent demands", Operational Research Quarterly 23. Its
    rate is too high on average; `corrected` multiplies it by 1 - alpha / 2.
    """
    alpha = over_series(grid, values)
    size, interval = over_grid(size, alpha), over_grid(interval, alpha)
    correction = 1 - alpha / 2 if corrected else np.ones_like(alpha)
    squares = np.zeros_like(size)
    waited = np.zeros(values.shape[1], dtype=values.dtype)
    for month, seen in zip(values, observed, strict=True):
        error = (month - correction * size / interval) * seen
        squares += error * error
        waited += seen
        sold = seen & (month > 0)
        size += alpha * (month - size) * sold
        interval += alpha * (waited - interval) * sold
        waited[sold] = 0
    return best_of(correction * size / interval, squares)[0]


def sba(values: Numbers, observed: Mask, size: Numbers, interval: Numbers, grid: Numbers = RATE_GRID) -> Numbers:
    """Rate [series] by the Syntetos-Boylan approximation: Croston's, times 1 - alpha / 2.

    Syntetos & Boylan (2005), "The accuracy of intermittent demand estimates", Int. J. Forecasting 21.
    """
    return croston(values, observed, size, interval, grid, corrected=True)


def tsb(values: Numbers, observed: Mask, size: Numbers, chance: Numbers, grid: Numbers = TSB_GRID) -> Numbers:
    """Rate [series] as chance of demand times size; the chance is updated every month, so it decays when sales stop.

    Teunter, Syntetos & Babai (2011), "Intermittent demand: linking forecasting to inventory obsolescence", EJOR 214.
    """
    alpha, beta = (over_series(parameter, values) for parameter in grid.T)
    size, chance = over_grid(size, alpha), over_grid(chance, alpha)
    squares = np.zeros_like(size)
    for month, seen in zip(values, observed, strict=True):
        error = (month - chance * size) * seen
        squares += error * error
        sold = seen & (month > 0)
        chance += beta * (sold - chance) * seen
        size += alpha * (month - size) * sold
    return best_of(chance * size, squares)[0]


def intermittent_rates(values: Numbers, observed: Mask) -> dict[str, Numbers]:
    """The four rates per month that are averaged, each [series], started from the whole history's averages."""
    count = np.maximum(observed.sum(axis=0), 1)
    sales = np.maximum((values > 0).sum(axis=0), 1)
    total = values.sum(axis=0, dtype=np.float64)
    start = starting_line(values, observed, observed.argmax(axis=0))
    return {
        "sba": sba(values, observed, total / sales, count / sales),
        "tsb": tsb(values, observed, total / sales, sales / count),
        "ses": ses(values, observed, start.mean, RATE_GRID),
        "series_mean": np.asarray(total / count, dtype=values.dtype),
    }


def recent_mean(values: Numbers, observed: Mask) -> Numbers:
    """Mean of the observed months among the last twelve [series]; of all months where none of those was observed."""
    seen = observed[-MONTHS_PER_YEAR:].sum(axis=0)
    recent = values[-MONTHS_PER_YEAR:].sum(axis=0, dtype=np.float64) / np.maximum(seen, 1)
    overall = values.sum(axis=0, dtype=np.float64) / np.maximum(observed.sum(axis=0), 1)
    return np.asarray(np.where(seen > 0, recent, overall))
