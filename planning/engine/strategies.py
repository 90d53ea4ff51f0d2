"""Level and chase: the two classic production strategies, and the least-cost plan as the third.

Make to stock plans an inventory, make to order a backlog; both are stocks of zero or more. Source: the production
planning arithmetic of the APICS body of knowledge (total production = total demand + closing − opening inventory).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from planning.engine.arrays import Array, Mask, earlier, later
from planning.engine.bom import quantity_matrix
from planning.engine.problem import SupplyPlan, SupplyProblem
from planning.engine.simulation import simulate
from planning.engine.solver import solve

Strategy = Literal["level", "chase", "optimal"]


def plan(
    problem: SupplyProblem, strategy: Strategy = "optimal", *, working_days: ArrayLike | None = None
) -> SupplyPlan:
    """The plan of a strategy: level and chase show what they would load, only "optimal" respects capacity."""
    if strategy == "optimal":
        return solve(problem)
    return simulate(problem, strategy_production(problem, strategy, working_days=working_days))


def apply_strategy(
    problem: SupplyProblem, strategy: Strategy, *, working_days: ArrayLike | None = None
) -> SupplyProblem:
    """The problem with the finished products' production fixed to the strategy; unchanged for "optimal".

    Solving it plans components, overtime, subcontracting and refused demand at least cost around that production, and
    raises ValueError where capacity or lead times do not allow it.
    """
    if strategy == "optimal":
        return problem
    production = strategy_production(problem, strategy, working_days=working_days)
    finished = (problem.codes == 0)[:, None]
    return replace(
        problem,
        min_production=np.where(finished, production, problem.min_production),
        max_production=np.where(finished, production, problem.max_production),
    )


def strategy_production(problem: SupplyProblem, strategy: Strategy, *, working_days: ArrayLike | None = None) -> Array:
    """Releases [n, t] of "level" or "chase", ignoring capacity but within the limits of production.

    Finished products follow the strategy up to their safety stock (level: the closing inventory, if more). What goes
    into other items is made lot for lot, parents first, from their dependent demand and its own.
    """
    if strategy not in ("level", "chase"):
        raise ValueError(f"strategy {strategy!r} is unknown here, expected 'level' or 'chase' of {get_args(Strategy)}")
    uses = quantity_matrix(problem.bom, problem.items)
    production = np.zeros((problem.items, problem.months))
    for code in range(int(problem.codes.max()) + 1):
        items = problem.codes == code
        demand = (problem.net_demand + uses @ production)[items]
        if strategy == "level" and code == 0:
            production[items] = _level_releases(problem, items, demand, working_days)
        else:
            production[items] = _chase_releases(problem, items, demand)
    return production


def level(demand: ArrayLike, opening: ArrayLike, closing: ArrayLike, working_days: ArrayLike | None = None) -> Array:
    """Even production [..., t] that turns the opening into the closing inventory, per working day where given."""
    demand = np.asarray(demand, dtype=np.float64)
    total = demand.sum(axis=-1) + np.asarray(closing) - np.asarray(opening)
    share = _shares(working_days, demand.shape[-1])
    production: Array = np.maximum(total, 0)[..., None] * share
    return production


def chase(demand: ArrayLike, opening: ArrayLike, target: ArrayLike) -> Array:
    """Production [..., t] that follows demand and ends every month at its target inventory, never below zero."""
    demand = np.asarray(demand, dtype=np.float64)
    target = np.broadcast_to(np.asarray(target, dtype=np.float64), demand.shape)
    production, stock = np.zeros_like(demand), np.asarray(opening, dtype=np.float64)
    for month in range(demand.shape[-1]):
        production[..., month] = np.maximum(demand[..., month] + target[..., month] - stock, 0)
        stock = stock + production[..., month] - demand[..., month]
    return production


def level_backlog(
    orders: ArrayLike, opening: ArrayLike, closing: ArrayLike, working_days: ArrayLike | None = None
) -> Array:
    """Even production [..., t] to order that turns the opening into the closing backlog."""
    return level(orders, np.negative(opening), np.negative(closing), working_days)


def chase_backlog(orders: ArrayLike, opening: ArrayLike, target: ArrayLike) -> Array:
    """Production [..., t] to order that ends every month at its target backlog, never below zero."""
    return chase(orders, np.negative(opening), np.negative(target))


def projected_inventory(production: ArrayLike, demand: ArrayLike, opening: ArrayLike) -> Array:
    """Inventory [..., t] at the end of each month; negative where demand is not covered."""
    change = np.asarray(production, dtype=np.float64) - np.asarray(demand, dtype=np.float64)
    inventory: Array = np.asarray(opening, dtype=np.float64)[..., None] + np.cumsum(change, axis=-1)
    return inventory


def projected_backlog(production: ArrayLike, orders: ArrayLike, opening: ArrayLike) -> Array:
    """Backlog [..., t] at the end of each month, a positive quantity."""
    return 0 - projected_inventory(production, orders, np.negative(opening))


def _level_releases(problem: SupplyProblem, items: Mask, net_demand: Array, working_days: ArrayLike | None) -> Array:
    """Releases spread evenly over the months from which they still arrive."""
    closing = np.maximum(problem.safety_stock[items, -1], problem.closing_floor[items])
    total = np.maximum(net_demand.sum(axis=1) + closing, 0)
    days = np.tile(_shares(working_days, problem.months), (total.size, 1))
    days[np.arange(problem.months) + problem.lead_time[items, None] >= problem.months] = 0
    low, high = problem.min_production[items], problem.production_limit[items]
    return _spread_within(total, days, low, high)


def _chase_releases(problem: SupplyProblem, items: Mask, net_demand: Array) -> Array:
    """Releases that bring every month's stock to its target on arrival; fixed releases count first."""
    lead = problem.lead_months[items]
    low = later(problem.min_production[items], lead)
    high = later(problem.production_limit[items], lead)
    target = problem.safety_stock[items].copy()
    target[:, -1] = np.maximum(target[:, -1], problem.closing_floor[items])
    arrival, stock = np.zeros_like(net_demand), np.zeros(lead.size)
    for month in range(problem.months):
        need = net_demand[:, month] + target[:, month] - stock
        arrival[:, month] = np.clip(need, low[:, month], high[:, month])
        stock = stock + arrival[:, month] - net_demand[:, month]
    releases: Array = np.maximum(earlier(arrival, lead), problem.min_production[items])
    return releases


