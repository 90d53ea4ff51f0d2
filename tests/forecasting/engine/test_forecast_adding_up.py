"""Each family takes the way of adding up that did best; what is outside the hierarchy stays as it is."""

import numpy as np
import pytest

from forecasting.engine import Hierarchy, add_up, forecast
from forecasting.engine.reconcile import reconcile

MONTHS, HORIZON = 48, 12


def jumping_family(series: int = 8, seed: int = 3) -> np.ndarray:
    """Shares jump from month to month, the sum is a clear season."""
    share = np.random.default_rng(seed).dirichlet(np.ones(series) * 0.6, size=MONTHS)
    return share.T * 1000 * (1.5 + np.sin(np.arange(MONTHS) * np.pi / 6))


def steady_family(series: int = 8) -> np.ndarray:
    """Each series has a season of its own, and is forecast well by itself."""
    phase = np.arange(series)[:, None]
    noise = np.random.default_rng(5).normal(1, 0.01, (series, MONTHS))
    return 100 * (1.5 + np.sin((np.arange(MONTHS) + phase) * np.pi / 6)) * noise


def hierarchy(*families: np.ndarray) -> Hierarchy:
    family = np.repeat(np.arange(len(families)), [len(each) for each in families])
    return Hierarchy(family, np.arange(len(family)) % 2, np.ones(len(family), dtype=bool))


def test_each_family_takes_its_own_way() -> None:
    families = jumping_family(), steady_family()
    history = np.concatenate(families)
    mean = forecast(history, HORIZON).mean
    lent = np.zeros(history.shape, dtype=bool)
    added, way = add_up(history, lent, mean, hierarchy(*families))
    assert set(way[:8]) <= {"reconciled", "middle-out"}
    assert set(way[8:]) == {"bottom-up"}
    np.testing.assert_array_equal(added[8:], mean[8:])
    assert (added >= 0).all()


def test_a_family_does_not_move_for_its_neighbour() -> None:
    families = jumping_family(), jumping_family(seed=4)
    history = np.concatenate(families)
    mean, lent = forecast(history, HORIZON).mean, np.zeros(history.shape, dtype=bool)
    together, _ = add_up(history, lent, mean, hierarchy(*families))
    alone, _ = add_up(history[:8], lent[:8], mean[:8], hierarchy(families[0]))
    np.testing.assert_allclose(together[:8], alone, rtol=1e-9, atol=1e-9)


def test_an_ended_series_stays_at_zero() -> None:
    history = jumping_family()
    history[0, -20:] = 0
    mean, lent = forecast(history, HORIZON).mean, np.zeros(history.shape, dtype=bool)
    mean[0] = 0
    one = hierarchy(history)
    added, way = add_up(history, lent, mean, Hierarchy(one.family, one.market, one.part & (np.arange(8) > 0)))
    assert way[0] != "bottom-up"
    assert added[0].tolist() == [0] * HORIZON


def test_lent_months_are_counted_once() -> None:
    history = jumping_family()
    doubled = np.concatenate([history, history[:1]])
    lent = np.zeros(doubled.shape, dtype=bool)
    lent[8, :-6] = True
    mean = forecast(doubled, HORIZON).mean
    added, _ = add_up(doubled, lent, mean, hierarchy(doubled))
    assert added.sum() == pytest.approx(1500 * HORIZON, rel=0.25)


def test_a_short_past_is_summed_up() -> None:
    history = jumping_family()[:, :14]
    mean = forecast(history, HORIZON).mean
    added, way = add_up(history, np.zeros(history.shape, dtype=bool), mean, hierarchy(history))
    assert set(way) == {"bottom-up"}
    np.testing.assert_array_equal(added, mean)


def test_no_series_at_all() -> None:
    nothing = np.empty((0, 40))
    added, way = add_up(nothing, nothing > 0, np.empty((0, HORIZON)), hierarchy(nothing))
    assert added.shape == (0, HORIZON)
    assert len(way) == 0


def test_it_equals_hierarchicalforecast() -> None:
    """Structural scaling over families and markets, by the library that is used for it elsewhere."""
    methods = pytest.importorskip("hierarchicalforecast.methods", reason="benchmarks/requirements.txt has the oracle")
    random = np.random.default_rng(0)
    leaf = random.uniform(50, 100, (12, HORIZON))
    family, cell = np.repeat(np.arange(3), 4), np.repeat(np.arange(6), 2)
    sums = [np.eye(size)[:, group] for size, group in ((3, family), (6, cell))]
    totals = [matrix @ leaf * random.uniform(0.9, 1.1, (len(matrix), HORIZON)) for matrix in sums]
    found = reconcile(leaf, totals, (family, cell))
    matrix = np.concatenate([*sums, np.eye(12)])
    oracle = methods.MinTrace(method="wls_struct")
    theirs = oracle.fit_predict(S=matrix, y_hat=np.concatenate([*totals, leaf]))["mean"]
    np.testing.assert_allclose(np.concatenate([*found.totals, found.leaf]), theirs, rtol=1e-9)
