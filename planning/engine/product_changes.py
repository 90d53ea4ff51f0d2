"""Products that come, take over from others, or go: what that does to a baseline `[row, month]`.

A row is a product in a market. Months count from the first of the plan; one before it is negative. Nothing here
changes its arguments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from planning.engine.arrays import Array, Integers, Mask

NOBODY = -1


@dataclass(frozen=True)
class Arrival:
    """A product that comes, by market: its rows, and beside each the row whose volume it follows (−1: none).

    `level` is the share of that volume, `shape` the share of the level in each month since `start`, one after its end.
    With `replaces` the followed row gives its volume up by the same shape. `losers` names rows beside `rows`, each with
    the share of the new volume that it loses.
    """

    rows: Integers
    follows: Integers
    start: int
    level: float = 1.0
    shape: Array = field(default_factory=lambda: np.empty(0))
    replaces: bool = False
    losers: Sequence[tuple[Integers, float]] = ()


def straight_ramp(months: int) -> Array:
    """Shares of the level in the months before it is full: 1/4, 2/4, 3/4 for three."""
    return np.arange(1, months + 1) / (months + 1)


def shape_from(shape: Array, start: int, horizon: int) -> Array:
    """The share of the full level in each month of the horizon: none before the start, all after the shape's end."""
    age = np.arange(horizon) - start
    padded = np.append(shape, 1.0)
    return np.where(age < 0, 0.0, padded[np.clip(age, 0, len(padded) - 1)])


def arrive(planned: Array, baseline: Array, arrivals: Sequence[Arrival], sold: Mask) -> Array:
    """`planned` after the arrivals, one after the other; volumes are measured by the baseline.

    A row that has `sold` already stands in the baseline with its own volume: it gains nothing here, and takes nothing
    from its neighbours. What one takes over from is the larger of both baselines, because a forecast made after the
    change has moved part of the volume already.
    """
    result = planned.copy()
    for arrival in arrivals:
        _arrive(result, baseline, arrival, sold)
    return result


def _arrive(result: Array, baseline: Array, arrival: Arrival, sold: Mask) -> None:
    rows, there = arrival.rows, arrival.follows != NOBODY
    at = shape_from(arrival.shape, arrival.start, baseline.shape[1])
    fresh = ~sold[rows][:, None]
    own = baseline[rows]
    followed = np.where(there[:, None], baseline[arrival.follows], 0.0)
    larger = np.maximum(own, followed) if arrival.replaces else np.where(followed > 0, followed, own)
    volume = np.where(fresh, arrival.level * at * larger, 0.0)
    result[rows] += np.where(fresh, volume - own, 0.0)
    if arrival.replaces:
        left = (1 - at) * np.where(fresh, larger, followed)
        np.add.at(result, arrival.follows[there], (left - followed)[there])
    for losers, share in arrival.losers:
        _lose(result, losers, share * volume)


def _lose(result: Array, losers: Integers, volume: Array) -> None:
    """Take a volume from the rows beside it; nobody loses more than it has."""
    there = losers != NOBODY
    result[losers[there]] -= np.minimum(volume[there], np.maximum(result[losers[there]], 0.0))


def run_out(planned: Array, supply: Array) -> Array:
    """`planned[row, month]` of one product, cut to what is at hand: `supply` is the stock in its first month, and what
    comes in later; below zero it is owed and served first. What is left goes to the next month; a short month is shared
    in proportion.
    """
    result = planned.copy()
    at_hand = 0.0
    for month, wanted in enumerate(planned.sum(axis=0)):
        at_hand += supply[month]
        usable = min(max(at_hand, 0.0), wanted)
        if usable < wanted:
            result[:, month] *= usable / wanted
        at_hand -= usable
    return result
