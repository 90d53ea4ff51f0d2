"""Demand patterns."""

import numpy as np
import pytest

from forecasting.engine.pattern import classify, size_variation, zero_runs
from forecasting.engine.prepare import clean_history


def pattern_of(months):
    return str(classify(clean_history(np.array([months], dtype=float)))[0])


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([10, 11, 9, 10, 12, 10, 9, 11] * 3, "smooth"),
        ([1, 20, 2, 40, 1, 9, 1, 60] * 3, "erratic"),
        ([5, 0, 5, 0, 6, 0, 0, 5] * 3, "intermittent"),
        ([1, 0, 50, 0, 2, 0, 0, 90] * 3, "lumpy"),
        ([np.nan] * 20 + [5, 6, 7], "new"),
        ([0] * 20 + [5, 6, 7], "new"),
        ([10] * 24 + [0] * 8, "ended"),
        ([0] * 24, "empty"),
        ([np.nan] * 24, "empty"),
        ([-5] * 24, "empty"),
    ],
)
def test_patterns(months, expected):
    assert pattern_of(months) == expected


def test_an_off_season_is_not_the_end():
    assert pattern_of(([9, 9, 9, 9, 9, 9] + [0] * 6) * 3) == "intermittent"


def test_half_a_year_of_silence_does_not_end_a_product_of_one_season():
    assert pattern_of([9] * 8 + [0] * 8) != "ended"


def test_rare_demand_is_not_ended_by_a_gap_that_its_rate_explains():
    assert pattern_of([7, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4] + [0] * 9) != "ended"


def test_zero_runs_at_the_end_and_before():
    trailing, longest = zero_runs(np.array([[1, 0, 0, 0, 2, 0, 1, 0, 0.0], [np.nan, 1, 0, np.nan, 0, 3, 0, np.nan, 0]]))
    assert trailing.tolist() == [2, 2]
    assert longest.tolist() == [3, 2]


def test_variation_is_of_the_non_zero_sizes_only():
    assert size_variation(np.array([[2.0, 0, 4, np.nan], [0, 0, 0, 0]])) == pytest.approx([1 / 9, 0])
