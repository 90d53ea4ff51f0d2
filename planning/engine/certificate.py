"""What a plan costs, whether it keeps its limits, and a lower bound of the cost of any plan.

All three work on the problem's own arrays, not on the matrix given to the solver, so they check the model as well as
the solver. Each is O(items × months).
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from planning.engine import capacity
from planning.engine.arrays import Array, Integers, Mask, earlier, later
from planning.engine.bom import quantity_matrix
from planning.engine.problem import SupplyPlan, SupplyProblem

# Reduced costs this far below zero, relative to the largest price, count as rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Prices:
    """One price per row of the program, each zero or more where its row is a limit."""

    item: Array  # [n, t] balance: cost of one more unit of demand
    hour: Array  # [r, t] capacity: saving from one more hour
    shipment: Array  # [k, t] shipments of `shipment_items`
    change: Array  # [s, t − 1] hours of change, between ± the smoothing cost
    head_count: Array  # [w, t]
    worker_overtime: Array  # [w, t]
    storage: Array | float = 0.0  # [s, t] saving from one more unit of room


@dataclass(frozen=True)
class Violations:
    """By how much a plan breaks each kind of limit at worst, in units or hours; all zero if it can be done."""

    balance: float
    sign: float
    production: float
    inventory: float
    backorder: float
    lost: float
    shipments: float
    subcontract: float
    load: float
    capacity: float
    overtime: float
    workforce: float
    moved: float
    storage: float

    @property
    def largest(self) -> float:
        return max(float(value) for value in asdict(self).values())


def cost(problem: SupplyProblem, plan: SupplyPlan) -> float:
    """The cost of a plan, from its quantities alone; inf when it is late or short where that is ruled out."""
    terms = (
        (plan.production, problem.production_cost[:, None]),
        (plan.subcontract, problem.subcontract_cost[:, None]),
        (plan.inventory, problem.holding_cost[:, None]),
        (plan.backorder, problem.backorder_price),
        (plan.lost, problem.lost_sale_cost[:, None]),
        (plan.safety_shortfall, problem.safety_stock_cost[:, None]),
        (plan.overtime, problem.overtime_cost[:, None]),
        (np.abs(np.diff(plan.load, axis=1)), problem.smoothing_cost[:, None]),
        (plan.workers, problem.crews.wage),
        (plan.hired, problem.crews.hire),
        (plan.laid_off, problem.crews.lay_off),
    )
    return sum(_money(quantity, price) for quantity, price in terms)


def check(problem: SupplyProblem, plan: SupplyPlan) -> Violations:
    """The largest violation of each kind of limit by `plan`."""
    arrives = np.arange(problem.months) + problem.subcontract_lead_time[:, None] < problem.months
    may_order = np.where(arrives & np.isfinite(problem.subcontract_cost)[:, None], np.inf, 0)
    hours, most_overtime = available_hours(problem, plan.workers)
    shipped = problem.open_demand - plan.lost - plan.backorder + _month_before(plan.backorder)
    return Violations(
        balance=_largest(np.abs(balance_residual(problem, plan))),
        sign=_largest(-min(0.0, *(float(np.min(part, initial=0)) for part in _quantities(plan)))),
        production=_outside(plan.production, problem.min_production, problem.production_limit),
        inventory=_outside(plan.inventory, _closing_floor(problem), problem.inventory_limit),
        backorder=_outside(plan.backorder, 0, problem.backorder_limit),
        lost=_outside(plan.lost, 0, problem.lost_limit),
        shipments=_largest(-shipped),
        subcontract=_outside(plan.subcontract, 0, may_order),
        load=_largest(np.abs(plan.load - problem.hours(plan.production, _moved(problem, plan)))),
        capacity=_largest(plan.load - plan.overtime - hours),
        overtime=_largest(plan.overtime - most_overtime),
        workforce=_head_count_residual(problem, plan),
        moved=_moved_too_much(problem, plan),
        storage=_largest(problem.stored(plan.inventory) - problem.room),
    )


def balance_residual(problem: SupplyProblem, plan: SupplyPlan) -> Array:
    """[n, t] supply − use − growth of stock, which is zero in a plan that adds up."""
    net = plan.inventory - plan.backorder
    growth = net - _month_before(net)
    return net_supply(problem, plan.production, plan.subcontract) + plan.lost - problem.net_demand - growth


def net_supply(problem: SupplyProblem, production: Array, subcontract: Array) -> Array:
    """[n, t] units that become available, less the units that go into parents."""
    taken = quantity_matrix(problem.bom, problem.items) @ production
    made = later(production, problem.lead_months)
    bought = later(subcontract, problem.subcontract_months)
    supply: Array = made + bought - taken
    return supply


def available_hours(problem: SupplyProblem, workers: Array) -> tuple[Array, Array]:
    """[r, t] regular hours and most overtime, given the workers [w, t]."""
    regular, extra = problem.regular_hours.copy(), problem.overtime_hours.copy()
    if problem.workforce:
        crews = problem.crews
        regular[crews.resource], extra[crews.resource] = crews.regular * workers, crews.overtime * workers
    return regular, extra


def lower_bound(problem: SupplyProblem, prices: Prices) -> float:
    """A cost below which no plan can go (fractional workers allowed), from any prices.

    Prices are first made dual feasible, then every row is priced into the objective and every quantity put at its
    better limit. Optimal prices give the least cost itself.
    """
    mended = _mend(problem, prices)
    # Prices of zero or more can always be mended, at the price of a lower bound where stock is in excess.
    floor = replace(mended, item=np.maximum(mended.item, 0), change=np.zeros_like(mended.change))
    return max(_priced_out(problem, attempt) for attempt in (mended, _mend(problem, floor)))


def mended(problem: SupplyProblem, prices: Prices) -> tuple[Prices, Array]:
    """Dual feasible prices and [n, t] the most that a unit of each item can be worth beside them."""
    feasible = _mend(problem, prices)
    return feasible, _ceiling(problem, feasible)


def _priced_out(problem: SupplyProblem, prices: Prices) -> float:
    regular = np.where(problem.staffed[:, None], 0, problem.regular_hours)
    total = float((prices.item * problem.net_demand).sum() - (prices.hour * regular).sum())
    total -= float((prices.shipment * problem.open_demand[problem.shipment_items]).sum())
    total -= float((prices.storage * np.where(np.isfinite(problem.room), problem.room, 0)).sum())
    total += float((prices.head_count[:, 0] * problem.crews.opening).sum())
    total += float((problem.safety_stock_cost[:, None] * problem.safety_stock).sum())
    scale = 1 + max(float(np.abs(part).max(initial=0)) for part in (prices.item, prices.hour, prices.head_count))
    columns = (*_supply_columns(problem, prices), *_stock_columns(problem, prices), *_hour_columns(problem, prices))
    return total + sum(_least(reduced, low, high, scale * ROUNDING) for reduced, low, high in columns)


Column = tuple[Array, Array | float, Array | float]  # reduced cost, lower limit, upper limit


def _supply_columns(problem: SupplyProblem, prices: Prices) -> list[Column]:
    made = release_cost(problem, prices) - earlier(prices.item, problem.lead_months)
    buys = np.isfinite(problem.subcontract_cost)
    worth = earlier(prices.item, problem.subcontract_months)
    arrives = np.arange(problem.months) + problem.subcontract_lead_time[:, None] < problem.months
    bought = problem.subcontract_cost[buys, None] - worth[buys]
    return [
        (made, problem.min_production, problem.production_limit),
        (bought, 0.0, np.where(arrives[buys], np.inf, 0)),
    ]


def _stock_columns(problem: SupplyProblem, prices: Prices) -> list[Column]:
    segment, floor = problem.safety_segment, _closing_floor(problem)
    within_low = np.minimum(segment, floor)
    keep = holding_price(problem, prices) + prices.item - _month_after(prices.item)
    ship = np.zeros_like(prices.item)
    ship[problem.shipment_items] = prices.shipment
    late, refused = np.isfinite(problem.backorder_cost), np.isfinite(problem.lost_sale_cost)
    owe = np.where(late[:, None], problem.backorder_price, 0) - prices.item + _month_after(prices.item)
    owe += ship - _month_after(ship)
    refuse = np.where(refused, problem.lost_sale_cost, 0)[:, None] - prices.item + ship
    return [
        (keep - problem.safety_stock_cost[:, None], within_low, segment),
        (keep, floor - within_low, problem.inventory_limit - segment),
        (owe, 0.0, problem.backorder_limit),
        (refuse, 0.0, problem.lost_limit),
    ]


def _hour_columns(problem: SupplyProblem, prices: Prices) -> list[Column]:
    crews = problem.crews
    per_worker = np.zeros_like(prices.hour)
    per_worker[crews.resource] = prices.worker_overtime
    limit = np.where(problem.staffed[:, None], np.inf, problem.overtime_hours)
    smooth = problem.smoothing_cost[problem.smoothing_cost > 0][:, None]
    employ = crews.wage - crews.regular * prices.hour[crews.resource] - crews.overtime * prices.worker_overtime
    employ = employ - prices.head_count + _month_after(prices.head_count)
    return [
        (problem.overtime_cost[:, None] - prices.hour + per_worker, 0.0, limit),
        (employ, 0.0, np.inf),
        (crews.hire + prices.head_count, 0.0, np.inf),
        (crews.lay_off - prices.head_count, 0.0, np.inf),
        (smooth + prices.change, 0.0, np.inf),
        (smooth - prices.change, 0.0, np.inf),
    ]


def holding_price(problem: SupplyProblem, prices: Prices) -> Array:
    """[n, t] cost of a unit in stock after the month, with the price of its room."""
    cost = np.repeat(problem.holding_cost[:, None], problem.months, axis=1)
    items = problem.stored_items
    if items.size:
        room = np.broadcast_to(prices.storage, problem.room.shape)
        cost[items] += problem.storage_use[items, None] * room[problem.storage_site[items].astype(np.int64)]
    return cost


def release_cost(problem: SupplyProblem, prices: Prices) -> Array:
    """[n, t] cost of releasing one unit: production, priced hours and priced components."""
    parts = quantity_matrix(problem.bom, problem.items).T @ prices.item
    total: Array = problem.production_cost[:, None] + hours_cost(problem, prices) + parts
    return total


def hours_cost(problem: SupplyProblem, prices: Prices) -> Array:
    """[n, t] price of the hours of one unit released, each step by its cheapest resource.

    The price of changing a resource's hours from month to month is counted as well.
    """
    worth = prices.hour.copy()
    smooth = np.flatnonzero(problem.smoothing_cost > 0)
    worth[smooth, 1:] -= prices.change
    worth[smooth, :-1] += prices.change
    return _paid(worth, problem.routing, problem.items) - _saved_by_moving(problem, worth)


def _saved_by_moving(problem: SupplyProblem, worth: Array) -> Array:
    """[n, t] what the best alternate of each step saves, given the worth of hours."""
    saved = np.zeros((problem.items, problem.months))
    count = len(problem.alternates)
    if not count:
        return saved
    dearer = _paid(worth, problem.moves, count)
    steps, which = np.unique(problem.alternates[:, 0].astype(np.int64), return_inverse=True)
    best = np.zeros((steps.size, problem.months))
    np.maximum.at(best, which, -dearer)
    np.add.at(saved, problem.routing[steps, 0].astype(np.int64), best)
    return saved


def _paid(worth: Array, table: Array, rows: int) -> Array:
    """[rows, t] what the hours of one unit cost: its load read backwards, from hours to units, `offset` earlier."""
    paid: Array = capacity.load(worth[:, ::-1], table[:, [1, 0, 2, 3]], rows)[:, ::-1]
    return paid


def _mend(problem: SupplyProblem, prices: Prices) -> Prices:
    """Prices of the right sign whose reduced costs are non-negative wherever a quantity has no upper limit."""
    smooth = problem.smoothing_cost[problem.smoothing_cost > 0][:, None]
    mended = replace(
        prices,
        shipment=np.maximum(prices.shipment, 0),
        storage=np.where(np.isfinite(problem.room), np.maximum(prices.storage, 0), 0),
        change=np.clip(prices.change, -smooth, smooth),
    )
    mended = _mend_hours(problem, mended)
    item = mended.item.copy()
    for code in range(int(problem.codes.max(initial=0)), -1, -1):
        ceiling = _ceiling(problem, replace(mended, item=item))
        rows = problem.codes == code
        holding = holding_price(problem, mended)[rows]
        item[rows] = _mend_items(problem, rows, np.minimum(item, ceiling)[rows], holding)
    return replace(mended, item=item)


def _mend_hours(problem: SupplyProblem, prices: Prices) -> Prices:
    """Hours are worth no more than free overtime or one more worker would cost."""
    hour = np.maximum(prices.hour, 0)
    endless = np.isinf(problem.overtime_hours) & ~problem.staffed[:, None]
    hour = np.where(endless, np.minimum(hour, problem.overtime_cost[:, None]), hour)
    if not problem.workforce:
        return replace(prices, hour=hour)
    crews = problem.crews
    head_count = np.clip(prices.head_count, -crews.hire, crews.lay_off)
    employed = crews.wage - head_count + _month_after(head_count)
    hopeless = np.any(employed < 0, axis=1, keepdims=True)
    head_count = np.where(hopeless, 0, head_count)
    employed = crews.wage - head_count + _month_after(head_count)
    overtime_cost = problem.overtime_cost[crews.resource, None]
    worth = hour[crews.resource]
    saved = crews.regular * worth + crews.overtime * np.maximum(worth - overtime_cost, 0)
    hour[crews.resource] = worth * np.minimum(1, employed / np.maximum(saved, 1e-300))
    worker_overtime = np.maximum(hour[crews.resource] - overtime_cost, 0)
    return replace(prices, hour=hour, head_count=head_count, worker_overtime=worker_overtime)


def _ceiling(problem: SupplyProblem, prices: Prices) -> Array:
    """[n, t] no unit is worth more than what making or buying one without limit would cost."""
    made = np.where(np.isinf(problem.production_limit), release_cost(problem, prices), np.inf)
    bought = np.repeat(problem.subcontract_cost[:, None], problem.months, axis=1)
    return np.minimum(_arriving(made, problem.lead_months), _arriving(bought, problem.subcontract_months))


def _mend_items(problem: SupplyProblem, rows: Mask, item: Array, holding: Array) -> Array:
    """A unit is worth no more than a month earlier plus its holding, and after the horizon it is worth nothing."""
    free = np.isinf(problem.inventory_limit[rows])
    for month in range(1, problem.months):
        carried = np.where(free[:, month - 1], item[:, month - 1] + holding[:, month - 1], np.inf)
        item[:, month] = np.minimum(item[:, month], carried)
    return item


def _arriving(cost_of_release: Array, months: Integers) -> Array:
    """[n, t] the cost of release as a limit in the month of arrival, inf where nothing can arrive."""
    arrived = later(cost_of_release, months)
    return np.where(np.arange(cost_of_release.shape[1]) < months[:, None], np.inf, arrived)


def _least(reduced: Array, low: Array | float, high: Array | float, rounding: float) -> float:
    """The sum of reduced cost × quantity, each quantity at its better limit."""
    lowest, highest = np.broadcast_to(low, reduced.shape), np.broadcast_to(high, reduced.shape)
    endless: Mask = np.isinf(highest)
    if (reduced[endless] < -rounding).any():
        return -np.inf
    better = np.where((reduced >= 0) | endless, lowest, highest)
    return float((reduced * better).sum())


def _closing_floor(problem: SupplyProblem) -> Array:
    floor = np.zeros((problem.items, problem.months))
    floor[:, -1] = problem.closing_floor
    return floor


def _head_count_residual(problem: SupplyProblem, plan: SupplyPlan) -> float:
    if not problem.workforce:
        return 0.0
    before = np.column_stack([problem.crews.opening, plan.workers[:, :-1]])
    return _largest(np.abs(plan.workers - before - plan.hired + plan.laid_off))


def _moved(problem: SupplyProblem, plan: SupplyPlan) -> Array:
    """[a, t] also where a plan was made without alternates."""
    return plan.moved.reshape(len(problem.alternates), problem.months) if plan.moved.size else _unmoved(problem)


def _unmoved(problem: SupplyProblem) -> Array:
    return np.zeros((len(problem.alternates), problem.months))


def _moved_too_much(problem: SupplyProblem, plan: SupplyPlan) -> float:
    """Units moved from a step of the routing beyond those released."""
    step = problem.alternates[:, 0].astype(np.int64)
    total = np.zeros((len(problem.routing), problem.months))
    np.add.at(total, step, _moved(problem, plan))
    return _largest((total - plan.production[problem.routing[:, 0].astype(np.int64)])[step])


def _quantities(plan: SupplyPlan) -> tuple[Array, ...]:
    stocks = (plan.production, plan.subcontract, plan.inventory, plan.backorder, plan.lost, plan.safety_shortfall)
    return (*stocks, plan.overtime, plan.workers, plan.hired, plan.laid_off, plan.moved)


def _money(quantity: Array, price: Array) -> float:
    prices = np.broadcast_to(price, quantity.shape)
    counted = quantity != 0
    return float((quantity[counted] * prices[counted]).sum())


def _outside(values: Array, low: Array | float, high: Array | float) -> float:
    return max(_largest(low - values), _largest(values - high))


def _largest(violation: Array | float) -> float:
    return max(0.0, float(np.max(violation, initial=0)))


def _month_before(values: Array) -> Array:
    """The stock the month began with; the opening stock is counted in net demand instead."""
    return np.column_stack([np.zeros(values.shape[0]), values[:, :-1]])


def _month_after(values: Array) -> Array:
    return np.column_stack([values[:, 1:], np.zeros(values.shape[0])])
