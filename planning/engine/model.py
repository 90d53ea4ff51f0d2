"""The supply plan as a linear program: one function per named block, in the order of docs/planning.md.

Every function adds the columns of its block and their coefficients in rows made before it. Indices: item i, month t,
resource r. Months run from 0; a shift of one month to the right carries a stock over.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planning.engine.arrays import Array, Integers
from planning.engine.bom import COMPONENT, PARENT, QUANTITY
from planning.engine.linear_program import LinearProgram
from planning.engine.problem import SupplyProblem

INF = np.inf


@dataclass(frozen=True, eq=False)
class Model:
    """The program under construction, with the rows that most blocks write into."""

    problem: SupplyProblem
    program: LinearProgram
    balance: Integers  # [n, t]
    capacity: Integers  # [r, t]


def _every(problem: SupplyProblem) -> Integers:
    return np.arange(problem.items)


# The items that have columns or rows in a block.
COLUMNS_OF_ITEMS: dict[str, Callable[[SupplyProblem], Integers]] = {
    "production": _every,
    "safety_stock": lambda problem: safety_items(problem),
    "inventory": _every,
    "backorder": lambda problem: np.flatnonzero(np.isfinite(problem.backorder_cost)),
    "lost_sales": lambda problem: np.flatnonzero(np.isfinite(problem.lost_sale_cost)),
    "subcontract": lambda problem: np.flatnonzero(np.isfinite(problem.subcontract_cost)),
}
ROWS_OF_ITEMS: dict[str, Callable[[SupplyProblem], Integers]] = {
    "balance": _every,
    "shipments": lambda problem: problem.shipment_items,
}


def build_model(problem: SupplyProblem) -> LinearProgram:
    """The whole program; features that are off add no columns and no rows."""
    program = LinearProgram()
    model = Model(problem, program, balance(program, problem), capacity(program, problem))
    produce = production(model)
    lead_time(model, produce)
    bill_of_materials(model, produce)
    routing(model, produce)
    moved = alternates(model, produce)
    safety_stock(model)
    inventory(model)
    storage(model)
    backorder(model)
    lost_sales(model)
    shipments(model)
    subcontract(model)
    overtime(model)
    workforce(model)
    smoothing(model, produce, moved)
    return program


def balance(program: LinearProgram, problem: SupplyProblem) -> Integers:
    """Rows: supply + carried stock − closing stock + owed − owed before + refused = demand − scheduled receipts."""
    shape = (problem.items, problem.months)
    return program.rows("balance", shape, low=problem.net_demand, high=problem.net_demand)


def capacity(program: LinearProgram, problem: SupplyProblem) -> Integers:
    """Rows: hours needed − overtime (− hours of the workforce) ≤ regular hours."""
    hours = np.where(problem.staffed[:, None], 0, problem.regular_hours)
    return program.rows("capacity", hours.shape, low=-INF, high=hours)


def production(model: Model) -> Integers:
    """Columns: units released, within the limits of production."""
    problem = model.problem
    return model.program.columns(
        "production",
        (problem.items, problem.months),
        cost=problem.production_cost[:, None],
        low=problem.min_production,
        high=problem.production_limit,
    )


def lead_time(model: Model, produce: Integers) -> None:
    """A release becomes available `lead_time` months later."""
    _arrive(model, np.arange(model.problem.items), produce, model.problem.lead_months)


def bill_of_materials(model: Model, produce: Integers) -> None:
    """A parent's release takes its components in the same month."""
    bom = model.problem.bom
    parents, components = bom[:, PARENT].astype(np.int64), bom[:, COMPONENT].astype(np.int64)
    model.program.put(model.balance[components], produce[parents], -bom[:, [QUANTITY]])


def routing(model: Model, produce: Integers) -> None:
    """A release needs hours of its resources, `offset` months after it."""
    _use_hours(model, model.capacity, model.problem.routing, produce, 1.0)


def alternates(model: Model, produce: Integers) -> Integers:
    """Columns: units released that take an alternate for a step of their routing. Rows: no more than are released."""
    problem, program = model.problem, model.program
    if not problem.alternates.size:
        return np.zeros((0, problem.months), dtype=np.int64)
    steps, which = np.unique(problem.alternates[:, 0].astype(np.int64), return_inverse=True)
    moved = program.columns("moved", (which.size, problem.months), cost=0, low=0, high=INF)
    released = program.rows("alternates", (steps.size, problem.months), low=-INF, high=0)
    program.put(released[which], moved, 1.0)
    program.put(released, produce[problem.routing[steps, 0].astype(np.int64)], -1.0)
    _use_hours(model, model.capacity, problem.moves, moved, 1.0)
    return moved


