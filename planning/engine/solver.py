"""Find the plan of least cost and certify it."""

import time
from dataclasses import replace

import numpy as np

from planning.engine import capacity, certificate
from planning.engine.arrays import Array, Integers
from planning.engine.certificate import Prices
from planning.engine.linear_program import Infeasible, LinearProgram, Solution
from planning.engine.model import build_model
from planning.engine.problem import SupplyPlan, SupplyProblem

# Quantities the simplex method leaves this close to zero, relative to the largest demand, are zero.
DUST = 1e-10


def solve(problem: SupplyProblem, *, method: str = "auto") -> SupplyPlan:
    """The plan of least cost, its quantities, prices, certified bound and gap.

    `method` is "auto" or "exact", at present the same: dual simplex on the whole program, and branch and bound where
    a workforce is whole. Raises ValueError for any other method, and for a problem no plan can satisfy (naming the
    item or resource and the month that lack most).
    """
    if method not in ("auto", "exact"):
        raise ValueError(f"method {method!r} is unknown, expected 'auto' or 'exact'")
    start = time.perf_counter()
    program = build_model(problem)
    try:
        solution = program.solve()
    except Infeasible:
        raise ValueError(_what_is_impossible(problem)) from None
    plan = _plan(problem, program, solution)
    cost = certificate.cost(problem, plan)
    prices = _prices(problem, program, solution)
    bound = _bound(problem, prices, solution)
    return replace(
        plan,
        item_price=prices.item,
        capacity_price=prices.hour,
        cost=cost,
        bound=bound,
        gap=max(0.0, cost - bound) / max(abs(cost), 1e-9),
        seconds=time.perf_counter() - start,
    )


def _bound(problem: SupplyProblem, prices: Prices, solution: Solution) -> float:
    """Prices certify a linear plan; for whole workers only the search of the solver knows more."""
    if problem.crews.whole.any():
        return solution.bound
    return certificate.lower_bound(problem, prices)


def _plan(problem: SupplyProblem, program: LinearProgram, solution: Solution) -> SupplyPlan:
    """Quantities without the solver's dust; stock, load and overtime follow from them."""
    every = np.arange(problem.items)
    production = _clean(problem, _values(problem, program, solution, "production", every))
    production = np.clip(production, problem.min_production, problem.production_limit)
    priced = {
        name: _clean(problem, _values(problem, program, solution, name, np.flatnonzero(np.isfinite(price))))
        for name, price in (
            ("subcontract", problem.subcontract_cost),
            ("backorder", problem.backorder_cost),
            ("lost_sales", problem.lost_sale_cost),
        )
    }
    supply = certificate.net_supply(problem, production, priced["subcontract"])
    net = np.cumsum(supply + priced["lost_sales"] - problem.net_demand, axis=1)
    inventory = _clean(problem, net + priced["backorder"])
    load = capacity.load(production, problem.routing, problem.resources)
    workers, hired, laid_off = (_crew_values(problem, program, solution, name) for name in _CREW_BLOCKS)
    hours, _ = certificate.available_hours(problem, workers)
    return SupplyPlan(
        production=production,
        subcontract=priced["subcontract"],
        inventory=inventory,
        backorder=priced["backorder"],
        lost=priced["lost_sales"],
        safety_shortfall=np.maximum(problem.safety_stock - inventory, 0),
        load=load,
        overtime=np.maximum(load - hours, 0),
        capacity_price=np.zeros_like(load),
        workers=workers,
        hired=hired,
        laid_off=laid_off,
        item_price=np.zeros_like(production),
        cost=0.0,
        bound=0.0,
        gap=0.0,
        method="exact",
        seconds=0.0,
    )


_CREW_BLOCKS = ("workers", "hired", "laid_off")


def _values(problem: SupplyProblem, program: LinearProgram, solution: Solution, name: str, items: Integers) -> Array:
    """A block of columns as [n, t], zero for the items without one."""
    values = np.zeros((problem.items, problem.months))
    if items.size:
        values[items] = solution.values[program.column_blocks[name]]
    return values


def _crew_values(problem: SupplyProblem, program: LinearProgram, solution: Solution, name: str) -> Array:
    if not problem.workforce:
        return np.zeros((0, problem.months))
    values = solution.values[program.column_blocks[name]]
    return np.where(np.abs(values) < 1e-9, 0, values)


def _clean(problem: SupplyProblem, values: Array) -> Array:
    """Zero for what is rounding; all these quantities are zero or more."""
    dust = DUST * max(1.0, float(problem.open_demand.max()))
    return np.where(values < dust, 0, values)


def _prices(problem: SupplyProblem, program: LinearProgram, solution: Solution) -> Prices:
    """Row duals with the sign of a price; a limit's dual is negative where raising it would save."""

    def duals(name: str, rows: int, months: int) -> Array:
        if name not in program.row_blocks:
            return np.zeros((rows, months))
        return solution.duals[program.row_blocks[name]]

    months, crews = problem.months, len(problem.workforce)
    smooth = int((problem.smoothing_cost > 0).sum())
    return Prices(
        item=duals("balance", problem.items, months),
        hour=np.maximum(-duals("capacity", problem.resources, months), 0),
        shipment=np.maximum(-duals("shipments", problem.shipment_items.size, months), 0),
        change=duals("change", smooth, months - 1),
        head_count=duals("head_count", crews, months),
        worker_overtime=np.maximum(-duals("overtime_per_worker", crews, months), 0),
    )


def _what_is_impossible(problem: SupplyProblem) -> str:
    """Allow missing units and hours at a price of one each, nothing else costing anything, and name the worst."""
    program = build_model(problem)
    program.drop_costs_and_whole()
    missing = {}
    for name, sign in (("balance", 1.0), ("capacity", -1.0)):
        rows = program.row_blocks[name]
        missing[name] = program.columns(f"missing_{name}", rows.shape, cost=1.0, low=0, high=np.inf)
        program.put(rows, missing[name], sign)
    values = program.solve().values
    units, hours = values[missing["balance"]], values[missing["capacity"]]
    if units.max(initial=0) >= hours.max(initial=0):
        item, month = np.unravel_index(int(units.argmax()), units.shape)
        what = f"item {item} lacks {units[item, month]:g} units in month {month} that may be neither late nor lost"
    else:
        resource, month = np.unravel_index(int(hours.argmax()), hours.shape)
        what = f"resource {resource} lacks {hours[resource, month]:g} hours in month {month}"
    return f"no plan can satisfy the problem: {what}"
