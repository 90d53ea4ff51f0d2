"""What must hold for every history anyone could post."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.engine import forecast

quick = settings(max_examples=40, deadline=None, derandomize=True)

quantities = st.one_of(
    st.just(float("nan")),
    st.just(0.0),
    st.floats(-10, 1000),
    st.sampled_from([1e12, 1e-9, 1e15, 1e-15, -1e15, 5e-324, 1e300, float("inf"), float("-inf")]),
)
shapes = st.tuples(st.integers(1, 4), st.integers(1, 70))
plain = arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(3, 60)), elements=st.integers(0, 50))


def assert_sound(result, series, horizon):
    assert result.mean.shape == (series, horizon)
    for values in (result.mean, result.lower, result.upper, result.season):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    for values in result.members.values():
        assert not (values < 0).any()
        assert not np.isinf(values).any()
    mean = result.mean[:, :, None]
    assert (result.lower <= mean).all()
    assert (mean <= result.upper).all()
    assert (result.lower[:, :, 1] <= result.lower[:, :, 0]).all()
    assert (result.upper[:, :, 1] >= result.upper[:, :, 0]).all()
    for values in (result.wape, result.bias, result.naive_wape):
        assert not np.isinf(values).any()


@settings(quick, max_examples=200)
@given(arrays(np.float64, shapes, elements=quantities), st.integers(1, 30))
def test_any_history_gets_a_sound_forecast(history, horizon):
    assert_sound(forecast(history, horizon), len(history), horizon)


@pytest.mark.parametrize("months", [1, 2, 5, 6, 7, 12, 13, 18, 24, 30, 36, 48, 60, 130])
def test_awkward_series_get_a_sound_forecast(months):
    time = np.arange(months)
    history = np.stack(
        [
            np.zeros(months),
            np.full(months, np.nan),
            np.full(months, 7.0),
            np.where(time == 0, 5.0, 0.0),
            np.where(time == months - 1, 5.0, np.nan),
            np.full(months, 1e15) + time,
            np.full(months, 1e-15) * (1 + time),
            np.full(months, -3.0),
            2.0**time,
            np.where(time % 2 == 0, np.nan, 4.0),
            np.where(time % 12 == 0, 1e6, 1.0),
            np.where(time < months - 1, 1.0, 1e9),
        ]
    )
    assert_sound(forecast(history, 18), len(history), 18)


@quick
@given(plain, st.integers(-40, 40))
def test_the_unit_of_measure_does_not_matter(history, power):
    """By a power of two, which floating point scales exactly."""
    result, scaled = forecast(history, 6), forecast(history * 2.0**power, 6)
    for name in ("mean", "lower", "upper"):
        assert getattr(scaled, name) == pytest.approx(getattr(result, name) * 2.0**power, rel=1e-9)
    assert np.array_equal(scaled.pattern, result.pattern)
    assert scaled.wape == pytest.approx(result.wape, nan_ok=True)


@quick
@given(plain, st.randoms(use_true_random=False))
def test_the_order_of_the_series_does_not_matter(history, random):
    order = np.array(random.sample(range(len(history)), len(history)))
    result, shuffled = forecast(history, 6), forecast(history[order], 6)
    for name in ("mean", "lower", "upper", "wape", "bias", "naive_wape"):
        assert getattr(shuffled, name) == pytest.approx(getattr(result, name)[order], rel=1e-6, nan_ok=True)
    assert np.array_equal(shuffled.pattern, result.pattern[order])


@settings(quick, max_examples=60)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 13, 36, 600])), elements=quantities),
    st.sampled_from([1, 60]),
)
def test_the_shortest_and_the_longest_are_forecast_too(history, horizon):
    assert_sound(forecast(history, horizon), len(history), horizon)


@quick
@given(plain)
def test_a_series_is_forecast_alike_alone_and_in_company(history):
    """But for the last bits, which depend on how a processor's vector units cut the batch.

    Only the intervals depend on the company: their widths are pooled over one call.
    """
    together = forecast(history, 6)
    for row, series in enumerate(history):
        alone = forecast(series[None, :], 6)
        np.testing.assert_allclose(alone.mean[0], together.mean[row], rtol=1e-12, atol=1e-290)
        measured = [alone.wape[0], alone.bias[0]], [together.wape[row], together.bias[row]]
        np.testing.assert_allclose(*measured, rtol=1e-12, atol=1e-12)
        assert alone.break_at[0] == together.break_at[row]


@quick
@given(plain)
def test_the_same_question_gets_the_same_answer(history):
    first, second = forecast(history, 6), forecast(history, 6)
    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.upper, second.upper)


@quick
@given(plain)
def test_months_before_the_launch_do_not_matter(history):
    later = np.concatenate([np.full((len(history), 24), np.nan), history], axis=1)
    assert forecast(later, 6).mean == pytest.approx(forecast(history, 6).mean, rel=1e-6)
