"""What the supply planner is asked and what it answers: indices, quantities, hours and money, nothing else.

Shapes are written `[n, t]`: n items, t months, r resources, w workforces. Every array may also be given as anything
NumPy broadcasts to that shape, so a single number stands for "the same everywhere".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from planning.engine.arrays import Array, Integers, Mask, later
from planning.engine.bom import low_level_codes, quantity_matrix
from planning.engine.capacity import explode, load
from planning.engine.validation import checked_array, checked_rows, checked_workforce, require_order

INF = np.inf


class Workforce(NamedTuple):
    """The people of one resource; its regular and overtime hours come from them."""

    resource: int
    opening_workers: float
    regular_hours_per_worker: Any  # [t]
    overtime_hours_per_worker: Any  # [t]
    wage_per_month: float
    hire_cost: float
    layoff_cost: float
    whole: bool = False


class Crews(NamedTuple):
    """All workforces of a problem side by side."""

    resource: Integers  # [w]
    opening: Array  # [w] workers
    regular: Array  # [w, t] hours per worker
    overtime: Array  # [w, t] hours per worker
    wage: Array  # [w, 1] per worker and month
    hire: Array  # [w, 1] per worker
    lay_off: Array  # [w, 1] per worker
    whole: Mask  # [w]


# Defaults which switch a feature off; they take their full shape when the problem is checked.
def _none() -> Array:
    return np.zeros(())


def _unlimited() -> Array:
    return np.full((), INF)


def _not_required() -> Array:
    return np.full((), -INF)


def _nowhere() -> Array:
    return np.full((), -1.0)


def _no_rows() -> Array:
    return np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class SupplyProblem:
    """One supply plan to be made. Raises ValueError naming the field and the index of whatever makes no sense.

    A negative opening inventory is backlog: units already owed to customers when the first month begins. Hours of a
    `routing` row are per unit; components are taken in the month in which their parent is released.
    """

    demand: Array  # [n, t] units, independent: what customers ask for, without parts for other items
    opening_inventory: Array  # [n]
    production_cost: Array  # [n] per unit, counted in the month of release
    holding_cost: Array  # [n] per unit of closing inventory and month
    lead_time: Array = field(default_factory=_none)  # [n] whole months from release to availability
    scheduled_receipts: Array = field(default_factory=_none)  # [n, t] already under way
    backorder_cost: Array = field(default_factory=_unlimited)  # [n] per unit-month; inf = never late
    lost_sale_cost: Array = field(default_factory=_unlimited)  # [n] per unit, price + goodwill; inf = never lost
    closing_inventory: Array = field(default_factory=_not_required)  # [n] least at the end, and nothing owed
    max_inventory: Array = field(default_factory=_unlimited)  # [n, t]
    safety_stock: Array = field(default_factory=_none)  # [n, t]
    safety_stock_cost: Array = field(default_factory=_none)  # [n] per unit-month short of it
    min_production: Array = field(default_factory=_none)  # [n, t] by month of release
    max_production: Array = field(default_factory=_unlimited)  # [n, t] by month of release
    subcontract_cost: Array = field(default_factory=_unlimited)  # [n] per unit; inf = not subcontracted
    subcontract_lead_time: Array = field(default_factory=_none)  # [n] whole months from order to availability
    routing: Array = field(default_factory=_no_rows)  # rows (item, resource, hours, months after release)
    regular_hours: Array = field(default_factory=_no_rows)  # [r, t]
    overtime_hours: Array = field(default_factory=_none)  # [r, t] most overtime
    overtime_cost: Array = field(default_factory=_none)  # [r] per hour
    workforce: Sequence[Workforce] = ()
    smoothing_cost: Array = field(default_factory=_none)  # [r] per hour of change from one month to the next
    bom: Array = field(default_factory=_no_rows)  # rows (parent, component, quantity per parent)
    alternates: Array = field(default_factory=_no_rows)  # rows (routing row, resource, hours, months after release)
    shelf_life: Array = field(default_factory=_unlimited)  # [n] whole months; inf = keeps
    storage_site: Array = field(default_factory=_nowhere)  # [n] where stock takes room; −1 = nowhere
    storage_use: Array = field(default_factory=_none)  # [n] room per unit
    storage_limit: Array = field(default_factory=_no_rows)  # [s, t] room

    def __post_init__(self) -> None:
        demand = checked_array("demand", self.demand, np.shape(self.demand), low=0)
        if demand.ndim != 2 or 0 in demand.shape:
            raise ValueError(f"demand has shape {demand.shape}, expected items × months")
        self._keep(demand=demand)
        self._check_items()
        self._check_resources()
        self._check_structure()
        self._check_storage()

    @property
    def items(self) -> int:
        return int(self.demand.shape[0])

    @property
    def months(self) -> int:
        return int(self.demand.shape[1])

    @property
    def resources(self) -> int:
        return int(self.regular_hours.shape[0])

    @cached_property
    def lead_months(self) -> Integers:
        return self.lead_time.astype(np.int64)

    @cached_property
    def subcontract_months(self) -> Integers:
        return self.subcontract_lead_time.astype(np.int64)

    @cached_property
    def codes(self) -> Integers:
        """Low-level code of every item: 0 for finished products."""
        return low_level_codes(self.bom, self.items)

    @cached_property
    def backlog(self) -> Array:
        """[n] units owed when the plan begins."""
        return np.maximum(-self.opening_inventory, 0)

    @cached_property
    def open_demand(self) -> Array:
        """[n, t] demand, the opening backlog counted into the first month."""
        return _with_first(self.demand, self.backlog)

    @cached_property
    def net_demand(self) -> Array:
        """[n, t] right-hand side of the balance: demand − scheduled receipts, less the opening inventory at first."""
        return _with_first(self.demand - self.scheduled_receipts, -self.opening_inventory)

    @cached_property
    def supply_cost(self) -> Array:
        """[n] least cost of one unit in regular time, made with its components or bought."""
        uses = quantity_matrix(self.bom, self.items).T
        cost = np.minimum(self.production_cost, self.subcontract_cost)
        for _ in range(int(self.codes.max())):
            cost = np.minimum(self.production_cost + uses @ cost, self.subcontract_cost)
        return cost

    @cached_property
    def backorder_price(self) -> Array:
        """[n, t] cost of a unit owed after a month.

        What is still owed after the last month must yet be supplied, so it bears its supply cost there; without it,
        leaving the last months' demand unmade would look like a saving.
        """
        price = np.repeat(self.backorder_cost[:, None], self.months, axis=1)
        price[:, -1] += self.supply_cost
        return price

    @cached_property
    def backorder_limit(self) -> Array:
        """[n, t] the most that can be owed: all demand so far; nothing where being late is ruled out."""
        limit = np.cumsum(self.open_demand, axis=1)
        limit[~np.isfinite(self.backorder_cost)] = 0
        limit[np.isfinite(self.closing_inventory), -1] = 0
        return limit

    @cached_property
    def lost_limit(self) -> Array:
        """[n, t] demand that can be refused; the opening backlog only in the first month."""
        return np.where(np.isfinite(self.lost_sale_cost)[:, None], self.open_demand, 0)

    @cached_property
    def production_limit(self) -> Array:
        """[n, t] releases too late to arrive within the horizon are not made, unless `min_production` fixes them."""
        arrives = np.arange(self.months) + self.lead_time[:, None] < self.months
        return np.where(arrives, self.max_production, self.min_production)

    @cached_property
    def inventory_limit(self) -> Array:
        """[n, t] `max_inventory` and shelf life, raised to the stock that is there in any case."""
        return np.maximum(np.minimum(self.max_inventory, self._needed_in_time()), self.unavoidable_inventory)

    @cached_property
    def unavoidable_inventory(self) -> Array:
        """[n, t] what opening stock, receipts, fixed production and the closing inventory leave in any case."""
        growth = later(self.min_production, self.lead_months) - self.net_demand
        unavoidable = np.zeros_like(growth)
        stock = np.zeros(self.items)
        for month in range(self.months):
            stock = np.maximum(stock + growth[:, month], 0)
            unavoidable[:, month] = stock
        unavoidable[:, -1] = np.maximum(unavoidable[:, -1], self.closing_floor)
        return unavoidable

    @cached_property
    def room(self) -> Array:
        """[s, t] `storage_limit`, raised to the room of unavoidable stock."""
        return np.maximum(self.storage_limit, self.stored(self.unavoidable_inventory))

    @cached_property
    def stored_items(self) -> Integers:
        return np.flatnonzero((self.storage_site >= 0) & (self.storage_use > 0))

    @cached_property
    def moves(self) -> Array:
        """[2a, 4] what a unit of each alternate loads and unloads, as rows of a routing: first the loads."""
        instead = self.routing[self.alternates[:, 0].astype(np.int64)]
        each = np.arange(len(self.alternates))
        loads = np.column_stack([each, self.alternates[:, 1:]])
        unloads = np.column_stack([each, instead[:, 1], -instead[:, 2], instead[:, 3]])
        return np.concatenate([loads, unloads])

    def hours(self, production: Array, moved: Array) -> Array:
        """[r, t] the load of releases, of which `moved[a, t]` units go by an alternate."""
        return load(production, self.routing, self.resources) + load(moved, self.moves, self.resources)

    def stored(self, inventory: Array) -> Array:
        """[s, t] room that an inventory takes at each site."""
        room = np.zeros_like(self.storage_limit)
        items = self.stored_items
        np.add.at(room, self.storage_site[items].astype(np.int64), inventory[items] * self.storage_use[items, None])
        return room

    def _needed_in_time(self) -> Array:
        """[n, t] what customers and parents need while stock keeps; the mean stands for months not planned."""
        limit = np.full_like(self.demand, INF)
        need = explode(self.demand, self.bom, self.lead_months)
        for item in np.flatnonzero(np.isfinite(self.shelf_life)):
            keeps = int(self.shelf_life[item])
            ahead = np.concatenate([need[item], np.full(keeps, need[item].mean())])
            limit[item] = [ahead[month + 1 : month + 1 + keeps].sum() for month in range(self.months)]
        return limit

    @cached_property
    def closing_floor(self) -> Array:
        """[n] least stock after the last month."""
        return np.maximum(self.closing_inventory, 0)

    @cached_property
    def shipment_items(self) -> Integers:
        """Late items whose shipments need a row of their own to stay non-negative.

        A component could otherwise lend its customers' units to its parents, and an item whose safety stock is worth
        more than lateness could fill it with units it owes.
        """
        used = self.codes > 0
        tempting = self.safety_stock_cost >= self.backorder_cost + self.holding_cost
        return np.flatnonzero(np.isfinite(self.backorder_cost) & (used | tempting))

    @cached_property
    def safety_segment(self) -> Array:
        """[n, t] the part of the inventory that counts as safety stock and is penalised when missing."""
        wanted = np.where(self.safety_stock_cost[:, None] > 0, self.safety_stock, 0)
        return np.minimum(wanted, self.inventory_limit)

    @cached_property
    def crews(self) -> Crews:
        rows = self.workforce
        hours = (len(rows), self.months)
        return Crews(
            resource=np.array([row.resource for row in rows], dtype=np.int64),
            opening=np.array([row.opening_workers for row in rows], dtype=np.float64),
            regular=np.array([row.regular_hours_per_worker for row in rows], dtype=np.float64).reshape(hours),
            overtime=np.array([row.overtime_hours_per_worker for row in rows], dtype=np.float64).reshape(hours),
            wage=np.array([row.wage_per_month for row in rows], dtype=np.float64).reshape(-1, 1),
            hire=np.array([row.hire_cost for row in rows], dtype=np.float64).reshape(-1, 1),
            lay_off=np.array([row.layoff_cost for row in rows], dtype=np.float64).reshape(-1, 1),
            whole=np.array([row.whole for row in rows], dtype=np.bool_),
        )

    @cached_property
    def staffed(self) -> Mask:
        """[r] resources whose hours come from a workforce."""
        mask = np.zeros(self.resources, dtype=np.bool_)
        mask[self.crews.resource] = True
        return mask

    def _keep(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _check_items(self) -> None:
        per_item, per_month = (self.items,), (self.items, self.months)
        self._check_array("opening_inventory", per_item)
        for name in ("production_cost", "holding_cost", "safety_stock_cost"):
            self._check_array(name, per_item, low=0)
        for name in ("lead_time", "subcontract_lead_time"):
            self._check_array(name, per_item, low=0, whole=True)
        for name in ("backorder_cost", "lost_sale_cost", "subcontract_cost"):
            self._check_array(name, per_item, low=0, infinite=True)
        for name in ("scheduled_receipts", "safety_stock", "min_production"):
            self._check_array(name, per_month, low=0)
        for name in ("max_inventory", "max_production"):
            self._check_array(name, per_month, low=0, infinite=True)
        self._check_array("closing_inventory", per_item, infinite=True)
        require_order("min_production", self.min_production, "max_production", self.max_production)
        require_order("closing_inventory", self.closing_inventory, "max_inventory", self.max_inventory[:, -1])
        if np.isposinf(self.closing_inventory).any():
            raise ValueError(f"closing_inventory[{int(np.argmax(self.closing_inventory))}] is infinite")

    def _check_resources(self) -> None:
        crews = tuple(Workforce(*row) for row in self.workforce)
        hours = np.asarray(self.regular_hours, dtype=np.float64)
        if hours.shape == (0, 0):
            hours = np.zeros((1 + max((int(crew.resource) for crew in crews), default=-1), self.months))
        if hours.ndim != 2:
            raise ValueError(f"regular_hours has shape {hours.shape}, expected resources × months")
        shape = (hours.shape[0], self.months)
        self._keep(regular_hours=checked_array("regular_hours", hours, shape, low=0))
        self._check_array("overtime_hours", shape, low=0, infinite=True)
        for name in ("overtime_cost", "smoothing_cost"):
            self._check_array(name, shape[:1], low=0)
        self._keep(workforce=tuple(Workforce(*row) for row in checked_workforce(crews, self.resources, self.months)))

    def _check_structure(self) -> None:
        self._keep(
            routing=checked_rows(
                "routing",
                self.routing,
                {"item": self.items, "resource": self.resources, "hours_per_unit": None, "offset_months": -1},
            ),
            bom=checked_rows("bom", self.bom, {"parent": self.items, "component": self.items, "quantity_per": None}),
        )
        low_level_codes(self.bom, self.items)
        alternate = {"routing row": len(self.routing), "resource": self.resources}
        columns = alternate | {"hours_per_unit": None, "offset_months": -1}
        self._keep(alternates=checked_rows("alternates", self.alternates, columns))

    def _check_storage(self) -> None:
        limit = np.asarray(self.storage_limit, dtype=np.float64)
        if limit.shape == (0, 0):
            limit = np.zeros((0, self.months))
        if limit.ndim != 2:
            raise ValueError(f"storage_limit has shape {limit.shape}, expected sites × months")
        sites = limit.shape[0]
        self._keep(storage_limit=limit)
        self._check_array("shelf_life", (self.items,), low=0, infinite=True, whole=True)
        self._check_array("storage_site", (self.items,), low=-1, whole=True)
        self._check_array("storage_use", (self.items,), low=0)
        self._check_array("storage_limit", (sites, self.months), low=0, infinite=True)
        if (self.storage_site >= sites).any():
            item = int(np.argmax(self.storage_site >= sites))
            raise ValueError(f"storage_site[{item}] is unknown, there are {sites}: {self.storage_site[item]:g}")

    def _check_array(
        self, name: str, shape: tuple[int, ...], *, low: float = -INF, infinite: bool = False, whole: bool = False
    ) -> None:
        value = checked_array(name, getattr(self, name), shape, low=low, infinite=infinite, whole=whole)
        self._keep(**{name: value})


def _with_first(values: Array, first: Array) -> Array:
    """A copy of `values[n, t]` with `first[n]` added to its first month."""
    total = values.copy()
    total[:, 0] += first
    return total


@dataclass(frozen=True, eq=False)
class SupplyPlan:
    """A plan month by month, what it costs and how far from the least cost it can be at most.

    `bound` is a certified lower bound of the cost of any plan (NaN when none was asked for) and `gap` is
    (cost − bound) / cost. Prices are zero in a simulated plan.
    """

    production: Array  # [n, t] units released
    subcontract: Array  # [n, t] units ordered
    inventory: Array  # [n, t] units on hand after the month
    backorder: Array  # [n, t] units owed after the month
    lost: Array  # [n, t] units of demand refused
    safety_shortfall: Array  # [n, t] units short of safety stock
    load: Array  # [r, t] hours needed
    overtime: Array  # [r, t] hours of them beyond regular time
    capacity_price: Array  # [r, t] what one more hour would save
    workers: Array  # [w, t]
    hired: Array  # [w, t]
    laid_off: Array  # [w, t]
    item_price: Array  # [n, t] what one more unit of demand would cost
    cost: float
    bound: float
    gap: float
    method: str  # "exact", "decomposition", or "simulation" when production was given
    seconds: float
    moved: Array = field(default_factory=_no_rows)  # [a, t] units released that go by an alternate
    storage: Array = field(default_factory=_no_rows)  # [s, t] room taken
    storage_price: Array = field(default_factory=_no_rows)  # [s, t] what one more unit of room would save
