"""Shares as whole percentages."""

import pytest

from sop.words import hundredths


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ([1 / 3, 1 / 3, 1 / 3], [34, 33, 33]),
        ([0.328, 0.336, 0.336], [33, 34, 33]),
        ([0.5, 0.5], [50, 50]),
        ([1.0], [100]),
        ([], []),
    ],
)
def test_percentages_of_a_whole_add_up_to_a_hundred(shares: list[float], told: list[int]) -> None:
    assert hundredths(shares) == told
