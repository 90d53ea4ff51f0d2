"""Vectors that start in different months, cut to one window."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from sop import months
from sop.vectors import Vector


def align(starts: Sequence[dt.date], vectors: Sequence[Vector], start: dt.date, count: int) -> Vector:
    """`vectors` as rows of `[len(vectors), count]` from month `start` on; NaN where a vector does not reach."""
    result = np.full((len(vectors), count), np.nan)
    for row, first, vector in zip(result, starts, vectors, strict=True):
        offset = months.distance(start, first)
        low, high = max(offset, 0), min(offset + vector.size, count)
        if low < high:
            row[low:high] = vector[low - offset : high - offset]
    return result
