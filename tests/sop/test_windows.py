"""Vectors that start in different months are cut to one window, whichever of them are alike."""

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop import months
from sop.queries.windows import align, align_block

BASE = dt.date(2025, 1, 1)
VECTORS = st.lists(st.tuples(st.integers(-6, 6), arrays(np.float64, st.integers(0, 4), elements=st.floats(-9, 9))))


def one_by_one(offsets, vectors, count):
    """Each month of each vector put where it belongs."""
    result = np.full((len(vectors), count), np.nan)
    for row, (offset, vector) in enumerate(zip(offsets, vectors, strict=True)):
        for month, value in enumerate(vector):
            if 0 <= offset + month < count:
                result[row, offset + month] = value
    return result


def test_a_vector_stands_in_its_months():
    aligned = align([dt.date(2024, 12, 1), dt.date(2025, 2, 1)], [np.array([1.0, 2.0]), np.array([3.0])], BASE, 3)
    np.testing.assert_array_equal(aligned, [[2, np.nan, np.nan], [np.nan, 3, np.nan]])


@given(VECTORS, st.integers(0, 5))
def test_every_month_of_every_vector_is_where_it_belongs(vectors, count):
    offsets, values = [offset for offset, _ in vectors], [vector for _, vector in vectors]
    starts = [months.add(BASE, offset) for offset in offsets]
    np.testing.assert_array_equal(align(starts, values, BASE, count), one_by_one(offsets, values, count))


@given(st.lists(st.integers(-6, 6), max_size=5), st.integers(0, 4), st.integers(0, 5))
def test_a_block_of_one_length_is_cut_alike(offsets, length, count):
    values = np.arange(len(offsets) * length, dtype=float).reshape(len(offsets), length)
    numbers = np.array(offsets, dtype=np.int64) + months.number(BASE)
    np.testing.assert_array_equal(align_block(numbers, values, BASE, count), one_by_one(offsets, values, count))
