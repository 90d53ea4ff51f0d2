"""Random supply problems for the properties of the engine."""

import numpy as np
import pytest

from planning.engine import SupplyProblem


def random_problem(seed, *, items=12, months=8, resources=3, tightness=1.0, **changes):
    """A make-to-stock problem with seasons, lead times, two levels of components, overtime and subcontracting."""
    rng = np.random.default_rng(seed)
    season = 1 + 0.5 * np.sin(np.arange(months) * 2 * np.pi / 12 + rng.uniform(0, 6, (items, 1)))
    demand = np.round(rng.lognormal(4, 0.8, (items, 1)) * season, 1)
    demand[-2:] = 0  # the last two are only ever components
    lead_time = rng.choice([0, 1, 2], items, p=[0.6, 0.3, 0.1])
    cost = rng.lognormal(2, 0.5, items)
    lines = [(item, int(rng.integers(resources)), rng.uniform(0.05, 0.3), 0) for item in range(items)]
    lines += [(item, int(rng.integers(resources)), 0.05, 1) for item in range(0, items, 3)]
    bom = [(0, items - 1, 2.0), (1, items - 1, 1.0), (1, items - 3, 1.0), (items - 3, items - 2, 0.5)]
    with_parts = cost.copy()
    for parent, component, quantity in reversed(bom):
        with_parts[parent] += quantity * with_parts[component]
    hours = np.zeros(resources)
    for item, resource, per_unit, _ in lines:
        hours[resource] += per_unit * demand[item].mean()
    problem = {
        "demand": demand,
        "opening_inventory": demand[:, 0] * rng.uniform(-0.3, 1.5, items),
        "production_cost": cost,
        "holding_cost": 0.02 * cost,
        "lead_time": lead_time,
        "scheduled_receipts": np.where(np.arange(months) < lead_time[:, None], demand * 0.7, 0),
        "backorder_cost": 0.1 * cost,
        "lost_sale_cost": np.where(rng.random(items) < 0.6, 3 * with_parts, np.inf),
        "safety_stock": np.repeat(demand.mean(axis=1, keepdims=True) * 0.3, months, axis=1),
        "safety_stock_cost": 0.06 * cost,
        "subcontract_cost": np.where(rng.random(items) < 0.2, 1.4 * cost, np.inf),
        "subcontract_lead_time": np.ones(items),
        "routing": lines,
        "regular_hours": np.repeat(hours[:, None] / tightness + 1, months, axis=1),
        "overtime_hours": np.repeat(0.25 * hours[:, None], months, axis=1),
        "overtime_cost": rng.uniform(20, 40, resources),
        "bom": bom,
    }
    return SupplyProblem(**(problem | changes))


@pytest.fixture(name="random_problem")
def random_problem_fixture():
    return random_problem
