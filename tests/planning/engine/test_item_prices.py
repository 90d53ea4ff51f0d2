"""Items priced anew beside given prices of hours: the bound stays true and comes closer."""

from dataclasses import replace

import numpy as np
import pytest

from planning.engine import decomposition, solve
from planning.engine.certificate import lower_bound
from planning.engine.exact import find
from planning.engine.item_prices import with_best_items


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("bom", [(), [(0, 11, 2.0), (1, 11, 1.0)]])
def test_bound_from_best_items_is_true_and_no_lower(random_problem, seed, bom):
    problem = random_problem(seed, tightness=1.3, bom=bom)
    least, found = solve(problem).cost, find(problem).prices
    rng = np.random.default_rng(seed)
    for spread in (0.0, 0.3, 1.0):
        other = replace(found, hour=found.hour * rng.uniform(1 - spread, 1 + spread, found.hour.shape))
        bound, better = (lower_bound(problem, prices) for prices in (other, with_best_items(problem, other)))
        assert bound - 1e-6 * least <= better <= least * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_bound_of_limited_stock_and_production_is_true(random_problem, seed):
    problem = random_problem(seed, tightness=1.2, max_inventory=60.0, max_production=np.full((12, 8), 120.0))
    prices = with_best_items(problem, find(problem).prices)
    assert lower_bound(problem, prices) <= solve(problem).cost * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_gap_of_groups_comes_closer(random_problem, seed, monkeypatch):
    problem = random_problem(seed, items=60, tightness=1.2, bom=())
    monkeypatch.setattr(decomposition, "GROUP", 8)
    plan = solve(problem, method="decomposition")
    monkeypatch.setattr(decomposition, "with_best_items", lambda problem, prices: prices)
    plain = solve(problem, method="decomposition")
    assert plain.cost == plan.cost
    assert plain.bound <= plan.bound <= solve(problem).cost * (1 + 1e-9)