def _spread_within(total: Array, days: Array, low: Array, high: Array) -> Array:
    """Production per day × days, clipped to its limits, with one rate per item such that it adds up to `total`.

    Where the limits forbid the total, production is at the limits.
    """
    even: Array = total[:, None] * days / np.maximum(days.sum(axis=1, keepdims=True), 1e-300)
    bound = ((even < low) | (even > high)).any(axis=1)
    if not bound.any():
        return even

    def made(rate: Array) -> Array:
        clipped: Array = np.clip(rate[:, None] * days[bound], low[bound], high[bound])
        return clipped

    even[bound] = made(_bisect(lambda rate: made(rate).sum(axis=1), total[bound], days[bound]))
    return even


def _bisect(sum_at: Callable[[Array], Array], total: Array, days: Array) -> Array:
    """The rate at which `sum_at`, which grows with it, reaches `total`."""
    smallest = np.where(days > 0, days, np.inf).min(axis=1)
    slow, fast = np.zeros_like(total), total / smallest
    for _ in range(60):
        middle = (slow + fast) / 2
        short = sum_at(middle) < total
        slow, fast = np.where(short, middle, slow), np.where(short, fast, middle)
    rate: Array = fast
    return rate


def _shares(working_days: ArrayLike | None, months: int) -> Array:
    """Each month's part of the working days; raises ValueError where there are none or fewer than zero."""
    days = np.ones(months) if working_days is None else np.asarray(working_days, dtype=np.float64)
    if days.shape != (months,) or not np.isfinite(days).all() or (days < 0).any() or days.sum() == 0:
        raise ValueError(f"working_days must be {months} numbers of 0 or more, and not all 0")
    shares: Array = days / days.sum()
    return shares
