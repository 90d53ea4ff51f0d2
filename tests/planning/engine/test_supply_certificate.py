"""The certificate stands on its own: valid for any prices, and it finds what is wrong with a plan."""

import dataclasses

import numpy as np
import pytest

from planning.engine import Workforce, check, solve
from planning.engine.certificate import Prices, cost, lower_bound


def some_prices(problem, item, hour):
    months = problem.months
    return Prices(
        item=item,
        hour=hour,
        shipment=np.zeros((problem.shipment_items.size, months)),
        change=np.zeros((0, months - 1)),
        head_count=np.zeros((0, months)),
        worker_overtime=np.zeros((0, months)),
    )


@pytest.mark.parametrize("seed", range(8))
def test_any_prices_give_a_valid_bound(random_problem, seed):
    problem = random_problem(seed, tightness=1.2)
    best = solve(problem)
    rng = np.random.default_rng(seed)
    for spread in (0.0, 0.1, 3.0):
        item = best.item_price + spread * rng.normal(size=best.item_price.shape)
        hour = best.capacity_price + spread * rng.normal(size=best.capacity_price.shape)
        bound = lower_bound(problem, some_prices(problem, item, hour))
        assert np.isfinite(bound)
        assert bound <= best.cost * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_any_prices_of_people_and_change_give_a_valid_bound(random_problem, seed):
    crew = Workforce(1, 1, 150, 20, 3000, 500, 800)
    problem = random_problem(seed, smoothing_cost=3.0, workforce=[crew])
    rng = np.random.default_rng(seed)
    shape = (problem.items, problem.months)
    prices = Prices(
        item=rng.normal(5, 20, shape),
        hour=rng.normal(5, 20, (problem.resources, problem.months)),
        shipment=rng.normal(0, 5, (problem.shipment_items.size, problem.months)),
        change=rng.normal(0, 5, (problem.resources, problem.months - 1)),
        head_count=rng.normal(0, 900, (1, problem.months)),
        worker_overtime=rng.normal(0, 9, (1, problem.months)),
    )
    bound = lower_bound(problem, prices)
    assert np.isfinite(bound)
    assert bound <= solve(problem).cost


def test_prices_of_zero_give_a_bound_of_zero_or_more(random_problem):
    problem = random_problem(3, opening_inventory=0, scheduled_receipts=0)
    nothing = some_prices(problem, np.zeros_like(problem.demand), np.zeros_like(problem.regular_hours))
    assert lower_bound(problem, nothing) >= -1e-9


def test_cost_counts_every_quantity(random_problem):
    problem = random_problem(2)
    best = solve(problem)
    assert cost(problem, best) == best.cost
    more = dataclasses.replace(best, overtime=best.overtime + 1)
    assert cost(problem, more) - best.cost == pytest.approx(problem.overtime_cost.sum() * problem.months)


BROKEN = {
    "balance": ("inventory", 5.0),
    "production": ("production", -5.0),
    "overtime": ("overtime", 1e6),
    "capacity": ("load", 1e6),
    "lost": ("lost", 1e6),
    "backorder": ("backorder", 1e6),
    "sign": ("safety_shortfall", -1e6),
    "subcontract": ("subcontract", 1.0),
}


@pytest.mark.parametrize("limit", BROKEN)
def test_a_broken_limit_is_found(random_problem, limit):
    problem = random_problem(2)
    best = solve(problem)
    quantity, change = BROKEN[limit]
    broken = dataclasses.replace(best, **{quantity: getattr(best, quantity) + change})
    assert getattr(check(problem, broken), limit) > 0.9
    assert check(problem, best).largest < 1e-6
