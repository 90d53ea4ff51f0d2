"""A product comes, takes over, or goes: volumes move and none is made up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planning.engine.product_changes import NOBODY, Arrival, arrive, run_out, shape_from, straight_ramp

HORIZON = 12
volumes = arrays(np.float64, (3, HORIZON), elements=st.floats(0, 1_000))
shares = st.floats(0.01, 1.0)
starts = st.integers(-3, HORIZON + 2)


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def fresh(*known: int) -> np.ndarray:
    sold = np.zeros(3, dtype=bool)
    sold[list(known)] = True
    return sold


def test_a_launch_ramps_up_to_its_share_of_the_like_product() -> None:
    baseline = np.array([[0.0] * 6, [100.0] * 6, [50.0] * 6])
    launch = Arrival(rows(0), rows(1), start=2, level=0.5, shape=straight_ramp(1))
    after = arrive(baseline, baseline, [launch], fresh(1, 2))
    assert after[0].tolist() == [0, 0, 25, 50, 50, 50]
    assert after[1:].tolist() == baseline[1:].tolist()


def test_a_ramp_climbs_in_equal_steps() -> None:
    assert straight_ramp(3).tolist() == [0.25, 0.5, 0.75]
    assert shape_from(straight_ramp(3), 1, 6).tolist() == [0, 0.25, 0.5, 0.75, 1, 1]
    assert shape_from(straight_ramp(0), 0, 2).tolist() == [1, 1]


def test_a_launch_that_the_forecast_knows_already_is_not_counted_twice() -> None:
    baseline = np.array([[0.0, 0.0, 90.0, 90.0], [100.0] * 4, [0.0] * 4])
    launch = Arrival(rows(0), rows(1), start=2, level=0.5)
    assert arrive(baseline, baseline, [launch], fresh(1))[0].tolist() == [0, 0, 50, 50]


def test_what_has_sold_stands_in_the_baseline_and_takes_nothing_more() -> None:
    baseline = np.array([[30.0] * 4, [100.0] * 4, [50.0] * 4])
    launch = Arrival(rows(0), rows(1), start=-2, losers=[(rows(2), 0.5)])
    assert arrive(baseline, baseline, [launch], fresh(0, 1, 2)).tolist() == baseline.tolist()


def test_a_successor_takes_over_what_its_predecessor_gives_up() -> None:
    baseline = np.array([[0.0] * 4, [100.0] * 4, [0.0] * 4])
    successor = Arrival(rows(0), rows(1), start=1, shape=straight_ramp(1), replaces=True)
    after = arrive(baseline, baseline, [successor], fresh(1))
    assert after[0].tolist() == [0, 50, 100, 100]
    assert after[1].tolist() == [100, 50, 0, 0]


def test_a_successor_is_the_same_after_a_forecast_that_has_split_the_history() -> None:
    split = np.array([[0.0, 100.0, 100.0, 100.0], [100.0, 100.0, 0.0, 0.0], [0.0] * 4])
    successor = Arrival(rows(0), rows(1), start=1, shape=straight_ramp(1), replaces=True)
    after = arrive(split, split, [successor], fresh(1))
    assert after[0].tolist() == [0, 50, 100, 100]
    assert after[1].tolist() == [100, 50, 0, 0]


def test_a_market_in_which_the_like_product_is_not_sold_gets_nothing() -> None:
    baseline = np.array([[0.0] * 4, [0.0] * 4, [70.0] * 4])
    launch = Arrival(rows(0, 1), rows(2, NOBODY), start=0)
    after = arrive(baseline, baseline, [launch], fresh(2))
    assert after[0].tolist() == [70] * 4
    assert after[1].tolist() == [0] * 4


@given(volumes, shares, starts, st.integers(0, 5), st.floats(0, 2))
def test_cannibalised_volume_balances(baseline: np.ndarray, share: float, start: int, ramp: int, level: float) -> None:
    """The neighbour loses its share of the new volume, or all that it has."""
    baseline[0] = 0
    launch = Arrival(rows(0), rows(1), start, level, straight_ramp(ramp), losers=[(rows(2), share)])
    after = arrive(baseline, baseline, [launch], fresh(1, 2))
    lost = baseline[2] - after[2]
    np.testing.assert_allclose(lost, np.minimum(share * after[0], baseline[2]), atol=1e-9)
    assert (after >= -1e-9).all()
    assert after[1].tolist() == baseline[1].tolist()


@given(volumes, starts, st.integers(0, 5), st.floats(0, 2))
def test_a_successor_and_its_predecessor_share_the_volume(
    baseline: np.ndarray, start: int, ramp: int, level: float
) -> None:
    baseline[0] = 0
    change = Arrival(rows(0), rows(1), start, level, straight_ramp(ramp), replaces=True)
    after = arrive(baseline, baseline, [change], fresh(1, 2))
    np.testing.assert_allclose(after[0] + level * after[1], level * baseline[1], atol=1e-9)


@given(st.floats(0, 1_000), st.integers(0, 4), st.integers(0, 5), st.integers(0, 5))
def test_a_slip_by_some_months_shifts_the_curve_by_them(volume: float, start: int, slip: int, ramp: int) -> None:
    baseline = np.zeros((3, HORIZON))
    baseline[1] = volume
    before, after = (
        arrive(baseline, baseline, [Arrival(rows(0), rows(1), at, 0.7, straight_ramp(ramp))], fresh(1))[0]
        for at in (start, start + slip)
    )
    assert after[:slip].tolist() == [0] * slip
    assert after[slip:].tolist() == before[: HORIZON - slip].tolist()


def test_run_out_sells_what_is_there_and_what_still_comes() -> None:
    planned = np.array([[30.0, 30.0, 30.0], [10.0, 10.0, 10.0]])
    assert run_out(planned, np.array([60.0, 0.0, 8.0])).tolist() == [[30, 15, 6], [10, 5, 2]]


@given(volumes, arrays(np.float64, HORIZON, elements=st.floats(-50, 500)))
def test_run_out_never_exceeds_stock(planned: np.ndarray, supply: np.ndarray) -> None:
    result = run_out(planned, supply)
    assert (result <= planned).all()
    assert (result >= 0).all()
    at_hand = np.cumsum(np.maximum(supply, 0))
    assert (np.cumsum(result.sum(axis=0)) <= at_hand * (1 + 1e-9) + 1e-6).all()


def test_what_is_owed_already_is_served_first() -> None:
    assert run_out(np.array([[10.0, 10.0]]), np.array([-8.0, 15.0])).tolist() == [[0, 7]]