def safety_stock(model: Model) -> None:
    """Columns: stock up to the safety stock. Each unit in it saves its penalty, so this segment fills first."""
    problem = model.problem
    items = safety_items(problem)
    if not items.size:
        return
    penalty = problem.safety_stock_cost[items, None]
    high = problem.safety_segment[items]
    low = np.zeros_like(high)
    low[:, -1] = np.minimum(high[:, -1], problem.closing_floor[items])
    cost = problem.holding_cost[items, None] - penalty
    within = model.program.columns("safety_stock", high.shape, cost=cost, low=low, high=high)
    _carry(model, items, within, -1.0)
    model.program.constant += float((penalty * problem.safety_stock[items]).sum())


def safety_items(problem: SupplyProblem) -> Integers:
    """Items whose stock up to the safety stock is a column of its own."""
    return np.flatnonzero((problem.safety_stock_cost > 0) & (problem.safety_stock > 0).any(axis=1))


def inventory(model: Model) -> None:
    """Columns: stock beyond the safety stock, up to the inventory limit and at least the closing inventory."""
    problem = model.problem
    segment = problem.safety_segment
    low = np.zeros_like(segment)
    low[:, -1] = np.maximum(problem.closing_floor - segment[:, -1], 0)
    beyond = model.program.columns(
        "inventory", low.shape, cost=problem.holding_cost[:, None], low=low, high=problem.inventory_limit - segment
    )
    _carry(model, np.arange(problem.items), beyond, -1.0)


def storage(model: Model) -> None:
    """Rows: the stock at a site takes no more room than there is."""
    problem, program = model.problem, model.program
    items = problem.stored_items
    if not items.size:
        return
    rows = program.rows("storage", problem.room.shape, low=-INF, high=problem.room)
    site = problem.storage_site.astype(np.int64)
    program.put(rows[site[items]], program.column_blocks["inventory"][items], problem.storage_use[items, None])
    if "safety_stock" in program.column_blocks:
        kept = safety_items(problem)
        within = np.flatnonzero(np.isin(kept, items))
        block = program.column_blocks["safety_stock"][within]
        program.put(rows[site[kept[within]]], block, problem.storage_use[kept[within], None])


def backorder(model: Model) -> None:
    """Columns: units owed to customers at the end of a month, at most all demand so far."""
    problem = model.problem
    items = np.flatnonzero(np.isfinite(problem.backorder_cost))
    if items.size:
        limit = problem.backorder_limit[items]
        cost = problem.backorder_price[items]
        owed = model.program.columns("backorder", limit.shape, cost=cost, low=0, high=limit)
        _carry(model, items, owed, 1.0)


def lost_sales(model: Model) -> None:
    """Columns: demand refused, at most the demand of the month."""
    problem = model.problem
    items = np.flatnonzero(np.isfinite(problem.lost_sale_cost))
    if items.size:
        limit = problem.lost_limit[items]
        cost = problem.lost_sale_cost[items, None]
        refused = model.program.columns("lost_sales", limit.shape, cost=cost, low=0, high=limit)
        model.program.put(model.balance[items], refused, 1.0)


def shipments(model: Model) -> None:
    """Rows for `shipment_items`: refused + owed − owed before ≤ demand, so that shipments are never negative."""
    problem, program = model.problem, model.program
    items = problem.shipment_items
    if not items.size:
        return
    rows = program.rows("shipments", (items.size, problem.months), low=-INF, high=problem.open_demand[items])
    late = np.flatnonzero(np.isfinite(problem.backorder_cost))
    owed = program.column_blocks["backorder"][np.searchsorted(late, items)]
    program.put(rows, owed, 1.0)
    program.put(rows[:, 1:], owed[:, :-1], -1.0)
    refusable = np.flatnonzero(np.isfinite(problem.lost_sale_cost))
    both = np.isin(items, refusable)
    if both.any():
        refused = program.column_blocks["lost_sales"][np.searchsorted(refusable, items[both])]
        program.put(rows[both], refused, 1.0)


def subcontract(model: Model) -> None:
    """Columns: units ordered from a subcontractor, who brings his own components and hours."""
    problem = model.problem
    items = np.flatnonzero(np.isfinite(problem.subcontract_cost))
    if not items.size:
        return
    arrives = np.arange(problem.months) + problem.subcontract_lead_time[items, None] < problem.months
    order = model.program.columns(
        "subcontract",
        arrives.shape,
        cost=problem.subcontract_cost[items, None],
        low=0,
        high=np.where(arrives, INF, 0),
    )
    _arrive(model, items, order, problem.subcontract_months[items])


