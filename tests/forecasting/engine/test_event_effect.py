"""The effect of a promotion is found again in a history that it was planted in."""

import numpy as np
import pytest

from forecasting.engine.events import event_effect

MONTHS = 60
PROMOTIONS = [20, 33, 47, 55]


def history(effect: float, level: float = 200, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    months = np.arange(MONTHS)
    season = 1 + 0.3 * np.sin(months * np.pi / 6)
    values = level * season * np.random.default_rng(2).normal(1, noise, MONTHS)
    event = np.isin(months, PROMOTIONS)
    return np.where(event, values * (1 + effect), values), event


@pytest.mark.parametrize("effect", [0.3, 0.0, -0.25])
def test_what_was_planted_is_found(effect: float) -> None:
    found = event_effect(*history(effect))
    assert found is not None
    assert found.share == pytest.approx(effect, abs=0.06)
    assert found.low < found.share < found.high
    assert found.high - found.low < 0.25
    assert found.months == len(PROMOTIONS)


def test_more_noise_makes_it_less_sure() -> None:
    calm, wild = event_effect(*history(0.3)), event_effect(*history(0.3, noise=0.2))
    assert wild.high - wild.low > 2 * (calm.high - calm.low)


def test_months_without_sales_are_borne() -> None:
    values, event = history(0.5)
    values[::17] = 0
    values[40] = np.nan
    found = event_effect(values, event)
    assert found is not None
    assert found.share == pytest.approx(0.5, abs=0.4)


@pytest.mark.parametrize("case", ["short", "no event", "all event", "empty", "zero"])
def test_too_little_to_tell(case: str) -> None:
    values, event = history(0.3)
    if case == "short":
        values[:-30] = np.nan
    if case == "no event":
        event[:] = False
    if case == "all event":
        event[:] = True
    if case == "empty":
        values[:] = np.nan
    if case == "zero":
        values[:] = 0
    assert event_effect(values, event) is None
