"""What a unit costs, is worth in stock, and costs when it is late, refused or bought in."""

from dataclasses import dataclass

import numpy as np

from planning.engine.bom import low_level_codes
from planning.models import SalesPlan, SupplyPolicy
from planning.queries import prices
from planning.queries.supply.catalogue import Catalogue, Indices, Mask, Numbers

HOLDING_RATE_PER_YEAR = 0.2
BACKORDER_RATE_PER_MONTH = 0.1


@dataclass(frozen=True, eq=False)
class Policies:
    """What is set product by product, with the company's default where nothing is."""

    holding_rate: Numbers  # of the unit cost, per year
    backorder: Numbers  # per unit and month
    subcontract: Numbers  # per unit; inf where it cannot be bought in
    cover: Numbers  # months of demand to come that stock should cover; NaN where that is not the target
    service: Numbers  # service level; NaN where that is not the target
    least_lot: Numbers
    room: Numbers  # that a unit takes, in the unit of its site's storage


def policies(catalogue: Catalogue) -> Policies:
    """Each product's own policy, else the company's default. One query."""
    size = catalogue.pk.size
    found = Policies(
        holding_rate=np.full(size, HOLDING_RATE_PER_YEAR),
        backorder=BACKORDER_RATE_PER_MONTH * catalogue.unit_cost,
        subcontract=np.full(size, np.inf),
        cover=np.full(size, np.nan),
        service=np.full(size, np.nan),
        least_lot=np.zeros(size),
        room=np.zeros(size),
    )
    told = list(
        SupplyPolicy.objects.values_list(
            "product_id",
            "target",
            "holding_cost_rate_per_year",
            "backorder_cost_per_unit_month",
            "subcontract_unit_cost",
            "cover_months",
            "service_level",
            "least_lot",
            "storage_per_unit",
        )
    )
    if not told:
        return found
    product, target, *columns = zip(*told, strict=True)
    row = np.searchsorted(catalogue.pk, product)
    holding, backorder, subcontract, cover, service, lot, room = (np.array(each, dtype=np.float64) for each in columns)
    found.holding_rate[row], found.least_lot[row], found.room[row] = holding, lot, room
    found.backorder[row] = np.where(np.isnan(backorder), found.backorder[row], backorder)
    found.subcontract[row] = np.where(np.isnan(subcontract), np.inf, subcontract)
    kind = np.array(target)
    found.cover[row] = np.where(kind == SupplyPolicy.Target.COVER, cover, np.nan)
    found.service[row] = np.where(kind == SupplyPolicy.Target.SERVICE, service, np.nan)
    return found


def unit_costs(pk: Indices, sales_plan: SalesPlan) -> tuple[Numbers, Mask]:
    """Standard cost in the first plan month that has one, and which products have one at all."""
    return first_known(prices.unit_costs(pk.tolist(), sales_plan.start, sales_plan.horizon))


def first_known(values: Numbers) -> tuple[Numbers, Mask]:
    """The first number of each row that is known, else 0; and where there is one."""
    known = np.isfinite(values)
    any_known: Mask = np.any(known, axis=1, keepdims=True)[:, 0]
    first = values[np.arange(len(values)), known.argmax(axis=1)]
    return np.where(any_known, first, 0.0), any_known


def conversion_cost(unit_cost: Numbers, made: Mask, bom: Numbers) -> Numbers:
    """What making one unit adds: its unit cost less that of the components the plan pays for itself, never below zero.

    A bought unit costs its unit cost.
    """
    return np.where(made, np.maximum(unit_cost - in_components(unit_cost, bom), 0.0), unit_cost)


def in_components(value: Numbers, bom: Numbers) -> Numbers:
    """What goes into a unit of each product, in money: one level of the bill of material."""
    total = np.zeros_like(value)
    np.add.at(total, bom[:, 0].astype(np.int64), bom[:, 2] * value[bom[:, 1].astype(np.int64)])
    return total


def replacement_value(production_cost: Numbers, subcontract_cost: Numbers, bom: Numbers) -> Numbers:
    """What a unit costs with all that goes into it, made or bought in, whichever is less."""
    value = np.minimum(production_cost, subcontract_cost)
    for _ in range(int(low_level_codes(bom, value.size).max(initial=0))):
        value = np.minimum(production_cost + in_components(value, bom), subcontract_cost)
    return value
