"""Array types and the two shifts in time that every module of the engine shares."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


def later(values: Array, months: Integers) -> Array:
    """Move row i of `values[n, t]` by `months[i]` (0 or more) to the right; what leaves the horizon is dropped."""
    moved = np.zeros_like(values)
    horizon = values.shape[1]
    for shift in np.unique(months):
        rows = np.flatnonzero(months == shift)
        if shift < horizon:
            moved[rows, shift:] = values[rows, : horizon - shift]
    return moved


def earlier(values: Array, months: Integers) -> Array:
    """Move row i of `values[n, t]` by `months[i]` (0 or more) to the left; zeros enter at the end of the horizon."""
    return later(values[:, ::-1], months)[:, ::-1]
