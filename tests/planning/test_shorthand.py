"""What a planner types into a cell."""

import pytest

from planning.actions import shorthand
from sop.errors import PlanningError


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("1200", 1200),
        ("=1200", 1200),
        ("+10%", 220),
        ("-5%", 190),
        ("−5%", 190),
        ("*1.1", 220),
        ("+500", 700),
        ("-20", 180),
        ("15k", 15_000),
        ("1.5k", 1_500),
        ("2m", 2_000_000),
        ("1 234", 1234),
        ("1\u2009234", 1234),
        ("1,234", 1234),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("12,5", 12.5),
        ("0", 0),
        (17.25, 17.25),
    ],
)
def test_an_entry_is_understood(entry: str | float, value: float) -> None:
    assert shorthand.parse(entry, 200) == pytest.approx(value)


@pytest.mark.parametrize(
    "entry", ["", "many", "10%", "*10%", "--5", "1e400", "-300", "=", "NaN", float("nan"), "9999999m"]
)
def test_what_is_no_quantity_is_refused_in_words(entry: str | float) -> None:
    with pytest.raises(PlanningError, match=r"“.*”"):
        shorthand.parse(entry, 200)
