"""Play given production through the months without a solver: what would be in stock, owed, loaded and paid."""

import time
from dataclasses import replace

import numpy as np

from planning.engine import certificate
from planning.engine.arrays import Array
from planning.engine.problem import SupplyPlan, SupplyProblem
from planning.engine.validation import checked_array


def simulate(
    problem: SupplyProblem, production: Array, subcontract: Array | None = None, moved: Array | None = None
) -> SupplyPlan:
    """The plan that follows from releasing `production[n, t]` and ordering `subcontract[n, t]`, whatever it breaks.

    `moved[a, t]` units of the releases go by an alternate; none where it is left out.

    Nothing is refused: what is not there is owed (a component a parent lacks included). Overtime is every hour beyond
    regular time, so it may exceed its limit; a workforce follows its load. The cost is inf where a price is. Bound
    and gap are NaN. Raises ValueError for a wrong shape, NaN or a negative quantity.
    """
    start = time.perf_counter()
    shape = (problem.items, problem.months)
    production = checked_array("production", production, shape, low=0)
    ordered = checked_array("subcontract", 0 if subcontract is None else subcontract, shape, low=0)
    supply = certificate.net_supply(problem, production, ordered)
    net = np.cumsum(supply - problem.net_demand, axis=1)
    inventory = np.maximum(net, 0)
    shape_moved = (len(problem.alternates), problem.months)
    elsewhere = checked_array("moved", 0 if moved is None else moved, shape_moved, low=0)
    load = problem.hours(production, elsewhere)
    workers, hired, laid_off = _workforce(problem, load)
    hours, _ = certificate.available_hours(problem, workers)
    plan = SupplyPlan(
        production=production,
        subcontract=ordered,
        inventory=inventory,
        backorder=np.maximum(-net, 0),
        lost=np.zeros(shape),
        safety_shortfall=np.maximum(problem.safety_stock - inventory, 0),
        load=load,
        overtime=np.maximum(load - hours, 0),
        capacity_price=np.zeros_like(load),
        workers=workers,
        hired=hired,
        laid_off=laid_off,
        item_price=np.zeros(shape),
        cost=np.nan,
        bound=np.nan,
        gap=np.nan,
        method="simulation",
        seconds=0.0,
        moved=elsewhere,
        storage=problem.stored(inventory),
        storage_price=np.zeros_like(problem.room),
    )
    return replace(plan, cost=certificate.cost(problem, plan), seconds=time.perf_counter() - start)


def _workforce(problem: SupplyProblem, load: Array) -> tuple[Array, Array, Array]:
    """Workers, hired and laid off [w, t]: as many workers as the load takes in regular time."""
    crews = problem.crews
    hours = load[crews.resource]
    workers = np.divide(hours, crews.regular, out=np.zeros_like(hours), where=crews.regular > 0)
    # Hours that fill whole workers but for rounding do not call for one more.
    workers[crews.whole] = np.ceil(workers[crews.whole] - 1e-9)
    change = np.diff(workers, axis=1, prepend=crews.opening[:, None])
    return workers, np.maximum(change, 0), np.maximum(-change, 0)
