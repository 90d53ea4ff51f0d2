"""The scores of the benchmarks against cases computed by hand."""

import numpy as np
import pytest

from benchmarks.forecasting import scores
from benchmarks.forecasting.sets import DataSet

SEASON = np.array([0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 1.5])


def test_owa_of_a_case_computed_by_hand() -> None:
    # Each year is 24 above the one before, so the seasonal naive misses by 24 and MASE counts in 24s.
    # Two years are too short for a season: Naive2 repeats the last month, 147.
    history = 100.0 + 2 * np.arange(24.0)[None, :] + np.r_[np.zeros(23), 1.0]
    data = DataSet(history, np.array([[100.0, 200.0]]))
    predicted = np.array([[110.0, 190.0]])
    scale = (11 * 24 + 25) / 12
    smape = 200 * (10 / 210 + 10 / 390) / 2
    naive_smape = 200 * (47 / 247 + 53 / 347) / 2
    owa = (smape / naive_smape + 10 / 50) / 2
    found = scores.score(data, predicted)
    assert (found.smape, found.mase, found.owa) == pytest.approx((smape, 10 / scale, owa))
    assert owa == pytest.approx(0.2068, abs=5e-5)


def test_owa_of_naive2_is_one() -> None:
    history = np.r_[100 * np.tile(SEASON, 4), 40.0][None, :]
    data = DataSet(history, np.array([[70.0, 30.0, 90.0]]))
    assert scores.score(data, scores.naive2(history[0], 3)[None, :]).owa == pytest.approx(1)


def test_naive2_carries_the_last_month_on_through_the_season() -> None:
    known = 100 * np.tile(SEASON, 4)
    assert scores.is_seasonal(known)
    assert scores.seasonal_factors(known) == pytest.approx(SEASON)
    assert scores.naive2(known, 14) == pytest.approx(100 * np.r_[SEASON, SEASON[:2]])


def test_without_a_season_naive2_repeats_the_last_month() -> None:
    flat, short = np.full(48, 7.0), 100 * np.tile(SEASON, 2)
    assert scores.naive2(flat, 2).tolist() == [7, 7]
    assert scores.naive2(short, 2).tolist() == [150, 150]


def test_smape_of_nothing_forecast_and_nothing_sold_is_zero() -> None:
    data = DataSet(np.arange(24.0)[None, :], np.zeros((1, 2)))
    assert scores.errors(data, np.array([[0.0, 5.0]])) == pytest.approx((100, 2.5 / 12))


def test_coverage_and_bias_are_percent() -> None:
    actual = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert scores.coverage(actual, actual - 1, actual + np.array([[0, -1], [0, 0]])) == 75
    assert scores.total_bias(actual, actual + 0.25) == pytest.approx(10)


def test_rmsse_counts_in_changes_since_the_first_sale() -> None:
    # Changes from the first sale on: 2 and 0, mean square 2. Errors: 2 and 0, the same. The second series never moved.
    data = DataSet(np.array([[0.0, 1, 3, 3], [0, 0, 2, 2]]), np.array([[5.0, 3.0], [9.0, 9.0]]))
    assert scores.rmsse(data, np.array([[3.0, 3.0], [1.0, 1.0]])) == pytest.approx(1)
