"""Family by family, the way of making forecasts of several levels add up that did best on the newest months."""

from dataclasses import dataclass

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers, Texts
from forecasting.engine.backtest import forecast_rows
from forecasting.engine.points import forecast_points
from forecasting.engine.prepare import clean_history
from forecasting.engine.reconcile import best_by_group, middle_out, reconcile, take_by_group

BOTTOM_UP, RECONCILED, MIDDLE_OUT = WAYS = ("bottom-up", "reconciled", "middle-out")
# Months held out for the choice, and the history that it takes.
TESTS = ((36, MONTHS_PER_YEAR), (18, 6))
# The sum of the leaves is left only for what was clearly nearer.
LEAST_LEAD = 0.05


@dataclass(frozen=True)
class Hierarchy:
    """The family and the market of each series, numbered from 0, and the series that take part."""

    family: Indices
    market: Indices
    part: Mask

    @property
    def groupings(self) -> tuple[Indices, Indices]:
        """By family, and by family in a market."""
        _, family = np.unique(self.family, return_inverse=True)
        _, cell = np.unique(np.column_stack([family, self.market]), axis=0, return_inverse=True)
        return family, cell.ravel()


def add_up(history: Numbers, lent: Mask, mean: Numbers, hierarchy: Hierarchy) -> tuple[Numbers, Texts]:
    """Forecasts [series, horizon] that add up, and the way of each series' family.

    `mean` are the forecasts of the series, `lent` the months of `history` [series, months] that belong to another
    product and must not be counted twice. Series out of the hierarchy's part keep their forecasts.
    """
    held_out = next((held for months, held in TESTS if history.shape[1] >= months), 0)
    family, cell = hierarchy.groupings
    chosen = (BOTTOM_UP,) * (int(family.max(initial=-1)) + 1)
    if not held_out or len(chosen) == len(history):
        return mean, np.array(chosen)[family] if len(chosen) else np.array([], dtype=np.str_)
    sold = np.where(lent, np.nan, history)
    known = history[:, :-held_out]
    rows = np.arange(len(history))
    before = forecast_rows(clean_history(known), held_out, family, rows).mean
    everything = np.ones(len(history), dtype=bool)
    tried = ways(sold[:, :-held_out], before, family, cell, everything)
    chosen = best_by_group(sold[:, -held_out:], tried, family, lead=LEAST_LEAD)
    now = ways(sold, mean, family, cell, hierarchy.part)
    return take_by_group(now, chosen, family), np.array(chosen)[family]


def ways(sold: Numbers, mean: Numbers, family: Indices, cell: Indices, part: Mask) -> dict[str, Numbers]:
    """The leaves [series, horizon] in each way; those out of the part as they are."""
    horizon = mean.shape[1]
    by_family, by_cell = (forecast_of_sums(sold, group, horizon) for group in (family, cell))
    outside = np.where(part, 0, -1)
    in_family, in_cell = (np.where(outside < 0, -1, group) for group in (family, cell))
    # What is sold outside the part is no gap for those inside to fill.
    rest = np.where(part[:, None], 0.0, mean)
    by_family = np.maximum(by_family - summed(rest, family), 0.0)
    by_cell = np.maximum(by_cell - summed(rest, cell), 0.0)
    return {
        BOTTOM_UP: mean,
        RECONCILED: reconcile(mean, (by_family, by_cell), (in_family, in_cell)).leaf,
        MIDDLE_OUT: middle_out(mean, by_family, in_family),
    }


def forecast_of_sums(sold: Numbers, group: Indices, horizon: int) -> Numbers:
    """Forecasts [groups, horizon] of the sums of what the series of each group sold."""
    known = np.isfinite(sold)
    total, count = summed(np.where(known, sold, 0.0), group), summed(known.astype(np.float64), group)
    history = clean_history(np.where(count > 0, total, np.nan))
    return forecast_points(history, horizon, np.full(len(history), -1)).mean


def summed(values: Numbers, group: Indices) -> Numbers:
    result = np.zeros((int(group.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(result, group, values)
    return result
