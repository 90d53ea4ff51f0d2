"""The door of the engine: what a caller gets, and what is refused."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from forecasting.engine import ENGINE_VERSION, MEMBER_NAMES, PATTERNS, Forecast, forecast
from forecasting.engine.backtest import holdouts, run_backtest, seasonal_naive
from forecasting.engine.points import BOOSTED, LAUNCH, forecast_points
from forecasting.engine.prepare import clean_history

SEASON = 1 + 0.4 * np.sin(2 * np.pi * np.arange(12) / 12)


def portfolio(series=40, months=48, seed=0):
    random = np.random.default_rng(seed)
    level = random.lognormal(4, 1, (series, 1))
    return level * SEASON[np.arange(months) % 12] * random.lognormal(0, 0.1, (series, months))


def alone(series):
    return np.full(series, -1)


def test_it_forecasts_a_portfolio():
    history = portfolio()
    result = forecast(history, 18)
    assert result.mean.shape == (40, 18)
    assert result.lower.shape == result.upper.shape == (40, 18, 2)
    assert (result.pattern == "smooth").all()
    expected = history.mean(axis=1)[:, None] * SEASON[np.arange(18) % 12]
    assert np.median(np.abs(result.mean / expected - 1)) < 0.06
    assert np.median(result.wape) < 0.12
    assert np.abs(np.median(result.bias)) < 0.05
    assert np.median(result.wape) < np.median(result.naive_wape)
    assert isinstance(ENGINE_VERSION, str)


def test_the_result_cannot_be_reassigned():
    with pytest.raises(dataclasses.FrozenInstanceError):
        forecast(portfolio(2), 3).mean = np.zeros((2, 3))


def test_the_mean_is_the_mean_of_the_members_used():
    result = forecast(portfolio(5, 70), 6)
    used = np.stack(list(result.members.values()))
    assert result.mean == pytest.approx(np.nanmean(used, axis=0))
    assert {"theta", "damped_trend", "quarterly_theta", "holt_winters", "sarima"} == set(result.members)


def test_members_that_a_series_does_not_use_are_missing():
    history = np.full((2, 70), np.nan)
    history[0] = portfolio(1, 70)
    history[1, -24:] = portfolio(1, 24)
    members = forecast(history, 3).members
    assert np.isfinite(members["sarima"][0]).all()
    assert np.isnan(members["sarima"][1]).all()


def test_every_pattern_and_member_is_announced():
    history = np.full((7, 70), np.nan)
    history[0] = portfolio(1, 70)
    history[1, -50:] = portfolio(1, 50)
    history[2, -20:] = portfolio(1, 20)
    history[3, -40:] = np.tile([5.0, 0, 0, 6], 10)
    history[4, -30:] = np.tile([9.0, 8, 0], 10)
    history[5, -3:] = 4
    result = forecast(history, 3)
    assert [*result.members, BOOSTED, LAUNCH] == list(MEMBER_NAMES)  # these two need others to learn from
    assert set(result.pattern) <= set(PATTERNS)


def test_intervals_hold_and_nest():
    result = forecast(portfolio(), 12, levels=(0.5, 0.8, 0.95))
    assert (result.lower <= result.mean[:, :, None]).all()
    assert (result.upper >= result.mean[:, :, None]).all()
    assert (np.diff(result.lower, axis=2) <= 0).all()
    assert (np.diff(result.upper, axis=2) >= 0).all()


def test_levels_may_come_in_any_order():
    history = portfolio()
    up, down = forecast(history, 3, levels=(0.8, 0.9)), forecast(history, 3, levels=(0.9, 0.8))
    assert down.lower == pytest.approx(up.lower[:, :, ::-1])
    assert down.levels == (0.9, 0.8)


def test_intervals_cover_what_they_promise():
    history = portfolio(400, 60, seed=3)
    result = forecast(history[:, :48], 12)
    actual = history[:, 48:, None]
    covered = ((actual >= result.lower) & (actual <= result.upper)).mean(axis=(0, 1))
    assert covered == pytest.approx([0.8, 0.9], abs=0.05)


def test_the_season_is_told_by_calendar_month():
    history = portfolio(5, 50)
    calendar = forecast(history, 6, first_month=4).season
    assert calendar.mean(axis=1) == pytest.approx(np.ones(5))
    assert calendar.mean(axis=0) == pytest.approx(np.roll(SEASON, 3), abs=0.1)


def test_the_first_month_only_names_the_months():
    history = portfolio(5)
    assert np.array_equal(forecast(history, 6).mean, forecast(history, 6, first_month=9).mean)


def test_a_short_series_borrows_the_season_of_its_family():
    history = portfolio(30)
    history[0, :-9] = np.nan
    family = np.zeros(30, dtype=int)
    truth = SEASON[np.arange(12)] / SEASON.mean()
    without, borrowed = forecast(history, 12).mean[0], forecast(history, 12, groups=family).mean[0]
    assert np.corrcoef(borrowed, truth)[0, 1] > 0.95
    assert np.abs(borrowed / borrowed.mean() - truth).mean() < np.abs(without / without.mean() - truth).mean()


def test_a_new_product_is_forecast_at_its_level():
    history = np.full((1, 24), np.nan)
    history[0, -3:] = [9, 10, 11]
    result = forecast(history, 4)
    assert result.pattern.tolist() == ["new"]
    assert result.mean == pytest.approx(np.full((1, 4), 10.0))
    assert np.isnan(result.wape).all()


def test_an_ended_product_is_forecast_at_zero():
    history = np.concatenate([portfolio(1, 36), np.zeros((1, 10))], axis=1)
    result = forecast(history, 4)
    assert result.pattern.tolist() == ["ended"]
    assert (result.upper == 0).all()


def test_a_fading_item_is_not_forecast_far_above_its_last_year():
    random = np.random.default_rng(1)
    history = (random.random((200, 60)) < 0.5) * 10.0
    history[:, 36:] *= random.random((200, 24)) < 0.15
    result = forecast(history, 3)
    sporadic = np.isin(result.pattern, ("intermittent", "lumpy"))
    assert sporadic.sum() > 50
    assert (result.mean[sporadic, 0] <= 1.25 * history[sporadic, -12:].mean(axis=1) + 1e-6).all()


def test_returns_net_to_zero_at_worst():
    history = portfolio(1)
    returned = history.copy()
    returned[0, 20] = -50
    zero = history.copy()
    zero[0, 20] = 0
    assert np.array_equal(forecast(returned, 6).mean, forecast(zero, 6).mean)


def test_a_missing_month_is_not_a_zero_month():
    history = portfolio(20)
    missing, zero = history.copy(), history.copy()
    missing[:, -3], zero[:, -3] = np.nan, 0.0
    full = forecast(history, 6).mean
    assert np.abs(forecast(missing, 6).mean / full - 1).mean() < 0.05
    assert np.abs(forecast(zero, 6).mean / full - 1).mean() > 0.1


def test_growth_is_believed_only_so_far():
    history = 2.0 ** np.arange(30)[None, :]
    assert forecast(history, 36).mean.max() <= 4 * history.max()


@pytest.mark.parametrize(("span", "expected"), [(5, 0), (9, 3), (20, 6), (36, 12), (54, 18), (200, 18)])
def test_a_third_of_a_history_at_most_is_held_out(span, expected):
    assert holdouts(np.array([span]), 18).tolist() == [expected]


def test_the_backtest_knows_nothing_of_the_months_it_is_judged_on():
    history = clean_history(portfolio(10, 60))
    backtest = run_backtest(history, 18, alone(10))
    points = forecast_points(history[:, :-18], 18, alone(10))
    error = np.abs(history[:, -18:] - points.mean).sum(axis=1) / history[:, -18:].sum(axis=1)
    assert backtest.wape == pytest.approx(error)


def test_seasonal_naive_repeats_last_year():
    history = np.arange(1.0, 25.0)[None, :]
    assert seasonal_naive(history, 14)[0].tolist() == [*range(13, 25), 13, 14]
    history[0, 12] = np.nan
    assert seasonal_naive(history, 1)[0].tolist() == [24]


def test_chunks_do_not_change_the_forecast():
    history = clean_history(portfolio(60, 70))
    history[::3, :30] = np.nan
    history[::7, -20] = np.nan
    whole = forecast_points(history, 12, alone(60))
    for size in (1, 7, 32):
        assert np.array_equal(forecast_points(history, 12, alone(60), chunk_size=size).mean, whole.mean)


def test_no_series_is_no_forecast():
    result = forecast(np.empty((0, 24)), 6)
    assert result.mean.shape == (0, 6)
    assert result.upper.shape == (0, 6, 2)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"history": [1, 2, 3]}, "history"),
        ({"history": np.empty((3, 0))}, "history"),
        ({"history": [["a", "b"]]}, "history"),
        ({"horizon": 0}, "horizon"),
        ({"horizon": 2.5}, "horizon"),
        ({"first_month": 13}, "first_month"),
        ({"first_month": 0}, "first_month"),
        ({"levels": ()}, "levels"),
        ({"levels": (0.8, 1.0)}, "levels"),
        ({"groups": [1]}, "groups"),
        ({"groups": [0.5, 0.5]}, "groups"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, field):
    with pytest.raises(ValueError, match=field):
        forecast(**{"history": portfolio(2), "horizon": 3} | arguments)


def test_the_engine_needs_no_django():
    code = "import sys, forecasting.engine; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_fixed_fields_are_there():
    names = {field.name for field in dataclasses.fields(Forecast)}
    assert names >= {"mean", "lower", "upper", "members", "pattern", "wape", "bias", "naive_wape"}
