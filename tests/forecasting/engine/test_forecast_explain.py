"""The numbers behind a forecast: trend, season, break, members, backtest."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.engine import explain, forecast

MONTHS = 60
TIME = np.arange(MONTHS)


def explained(history, horizon=12, first_month=1):
    return explain(history, forecast(history, horizon, first_month=first_month), first_month=first_month)


def noisy(level, noise=0.05, series=50):
    return level * np.random.default_rng(4).lognormal(0, noise, (series, len(level)))


def test_a_trend_is_told_per_year():
    found = explained(noisy(100 * 1.10 ** (TIME / 12)))
    assert np.median(found.trend) == pytest.approx(0.10, abs=0.02)
    assert np.median(found.outlook) == pytest.approx(0.10, abs=0.05)


def test_peak_and_trough_are_calendar_months():
    # The history begins in April; the sine is highest three and lowest nine months later.
    found = explained(noisy(100 * (1 + 0.4 * np.sin(2 * np.pi * TIME / 12))), first_month=4)
    assert (found.peak_month == 7).mean() > 0.7
    assert (found.trough_month == 1).mean() > 0.7
    assert (found.seasonal_strength > 0.9).all()


def test_noise_has_no_season():
    found = explained(noisy(np.full(MONTHS, 100.0), noise=0.2))
    assert np.median(found.seasonal_strength) < 0.1
    assert (found.peak_month == 0).mean() > 0.3


def test_a_constant_series_has_nothing_to_tell():
    found = explained(np.full((1, MONTHS), 7.0))
    assert found.trend[0] == pytest.approx(0, abs=1e-9)
    assert found.seasonal_strength[0] == 0
    assert (found.peak_month[0], found.trough_month[0], found.break_at[0]) == (0, 0, -1)
    assert found.member_spread[0] == pytest.approx(0, abs=1e-3)


def test_a_break_is_told_with_its_change_and_is_no_trend():
    found = explained(noisy(np.where(TIME < 44, 100.0, 150.0)))
    broken = found.break_at >= 0
    assert broken.mean() > 0.9
    assert np.median(found.break_change[broken]) == pytest.approx(0.5, abs=0.05)
    assert np.abs(np.median(found.trend[broken])) < 0.05


def test_value_added_is_the_part_of_the_naive_error_that_is_avoided():
    found = explained(noisy(np.full(MONTHS, 100.0), noise=0.2))
    assert found.value_added == pytest.approx(1 - found.wape / found.naive_wape)
    assert np.median(found.value_added) > 0.1


def test_sporadic_series_have_neither_trend_nor_season():
    found = explained(np.tile([5.0, 0, 0, 6], 15)[None, :])
    assert np.isnan(found.trend[0])
    assert np.isnan(found.seasonal_strength[0])
    assert found.peak_month[0] == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 140)),
        elements=st.one_of(st.just(float("nan")), st.just(0.0), st.floats(-10, 1e3), st.sampled_from([1e12, 1e-9])),
    ),
    st.sampled_from([1, 5, 18]),
)
def test_any_history_can_be_explained(history, horizon):
    found = explained(history, horizon)
    for field in dataclasses.fields(found):
        values = getattr(found, field.name)
        assert values.shape == (len(history),)
        assert not np.isinf(values).any()


def test_history_and_forecast_belong_together():
    with pytest.raises(ValueError, match="series"):
        explain(np.ones((2, 24)), forecast(np.ones((3, 24)), 6))
