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
    simulate,
    solve,
)


def red_tomato(*, whole, demand=(1600, 3000, 3200, 3800, 2200, 2200)):
    """Red Tomato Tools (Chopra & Meindl, Supply Chain Management)."""
    return SupplyProblem(
        demand=[demand],
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


PROMOTIONS = {
    "in January": ((3000, 2400, 2560, 3800, 2200, 2200), 421_915),
    "in April": ((1600, 3000, 3200, 5060, 1760, 1760), 438_857),
    "in January, much taken": ((4440, 2400, 2560, 3800, 2200, 2200), 456_750),
    "in April, much taken": ((1600, 3000, 3200, 8480, 1760, 1760), 536_200),
}


@pytest.mark.parametrize("promotion", PROMOTIONS)
def test_red_tomato_tools_with_a_promotion_costs_what_the_book_says(promotion):
    demand, cost = PROMOTIONS[promotion]
    plan = solve(red_tomato(whole=False, demand=demand))
    assert round(plan.cost) == cost
    assert plan.bound == pytest.approx(plan.cost, rel=1e-9)


ROOFING = [900, 700, 800, 1200, 1500, 1100]
ROOFING_DAYS = np.array([22, 18, 21, 21, 22, 20])


def roofing(**fields):
    """A roofing manufacturer (Heizer & Render, Operations Management): 1.6 hours a unit at 5 $, stock at 5 $."""
    return SupplyProblem(demand=[ROOFING], opening_inventory=[0], production_cost=[1.6 * 5], holding_cost=[5], **fields)


def test_roofing_by_a_constant_workforce_costs_what_the_book_says():
    production = level(ROOFING, opening=0, closing=0, working_days=ROOFING_DAYS)
    np.testing.assert_allclose(production, 50 * ROOFING_DAYS)
    plan = simulate(roofing(), production[None])
    np.testing.assert_allclose(plan.inventory, [[200, 400, 650, 500, 100, 0]], atol=1e-9)
    assert plan.cost == pytest.approx(58_850)


def test_roofing_by_the_least_workforce_and_subcontracting_costs_what_the_book_says():
    made = [38 * ROOFING_DAYS]
    plan = solve(roofing(min_production=made, max_production=made, subcontract_cost=[10]))
    assert plan.subcontract.sum() == pytest.approx(1_488)
    assert plan.cost == pytest.approx(52_576)


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
