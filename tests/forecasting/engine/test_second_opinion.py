"""A second opinion is given on any series long enough, and says so when a model does not fit."""

import numpy as np
import pytest

from forecasting.engine import second_opinion as module
from forecasting.engine.second_opinion import second_opinion

SEASON = 1 + 0.3 * np.sin(np.arange(48) / 12 * 2 * np.pi)


def test_the_parts_add_up_and_three_opinions_are_given() -> None:
    history = np.concatenate([[np.nan] * 3, 100 * SEASON + np.arange(48) % 5])
    found = second_opinion(history, 6)
    assert found.decomposition
    parts = found.decomposition
    np.testing.assert_allclose(parts.trend + parts.season + parts.remainder, history[3:])
    assert [each.name for each in found.opinions] == ["Evenkeel", "ETS", "SARIMAX"]
    assert all(each.mean is not None and each.mean.shape == (6,) and each.wape < 0.1 for each in found.opinions)


@pytest.mark.parametrize("history", [[], [np.nan] * 60, [5.0] * 35])
def test_short_histories_have_none(history: list[float]) -> None:
    found = second_opinion(history, 6)
    assert (found.decomposition, found.opinions) == (None, [])


def test_nothing_sold() -> None:
    found = second_opinion(np.zeros(40), 3)
    assert all(np.isnan(each.wape) and each.mean is not None and not each.mean.any() for each in found.opinions)


def test_a_model_that_cannot_be_fitted_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(values: np.ndarray, steps: int) -> np.ndarray:
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(module, "sarimax", fail)
    monkeypatch.setattr(module, "ets", lambda values, steps: np.full(steps, np.nan))
    ours, *others = second_opinion(100 * SEASON, 6).opinions
    assert ours.mean is not None
    assert all(each.mean is None and np.isnan(each.wape) for each in others)
