"""A vector of months comes back from the database as it went in, to the last bit."""

import datetime as dt

import numpy as np
import pytest
from django.db.models import Value
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop import bulk
from sop.models import History
from sop.vectors import Element, VectorField, pack, unpack
from tests.factories import make_product, make_series

START = dt.date(2013, 6, 1)
AWKWARD = [0.1, 1e-308, 5e-324, 1.7976931348623157e308, np.nan, np.inf, -np.inf, 1 / 3, 123_456_789.123]
vectors = arrays(np.float64, st.integers(0, 60), elements=st.floats(width=64))


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("values", [[1.0, 2.5, 3.0], AWKWARD, []], ids=["plain", "awkward", "empty"])
def test_a_vector_comes_back_to_the_last_bit(values: list[float]) -> None:
    made = History.objects.create(series=make_series(make_product()), start=START, ordered=np.array(values))
    read = History.objects.get(pk=made.pk).ordered
    assert read.dtype == np.float64
    assert read.tobytes() == np.array(values, dtype=np.float64).tobytes()


@pytest.mark.sqlite
@pytest.mark.django_db
def test_one_entry_is_read_without_the_others() -> None:
    History.objects.create(series=make_series(make_product()), start=START, ordered=np.array(AWKWARD))
    for position, value in enumerate(AWKWARD):
        [found] = History.objects.annotate(entry=Element("ordered", Value(position))).values_list("entry", flat=True)
        np.testing.assert_equal(found, value)
        [column] = bulk.columns(History.objects.annotate(entry=Element("ordered", Value(position))), "entry")
        np.testing.assert_array_equal(column, [value])


@pytest.mark.sqlite
@pytest.mark.django_db
def test_what_was_read_may_be_changed_and_saved() -> None:
    made = History.objects.create(series=make_series(make_product()), start=START, ordered=np.arange(4.0))
    read = History.objects.get(pk=made.pk)
    read.ordered[1:3] += 10
    read.save()
    [again] = History.objects.values_list("ordered", flat=True)
    np.testing.assert_array_equal(again, [0, 11, 12, 3])


@pytest.mark.sqlite
@pytest.mark.django_db
def test_lists_and_integers_are_taken_as_numbers() -> None:
    made = History.objects.create(series=make_series(make_product()), start=START, ordered=[1, 2], shipped=range(3))
    read = History.objects.get(pk=made.pk)
    np.testing.assert_array_equal(read.ordered, [1.0, 2.0])
    np.testing.assert_array_equal(read.shipped, [0.0, 1.0, 2.0])
    assert read.revenue.size == 0, "what was not given is empty"


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
@given(vectors)
def test_every_vector_survives_packing(vendor: str, vector: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack(pack(vector, vendor)), vector)


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_a_slice_with_gaps_is_packed_as_what_it_shows(vendor: str) -> None:
    table = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(unpack(pack(table[:, 1], vendor)), [1, 5, 9])
    np.testing.assert_array_equal(unpack(pack(table[0, ::-1], vendor)), [3, 2, 1, 0])


def test_unpacked_vectors_are_writable_and_null_is_not_a_number() -> None:
    unpack(pack([1.0], "sqlite"))[0] = 2.0
    np.testing.assert_array_equal(unpack([1.0, None]), [1.0, np.nan])


def test_migrations_see_the_default_as_the_default() -> None:
    assert VectorField().deconstruct()[3] == VectorField(default=VectorField().default).deconstruct()[3]
