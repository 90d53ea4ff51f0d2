"""Level, chase and optimal over many items, and the simulation behind the first two."""

import numpy as np
import pytest

from planning.engine import SupplyProblem, Workforce, apply_strategy, check, plan, simulate, solve


def shop(**fields):
    basis = {
        "demand": [[110, 120, 130, 120, 120]],
        "opening_inventory": [100],
        "production_cost": [10],
        "holding_cost": [1],
        "backorder_cost": [5],
        "safety_stock": 80,
        "safety_stock_cost": [2],
        "routing": [(0, 0, 0.5, 0)],
        "regular_hours": [[60] * 5],
        "overtime_cost": [20],
    }
    return SupplyProblem(**(basis | fields))


def test_level_strategy_makes_the_same_each_month():
    levelled = plan(shop(), "level")
    np.testing.assert_allclose(levelled.production, [[116] * 5])
    np.testing.assert_allclose(levelled.inventory, [[106, 102, 88, 84, 80]])


def test_level_strategy_follows_working_days():
    levelled = plan(shop(), "level", working_days=[20, 19, 21, 20, 20])
    np.testing.assert_allclose(levelled.production, [[116, 110.2, 121.8, 116, 116]])


def test_chase_strategy_follows_demand():
    chased = plan(shop(), "chase")
    np.testing.assert_allclose(chased.production, [[90, 120, 130, 120, 120]])
    np.testing.assert_allclose(chased.inventory, 80)


def test_optimal_strategy_costs_least():
    problem = shop(overtime_hours=[[100] * 5])
    assert plan(problem, "optimal").cost <= min(plan(problem, "level").cost, plan(problem, "chase").cost) + 1e-6
    assert plan(problem).cost == solve(problem).cost


def test_level_and_chase_show_an_overload_instead_of_avoiding_it():
    problem = shop(regular_hours=[[50] * 5])
    chased = plan(problem, "chase")
    assert chased.load.max() == pytest.approx(65)
    assert check(problem, chased).overtime == pytest.approx(15)


def test_chase_releases_a_lead_time_ahead():
    chased = plan(shop(lead_time=[1], scheduled_receipts=[[90, 0, 0, 0, 0]]), "chase")
    np.testing.assert_allclose(chased.production, [[120, 130, 120, 120, 0]])
    np.testing.assert_allclose(chased.inventory, 80)


def test_level_keeps_production_that_is_fixed():
    limits = {"min_production": [[50, 0, 0, 0, 0]], "max_production": [[50, 999, 999, 999, 999]]}
    levelled = plan(shop(**limits), "level")
    np.testing.assert_allclose(levelled.production, [[50, 132.5, 132.5, 132.5, 132.5]])


def test_level_reaches_the_closing_inventory():
    assert plan(shop(closing_inventory=[200]), "level").inventory[0, -1] == pytest.approx(200)


def test_components_are_made_lot_for_lot_in_low_level_order():
    problem = SupplyProblem(
        demand=[[10, 20, 30], [0, 0, 0], [0, 6, 0]],
        opening_inventory=[0, 0, 0],
        production_cost=[1, 1, 1],
        holding_cost=[1, 1, 1],
        backorder_cost=[9, 9, 9],
        bom=[(0, 1, 2), (0, 2, 1), (2, 1, 3)],
    )
    levelled = plan(problem, "level")
    np.testing.assert_allclose(levelled.production, [[20, 20, 20], [100, 118, 100], [20, 26, 20]])
    assert check(problem, levelled).balance < 1e-9


def test_fixed_strategy_can_be_solved():
    problem = shop(overtime_hours=[[10] * 5])
    fixed = solve(apply_strategy(problem, "level"))
    np.testing.assert_allclose(fixed.production, [[116] * 5])
    assert fixed.cost == pytest.approx(plan(problem, "level").cost)
    assert apply_strategy(problem, "optimal") is problem


def test_simulation_owes_what_is_not_there():
    result = simulate(shop(), np.zeros((1, 5)))
    np.testing.assert_allclose(result.backorder, [[10, 130, 260, 380, 500]])
    assert result.lost.sum() == 0
    assert np.isnan(result.bound)
    assert result.method == "simulation"


def test_simulation_of_the_best_plan_costs_the_same(random_problem):
    problem = random_problem(1, lost_sale_cost=np.inf)
    best = solve(problem)
    again = simulate(problem, best.production, best.subcontract)
    assert again.cost == pytest.approx(best.cost)
    np.testing.assert_allclose(again.inventory, best.inventory, atol=1e-6)


def test_workforce_follows_the_simulated_load():
    crew = Workforce(0, 80, 160, 10, 640, 300, 500, whole=True)
    result = simulate(shop(workforce=[crew], routing=[(0, 0, 4, 0)]), [[100, 200, 160, 0, 0]])
    np.testing.assert_allclose(result.workers, [[3, 5, 4, 0, 0]])
    np.testing.assert_allclose(result.hired, [[0, 2, 0, 0, 0]])
    np.testing.assert_allclose(result.laid_off, [[77, 0, 1, 4, 0]])


def test_simulation_refuses_bad_production():
    with pytest.raises(ValueError, match=r"production\[0, 2\] is negative"):
        simulate(shop(), [[1, 1, -1, 1, 1]])


def test_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="sideways"):
        plan(shop(), "sideways")


def test_working_days_must_fit():
    with pytest.raises(ValueError, match="working_days"):
        plan(shop(), "level", working_days=[20, 20])
