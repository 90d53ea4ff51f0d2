"""The plan of least cost: what every plan keeps, and what each block does."""

import dataclasses

import numpy as np
import pytest

from planning.engine import SupplyProblem, Workforce, check, solve
from planning.engine.certificate import balance_residual
from planning.engine.model import build_model


def one_item(demand, **fields):
    basis = {"opening_inventory": [0], "production_cost": [10], "holding_cost": [1]}
    return SupplyProblem(demand=[demand], **(basis | fields))


def test_production_meets_demand_month_by_month():
    plan = solve(one_item([10, 20, 30]))
    np.testing.assert_allclose(plan.production, [[10, 20, 30]])
    assert plan.cost == pytest.approx(600)
    assert plan.method == "exact"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("tightness", [0.7, 1.3])
def test_plan_keeps_every_limit_and_is_certified(random_problem, seed, tightness):
    problem = random_problem(seed, tightness=tightness)
    plan = solve(problem)
    assert check(problem, plan).largest < 1e-6
    np.testing.assert_allclose(balance_residual(problem, plan), 0, atol=1e-8)
    assert (plan.load <= problem.regular_hours + problem.overtime_hours + 1e-7).all()
    assert plan.bound == pytest.approx(plan.cost, rel=1e-9)
    assert plan.bound <= plan.cost * (1 + 1e-9)


