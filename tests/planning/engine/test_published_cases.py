"""Cases with a published answer."""

import numpy as np
import pytest

from planning.engine import (
    SupplyProblem,
    Workforce,
    chase,
    chase_backlog,
    check,
    level,
    level_backlog,
    projected_backlog,
    projected_inventory,
    solve,
)


def red_tomato(*, whole):
    """Red Tomato Tools (Chopra & Meindl, Supply Chain Management)."""
    return SupplyProblem(
        demand=[[1600, 3000, 3200, 3800, 2200, 2200]],
        opening_inventory=[1000],
        production_cost=[10],
        holding_cost=[2],
        backorder_cost=[5],
        closing_inventory=[500],
        subcontract_cost=[30],
        routing=[(0, 0, 4, 0)],
        overtime_cost=[6],
        workforce=[Workforce(0, 80, 160, 10, 640, 300, 500, whole)],
    )


@pytest.mark.parametrize(("whole", "cost"), [(False, 422_275), (True, 422_660)])
def test_red_tomato_tools_costs_what_the_book_says(whole, cost):
    problem = red_tomato(whole=whole)
    plan = solve(problem)
    assert plan.cost == pytest.approx(cost, rel=1e-9)
    assert plan.bound == pytest.approx(cost, rel=1e-7)
    assert check(problem, plan).largest < 1e-6
    assert plan.backorder[0, -1] == 0
    assert plan.inventory[0, -1] >= 500 - 1e-9


def test_red_tomato_tools_keeps_64_whole_workers():
    plan = solve(red_tomato(whole=True))
    np.testing.assert_array_equal(plan.workers, np.full((1, 6), 64.0))
    assert plan.laid_off[0, 0] == 16


DEMAND = [110, 120, 130, 120, 120]


def test_level_production_is_the_mean_and_the_inventory_takes_the_swings():
    production = level(DEMAND, opening=100, closing=80)
    np.testing.assert_allclose(production, 116)
    np.testing.assert_allclose(projected_inventory(production, DEMAND, 100), [106, 102, 88, 84, 80])


def test_level_production_follows_working_days():
    production = level(DEMAND, opening=100, closing=80, working_days=[20, 19, 21, 20, 20])
    np.testing.assert_allclose(production, [116, 110.2, 121.8, 116, 116])


def test_chase_production_follows_demand_after_reaching_the_target():
    production = chase(DEMAND, opening=100, target=80)
    np.testing.assert_allclose(production, [90, 120, 130, 120, 120])
    np.testing.assert_allclose(projected_inventory(production, DEMAND, 100), 80)


def test_chase_uses_up_stock_above_the_target_before_it_produces():
    np.testing.assert_allclose(chase([100, 100, 100], opening=250, target=0), [0, 0, 50])


def test_level_production_to_order_works_down_the_backlog():
    production = level_backlog([100] * 5, opening=100, closing=80)
    np.testing.assert_allclose(production, 104)
    np.testing.assert_allclose(projected_backlog(production, [100] * 5, 100), [96, 92, 88, 84, 80])


def test_chase_production_to_order_holds_the_backlog():
    production = chase_backlog([100] * 5, opening=100, target=80)
    np.testing.assert_allclose(production, [120, 100, 100, 100, 100])
    np.testing.assert_allclose(projected_backlog(production, [100] * 5, 100), 80)