def overtime(model: Model) -> None:
    """Columns: hours beyond regular time; a workforce sets its own limit in rows of its own."""
    problem = model.problem
    limit = np.where(problem.staffed[:, None], INF, problem.overtime_hours)
    extra = model.program.columns("overtime", limit.shape, cost=problem.overtime_cost[:, None], low=0, high=limit)
    model.program.put(model.capacity, extra, -1.0)


def workforce(model: Model) -> None:
    """Columns: workers, hired, laid off. Rows: overtime ≤ overtime hours per worker × workers."""
    problem, program = model.problem, model.program
    if not problem.workforce:
        return
    crews = problem.crews
    shape = crews.regular.shape
    workers = program.columns("workers", shape, cost=crews.wage, low=0, high=INF)
    hired = program.columns("hired", shape, cost=crews.hire, low=0, high=INF)
    laid_off = program.columns("laid_off", shape, cost=crews.lay_off, low=0, high=INF)
    program.require_whole(workers[crews.whole])
    head_count(model, workers, hired, laid_off)
    program.put(model.capacity[crews.resource], workers, -crews.regular)
    limit = program.rows("overtime_per_worker", shape, low=-INF, high=0)
    program.put(limit, program.column_blocks["overtime"][crews.resource], 1.0)
    program.put(limit, workers, -crews.overtime)


def head_count(model: Model, workers: Integers, hired: Integers, laid_off: Integers) -> None:
    """Rows: workers − workers before − hired + laid off = 0, the opening workers standing before the first month."""
    program = model.program
    start = np.zeros(workers.shape)
    start[:, 0] = model.problem.crews.opening
    count = program.rows("head_count", workers.shape, low=start, high=start)
    program.put(count, workers, 1.0)
    program.put(count[:, 1:], workers[:, :-1], -1.0)
    program.put(count, hired, -1.0)
    program.put(count, laid_off, 1.0)


def smoothing(model: Model, produce: Integers, moved: Integers) -> None:
    """Columns: rise and fall of a resource's hours against the month before, from the second month on."""
    problem, program = model.problem, model.program
    smooth = np.flatnonzero(problem.smoothing_cost > 0)
    if not smooth.size or problem.months < 2:
        return
    shape = (smooth.size, problem.months - 1)
    cost = problem.smoothing_cost[smooth, None]
    rise = program.columns("rise", shape, cost=cost, low=0, high=INF)
    fall = program.columns("fall", shape, cost=cost, low=0, high=INF)
    change = program.rows("change", shape, low=0, high=0)
    program.put(change, rise, -1.0)
    program.put(change, fall, 1.0)
    absent = np.full((problem.resources, problem.months), -1, dtype=np.int64)
    this_month, month_before = absent.copy(), absent.copy()
    this_month[smooth, 1:] = change
    month_before[smooth, :-1] = change
    for table, units in ((problem.routing, produce), (problem.moves, moved)):
        _use_hours(model, this_month, table, units, 1.0)
        _use_hours(model, month_before, table, units, -1.0)


def _carry(model: Model, items: Integers, stock: Integers, sign: float) -> None:
    """A stock (or debt) at the end of a month is there again when the next begins."""
    model.program.put(model.balance[items], stock, sign)
    model.program.put(model.balance[items, 1:], stock[:, :-1], -sign)


def _arrive(model: Model, items: Integers, supply: Integers, months: Integers) -> None:
    """Supply released in t enters the balance of t + months; what would arrive after the horizon enters none."""
    row, month = np.nonzero(np.arange(model.problem.months) + months[:, None] < model.problem.months)
    model.program.put(model.balance[items[row], month + months[row]], supply[row, month], 1.0)


def _use_hours(model: Model, rows: Integers, table: Array, units: Integers, sign: float) -> None:
    """Hours of the `table` (row of `units`, resource, hours, offset) in `rows[r, t]`; rows of −1 do not exist."""
    item, resource, offset = (table[:, column].astype(np.int64) for column in (0, 1, 3))
    line, month = np.nonzero(np.arange(model.problem.months) + offset[:, None] < model.problem.months)
    target = rows[resource[line], month + offset[line]]
    exists = target >= 0
    line, month = line[exists], month[exists]
    model.program.put(target[exists], units[item[line], month], sign * table[line, 2])
