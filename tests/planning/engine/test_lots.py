"""Releases in whole lots: what every rounded plan keeps, and cases worked by hand."""

import numpy as np
import pytest

from planning.engine import SupplyProblem, check, round_to_lots, solve


def one_item(demand, **fields):
    basis = {"opening_inventory": [0], "production_cost": [10], "holding_cost": [1], "backorder_cost": [30]}
    return SupplyProblem(demand=[demand], **(basis | fields))


def test_lots_are_made_before_stock_runs_out():
    problem = one_item([12, 8, 20])
    rounded = round_to_lots(problem, solve(problem), [10])
    np.testing.assert_allclose(rounded.production, [[20, 0, 20]])
    np.testing.assert_allclose(rounded.inventory, [[8, 0, 0]])
    assert rounded.cost == pytest.approx(solve(problem).cost + 8)
    assert rounded.gap == pytest.approx(8 / 408)
    assert rounded.method == "rounded to lots"


def test_least_quantity_is_rounded_up_to_lots():
    problem = one_item([12, 8, 20])
    rounded = round_to_lots(problem, solve(problem), [10], [25])
    np.testing.assert_allclose(rounded.production, [[30, 0, 30]])


def test_least_quantity_alone_leaves_larger_releases_as_they_are():
    problem = one_item([12, 3, 20])
    rounded = round_to_lots(problem, solve(problem), 0, [10])
    np.testing.assert_allclose(rounded.production, [[12, 10, 13]])


def test_lot_without_hours_is_made_when_there_are():
    problem = one_item([12, 8, 20], routing=[(0, 0, 1, 0)], regular_hours=[[15, 15, 99]])
    rounded = round_to_lots(problem, solve(problem), [10])
    np.testing.assert_allclose(rounded.production, [[10, 10, 20]])
    np.testing.assert_allclose(rounded.backorder, [[2, 0, 0]])


def test_component_follows_its_parent():
    problem = SupplyProblem(
        demand=[[12, 8, 20], [0, 0, 0]],
        opening_inventory=[0, 0],
        production_cost=[10, 1],
        holding_cost=[1, 0.1],
        backorder_cost=[30, 30],
        bom=[(0, 1, 2)],
    )
    rounded = round_to_lots(problem, solve(problem), [10, 25])
    np.testing.assert_allclose(rounded.production, [[20, 0, 20], [50, 0, 50]])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tightness", [0.7, 1.2])
def test_rounded_plan_adds_up_in_whole_lots_within_the_hours(random_problem, seed, tightness):
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, tightness=tightness)
    lots = rng.choice([0.0, 5.0, 12.0, 50.0], problem.items)
    least = rng.choice([0.0, 20.0], problem.items)
    plan = solve(problem)
    rounded = round_to_lots(problem, plan, lots, least)
    parts = rounded.production / np.where(lots > 0, lots, 1)[:, None]
    np.testing.assert_allclose(parts[lots > 0], np.round(parts[lots > 0]), atol=1e-6)
    made = rounded.production > 1e-9
    assert (rounded.production[made] >= np.broadcast_to(least[:, None], made.shape)[made] - 1e-6).all()
    broken = check(problem, rounded)
    assert max(broken.balance, broken.load, broken.sign, broken.production) < 1e-6
    assert max(broken.capacity, broken.overtime) < 1e-4
    assert rounded.bound == plan.bound
    assert rounded.cost >= plan.bound * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_no_lots_change_nothing(random_problem, seed):
    problem = random_problem(seed, tightness=1.2)
    plan = solve(problem)
    assert round_to_lots(problem, plan, 0).cost == pytest.approx(plan.cost, rel=1e-6)


def test_fixed_production_stays():
    problem = one_item([12, 8, 20], min_production=[[7, 0, 0]], max_production=[[7, 99, 99]])
    np.testing.assert_allclose(round_to_lots(problem, solve(problem), [10]).production, [[7, 20, 20]])


def test_negative_lot_is_refused():
    problem = one_item([12])
    with pytest.raises(ValueError, match=r"lots\[0\] is negative"):
        round_to_lots(problem, solve(problem), [-1])
