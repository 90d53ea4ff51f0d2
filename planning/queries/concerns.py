"""What hurts most in a production plan: overloads, overtime, customers who wait or are refused, missing components."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.models import ProductionLine, ProductionPlan, ResourceLoad, SalesPlanLine
from planning.queries.prices import unit_costs
from sop import bulk, months
from sop.models import Product, Series
from sop.permissions import Scope

SHOWN = 8
NOISE = 1e-6


@dataclass(frozen=True)
class Concern:
    """Something to look at, worth `money`: a resource whose ways out stand in its cell, or a row that says why."""

    kind: str  # overload, overtime, refused, late, component
    what: str
    why: str
    money: float
    resource: str = ""
    row: str = ""
    month: str = ""


def concerns(plan: ProductionPlan, scope: Scope) -> list[Concern]:
    """Overloads, overtime, late and refused demand and missing components, dearest first. Six queries."""
    found = [*_of_resources(plan), *_of_products(plan, scope)]
    return sorted(found, key=lambda each: -each.money)[:SHOWN]


def _of_resources(plan: ProductionPlan) -> list[Concern]:
    """One entry per resource: where it is worst. Hours beyond overtime cost more than any overtime could."""
    found = []
    for load in ResourceLoad.objects.filter(plan=plan).select_related("resource"):
        over = np.maximum(load.load - load.regular, 0.0)
        beyond = np.maximum(over - load.overtime_limit, 0.0)
        beyond[beyond <= NOISE * (1 + load.regular)] = 0.0
        worst = int((beyond if beyond.any() else over).argmax())
        if over[worst] <= NOISE * (1 + load.regular[worst]):
            continue
        kind = "overload" if beyond.any() else "overtime"
        hours = beyond if beyond.any() else over
        count = int((hours > NOISE).sum())
        when = months.short(plan.months[worst])
        spread = f" in {count} months, {_whole(float(hours[worst]))} h in {when}" if count > 1 else f" in {when}"
        found.append(
            Concern(
                kind=kind,
                what=load.resource.name,
                why=f"{_whole(float(hours.sum()))} h{spread}",
                money=float(over.sum()) * load.resource.overtime_hourly_cost,
                resource=load.resource.code,
                month=months.code(plan.months[worst]),
            )
        )
    return found


def _whole(value: float) -> str:
    """Thousands by a thin space that does not break; what rounds to nothing reads as less than one."""
    return f"{value:,.0f}".replace(",", "\u2009\u2060") if value >= 1 else "< 1"


def _of_products(plan: ProductionPlan, scope: Scope) -> list[Concern]:
    """Products whose customers wait or are refused, at their average plan price."""
    lines = bulk.read(ProductionLine.objects.filter(plan=plan), "product_id", "backorder", "lost")
    short = {product: (late, lost) for product, late, lost in lines if late.max() > NOISE or lost.max() > NOISE}
    seen = Product.objects.filter(pk__in=short)
    if scope.families is not None:
        seen = seen.filter(family__in=scope.families)
    price = _prices(plan, list(short))
    cost = np.nan_to_num(unit_costs(list(short), plan.start, 1))[:, 0] if short else np.empty(0)
    worth = {pk: price.get(pk) or float(standard) for pk, standard in zip(short, cost, strict=True)}
    return [_shortage(plan, product, *short[product.pk], worth[product.pk]) for product in seen]


def _shortage(plan: ProductionPlan, product: Product, late: Any, lost: Any, price: float) -> Concern:
    refused, waiting = float(lost.sum()), float(late.max())
    kind = "component" if not product.sold else "refused" if refused > waiting else "late"
    first = int(np.flatnonzero(np.maximum(late, lost) > NOISE)[0])
    words = []
    if waiting > NOISE:
        since, until = (months.short(plan.months[at]) for at in np.flatnonzero(late > NOISE)[[0, -1]].tolist())
        what = "missing" if kind == "component" else "late"
        words.append(f"up to {_whole(waiting)} {what} in {since}" + (f" to {until}" if until != since else ""))
    if refused > NOISE:
        words.append(f"{_whole(refused)} refused")
    return Concern(
        kind=kind,
        what=product.name,
        why=", ".join(words),
        money=(refused + waiting) * price,
        row=f"product:{product.code}",
        month=months.code(plan.months[first]),
    )


def _prices(plan: ProductionPlan, products: list[int]) -> dict[int, float]:
    """Average plan price by product. Two queries."""
    of_series = dict(Series.objects.filter(product__in=products).values_list("pk", "product_id"))
    units: dict[int, float] = {}
    revenue: dict[int, float] = {}
    lines = SalesPlanLine.objects.filter(plan=plan.sales_plan_id, series__product__in=products)
    for series, consensus, earned in lines.values_list("series_id", "consensus", "revenue"):
        product = of_series[series]
        units[product] = units.get(product, 0.0) + float(consensus.sum())
        revenue[product] = revenue.get(product, 0.0) + float(np.nansum(earned))
    return {product: revenue[product] / units[product] for product in units if units[product] > 0}
