"""Vectors that start in different months, cut to one window."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sop import months
from sop.vectors import Vector


def align(starts: Sequence[dt.date], vectors: Sequence[Vector], start: dt.date, count: int) -> Vector:
    """`vectors` as rows of `[len(vectors), count]` from month `start` on; NaN where a vector does not reach."""
    result = np.full((len(vectors), count), np.nan)
    alike: dict[tuple[dt.date, int], list[int]] = {}
    for row, (first, vector) in enumerate(zip(starts, vectors, strict=True)):
        alike.setdefault((first, vector.size), []).append(row)
    for (first, _), rows in alike.items():
        result[rows] = shift(np.stack([vectors[row] for row in rows]), months.distance(start, first), count)
    return result


def align_block(starts: NDArray[np.int64], values: Vector, start: dt.date, count: int) -> Vector:
    """As `align`, of vectors of one length and the numbers of the months in which they start."""
    result = np.full((len(values), count), np.nan)
    for first in np.unique(starts).tolist():
        rows = starts == first
        result[rows] = shift(values[rows], first - months.number(start), count)
    return result


def shift(values: Vector, offset: int, count: int) -> Vector:
    """`values[n, length]` that begin `offset` columns after the first of `count`; NaN where they do not reach."""
    result = np.full((len(values), count), np.nan)
    low, high = max(offset, 0), min(offset + values.shape[1], count)
    if low < high:
        result[:, low:high] = values[:, low - offset : high - offset]
    return result
