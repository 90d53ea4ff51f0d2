"""Like items added up into classes: a small problem whose plan says how much of each resource a group of items needs.

A unit of a class is a unit of money: a unit of an item counts by what it costs to supply. Stock of one item does not
serve another, so demand is first reduced, item by item, by what is there.
"""

from typing import Any

import numpy as np
import scipy

from planning.engine.arrays import Array, Integers
from planning.engine.capacity import explode
from planning.engine.problem import SupplyProblem

# What may be neither late nor lost is lost in a class for this many times its supply cost.
DEAR = 100.0


def classes(problem: SupplyProblem, group: Integers, most: int) -> Integers:
    """[n] classes within each group and level of the bill of materials, by lead time and way of supply.

    About `most` at every level; the last class of a group and level takes what is over.
    """
    level = group * (int(problem.codes.max()) + 1) + problem.codes
    kinds = np.column_stack([level, np.isfinite(problem.subcontract_cost), problem.lead_months])
    keys, where = np.unique(kinds, axis=0, return_inverse=True)
    place = np.arange(len(keys)) - np.searchsorted(keys[:, 0], keys[:, 0])
    each = max(1, most // (int(group.max()) + 1))
    code = keys[:, 0] * each + np.minimum(place, each - 1)
    found: Integers = np.unique(code[where.ravel()], return_inverse=True)[1].astype(np.int64)
    return found


def class_problem(problem: SupplyProblem, klass: Integers) -> SupplyProblem:
    """The problem of the classes, its quantities in money at supply cost, its costs means by volume."""
    worth = np.maximum(problem.supply_cost, 1e-9)
    need, spare = _needs(problem)
    volume = explode(need, problem.bom).sum(axis=1) * worth + 1e-9
    of_class = scipy.sparse.csr_matrix((np.ones(klass.size), (klass, np.arange(klass.size))))

    def added(values: Array) -> Array:
        return np.asarray(of_class @ (values * worth[:, None]))

    def mean(values: Array) -> Array:
        """What is infinite does not count; infinite where all is."""
        known = np.isfinite(values)
        weight = of_class @ np.where(known, volume, 0)
        total = of_class @ np.where(known, values * volume, 0)
        found: Array = np.divide(total, weight, out=np.full(weight.shape, np.inf), where=weight > 0)
        return found

    lost = np.where(np.isfinite(problem.lost_sale_cost), problem.lost_sale_cost, DEAR * worth)
    part = volume / (of_class.T @ (of_class @ volume))
    fields: dict[str, Any] = {
        "demand": added(need),
        "opening_inventory": 0,
        "production_cost": mean(problem.production_cost / worth),
        "holding_cost": mean(problem.holding_cost / worth),
        "lead_time": np.round(mean(problem.lead_time)),
        "backorder_cost": mean(problem.backorder_cost / worth),
        "lost_sale_cost": mean(lost / worth),
        "safety_stock": added(np.maximum(problem.safety_stock - spare, 0)),
        "safety_stock_cost": mean(problem.safety_stock_cost / worth),
        "max_production": added(problem.max_production),
        "subcontract_cost": mean(problem.subcontract_cost / worth),
        "subcontract_lead_time": np.round(mean(problem.subcontract_lead_time)),
        "routing": _class_routing(problem, klass, part / worth),
        "bom": _class_bom(problem, klass, part / worth, worth),
    }
    resources = ("regular_hours", "overtime_hours", "overtime_cost")
    return SupplyProblem(**fields, **{name: getattr(problem, name) for name in resources})


def _needs(problem: SupplyProblem) -> tuple[Array, Array]:
    """[n, t] demand that stock and receipts do not serve, closing inventory included, and the stock left over."""
    owed = np.cumsum(problem.net_demand, axis=1)
    owed[:, -1] += problem.closing_floor
    unserved = np.maximum.accumulate(np.maximum(owed, 0), axis=1)
    return np.diff(unserved, axis=1, prepend=0), unserved - owed


def _class_routing(problem: SupplyProblem, klass: Integers, units: Array) -> Array:
    """Hours of the `units[n]` of its items that a unit of class stands for."""
    table = problem.routing
    item = table[:, 0].astype(np.int64)
    keys, hours = _added_up(np.column_stack([klass[item], table[:, [1, 3]]]), table[:, 2] * units[item])
    return np.column_stack([keys[:, :2], hours, keys[:, 2]])


def _class_bom(problem: SupplyProblem, klass: Integers, units: Array, worth: Array) -> Array:
    parent, component = (problem.bom[:, column].astype(np.int64) for column in (0, 1))
    quantity = problem.bom[:, 2] * worth[component] * units[parent]
    return np.column_stack(_added_up(np.column_stack([klass[parent], klass[component]]), quantity))


def _added_up(keys: Array, values: Array) -> tuple[Array, Array]:
    """Rows of equal key as one."""
    unique, where = np.unique(keys, axis=0, return_inverse=True)
    total: Array = np.bincount(where.ravel(), values, len(unique)).astype(np.float64)
    return unique, total
