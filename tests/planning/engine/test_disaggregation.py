"""Parts add up to their total exactly, locked parts stay, nothing becomes negative."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine import disaggregate, disaggregate_first

weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12)


def test_largest_remainder_gives_the_odd_unit():
    assert disaggregate(26, [25, 25, 50]).tolist() == [7, 6, 13]


def test_locked_parts_keep_their_value_and_the_rest_absorb():
    parts = disaggregate(100, [1, 1, 2], locked=[True, False, False], current=[40, 0, 0])
    assert parts.tolist() == [40, 20, 40]


def test_fraction_of_a_unit_goes_to_the_largest_part():
    assert disaggregate(10.5, [1, 3, 2]).tolist() == [2, 5.5, 3]


def test_parts_may_be_rounded_to_packs_or_not_at_all():
    assert disaggregate(60, [1, 1, 2], step=12).tolist() == [12, 12, 36]
    np.testing.assert_allclose(disaggregate(10, [1, 2], step=0), [10 / 3, 20 / 3])


def test_months_are_spread_at_once():
    parts = disaggregate([26, 10], [[25, 1], [25, 1], [50, 0]])
    assert parts.tolist() == [[7, 5], [6, 5], [13, 0]]


def test_first_usable_basis_is_taken_and_named_per_month():
    plan, history, equal = [[0, 1], [0, 3]], [[2, 9], [3, 9]], [[1, 1], [1, 1]]
    parts, used = disaggregate_first([10, 8], [plan, history, equal])
    assert parts.tolist() == [[4, 2], [6, 6]]
    assert used.tolist() == [1, 0]


def test_basis_that_is_zero_for_the_free_parts_is_passed_over():
    parts, used = disaggregate_first(9, [[5, 0, 0], [1, 1, 1]], locked=[True, False, False], current=[3, 0, 0])
    assert parts.tolist() == [3, 3, 3]
    assert used == 1


def test_nothing_to_share_leaves_zero():
    parts, used = disaggregate_first(0, [[0, 0]])
    assert parts.tolist() == [0, 0]
    assert used == -1


@pytest.mark.parametrize(
    ("total", "basis", "options", "message"),
    [
        (10, [1, 1], {"locked": [True, True], "current": [1, 1]}, "all parts are locked"),
        (10, [0, 0], {}, "basis of all free parts is zero"),
        (10, [1, 1], {"locked": [True, False], "current": [11, 0]}, "more than the total 10"),
        (10, [1, 1], {"locked": [True, False]}, "current values"),
        (-1, [1, 1], {}, "total must be finite and not negative"),
        (np.nan, [1, 1], {}, "total must be finite"),
        (1, [1, -1], {}, "basis must be finite and not negative"),
        ([1, 2], [1, 1], {}, "total has shape"),
        (1, [1, 1], {"locked": [True]}, "locked has shape"),
    ],
)
def test_impossible_spreads_are_refused(total, basis, options, message):
    with pytest.raises(ValueError, match=message):
        disaggregate(total, basis, **options)


@settings(max_examples=200, deadline=None)
@given(basis=weights, total=st.integers(0, 10**7), data=st.data())
def test_sum_is_exact_locked_parts_untouched_and_nothing_negative(basis, total, data):
    locked = np.array(data.draw(st.lists(st.booleans(), min_size=len(basis), max_size=len(basis))))
    current = np.array(data.draw(st.lists(st.integers(0, 50), min_size=len(basis), max_size=len(basis))))
    kept = int(current[locked].sum())
    if locked.all() or not np.asarray(basis)[~locked].any():
        return
    parts = disaggregate(total + kept, basis, locked=locked, current=current)
    assert parts.sum() == total + kept
    assert (parts[locked] == current[locked]).all()
    assert (parts >= 0).all()
    assert (parts == np.round(parts)).all()
    exact = np.where(locked, current, total * np.asarray(basis) / np.asarray(basis)[~locked].sum())
    assert np.abs(parts - exact).max() < 1 + 1e-6


@settings(max_examples=100, deadline=None)
@given(basis=weights, total=st.floats(0, 1e6), step=st.sampled_from([0, 0.1, 1, 12]))
def test_any_total_and_step_add_up(basis, total, step):
    if not any(basis):
        return
    parts = disaggregate(total, basis, step=step)
    assert parts.sum() == pytest.approx(total, rel=1e-12, abs=1e-12)
    assert (parts >= 0).all()
