"""Changing many cells at once, as arithmetic: groups keep their sum, closed cells their number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planning.engine import mass
from planning.engine.mass import Kind

CURRENT = np.array([[10.0, 0.0], [30.0, 0.0], [60.0, 5.0]])
OPEN = np.zeros((3, 2), dtype=bool)
ONE, EACH = np.zeros(3, dtype=np.intp), np.arange(3)


def change(kind: Kind, amount: float, closed: np.ndarray = OPEN, groups: np.ndarray = ONE) -> list[list[float]]:
    return mass.change(kind, amount, CURRENT, closed, groups, np.ones((3, 2))).tolist()


def test_a_group_is_set_in_proportion_and_a_month_without_numbers_by_the_baseline() -> None:
    assert change(Kind.SET, 50) == [[5, 0], [15, 0], [30, 50]]
    zero = mass.change(Kind.SET, 3, np.zeros((3, 1)), np.zeros((3, 1), dtype=bool), ONE, np.ones((3, 1)))
    assert zero.ravel().tolist() == [1, 1, 1]


def test_each_series_is_a_group_of_its_own_when_the_filter_is_the_scope() -> None:
    assert change(Kind.ADD, -20, groups=EACH) == [[0, 0], [10, 0], [40, 0]]
    assert change(Kind.PERCENT, 5, groups=EACH) == [[10, 0], [32, 0], [63, 5]]


def test_a_closed_cell_stays_and_the_rest_of_its_group_absorbs() -> None:
    closed = OPEN.copy()
    closed[2, 0] = True
    assert change(Kind.SET, 100, closed) == [[10, 0], [30, 0], [60, 100]]
    assert change(Kind.SET, 80, closed)[2][0] == 60
    assert change(Kind.SET, 50, closed) == [[10, 0], [30, 0], [60, 50]]
    assert change(Kind.PERCENT, 10, closed) == [[11, 0], [33, 0], [60, 6]]


def test_a_total_is_spread_over_series_and_months() -> None:
    assert change(Kind.SPREAD, 210) == [[20, 0], [60, 0], [120, 10]]
    assert sum(map(sum, change(Kind.SPREAD, 100.5))) == pytest.approx(100.5)


def test_months_are_copied_from_last_year_and_shifted() -> None:
    past = np.arange(1.0, 13.0).reshape(1, 12)
    plan = np.array([[100.0, 200.0, 300.0]])
    free = np.zeros((1, 3), dtype=bool)
    assert mass.moved(Kind.COPY_LAST_YEAR, 0, past, plan, free).tolist() == [[1, 2, 3]]
    assert mass.moved(Kind.SHIFT, 1, past, plan, free).tolist() == [[12, 100, 200]]
    assert mass.moved(Kind.SHIFT, -1, past, plan, free).tolist() == [[200, 300, 300]]
    closed = np.array([[False, True, False]])
    assert mass.moved(Kind.SHIFT, 1, past, plan, closed).tolist() == [[12, 200, 200]]
    unknown = np.full((1, 12), np.nan)
    assert mass.moved(Kind.COPY_LAST_YEAR, 0, unknown, plan, free).tolist() == plan.tolist()


@given(
    current=arrays(float, (6, 3), elements=st.integers(0, 500).map(float)),
    closed=arrays(bool, (6, 3)),
    groups=arrays(np.intp, 6, elements=st.integers(0, 2)),
    amount=st.integers(0, 2_000),
)
def test_what_is_set_is_met_exactly_wherever_it_can_be(
    current: np.ndarray, closed: np.ndarray, groups: np.ndarray, amount: int
) -> None:
    result = mass.change(Kind.SET, amount, current, closed, groups, np.ones_like(current))
    assert (result[closed] == current[closed]).all()
    assert (result >= 0).all()
    for group in set(groups.tolist()):
        own = groups == group
        for month in range(3):
            free = ~closed[own, month]
            kept = current[own, month][~free].sum()
            if free.any() and kept <= amount:
                assert result[own, month].sum() == amount
                assert (result[own, month] == np.rint(result[own, month])).all()
            else:
                assert (result[own, month] == current[own, month]).all()
