"""Names for the array types that every kernel takes and returns, and the arrays its loop over months works in."""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]
Texts: TypeAlias = NDArray[np.str_]

MONTHS_PER_YEAR = 12

CACHE_LINE = 64


def workspace(shape: tuple[int, ...], dtype: DTypeLike) -> Numbers:
    """An array without values that begins with a cache line.

    NumPy's own begin anywhere, and the widest instructions, which read a whole line, take twice as long over them.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.empty(size + CACHE_LINE, dtype=np.uint8)
    start = -room.ctypes.data % CACHE_LINE
    return room[start : start + size].view(dtype).reshape(shape)
