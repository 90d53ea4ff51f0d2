"""What the engine learns from: true zeros, unknown months, and a predecessor's sales."""

import datetime as dt

import numpy as np
import pytest

from forecasting.queries import Histories, histories
from sop.models import Product, Series
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
NAN = np.nan
JANUARY = dt.date(2026, 1, 1)


@pytest.fixture
def series() -> Series:
    return make.make_series(make.make_product("p"))


def read(*wanted: Series, known_until: dt.date | None = None) -> Histories:
    """The histories up to May 2026."""
    cycle = make.make_cycle(dt.date(2026, 6, 1), 6)
    return histories(cycle, [each.pk for each in wanted], known_until=known_until)


def test_it_reads_up_to_the_last_complete_month(series: Series) -> None:
    make.make_history(series, JANUARY, [1, 2, 3, 4, 5, 99])
    past = read(series)
    assert past.start == JANUARY
    assert past.ordered.tolist() == [[1, 2, 3, 4, 5]]


def test_months_without_a_sale_are_zeros(series: Series) -> None:
    make.make_history(series, JANUARY, [1, 0, 3])
    assert read(series).ordered.tolist() == [[1, 0, 3, 0, 0]]


def test_months_before_the_first_sale_are_unknown(series: Series) -> None:
    other = make.make_series(series.product, make.make_market("south"))
    make.make_history(series, JANUARY, [1, 1, 1, 1, 1])
    make.make_history(other, dt.date(2026, 4, 1), [7, 8])
    np.testing.assert_array_equal(read(series, other).ordered[1], [NAN, NAN, NAN, 7, 8])


def test_months_since_the_launch_are_zeros(series: Series) -> None:
    Product.objects.update(launch_month=dt.date(2026, 3, 1))
    other = make.make_series(series.product, make.make_market("south"))
    make.make_history(series, dt.date(2026, 3, 1), [1, 1, 1])
    make.make_history(other, dt.date(2026, 5, 1), [7])
    assert read(series, other).ordered[1].tolist() == [0, 0, 7]


def test_months_that_nobody_has_reported_are_unknown(series: Series) -> None:
    make.make_history(series, JANUARY, [1, 2, 3])
    past = read(series, known_until=dt.date(2026, 4, 1))
    np.testing.assert_array_equal(past.ordered, [[1, 2, 3, 0, NAN]])


def test_a_series_that_never_sold(series: Series) -> None:
    assert np.isnan(read(series).ordered).all()


def test_a_successor_takes_its_predecessors_months(series: Series) -> None:
    make.make_history(series, JANUARY, [5, 5, 5, 1, 0])
    new = make.make_product("new")
    Product.objects.filter(pk=new.pk).update(predecessor=series.product)
    successor = make.make_series(new)
    make.make_history(successor, dt.date(2026, 4, 1), [4, 6])
    assert read(series, successor).ordered.tolist() == [[5, 5, 5, 1, 0], [5, 5, 5, 4, 6]]


def test_the_life_of_a_product(series: Series) -> None:
    later, gone = make.make_product("later"), make.make_product("gone")
    Product.objects.filter(pk=later.pk).update(launch_month=dt.date(2026, 8, 1))
    Product.objects.filter(pk=gone.pk).update(last_month=dt.date(2026, 6, 1))
    past = read(series, make.make_series(later), make.make_series(gone))
    assert past.launch.tolist() == [0, 2, 0]
    assert past.end.tolist() == [6, 6, 1]


def test_the_order_asked_for_is_kept(series: Series) -> None:
    other = make.make_series(series.product, make.make_market("south"))
    assert read(other, series).series.tolist() == [other.pk, series.pk]
