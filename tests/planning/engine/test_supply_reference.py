"""The engine against the same plan written out cell by cell for another solver interface."""

from collections import defaultdict

import numpy as np
import pytest
from scipy.optimize import linprog

from planning.engine import Workforce, solve


class Cells:
    """Variables by name, item and month; every row a dictionary of them."""

    def __init__(self):
        self.cost, self.bounds, self.index = [], [], {}
        self.equal, self.at_most = [], []
        self.constant = 0.0

    def add(self, key, cost, low, high):
        self.index[key] = len(self.cost)
        self.cost.append(cost)
        self.bounds.append((low, None if np.isinf(high) else high))

    def solve(self):
        def matrix(rows):
            table = np.zeros((len(rows), len(self.cost)))
            for number, (row, _) in enumerate(rows):
                for key, value in row.items():
                    table[number, self.index[key]] += value
            return table, [right for _, right in rows]

        a_ub, b_ub = matrix(self.at_most)
        a_eq, b_eq = matrix(self.equal)
        found = linprog(self.cost, a_ub, b_ub, a_eq, b_eq, self.bounds, method="highs-ipm")
        assert found.status == 0
        return found.fun + self.constant


def unit_costs(p):
    cost = np.minimum(p.production_cost, p.subcontract_cost)
    for _ in range(p.items):
        made = p.production_cost.copy()
        for parent, component, quantity in p.bom:
            made[int(parent)] += quantity * cost[int(component)]
        cost = np.minimum(made, p.subcontract_cost)
    return cost


def add_item_cells(cells, p, i):
    owed_before, late_at_end = max(-p.opening_inventory[i], 0), unit_costs(p)[i]
    so_far = owed_before
    for t in range(p.months):
        so_far += p.demand[i, t]
        open_demand = p.demand[i, t] + (owed_before if t == 0 else 0)
        cells.add(("make", i, t), p.production_cost[i], 0, np.inf if t + p.lead_time[i] < p.months else 0)
        cells.add(("stock", i, t), p.holding_cost[i], 0, np.inf)
        cells.add(("short", i, t), p.safety_stock_cost[i], 0, np.inf)
        cells.at_most.append(({("stock", i, t): -1, ("short", i, t): -1}, -p.safety_stock[i, t]))
        last = t == p.months - 1
        can_owe = so_far if np.isfinite(p.backorder_cost[i]) and not (last and p.closing_inventory[i] >= 0) else 0
        cells.add(("owe", i, t), (p.backorder_cost[i] if can_owe else 0) + late_at_end * last, 0, can_owe)
        can_lose = np.isfinite(p.lost_sale_cost[i])
        cells.add(("lose", i, t), p.lost_sale_cost[i] if can_lose else 0, 0, open_demand if can_lose else 0)
        buys = np.isfinite(p.subcontract_cost[i]) and t + p.subcontract_lead_time[i] < p.months
        cells.add(("buy", i, t), p.subcontract_cost[i] if buys else 0, 0, np.inf if buys else 0)
        shipped = {("lose", i, t): 1, ("owe", i, t): 1}
        cells.at_most.append((shipped | ({("owe", i, t - 1): -1} if t else {}), open_demand))
    cells.at_most.append(({("stock", i, p.months - 1): -1}, -max(p.closing_inventory[i], 0)))


def add_balance(cells, p, i):
    for t in range(p.months):
        row = defaultdict(float, {("stock", i, t): -1, ("owe", i, t): 1, ("lose", i, t): 1})
        if t:
            row["stock", i, t - 1], row["owe", i, t - 1] = 1, -1
        for name, lead in (("make", int(p.lead_time[i])), ("buy", int(p.subcontract_lead_time[i]))):
            if t >= lead:
                row[name, i, t - lead] += 1
        for parent, component, quantity in p.bom:
            if component == i:
                row["make", int(parent), t] -= quantity
        opening = p.opening_inventory[i] if t == 0 else 0
        cells.equal.append((row, p.demand[i, t] - p.scheduled_receipts[i, t] - opening))


def hours_of(p, r, t):
    load = defaultdict(float)
    for item, resource, hours, offset in p.routing:
        if resource == r and t >= offset:
            load["make", int(item), t - int(offset)] += hours
    return load


def add_resource(cells, p, r):
    crews = [crew for crew in p.workforce if crew.resource == r]
    for t in range(p.months):
        cells.add(("over", r, t), p.overtime_cost[r], 0, np.inf if crews else p.overtime_hours[r, t])
        row = hours_of(p, r, t) | {("over", r, t): -1}
        for crew in crews:
            add_workers(cells, crew, r, t)
            row["work", r, t] = -crew.regular_hours_per_worker[t]
        cells.at_most.append((row, 0 if crews else p.regular_hours[r, t]))
        if t:
            add_change(cells, p, r, t)


def add_workers(cells, crew, r, t):
    for name, cost in zip(("work", "hire", "fire"), crew[4:7], strict=True):
        cells.add((name, r, t), cost, 0, np.inf)
    cells.at_most.append(({("over", r, t): 1, ("work", r, t): -crew.overtime_hours_per_worker[t]}, 0))
    count = {("work", r, t): 1, ("hire", r, t): -1, ("fire", r, t): 1}
    cells.equal.append((count | ({("work", r, t - 1): -1} if t else {}), 0 if t else crew.opening_workers))


def add_change(cells, p, r, t):
    for sign, name in ((1, "rise"), (-1, "fall")):
        cells.add((name, r, t), p.smoothing_cost[r], 0, np.inf)
        change = defaultdict(float, {(name, r, t): -1})
        for month, direction in ((t, sign), (t - 1, -sign)):
            for key, hours in hours_of(p, r, month).items():
                change[key] += direction * hours
        cells.at_most.append((change, 0))


def least_cost(problem):
    cells = Cells()
    for item in range(problem.items):
        add_item_cells(cells, problem, item)
    for item in range(problem.items):
        add_balance(cells, problem, item)
    for resource in range(problem.resources):
        add_resource(cells, problem, resource)
    return cells.solve()


VARIANTS = {
    "plain": {},
    "closing": {"closing_inventory": 10.0, "opening_inventory": 200.0},
    "smooth": {"smoothing_cost": 4.0},
    "staffed": {"workforce": [Workforce(0, 2, 150, 20, 3000, 500, 800)]},
    "dear safety stock": {"safety_stock_cost": 20.0},
    "never lost": {"lost_sale_cost": np.inf},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [11, 12])
def test_least_cost_agrees_with_the_model_written_out(random_problem, variant, seed):
    problem = random_problem(seed, tightness=1.2, **VARIANTS[variant])
    assert solve(problem).cost == pytest.approx(least_cost(problem), rel=1e-6)
