"""The layer of events above a baseline `[row, month]`: products that come and go, and what is assumed on top.

First the products (`planning.engine.product_changes`) make the expected volume of every row. What is assumed moves that
volume: a share of it, or units spread over it. At last nothing is sold below zero, outside a product's life, or, when a
product runs out, beyond what is at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.arrays import Array, Integers, Mask
from planning.engine.disaggregation import disaggregate_first
from planning.engine.product_changes import Arrival, arrive, run_out


@dataclass(frozen=True)
class Effect:
    """What is assumed for some rows in the months `first` up to, not including, `end`.

    A share of each row's volume, or units a month over all rows.
    """

    rows: Integers
    first: int
    end: int
    amount: float
    in_units: bool = False


@dataclass(frozen=True)
class RunOut:
    """The rows of a product that ends, and what it has by month: the stock first, then what comes in."""

    rows: Integers
    supply: Array


def expected(baseline: Array, alive: Mask, arrivals: Sequence[Arrival], sold: Mask) -> Array:
    """The volume of every row before anything is assumed: the baseline after the products that come and go."""
    volume: Array = np.maximum(arrive(baseline, baseline, arrivals, sold), 0.0) * alive
    return volume


def planned(volume: Array, alive: Mask, effects: Sequence[Effect], run_outs: Sequence[RunOut] = ()) -> Array:
    """The volume of every row with all that is assumed; what lies above the baseline is the layer of events."""
    result = volume.copy()
    for effect in effects:
        result[effect.rows, effect.first : effect.end] += moved(volume, alive, effect)
    result = np.maximum(result, 0.0) * alive
    for ending in run_outs:
        result[ending.rows] = run_out(result[ending.rows], ending.supply)
    return result


def moved(volume: Array, alive: Mask, effect: Effect) -> Array:
    """What an effect adds to its rows in its months, `[rows, end − first]`.

    Units go by the volume, in whole units by largest remainder; equally where there is no volume; nowhere in a month in
    which none of the products is sold. No more is taken than is there.
    """
    months = slice(effect.first, effect.end)
    there, living = volume[effect.rows, months], alive[effect.rows, months].astype(np.float64)
    if not effect.in_units or not there.size:
        change: Array = there * effect.amount
        return change
    total = np.where(living.any(axis=0), abs(effect.amount), 0.0)
    if effect.amount < 0:
        total = np.minimum(total, there.sum(axis=0))
    parts, _ = disaggregate_first(total, [there, living])
    signed: Array = parts * np.sign(effect.amount)
    return signed
