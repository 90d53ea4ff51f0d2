"""What is assumed moves the expected volume: by a share, or by units that add up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planning.engine.events import Effect, RunOut, expected, moved, planned

MONTHS = 4
volumes = arrays(np.float64, (3, MONTHS), elements=st.floats(0, 500))
ALL = np.arange(3)


def living(volume: np.ndarray) -> np.ndarray:
    return np.ones(volume.shape, dtype=bool)


def test_a_share_moves_each_row_in_its_months() -> None:
    volume = np.array([[100.0] * 4, [50.0] * 4])
    effect = Effect(np.array([0]), 1, 3, 0.2)
    assert planned(volume, living(volume), [effect]).tolist() == [[100, 120, 120, 100], [50] * 4]


def test_shares_add_up_and_do_not_multiply() -> None:
    volume = np.array([[100.0]])
    effects = [Effect(np.array([0]), 0, 1, 0.2), Effect(np.array([0]), 0, 1, 0.1)]
    assert planned(volume, living(volume), effects).tolist() == [[130]]


def test_units_go_by_the_volume_in_whole_units() -> None:
    volume = np.array([[25.0], [25.0], [50.0]])
    effect = Effect(ALL, 0, 1, 26.0, in_units=True)
    assert moved(volume, living(volume), effect).ravel().tolist() == [7, 6, 13]


def test_units_go_equally_where_nothing_is_sold_and_nowhere_outside_a_life() -> None:
    volume = np.zeros((3, 2))
    alive = np.array([[True, False], [True, False], [False, False]])
    assert moved(volume, alive, Effect(ALL, 0, 2, 10.0, in_units=True)).tolist() == [[5, 0], [5, 0], [0, 0]]


def test_no_more_is_taken_than_is_there() -> None:
    volume = np.array([[10.0], [30.0]])
    effects = [Effect(np.arange(2), 0, 1, -100.0, in_units=True)]
    assert planned(volume, living(volume), effects).tolist() == [[0], [0]]


@given(volumes, st.integers(1, 2_000))
def test_the_parts_equal_the_effect(volume: np.ndarray, units: int) -> None:
    change = moved(volume, living(volume), Effect(ALL, 0, MONTHS, float(units), in_units=True))
    assert change.sum(axis=0).tolist() == [units] * MONTHS


def test_after_its_last_month_a_product_plans_nothing() -> None:
    baseline = np.array([[10.0] * 4])
    alive = np.array([[True, True, False, False]])
    volume = expected(baseline, alive, [], np.array([True]))
    lifted = planned(volume, alive, [Effect(np.array([0]), 0, 4, 5.0, in_units=True)])
    assert lifted.tolist() == [[15, 15, 0, 0]]


@given(volumes, st.floats(-0.9, 3), arrays(np.float64, MONTHS, elements=st.floats(0, 400)))
def test_a_promotion_sells_no_more_than_a_product_that_runs_out_has(
    volume: np.ndarray, share: float, supply: np.ndarray
) -> None:
    result = planned(volume, living(volume), [Effect(ALL, 0, MONTHS, share)], [RunOut(ALL, supply)])
    assert (np.cumsum(result.sum(axis=0)) <= np.cumsum(supply) * (1 + 1e-9) + 1e-6).all()
