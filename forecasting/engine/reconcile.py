"""Forecasts of leaves and of the sums over them, made to add up.

A hierarchy is a list of groupings of the leaves, say all in one, by family, by market and by family in a market. A
grouping is an array [leaves] with each leaf's group number from 0, or -1 for a leaf that is in no group of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine.arrays import Indices, Mask, Numbers

# Leaves that would fall below zero are held there and the rest is solved again, at most so often.
MOST_ROUNDS = 20
BELOW_ZERO = -1e-9


@dataclass(frozen=True)
class Coherent:
    """Forecasts that add up: every total is the sum of its leaves."""

    leaf: Numbers  # [leaves, horizon]
    totals: tuple[Numbers, ...]  # [groups, horizon] for each grouping


def bottom_up(leaf: ArrayLike, groupings: Sequence[ArrayLike]) -> Coherent:
    """The leaves as they are, and their sums."""
    below = np.asarray(leaf, dtype=np.float64)
    return Coherent(below, tuple(sums(below, grouping) for grouping in checked(below, groupings)))


def middle_out(leaf: ArrayLike, total: ArrayLike, grouping: ArrayLike) -> Numbers:
    """The forecast of each group [groups, horizon] split over its leaves in proportion to their own forecasts.

    Where all leaves of a group are zero in a month they get equal shares. Leaves in no group stay as they are.
    """
    below, above = np.asarray(leaf, dtype=np.float64), np.asarray(total, dtype=np.float64)
    (group,) = checked(below, [grouping])
    inside = group >= 0
    own = sums(below, group, len(above))[group]
    count = np.bincount(group[inside], minlength=len(above)).clip(1)[group][:, None]
    share = np.divide(below, own, out=np.broadcast_to(1 / count, below.shape).copy(), where=own > 0)
    return np.where(inside[:, None], share * above[group], below)


def reconcile(leaf: ArrayLike, totals: Sequence[ArrayLike], groupings: Sequence[ArrayLike]) -> Coherent:
    """The coherent, non-negative forecasts nearest to those of `leaf` [leaves, horizon] and `totals`, by least squares.

    Distances weigh one over the number of leaves in a total (structural scaling): Athanasopoulos, Hyndman, Kourentzes &
    Petropoulos (2017), "Forecasting with temporal hierarchies", EJOR 262. With C = [I -A] the constraints and W the
    weights' inverse, r = y - W C' (C W C')^-1 C y: Wickramasuriya, Athanasopoulos & Hyndman (2019), JASA 114. That
    system is as large as there are totals, whatever the number of leaves.
    """
    below = np.asarray(leaf, dtype=np.float64)
    members = checked(below, groupings)
    above = [np.asarray(total, dtype=np.float64) for total in totals]
    if len(above) != len(members):
        raise ValueError(f"each of the {len(members)} groupings needs its totals, not {len(above)}")
    gap = np.concatenate([total - sums(below, group, len(total)) for total, group in zip(above, members, strict=True)])
    places = stacked(members, [len(total) for total in above])
    found = below + spread(gap, places, np.ones(len(below), dtype=bool), len(gap))
    for step in np.flatnonzero((found < BELOW_ZERO).any(axis=0)):
        found[:, step] = without_negatives(below[:, step], found[:, step], np.concatenate(above)[:, step], places)
    found = np.maximum(found, 0.0)
    return Coherent(found, tuple(sums(found, group, len(total)) for total, group in zip(above, members, strict=True)))


def best_by_group(
    actual: ArrayLike, candidates: Mapping[str, ArrayLike], grouping: ArrayLike, *, lead: float = 0.0
) -> tuple[str, ...]:
    """For each group the name of the way that was nearest to what was sold [leaves, months], by a backtest of each.

    Near at the leaves and in their sum, weighed as `reconcile` weighs them. NaN months do not count; where several are
    equally near the first is taken, so put the simplest first. The others must be nearer than it by the share `lead`.
    """
    sold = np.asarray(actual, dtype=np.float64)
    (group,) = checked(sold, [grouping])
    count = np.bincount(group[group >= 0])
    distances = []
    for leaf in candidates.values():
        error = np.nan_to_num(np.asarray(leaf, dtype=np.float64) - sold)
        together = (sums(error, group) ** 2).sum(axis=1) / np.maximum(count, 1)
        distances.append(sums(error**2, group).sum(axis=1) + together)
    names = list(candidates)
    distances[0] = distances[0] * (1 - lead)
    return tuple(names[best] for best in np.argmin(distances, axis=0))


def take_by_group(candidates: Mapping[str, ArrayLike], chosen: Sequence[str], grouping: ArrayLike) -> Numbers:
    """The leaves [leaves, horizon] of each group from the candidate chosen for it; the first one for no group."""
    ways = [np.asarray(leaf, dtype=np.float64) for leaf in candidates.values()]
    (group,) = checked(ways[0], [grouping])
    names = list(candidates)
    way = np.array([names.index(name) for name in chosen] + [0])  # group -1 is the last
    return np.asarray(np.stack(ways)[way[group], np.arange(len(group))])


def without_negatives(given: Numbers, found: Numbers, total: Numbers, places: Indices) -> Numbers:
    """One month solved again with ever more leaves held at zero, until none falls below."""
    free = np.ones(len(given), dtype=bool)
    for _ in range(MOST_ROUNDS):
        below = free & (found < BELOW_ZERO)
        if not below.any():
            break
        free &= ~below
        held = np.where(free, given, 0.0)
        gap = total - add_up(held[:, None], places, len(total))[:, 0]
        found = held + spread(gap[:, None], places, free, len(total))[:, 0]
    return found


def spread(gap: Numbers, places: Indices, free: Mask, totals: int) -> Numbers:
    """What each leaf takes of the gaps [totals, horizon] between the totals and the sums of the leaves."""
    count = np.bincount(places[places >= 0], minlength=totals)
    system = np.diag(np.maximum(count, 1).astype(np.float64))
    used = places[free]
    for one in used.T:
        for other in used.T:
            both = (one >= 0) & (other >= 0)
            np.add.at(system, (one[both], other[both]), 1.0)
    price = np.concatenate([np.linalg.solve(system, gap), np.zeros((1, gap.shape[1]))])
    taken = np.asarray(price[places].sum(axis=1))  # place -1 is the row of zeros
    return np.where(free[:, None], taken, 0.0)


def stacked(groupings: list[Indices], sizes: list[int]) -> Indices:
    """The row of every leaf's totals [leaves, groupings] among all totals one below the other; -1 for none."""
    starts = np.cumsum([0, *sizes[:-1]])
    columns = [np.where(group >= 0, group + start, -1) for group, start in zip(groupings, starts, strict=True)]
    return np.stack(columns, axis=1)


def add_up(leaf: Numbers, places: Indices, totals: int) -> Numbers:
    result = np.zeros((totals, leaf.shape[1]))
    for place in places.T:
        inside = place >= 0
        np.add.at(result, place[inside], leaf[inside])
    return result


def sums(leaf: Numbers, grouping: Indices, groups: int | None = None) -> Numbers:
    """The sums [groups, horizon] of one grouping."""
    size = int(grouping.max(initial=-1)) + 1 if groups is None else groups
    return add_up(leaf, grouping[:, None], size)


def checked(leaf: Numbers, groupings: Sequence[ArrayLike]) -> list[Indices]:
    """The groupings as arrays of whole numbers, one for each leaf."""
    if leaf.ndim != 2:
        raise ValueError(f"leaf must have two dimensions, leaves and months, not {leaf.ndim}")
    found = [np.asarray(grouping) for grouping in groupings]
    for grouping in found:
        if grouping.shape != (len(leaf),) or not np.issubdtype(grouping.dtype, np.integer):
            raise ValueError(f"a grouping must have one whole number for each of the {len(leaf)} leaves")
    return [grouping.astype(np.intp) for grouping in found]
