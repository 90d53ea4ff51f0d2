"""The selected row of the supply grid: its projected stock against its target, and why it is short."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.models import ProductionLine, ProductionPlan
from planning.queries.shortage import Cause, Walk
from planning.queries.supply_rows import SupplyGrid
from sop import months
from sop.errors import NotFound
from sop.models import Product

NOISE = 1e-6


@dataclass(frozen=True)
class Side:
    """`short` is the first month, up to the one selected, in which something is missing."""

    key: str
    name: str
    product: Product | None
    orders: bool  # made to order: a backlog, not a stock
    causes: list[Cause]
    month: str = ""


def side(grid: SupplyGrid, key: str, month: str = "") -> Side:
    """What the panel says of a row; a family answers for the product that misses most. Causes only where one is."""
    base = key.partition("/")[0]
    rows = grid.rows_of(base)
    products = [grid.products[row] for row in rows]
    column = _column(grid.plan, month)
    worst = _worst(grid.plan, products, column)
    return Side(
        key=base,
        name=grid.name(base),
        product=worst,
        orders=bool(products) and all(product.strategy == Product.Strategy.ORDER for product in products),
        causes=Walk(grid.plan, grid.scope).causes(worst, column) if worst else [],
        month=month,
    )


def stock_chart(grid: SupplyGrid, key: str, base: SupplyGrid | None = None) -> dict[str, Any]:
    """Closing stock with its target band, and beside a scenario's the plan in use; in the shape of `<fan-chart>`."""
    stock = grid.balance_of(key.partition("/")[0])
    target, closing = stock.target[0], stock.closing[0]
    # Up to the use of the month to come above the target is a stock in order.
    use = np.append((stock.demand + stock.dependent)[0][1:], (stock.demand + stock.dependent)[0][-1:])
    series = [{"key": "history", "name": "Closing", "values": _values(closing)}]
    if base is not None:
        try:
            was = base.balance_of(key.partition("/")[0]).closing[0]
            series.append({"key": "baseline", "name": "Plan in use", "values": _values(was)})
        except NotFound:
            pass  # made in the scenario only
    return {
        "title": f"Projected stock of {grid.name(key.partition('/')[0])}",
        "unit": "",
        "labels": [months.short(month) for month in grid.plan.months],
        "now": -1,
        "series": series,
        "interval": {"name": "Target band", "lower": _values(target), "upper": _values(target + use)},
    }


def _worst(plan: ProductionPlan, products: list[Product], column: int) -> Product | None:
    """The product that owes most, else the one farthest below its target; None where nothing is missing."""
    by_key = {product.pk: product for product in products}
    lacking: dict[int, tuple[float, float]] = {}
    lines = ProductionLine.objects.filter(plan=plan, product__in=by_key)
    for pk, late, lost, inventory, target in lines.values_list(
        "product_id", "backorder", "lost", "inventory", "safety_stock"
    ):
        until = slice(0, column + 1)
        owed = float(np.maximum(late, lost)[until].max())
        below = float((target - inventory)[until].max())
        if max(owed, below) > NOISE * (1 + float(target.max())):
            lacking[pk] = owed, below
    worst = max(lacking, key=lambda pk: lacking[pk], default=None)
    return by_key[worst] if worst else None


def _column(plan: ProductionPlan, month: str) -> int:
    """A month's place in the plan; its last for a total."""
    try:
        return min(max(months.distance(plan.start, months.parse(month)), 0), plan.horizon - 1)
    except ValueError:
        return plan.horizon - 1


def _values(numbers: Any) -> list[float]:
    rounded: list[float] = np.round(numbers, 2).tolist()
    return rounded
