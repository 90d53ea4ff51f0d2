"""What follows from production changed by hand, at once and without a solver: stock, what components lack, loads.

It is the engine's simulation of the lines that changed: nothing is refused, what is not there is owed. Demand that the
plan refused stays refused until it is made again, and so do its subcontracting, its cost and its prices.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from planning import engine
from planning.actions.supply_job import LINE, LOAD
from planning.engine.arrays import earlier
from planning.engine.bom import quantity_matrix
from planning.models import ProductionLine, ProductionPlan, ResourceLoad
from planning.queries.making import Workshop
from sop import bulk
from sop.vectors import Vector

NOISE = 1e-9
FEW = 500


def follow(plan: ProductionPlan, shop: Workshop, ready: Mapping[int, Vector]) -> None:
    """Store the lines and loads after `ready[t]` more (or less) of each product comes out of production."""
    order = {product: row for row, product in enumerate(shop.making)}
    change = np.zeros((len(order), plan.horizon))
    for product, units in ready.items():
        change[order[product]] = units
    lead = np.array([each.lead_time for each in shop.making.values()], dtype=np.int64)
    binds = np.array([each.binds for each in shop.making.values()], dtype=np.bool_)
    begun = earlier(change, lead)
    bom = [(order[parent], order[component], quantity) for parent, component, quantity in shop.components]
    used = quantity_matrix(np.array(bom, dtype=np.float64).reshape(-1, 3), len(order)) @ begun
    # What nobody waits for is bought as it is used.
    bought = np.where(binds[:, None], 0.0, used)
    lines = _lines(plan, shop, order, begun + earlier(bought, lead), change + bought, used)
    bulk.upsert(ProductionLine, key=("plan_id", "product_id"), columns=LINE, rows=lines)
    _load(plan, shop, order, begun)


def _lines(
    plan: ProductionPlan, shop: Workshop, order: dict[int, int], begun: Vector, ready: Vector, used: Vector
) -> Iterator[tuple[Any, ...]]:
    """The lines with these differences. A part that was not needed before gets its first line."""
    touched = {pk for pk, row in order.items() if np.abs(ready[row]).max() + np.abs(used[row]).max() > NOISE}
    found = ProductionLine.objects.filter(plan=plan)
    standing = {line.product_id: line for line in (found.filter(product__in=touched) if len(touched) < FEW else found)}
    for pk in touched:
        line, row = standing.get(pk) or _blank(plan, pk), order[pk]
        dependent = np.maximum(line.dependent + used[row], 0.0)
        arrivals = np.maximum(line.arrivals + ready[row], 0.0)
        came = arrivals + line.subcontract + line.receipts + line.lost
        net = line.opening + np.cumsum(came - line.demand - dependent)
        production = np.maximum(line.production + begun[row], 0.0)
        kept = (plan.pk, pk, line.opening, line.demand, dependent, line.receipts, production, arrivals)
        stock = (np.maximum(net, 0.0), np.maximum(-net, 0.0), line.lost, line.safety_stock)
        yield (*kept, line.subcontract, *stock)


def _blank(plan: ProductionPlan, product: int) -> ProductionLine:
    fields = ("demand", "dependent", "receipts", "production", "arrivals", "subcontract", "lost", "safety_stock")
    nothing = np.zeros(plan.horizon)
    return ProductionLine(plan=plan, product_id=product, **dict.fromkeys(fields, nothing))


def _load(plan: ProductionPlan, shop: Workshop, order: dict[int, int], begun: Vector) -> None:
    """The hours of what is begun, on the first choice of every step."""
    loads = list(ResourceLoad.objects.filter(plan=plan, resource__in={each.resource_id for each in shop.routings}))
    place = {load.resource_id: position for position, load in enumerate(loads)}
    hours = engine.load(begun, shop.steps(order, place), len(loads))
    rows = []
    for load, more in zip(loads, hours, strict=True):
        total = np.maximum(load.load + more, 0.0)
        over = np.maximum(total - load.regular, 0.0)
        rows.append((plan.pk, load.resource_id, total, load.regular, over, load.overtime_limit, load.price))
    bulk.upsert(ResourceLoad, key=("plan_id", "resource_id"), columns=LOAD, rows=rows)
