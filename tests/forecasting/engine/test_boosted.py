"""The optional boosted model: learned from the whole portfolio, used where it earned it, absent without its library."""

import sys

import numpy as np
import pytest

from benchmarks.engines import histories
from forecasting import engine
from forecasting.engine import boosted
from forecasting.engine.arrays import MONTHS_PER_YEAR

HORIZON = 12


def portfolio(series: int = 300, months: int = 60) -> np.ndarray:
    """Waves of three years, of which each series shows its own part: a rule that no member knows."""
    random = np.random.default_rng(7)
    level = random.uniform(50, 500, (series, 1))
    wave = 1 + 0.3 * np.sin(np.arange(months) * 2 * np.pi / 36 + random.uniform(0, 6, (series, 1)))
    return level * wave * random.normal(1, 0.03, (series, months))


@pytest.fixture(scope="module")
def learned() -> engine.Shared:
    pytest.importorskip("lightgbm", reason="LightGBM is an optional extra: requirements-extra.txt")
    return engine.learn(portfolio(), HORIZON, boost=True)


def test_a_rule_common_to_all_series_is_learned(learned: engine.Shared) -> None:
    assert learned.boosted is not None
    assert learned.boosted.earned
    history = portfolio(months=60 + HORIZON)
    known, sold = history[:, :-HORIZON], history[:, -HORIZON:]
    plain = engine.forecast(known, HORIZON)
    better = engine.forecast(known, HORIZON, shared=engine.learn(known, HORIZON, boost=True))
    assert np.abs(better.mean - sold).sum() < 0.95 * np.abs(plain.mean - sold).sum()


def test_it_is_one_more_member_and_half_of_the_mean(learned: engine.Shared) -> None:
    plain = engine.forecast(portfolio()[:5], HORIZON)
    found = engine.forecast(portfolio()[:5], HORIZON, shared=learned)
    np.testing.assert_allclose(found.mean, (plain.mean + found.members["boosted"]) / 2)
    assert (found.lower <= found.mean[:, :, None]).all()


def test_learning_again_gives_the_same_model(learned: engine.Shared) -> None:
    assert engine.learn(portfolio(), HORIZON, boost=True).boosted == learned.boosted


def test_a_series_is_forecast_alike_in_any_company(learned: engine.Shared) -> None:
    together = engine.forecast(portfolio(), HORIZON, shared=learned)
    apart = engine.forecast(portfolio()[40:43], HORIZON, shared=learned)
    np.testing.assert_allclose(together.mean[40:43], apart.mean, rtol=1e-9)
    np.testing.assert_allclose(together.upper[40:43], apart.upper, rtol=1e-9)


def test_series_it_cannot_learn_from_stay_as_they_are(learned: engine.Shared) -> None:
    history = portfolio()[:4].copy()
    history[0, -30:] = 0  # ended
    history[1, :-8] = np.nan  # young
    history[2, ::3] = 0  # now and then
    history[3] = 0
    plain = engine.forecast(history, HORIZON)
    found = engine.forecast(history, HORIZON, shared=learned)
    np.testing.assert_array_equal(found.mean, plain.mean)


@pytest.mark.parametrize("months", [14, 20])
def test_a_short_past_is_too_little(months: int) -> None:
    assert engine.learn(portfolio(months=months), HORIZON, boost=True).boosted is None


def test_a_small_portfolio_is_too_little() -> None:
    assert engine.learn(portfolio(series=40), HORIZON, boost=True).boosted is None


def test_where_there_is_nothing_to_learn_it_does_no_harm() -> None:
    pytest.importorskip("lightgbm", reason="LightGBM is an optional extra: requirements-extra.txt")
    noise = np.random.default_rng(1).lognormal(5, 0.2, (300, 60 + HORIZON))
    known, sold = noise[:, :-HORIZON], noise[:, -HORIZON:]
    found = engine.forecast(known, HORIZON, shared=engine.learn(known, HORIZON, boost=True))
    assert np.abs(found.mean - sold).sum() < 1.01 * np.abs(engine.forecast(known, HORIZON).mean - sold).sum()


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(RuntimeError, match=r"requirements-extra\.txt"):
        boosted.library()


def test_widths_of_the_ranges_can_be_shared() -> None:
    history = histories(300, 3 * MONTHS_PER_YEAR)
    shared = engine.learn(history, HORIZON)
    alone = engine.forecast(history[:1], HORIZON, shared=shared)
    together = engine.forecast(history, HORIZON)
    np.testing.assert_allclose(alone.upper[0], together.upper[0], rtol=1e-9)


def test_shared_for_another_horizon_is_refused() -> None:
    with pytest.raises(ValueError, match="same horizon"):
        engine.forecast(portfolio()[:2], 6, shared=engine.learn(portfolio()[:30], HORIZON))
