"""Changing many cells at once: every operation on arrays `[series, month]`, rounded to whole units within its group.

A group is the series of one row that was selected; what is asked for holds for the group's sum in each month.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from planning.engine.arrays import Array, Integers, Mask


class Kind(StrEnum):
    SET = "set"
    ADD = "add"
    PERCENT = "percent"
    SPREAD = "spread"
    COPY_LAST_YEAR = "copy"
    SHIFT = "shift"


MONTHS_PER_YEAR = 12


def change(kind: Kind, amount: float, current: Array, closed: Mask, groups: Integers, base: Array) -> Array:
    """`current[n, t]` after setting, adding, scaling or spreading; closed cells stay, and so does a group's month that
    has no free cell or whose closed cells alone are more than what is wanted.

    `base[n, t]` shares where the current numbers of a group are all zero.
    """
    if kind == Kind.SPREAD:
        everything = np.zeros(current.size, dtype=np.intp)
        wanted = np.full((1, 1), float(amount))
        parts = share(wanted, current.reshape(-1, 1), closed.reshape(-1, 1), everything, base.reshape(-1, 1))
        return parts.reshape(current.shape)
    count = int(groups.max()) + 1 if groups.size else 0
    free = _sums(np.where(closed, 0, current), groups, count)
    kept = _sums(np.where(closed, current, 0), groups, count)
    wanted = {
        Kind.SET: np.full_like(free, amount),
        Kind.ADD: free + kept + amount,
        Kind.PERCENT: kept + np.rint(free * (1 + amount / 100)),
    }[kind]
    return share(np.maximum(wanted, 0), current, closed, groups, base)


def moved(kind: Kind, amount: float, past: Array, current: Array, closed: Mask) -> Array:
    """Each month takes last year's number, or that of `amount` months before it; NaN in the source changes nothing.

    `past[n, p]` are the months just before the plan's first.
    """
    lag = MONTHS_PER_YEAR if kind == Kind.COPY_LAST_YEAR else int(amount)
    whole = np.hstack([past, current])
    source = np.arange(current.shape[1]) + past.shape[1] - lag
    known = (source >= 0) & (source < whole.shape[1])
    taken = np.full_like(current, np.nan)
    taken[:, known] = whole[:, source[known]]
    result: Array = np.where(closed | np.isnan(taken), current, np.maximum(taken, 0))
    return result


def share(wanted: Array, current: Array, closed: Mask, groups: Integers, base: Array) -> Array:
    """Spread `wanted[g, t]` over the free cells of each group, in whole units by largest remainder.

    In proportion to the current numbers, else to `base`, else equally; what is left of a unit goes to the largest.
    """
    count = wanted.shape[0]
    rest = wanted - _sums(np.where(closed, current, 0), groups, count)
    open_cells = _sums((~closed).astype(float), groups, count)
    possible = (rest >= 0) & (open_cells > 0)
    basis = _basis(current, closed, groups, base, count)
    total = _sums(basis, groups, count)
    steps = np.where(possible, rest, 0)[groups] * basis / np.maximum(total, np.finfo(float).tiny)[groups]
    whole = np.floor(steps + 1e-9 * np.maximum(steps, 1))
    left = np.where(possible, np.floor(rest + 1e-9), 0) - _sums(whole, groups, count)
    remainder = np.where(basis > 0, steps - whole, -1)
    for month in range(whole.shape[1]):
        whole[:, month] += _rank(remainder[:, month], groups) < left[groups, month]
    missing = np.where(possible, rest - _sums(whole, groups, count), 0)
    for month in np.flatnonzero((np.abs(missing) > 1e-12).any(axis=0)).tolist():
        first = _rank(basis[:, month], groups) == 0
        whole[:, month] += np.where(first, missing[groups, month], 0)
    result: Array = np.where(closed | ~possible[groups], current, np.maximum(whole, 0))
    return result


def _basis(current: Array, closed: Mask, groups: Integers, base: Array, count: int) -> Array:
    basis = np.where(closed, 0, np.maximum(current, 0))
    for other in (np.maximum(base, 0), np.ones_like(current)):
        empty = (_sums(basis, groups, count) <= 0)[groups]
        basis = np.where(empty & ~closed, other, basis)
    return basis


def _rank(values: Array, groups: Integers) -> NDArray[np.intp]:
    """Each value's place in its group, the largest first; equal ones in their order."""
    order = np.lexsort((np.arange(values.size), -values, groups))
    sorted_groups = groups[order]
    starts = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]])
    lengths = np.diff(np.r_[starts, sorted_groups.size])
    rank = np.empty(values.size, dtype=np.intp)
    rank[order] = np.arange(values.size) - np.repeat(starts, lengths)
    return rank


def _sums(values: Array, groups: Integers, count: int) -> Array:
    result = np.zeros((count, values.shape[1]))
    np.add.at(result, groups, values)
    return result
