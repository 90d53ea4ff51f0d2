"""Figures of groups equal the measures of single series, and the published numbers."""

import numpy as np
import pytest

from forecasting.engine import accuracy
from forecasting.engine.pooled import Groups, pooled, yearly_scale

ACTUAL, FORECAST = [100.0, 0, 50, 200, 150, 80], [120.0, 10, 40, 180, 165, 80]
TRAINING = [90.0, 110, 95, 105, 100, 120, 100]
ONE = Groups(np.array([0]), np.array([0]), 1)


def test_the_golden_numbers() -> None:
    scale = np.full((1, 6), yearly_scale(np.array([TRAINING]), season=1)[0, -1])
    found = pooled(np.array([ACTUAL]), np.array([FORECAST]), scale, ONE)
    assert found.absolute[0] == 75
    assert found.mad[0] == 12.5
    assert found.wape[0] == pytest.approx(0.12931, abs=5e-6)
    assert found.bias[0] == pytest.approx(0.02586, abs=5e-6)
    assert found.tracking_signal[0] == pytest.approx(-1.2)
    assert found.mase[0] == pytest.approx(0.8333, abs=5e-5)


def test_a_group_sums_absolute_errors_and_follows_its_net_error() -> None:
    actual = np.array([[10.0, 10], [10, 10], [5, 5]])
    said = np.array([[12.0, 12], [8, 9], [np.nan, 5]])
    groups = Groups(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 2, 0, 2]), 3)
    found = pooled(actual, said, np.full((3, 2), 2.0), groups)
    assert found.wape.tolist() == [7 / 40, 0.0, 4 / 25]
    assert found.bias[0] == pytest.approx(1 / 40)
    assert found.tracking_signal[0] == pytest.approx(-1 / 0.5)
    assert found.pairs.tolist() == [4, 1, 3]
    assert np.isnan(found.tracking_signal[1])


def test_random_series_agree_with_the_single_measures() -> None:
    chance = np.random.default_rng(4)
    actual, said = chance.poisson(20, (5, 12)).astype(float), chance.poisson(20, (5, 12)).astype(float)
    said[chance.random(said.shape) < 0.2] = np.nan
    each = Groups(np.arange(5), np.arange(5), 5)
    found = pooled(actual, said, np.ones((5, 12)), each)
    for row in range(5):
        for name in ("mad", "wape", "bias", "tracking_signal"):
            single = getattr(accuracy, name)(actual[row], said[row])
            assert getattr(found, name)[row] == pytest.approx(single), name


def test_nothing_sold_and_nothing_said_are_undefined() -> None:
    zero = np.zeros((1, 2))
    assert np.isnan(pooled(zero, zero + 1, zero, ONE).wape[0])
    nothing = pooled(zero, np.full((1, 2), np.nan), zero, ONE)
    assert nothing.pairs[0] == 0
    assert np.isnan([nothing.mad[0], nothing.wape[0], nothing.mase[0], nothing.tracking_signal[0]]).all()


def test_the_scale_knows_only_the_months_up_to_its_own() -> None:
    scale = yearly_scale(np.array([[1.0, 5, np.nan, 6, 8]]), season=1)
    np.testing.assert_array_equal(scale, [[np.nan, 4, 4, 4, 3]])
    assert np.isnan(yearly_scale(np.ones((1, 12)))).all()
