"""Level breaks: found where they are clear, not in growth or season, and the past raised to the level of today."""

import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.breaks import best_step, level_breaks, on_new_level, squares_around_line
from forecasting.engine.medians import median_of_observed, without_single_peaks

MONTHS = 48
FLAT = np.ones((200, 12))


def noisy(level, noise=0.15, seed=0):
    return level * np.random.default_rng(seed).lognormal(0, noise, (200, MONTHS))


def test_a_doubled_level_is_found_where_it_began():
    level = np.where(np.arange(MONTHS) < 30, 100.0, 200.0)
    found = level_breaks(noisy(level), FLAT)
    assert (np.abs(found - 30) <= 1).mean() > 0.95


@pytest.mark.parametrize(
    "level",
    [np.full(MONTHS, 100.0), 100 * 1.03 ** np.arange(MONTHS), 300 * 0.98 ** np.arange(MONTHS)],
    ids=["flat", "growing", "falling"],
)
def test_no_break_is_seen_in_a_steady_series(level):
    assert (level_breaks(noisy(level), FLAT) >= 0).mean() < 0.05


def test_a_few_months_do_not_make_a_level():
    level = np.where(np.arange(MONTHS) < MONTHS - 4, 100.0, 300.0)
    assert (level_breaks(noisy(level), FLAT) >= 0).mean() < 0.05


def test_the_forecast_tells_the_break_by_column_and_follows_it():
    level = np.where(np.arange(MONTHS) < 34, 100.0, 200.0)
    history = noisy(level)
    longer = np.concatenate([np.full((200, 100), 100.0), history], axis=1)
    result = forecast(longer, 6)
    assert np.median(result.break_at) == 134
    assert np.median(result.mean) == pytest.approx(200, rel=0.05)


def test_a_series_without_a_break_says_so():
    result = forecast(np.array([[0.0] * 24, [5.0] * 24, [np.nan] * 20 + [3.0] * 4]), 3)
    assert result.break_at.tolist() == [-1, -1, -1]


def test_the_past_is_brought_to_the_new_level_with_its_season():
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(12) / 12)
    level = np.where(np.arange(36) < 24, 50.0, 150.0)
    history = (level * season[np.arange(36) % 12])[None, :]
    levelled = on_new_level(history, season[None, ::-1], np.array([24]))
    assert levelled == pytest.approx(150 * season[np.arange(36) % 12][None, :])
    assert np.array_equal(on_new_level(history, season[None, ::-1], np.array([-1])), history)


def test_squares_by_hand():
    values = np.r_[np.zeros(12), np.ones(6)][:, None]
    seen = np.ones(values.shape, dtype=bool)
    row, change, squares = best_step(values, seen)
    assert (row[0], change[0], squares[0]) == (12, 1.0, pytest.approx(0.0, abs=1e-12))
    time = np.arange(18)
    line = np.polyval(np.polyfit(time, values[:, 0], 1), time)
    assert squares_around_line(values, seen) == pytest.approx([((values[:, 0] - line) ** 2).sum()])


def test_medians_leave_out_what_is_missing():
    values = np.array([[3.0, np.nan, 1.0], [np.nan, 4.0, np.nan], [1.0, 2.0, 9.0], [1.0, 2.0, np.nan]])
    assert median_of_observed(values).tolist() == [2.0, 4.0, 2.0, 1.5]
    assert np.isnan(median_of_observed(np.full((1, 3), np.nan))).all()


def test_a_single_peak_vanishes_and_a_step_stays():
    values = np.array([1.0, 1, 9, 1, 1, np.nan, 5, 5, 5])[:, None]
    smooth = without_single_peaks(values)[:, 0]
    assert smooth[[0, 1, 2, 3, 6, 7, 8]].tolist() == [1, 1, 1, 1, 5, 5, 5]
    assert np.isnan(smooth[5])
