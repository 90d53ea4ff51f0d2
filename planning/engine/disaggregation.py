"""Spread a total over its parts, so that the parts add up to it and locked parts keep their value."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from planning.engine.arrays import Array, Integers, Mask


def disaggregate(
    total: ArrayLike,
    basis: ArrayLike,
    *,
    locked: ArrayLike | None = None,
    current: ArrayLike | None = None,
    step: float = 1.0,
) -> Array:
    """Parts of `total`, proportional to `basis`, rounded to multiples of `step` by largest remainder.

    `basis[k]` with one total, or `basis[k, t]` with `total[t]`. Locked parts keep their `current` value and the others
    share the rest. What is no multiple of the step goes to the part with the largest basis; `step=0` does not round.
    Equal remainders are served in the order of the parts. Raises ValueError when a total is negative or less than
    its locked parts, when all parts are locked and do not add up to it, and when the basis of all free parts is zero.
    """
    return disaggregate_first(total, [basis], locked=locked, current=current, step=step)[0]


def disaggregate_first(
    total: ArrayLike,
    bases: Sequence[ArrayLike],
    *,
    locked: ArrayLike | None = None,
    current: ArrayLike | None = None,
    step: float = 1.0,
) -> tuple[Array, Integers]:
    """As `disaggregate`, by the first of `bases` that is not zero for the free parts; also the position of that one.

    The position is an array of the shape of `total`, −1 where nothing was left to share.
    """
    shape = np.shape(bases[0])
    columns = [_columns("basis", basis, shape) for basis in bases]
    totals = _totals(total, columns[0].shape[1])
    fixed = np.zeros(columns[0].shape, dtype=np.bool_) if locked is None else _mask(locked, shape)
    kept = np.where(fixed, 0 if current is None else _columns("current", current, shape), 0)
    if fixed.any() and current is None:
        raise ValueError("current values are needed to keep locked parts")
    rest = _rest(totals, kept, fixed)
    basis, used = _first_usable(columns, fixed, rest)
    parts = kept + _largest_remainder(rest, basis, step)
    parts = _exact(parts, totals, np.where(fixed, -1, basis), used)
    return parts.reshape(shape), used.reshape(np.shape(total))


def _rest(totals: Array, kept: Array, fixed: Mask) -> Array:
    """What the free parts share; rounding of the locked sum is no rest."""
    rest: Array = totals - kept.sum(axis=0)
    rest[np.abs(rest) <= 1e-12 * totals] = 0
    if (rest < 0).any():
        month = int(np.argmax(rest < 0))
        raise ValueError(f"locked parts add up to {kept[:, month].sum():g}, more than the total {totals[month]:g}")
    if (fixed.all(axis=0) & (rest > 0)).any():
        raise ValueError("all parts are locked")
    return rest


def _first_usable(columns: list[Array], fixed: Mask, rest: Array) -> tuple[Array, Integers]:
    """Per month the first basis whose free parts are not all zero, as [k, t], and its position [t]."""
    free = np.stack([np.where(fixed, 0, basis) for basis in columns])
    usable = free.sum(axis=1) > 0
    shared = rest > 0
    if (shared & ~usable.any(axis=0)).any():
        raise ValueError("the basis of all free parts is zero")
    used = np.where(shared, usable.argmax(axis=0), -1)
    chosen = free[np.maximum(used, 0), :, np.arange(rest.size)].T
    return np.where(shared, chosen, 0), used


def _largest_remainder(rest: Array, basis: Array, step: float) -> Array:
    """Shares of `rest[t]` by `basis[k, t]` in whole steps, the fraction of a step with the largest basis."""
    share = basis / np.maximum(basis.sum(axis=0), np.finfo(np.float64).tiny)
    if step == 0:
        shares: Array = rest * share
        return shares
    # A share that misses a whole step by rounding alone is that step.
    steps = rest / step * share
    whole = np.floor(steps + 1e-9 * np.maximum(steps, 1))
    steps_to_give = np.floor(rest / step * (1 + 1e-12) + 1e-9)
    left = steps_to_give - whole.sum(axis=0)
    remainder = np.where(basis > 0, steps - whole, -np.inf)
    rank = np.argsort(np.argsort(-remainder, axis=0, kind="stable"), axis=0, kind="stable")
    parts: Array = (whole + (rank < left)) * step
    return parts


def _exact(parts: Array, totals: Array, basis: Array, used: Integers) -> Array:
    """Give the part with the largest basis what is missing of the total, in the last digit too."""
    months = np.flatnonzero(used >= 0)
    largest = basis[:, months].argmax(axis=0)
    for _ in range(3):
        parts[largest, months] += totals[months] - parts[:, months].sum(axis=0)
    return parts


def _columns(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape or array.ndim not in (1, 2):
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if not np.isfinite(array).all() or (array < 0).any():
        raise ValueError(f"{name} must be finite and not negative")
    return array.reshape(shape[0], -1)


def _mask(locked: ArrayLike, shape: tuple[int, ...]) -> Mask:
    mask: Mask = np.asarray(locked, dtype=np.bool_)
    if mask.shape != shape:
        raise ValueError(f"locked has shape {mask.shape}, expected {shape}")
    return mask.reshape(shape[0], -1)


def _totals(total: ArrayLike, months: int) -> Array:
    totals = np.atleast_1d(np.asarray(total, dtype=np.float64))
    if totals.shape != (months,):
        raise ValueError(f"total has shape {totals.shape}, expected {(months,)}")
    if not np.isfinite(totals).all() or (totals < 0).any():
        raise ValueError("total must be finite and not negative")
    return totals
