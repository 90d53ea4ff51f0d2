"""The plan of least cost, by dual simplex on the whole program, and branch and bound where a workforce is whole."""

import time
from dataclasses import dataclass, replace

import numpy as np

from planning.engine import certificate
from planning.engine.arrays import Array, Integers
from planning.engine.certificate import Prices
from planning.engine.linear_program import Infeasible, LinearProgram, Solution
from planning.engine.model import build_model
from planning.engine.problem import SupplyPlan, SupplyProblem

# Quantities the simplex method leaves this close to zero, relative to the largest demand, are zero.
DUST = 1e-10


@dataclass(frozen=True, eq=False)
class Found:
    """What the solver decided, its dust removed; everything else of a plan follows."""

    production: Array  # [n, t]
    subcontract: Array  # [n, t]
    backorder: Array  # [n, t]
    lost: Array  # [n, t]
    workers: Array  # [w, t]
    hired: Array  # [w, t]
    laid_off: Array  # [w, t]
    moved: Array  # [a, t]
    prices: Prices
    bound: float  # the solver's own


def solve(problem: SupplyProblem) -> SupplyPlan:
    """The plan of least cost; raises ValueError for a problem no plan can satisfy."""
    start = time.perf_counter()
    try:
        found = find(problem)
    except Infeasible:
        raise ValueError(what_is_impossible(problem)) from None
    return certified(problem, found, "exact", start)


def find(problem: SupplyProblem) -> Found:
    """The solver's answer alone. Raises Infeasible."""
    program = build_model(problem)
    return read(problem, program, program.solve())


def certified(problem: SupplyProblem, found: Found, method: str, start: float) -> SupplyPlan:
    """The whole plan with its cost and bound; for whole workers only the search of the solver knows a bound."""
    plan = assemble(problem, found, method)
    cost = certificate.cost(problem, plan)
    whole = problem.crews.whole.any()
    bound = found.bound if whole else certificate.lower_bound(problem, found.prices)
    gap = max(0.0, cost - bound) / max(abs(cost), 1e-9)
    return replace(plan, cost=cost, bound=bound, gap=gap, seconds=time.perf_counter() - start)


def assemble(problem: SupplyProblem, found: Found, method: str) -> SupplyPlan:
    """Stock, load and overtime follow from the quantities; cost and bound are yet to come."""
    supply = certificate.net_supply(problem, found.production, found.subcontract)
    net = np.cumsum(supply + found.lost - problem.net_demand, axis=1)
    inventory = _clean(problem, net + found.backorder)
    load = problem.hours(found.production, found.moved)
    hours, _ = certificate.available_hours(problem, found.workers)
    return SupplyPlan(
        production=found.production,
        subcontract=found.subcontract,
        inventory=inventory,
        backorder=found.backorder,
        lost=found.lost,
        safety_shortfall=np.maximum(problem.safety_stock - inventory, 0),
        load=load,
        overtime=np.maximum(load - hours, 0),
        capacity_price=found.prices.hour,
        workers=found.workers,
        hired=found.hired,
        laid_off=found.laid_off,
        item_price=found.prices.item,
        cost=np.nan,
        bound=np.nan,
        gap=np.nan,
        method=method,
        seconds=0.0,
        moved=found.moved,
        storage=problem.stored(inventory),
        storage_price=np.zeros_like(problem.room) + found.prices.storage,
    )


def read(problem: SupplyProblem, program: LinearProgram, solution: Solution) -> Found:
    """The blocks of the solution as arrays of all items."""

    def block(name: str, price: Array) -> Array:
        return _clean(problem, _values(problem, program, solution, name, np.flatnonzero(np.isfinite(price))))

    def crew(name: str) -> Array:
        return _crew_values(problem, program, solution, name)

    return Found(
        production=np.clip(
            block("production", problem.production_cost), problem.min_production, problem.production_limit
        ),
        subcontract=block("subcontract", problem.subcontract_cost),
        backorder=block("backorder", problem.backorder_cost),
        lost=block("lost_sales", problem.lost_sale_cost),
        workers=crew("workers"),
        hired=crew("hired"),
        laid_off=crew("laid_off"),
        moved=_moved(problem, program, solution),
        prices=_prices(problem, program, solution),
        bound=solution.bound,
    )


def _values(problem: SupplyProblem, program: LinearProgram, solution: Solution, name: str, items: Integers) -> Array:
    """A block of columns as [n, t], zero for the items without one."""
    values = np.zeros((problem.items, problem.months))
    if items.size:
        values[items] = solution.values[program.column_blocks[name]]
    return values


def _moved(problem: SupplyProblem, program: LinearProgram, solution: Solution) -> Array:
    """Units that go by an alternate, dust removed."""
    if "moved" not in program.column_blocks:
        return np.zeros((0, problem.months))
    return _clean(problem, solution.values[program.column_blocks["moved"]])


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
        storage=np.maximum(-duals("storage", len(problem.storage_limit), months), 0),
    )


def what_is_impossible(problem: SupplyProblem) -> str:
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
