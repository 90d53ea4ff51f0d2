"""Launch profiles of like items, and new products phased in along them."""

import numpy as np
import pytest

from forecasting.engine import launch_profile, phase_in

RAMP = np.array([0.2, 0.5, 0.8])


def like_items():
    """Three items, launched in columns 2, 5 and 9, that reach 100, 40 and 7 after three months."""
    history = np.full((3, 40), np.nan)
    for row, (launch, level) in enumerate([(2, 100.0), (5, 40.0), (9, 7.0)]):
        history[row, launch:] = level
        history[row, launch : launch + 3] = level * RAMP
    return history


def test_like_items_show_how_a_launch_takes_off():
    assert launch_profile(like_items(), months=5) == pytest.approx([0.2, 0.5, 0.8, 1, 1])


def test_one_odd_item_does_not_move_the_profile():
    history = like_items()
    history[2, 9] = 500
    assert launch_profile(history, months=3) == pytest.approx(RAMP)


def test_the_season_is_taken_out():
    season = np.tile(1 + 0.5 * np.sin(np.arange(12)), (3, 1))
    history = like_items() * season[:, np.arange(40) % 12]
    assert launch_profile(history, season, months=3) == pytest.approx(RAMP)


def test_items_that_were_always_sold_or_are_too_young_are_no_example():
    assert launch_profile(np.full((2, 40), 5.0), months=3).tolist() == [1, 1, 1]
    young = np.full((1, 40), np.nan)
    young[0, -8:] = 3
    assert launch_profile(young, months=4).tolist() == [1, 1, 1, 1]


def test_a_product_of_two_months_grows_on_along_the_profile():
    history = np.array([[np.nan, np.nan, 20.0, 50.0]])
    assert phase_in(history, RAMP, 3) == pytest.approx(np.array([[80.0, 100.0, 100.0]]))


def test_a_product_still_to_be_launched_takes_the_level_it_is_given():
    history = np.array([[np.nan, 0.0], [np.nan, np.nan]])
    assert phase_in(history, RAMP, 4, level=[50.0, 0.0]) == pytest.approx(np.array([[10, 25, 40, 50], [0, 0, 0, 0]]))


def test_the_season_is_put_back_on():
    season = np.array([[1.0, 0.5, 1.5, 2.0]])
    assert phase_in(np.array([[np.nan, 10.0]]), [0.2], 2, season=season) == pytest.approx(np.array([[150.0, 200.0]]))


def test_a_horizon_of_months():
    with pytest.raises(ValueError, match="horizon"):
        phase_in(np.ones((1, 3)), RAMP, 0)
