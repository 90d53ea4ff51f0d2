"""Accuracy measures, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from forecasting.engine import accuracy

ACTUAL = [100, 0, 50, 200, 150, 80]
FORECAST = [120, 10, 40, 180, 165, 80]
TRAINING = [90, 110, 95, 105, 100, 120, 100]


@pytest.mark.parametrize(
    ("measure", "known"),
    [
        (accuracy.mad, "12.5"),
        (accuracy.wape, "0.12931"),
        (accuracy.bias, "0.02586"),
        (accuracy.mape, "0.12000"),
        (accuracy.mpe, "0.00000"),
        (accuracy.smape, "0.43409"),  # (2/11 + 2 + 2/9 + 2/19 + 2/21) / 6
        (accuracy.rmse, "14.289"),
        (accuracy.tracking_signal, "-1.20"),
    ],
)
def test_measures_of_a_known_half_year_to_the_digit(measure, known):
    decimals = len(known.partition(".")[2])
    assert f"{measure(ACTUAL, FORECAST):z.{decimals}f}" == known


def test_mase_scales_by_the_naive_error_of_the_training_history():
    assert accuracy.mase(ACTUAL, FORECAST, TRAINING) == pytest.approx(12.5 / 15.0)


def test_mase_against_last_year():
    training = np.concatenate([np.full(12, 10.0), np.full(12, 15.0)])
    assert accuracy.mase([20.0], [30.0], training, season=12) == pytest.approx(10 / 5)


def test_forecasting_too_high_is_a_positive_bias_and_a_negative_signal():
    assert accuracy.bias([100, 100], [110, 110]) == pytest.approx(0.1)
    assert accuracy.tracking_signal([100, 100], [110, 110]) == pytest.approx(-2)


def test_missing_pairs_are_left_out():
    assert accuracy.wape([100, np.nan, 100], [90, 50, np.nan]) == pytest.approx(0.1)


@pytest.mark.parametrize("measure", [accuracy.wape, accuracy.bias, accuracy.mape, accuracy.mpe])
def test_ratios_to_no_sales_are_undefined(measure):
    assert math.isnan(measure([0, 0], [1, 2]))


def test_a_perfect_forecast_has_no_tracking_signal():
    assert math.isnan(accuracy.tracking_signal([5, 6], [5, 6]))


def test_nothing_against_nothing_is_no_error():
    assert accuracy.smape([0, 0], [0, 0]) == 0


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="same shape"):
        accuracy.mad([1, 2], [1, 2, 3])