FEATURES = {
    "max inventory": {"max_inventory": 60.0},
    "closing inventory": {"closing_inventory": 20.0, "opening_inventory": 300.0},
    "smoothing": {"smoothing_cost": 3.0},
    "fixed production": {"min_production": 5.0, "max_production": 90.0, "opening_inventory": 500.0},
    "dear safety stock": {"safety_stock_cost": 9.0},
    "excess stock": {"opening_inventory": 5000.0},
    "one workforce": {"workforce": [Workforce(1, 1, 150, 20, 3000, 500, 800)]},
    "endless overtime": {"overtime_hours": np.inf},
    "alternates": {"alternates": [(0, 2, 0.2, 0), (0, 1, 0.3, 0), (3, 1, 0.1, 1), (7, 0, 0.02, 0)]},
    "alternates and smoothing": {"alternates": [(0, 2, 0.2, 0), (3, 1, 0.1, 1)], "smoothing_cost": 3.0},
    "shelf life": {"shelf_life": 2.0},
    "storage": {"storage_site": 0, "storage_use": 1.0, "storage_limit": np.full((1, 8), 200.0)},
    "storage of some": {
        "storage_site": np.arange(12) % 3 - 1,
        "storage_use": 0.5,
        "storage_limit": [[60.0] * 8, [np.inf] * 8],
    },
    "nothing late": {"backorder_cost": np.inf, "lost_sale_cost": 80.0},
}


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plan_with_a_feature_is_certified_too(random_problem, feature, seed):
    problem = random_problem(seed, tightness=1.2, **FEATURES[feature])
    plan = solve(problem)
    assert check(problem, plan).largest < 1e-6
    assert plan.bound == pytest.approx(plan.cost, rel=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_or_late_with_ample_capacity_and_lead_time(random_problem, seed):
    ample = {"lead_time": 0, "opening_inventory": 0, "regular_hours": np.full((3, 8), 1e6)}
    problem = random_problem(seed, **ample, subcontract_cost=np.inf)
    plan = solve(problem)
    assert plan.lost.max() == 0
    assert plan.backorder.max() == 0


def test_release_arrives_after_its_lead_time():
    plan = solve(one_item([0, 0, 10, 10], lead_time=[2]))
    np.testing.assert_allclose(plan.production, [[10, 10, 0, 0]])


def test_lead_time_beyond_the_horizon_makes_nothing():
    plan = solve(one_item([5, 5], lead_time=[9], lost_sale_cost=[40]))
    assert plan.production.sum() == 0
    np.testing.assert_allclose(plan.lost, [[5, 5]])


def test_scheduled_receipts_come_before_production():
    plan = solve(one_item([10, 10], scheduled_receipts=[[15, 0]]))
    np.testing.assert_allclose(plan.production.sum(), 5)


def test_safety_stock_is_kept_when_missing_it_costs_more_than_holding_it():
    kept = solve(one_item([10, 10], safety_stock=4, safety_stock_cost=12))
    np.testing.assert_allclose(kept.inventory, 4)
    left = solve(one_item([10, 10], safety_stock=4, safety_stock_cost=0.5))
    np.testing.assert_allclose(left.safety_shortfall, 4)
    assert left.cost == pytest.approx(200 + 0.5 * 8)


def test_short_capacity_makes_the_cheaper_of_late_and_lost():
    short = {"routing": [(0, 0, 1, 0)], "regular_hours": [[10, 30]]}
    late = solve(one_item([20, 20], backorder_cost=[2], lost_sale_cost=[50], **short))
    np.testing.assert_allclose(late.backorder, [[10, 0]])
    lost = solve(one_item([20, 20], backorder_cost=[200], lost_sale_cost=[50], **short))
    np.testing.assert_allclose(lost.lost, [[10, 0]])


def test_backorder_may_remain_after_the_last_month_unless_closing_inventory_is_required():
    short = {"routing": [(0, 0, 1, 0)], "regular_hours": [[10, 10]], "backorder_cost": [2]}
    assert solve(one_item([10, 20], **short)).backorder[0, -1] == pytest.approx(10)
    with pytest.raises(ValueError, match="item 0 lacks 10 units in month 1"):
        solve(one_item([10, 20], closing_inventory=[0], **short))


def test_opening_backlog_is_served_or_lost_and_balances():
    problem = one_item([10, 10, 10], opening_inventory=[-25], backorder_cost=[2], lost_sale_cost=[500])
    plan = solve(problem)
    np.testing.assert_allclose(plan.production, [[35, 10, 10]])
    hopeless = dataclasses.replace(problem, lost_sale_cost=[9])
    np.testing.assert_allclose(solve(hopeless).lost, [[35, 10, 10]])


def test_opening_backlog_carries_on_when_nothing_can_be_made():
    plan = solve(one_item([0, 0], opening_inventory=[-25], backorder_cost=[2], max_production=0))
    np.testing.assert_allclose(plan.backorder, 25)
    late, yet_to_be_made = 25 * 2 * 2, 25 * 10
    assert plan.cost == pytest.approx(late + yet_to_be_made)


def test_cheap_lateness_does_not_leave_the_last_months_unmade():
    plan = solve(one_item([10, 10, 10], backorder_cost=[0.01]))
    np.testing.assert_allclose(plan.production, [[10, 10, 10]])


def test_subcontracting_takes_over_where_own_hours_end():
    problem = one_item(
        [0, 30], routing=[(0, 0, 1, 0)], regular_hours=[[5, 5]], subcontract_cost=[15], subcontract_lead_time=[1]
    )
    plan = solve(problem)
    np.testing.assert_allclose(plan.subcontract, [[20, 0]])
    assert check(problem, plan).largest < 1e-9


def test_overtime_is_used_last_and_within_its_limit():
    problem = one_item(
        [20, 20],
        routing=[(0, 0, 1, 0)],
        regular_hours=[[10, 10]],
        overtime_hours=[[4, 4]],
        overtime_cost=[1],
        backorder_cost=[100],
    )
    plan = solve(problem)
    np.testing.assert_allclose(plan.overtime, 4)
    np.testing.assert_allclose(plan.load, 14)


def test_hours_fall_due_after_their_offset():
    problem = one_item([0, 9], lead_time=[1], routing=[(0, 0, 2, 1)], regular_hours=[[0, 20]])
    np.testing.assert_allclose(solve(problem).load, [[0, 18]])


def bicycle(**fields):
    """Item 0 takes two of item 1 and one of item 2, which takes three of item 1."""
    basis = {
        "demand": [[10, 10, 10], [0, 0, 0], [0, 5, 0]],
        "opening_inventory": [0, 0, 0],
        "production_cost": [1, 1, 1],
        "holding_cost": [1, 1, 1],
        "backorder_cost": [50, 50, 50],
        "bom": [(0, 1, 2), (0, 2, 1), (2, 1, 3)],
        "routing": [(1, 0, 0.1, 0)],
        "regular_hours": [[100, 100, 100]],
    }
    return SupplyProblem(**(basis | fields))


def test_parent_consumes_components_and_loads_their_resources():
    plan = solve(bicycle())
    np.testing.assert_allclose(plan.production, [[10, 10, 10], [50, 65, 50], [10, 15, 10]])
    np.testing.assert_allclose(plan.load, [[5, 6.5, 5]])


def test_component_is_never_borrowed_from_customers():
    problem = bicycle(max_production=[[99] * 3, [0, 99, 99], [99] * 3], backorder_cost=[900, 0.01, 0.01])
    plan = solve(problem)
    assert plan.production[0, 0] == 0
    assert check(problem, plan).largest < 1e-9


def test_component_lead_time_delays_the_parent():
    plan = solve(bicycle(lead_time=[0, 1, 0]))
    assert plan.production[0, 0] == 0
    assert plan.backorder[0, 0] == pytest.approx(10)


def test_price_of_an_hour_is_what_one_more_saves(random_problem):
    problem = random_problem(4, tightness=1.4)
    plan = solve(problem)
    resource, month = np.unravel_index(int(plan.capacity_price.argmax()), plan.capacity_price.shape)
    hours = problem.regular_hours.copy()
    hours[resource, month] += 1e-3
    saved = plan.cost - solve(dataclasses.replace(problem, regular_hours=hours)).cost
    assert plan.capacity_price[resource, month] > 0
    assert saved / 1e-3 == pytest.approx(plan.capacity_price[resource, month], rel=1e-4)


def test_one_more_hour_saves_its_price_in_a_hand_checked_case():
    problem = one_item([20, 0], routing=[(0, 0, 1, 0)], regular_hours=[[10, 30]], backorder_cost=[3])
    plan = solve(problem)
    more = solve(dataclasses.replace(problem, regular_hours=[[11, 30]]))
    assert plan.capacity_price[0, 0] == pytest.approx(3)
    assert plan.cost - more.cost == pytest.approx(3)


@pytest.mark.parametrize("seed", range(6))
def test_more_capacity_never_costs_more(random_problem, seed):
    problem = random_problem(seed, tightness=1.3)
    cost = solve(problem).cost
    rng = np.random.default_rng(seed)
    for name in ("regular_hours", "overtime_hours"):
        hours = getattr(problem, name)
        more = dataclasses.replace(problem, **{name: hours + rng.uniform(0, 5, hours.shape)})
        assert solve(more).cost <= cost * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_same_problem_again_gives_the_same_plan(random_problem, seed):
    problem = random_problem(seed, tightness=1.2)
    first, second = solve(problem), solve(dataclasses.replace(problem))
    assert first.cost == second.cost
    np.testing.assert_array_equal(first.production, second.production)


def test_item_price_is_what_one_more_unit_costs(random_problem):
    problem = random_problem(5, tightness=1.2)
    plan = solve(problem)
    demand = problem.demand.copy()
    demand[3, 4] += 1e-3
    extra = solve(dataclasses.replace(problem, demand=demand)).cost - plan.cost
    assert extra / 1e-3 == pytest.approx(plan.item_price[3, 4], rel=1e-4)


def test_shelf_life_limit_does_not_forbid_stock_that_is_already_there():
    plan = solve(one_item([10, 10, 10], opening_inventory=[100], max_inventory=15))
    np.testing.assert_allclose(plan.inventory, [[90, 80, 70]])


def test_shelf_life_keeps_no_more_than_the_next_months_need():
    build_ahead = {"routing": [(0, 0, 1, 0)], "regular_hours": [[60, 0, 0, 60]], "lost_sale_cost": [99]}
    assert solve(one_item([10, 20, 20, 20], **build_ahead)).lost.sum() == pytest.approx(0)
    plan = solve(one_item([10, 20, 20, 20], shelf_life=1, **build_ahead))
    np.testing.assert_allclose(plan.inventory, [[20, 0, 0, 0]])
    np.testing.assert_allclose(plan.lost, [[0, 0, 20, 0]])


def test_shelf_life_does_not_forbid_opening_stock():
    plan = solve(one_item([10, 10, 10], opening_inventory=[100], shelf_life=1))
    np.testing.assert_allclose(plan.inventory, [[90, 80, 70]])


def test_stock_fits_the_room_of_its_site_and_room_has_a_price():
    build_ahead = {"routing": [(0, 0, 1, 0)], "regular_hours": [[60, 0]], "lost_sale_cost": [99]}
    store = {"storage_site": [0], "storage_use": [2], "storage_limit": [[30, 30]]}
    problem = one_item([10, 20], **build_ahead, **store)
    plan = solve(problem)
    np.testing.assert_allclose(plan.inventory, [[15, 0]])
    np.testing.assert_allclose(plan.storage, [[30, 0]])
    # Half a unit more is sold for half of 99, less making it and holding it a month.
    np.testing.assert_allclose(plan.storage_price, [[(99 - 10 - 1) / 2, 0]])
    assert plan.bound == pytest.approx(plan.cost)
    more = solve(dataclasses.replace(problem, storage_limit=[[31, 30]]))
    assert plan.cost - more.cost == pytest.approx(44)


def test_room_too_small_for_opening_stock_is_no_obstacle():
    store = {"storage_site": [0], "storage_use": [1], "storage_limit": [[5, 5]]}
    plan = solve(one_item([10, 10], opening_inventory=[40], **store))
    np.testing.assert_allclose(plan.inventory, [[30, 20]])


def test_alternate_takes_what_its_resource_has_to_spare():
    routed = {"routing": [(0, 0, 1, 0)], "alternates": [(0, 1, 2, 0)], "backorder_cost": [50]}
    problem = one_item([20, 20], regular_hours=[[15, 15], [6, 100]], **routed)
    plan = solve(problem)
    np.testing.assert_allclose(plan.moved, [[3, 7]])
    np.testing.assert_allclose(plan.load, [[15, 15], [6, 14]], atol=1e-9)
    assert plan.production.sum() == pytest.approx(40)
    assert check(problem, plan).largest < 1e-9
    assert plan.bound == pytest.approx(plan.cost)


def test_alternates_never_cost_more(random_problem):
    problem = random_problem(1, tightness=1.4)
    more = dataclasses.replace(problem, alternates=[(0, 2, 0.2, 0), (3, 1, 0.1, 1)])
    assert solve(more).cost <= solve(problem).cost * (1 + 1e-9)


def test_smoothing_trades_stock_for_steady_hours():
    swings = {"routing": [(0, 0, 1, 0)], "regular_hours": [[99] * 4], "smoothing_cost": [5]}
    plan = solve(one_item([10, 30, 10, 30], **swings))
    assert np.abs(np.diff(plan.load)).sum() < 20


def test_demand_that_may_be_neither_late_nor_lost_is_named_when_it_cannot_be_met():
    with pytest.raises(ValueError, match="item 0 lacks 5 units in month 0"):
        solve(one_item([5, 5], lead_time=[1]))


def test_fixed_production_beyond_capacity_is_named():
    problem = one_item([5], min_production=50, routing=[(0, 0, 1, 0)], regular_hours=[[20]])
    with pytest.raises(ValueError, match="resource 0 lacks 30 hours in month 0"):
        solve(problem)


def test_method_not_offered_is_refused():
    with pytest.raises(ValueError, match="guess"):
        solve(one_item([1]), method="guess")


def test_program_names_its_blocks():
    assert "production[1, 2]" in repr(build_model(one_item([1, 2])))
    assert "backorder" not in repr(build_model(one_item([1, 2])))
