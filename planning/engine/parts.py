"""A part of a supply problem as a problem of its own: some of the items, with the hours they are given."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.engine.arrays import Array, Integers
from planning.engine.problem import SupplyProblem

BY_ITEM = (
    "demand",
    "opening_inventory",
    "production_cost",
    "holding_cost",
    "lead_time",
    "scheduled_receipts",
    "backorder_cost",
    "lost_sale_cost",
    "closing_inventory",
    "max_inventory",
    "safety_stock",
    "safety_stock_cost",
    "min_production",
    "max_production",
    "subcontract_cost",
    "subcontract_lead_time",
    "shelf_life",
)


@dataclass(frozen=True, eq=False)
class Part:
    """`problem` knows items and resources by their position in `items` and `resources` of the whole."""

    problem: SupplyProblem
    items: Integers
    resources: Integers


def part(whole: SupplyProblem, items: Integers, regular: Array, overtime: Array) -> Part:
    """`items` alone, with the resources they use; `regular[r, t]` and `overtime[r, t]` are their hours of the whole's.

    Only for items whose components and parents are among them, and without workforce, smoothing, alternates, storage.
    """
    lines = whole.routing[np.isin(whole.routing[:, 0], items)]
    resources = np.unique(lines[:, 1]).astype(np.int64)
    uses = whole.bom[np.isin(whole.bom[:, 0], items)]
    fields: dict[str, Any] = {name: getattr(whole, name)[items] for name in BY_ITEM}
    problem = SupplyProblem(
        **fields,
        routing=_renamed(lines, {0: items, 1: resources}),
        regular_hours=regular[resources].reshape(resources.size, whole.months),
        overtime_hours=overtime[resources],
        overtime_cost=whole.overtime_cost[resources],
        bom=_renamed(uses, {0: items, 1: items}),
    )
    return Part(problem, items, resources)


def _renamed(rows: Array, columns: dict[int, Integers]) -> Array:
    """Indices of the whole as positions in sorted `columns`."""
    renamed = rows.copy()
    for column, names in columns.items():
        renamed[:, column] = np.searchsorted(names, rows[:, column])
    return renamed
