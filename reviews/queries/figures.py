"""The few numbers that say how good a plan is: accuracy, bias, load, cover, shortages, and the gap to budget."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Sum

from forecasting.models import Forecast, ForecastLine
from planning.models import Budget, ProductionLine, ProductionPlan, SalesPlan, SalesPlanLine
from sop import bulk, months
from sop.models import Family, Product, ProductCost, ProductPrice
from sop.permissions import Scope

A_DAY = 86_400


@dataclass(frozen=True)
class Accuracy:
    """Of the backtest, over the series that had room for one, weighed by their forecast volume."""

    wape: float
    bias: float
    naive_wape: float
    series: int

    @property
    def accuracy(self) -> float:
        return max(0.0, 1 - self.wape)


@dataclass(frozen=True)
class Peak:
    """The highest load of a resource, as a fraction of its regular hours, and the hours that not even overtime has."""

    resource: str
    month: int
    load: float
    hours_over: float
    worth: float


@dataclass(frozen=True)
class Shortage:
    """Units of a product that the plan loses, or delivers late at its worst, and what they would have brought."""

    product: str
    name: str
    units: float
    month: int
    worth: float


@dataclass(frozen=True)
class Gap:
    """Plan against budget over the plan months that have one."""

    family: str
    name: str
    plan_units: float
    budget_units: float
    plan_revenue: float
    budget_revenue: float

    @property
    def money(self) -> float:
        return self.plan_revenue - self.budget_revenue

    @property
    def units_gap(self) -> float:
        return self.plan_units - self.budget_units

    @property
    def share(self) -> float:
        """Of the revenue budget, or of the units where the budget has no money."""
        if self.budget_revenue:
            return self.plan_revenue / self.budget_revenue - 1
        return self.units_share

    @property
    def units_share(self) -> float:
        return self.plan_units / self.budget_units - 1 if self.budget_units else 0.0


def accuracy(forecast: Forecast, scope: Scope) -> Accuracy | None:
    """One query the first time; a published forecast does not change, so the answer is kept."""
    key = f"accuracy:{forecast.pk}:{forecast.published_at:%Y%m%d%H%M%S%f}:{hash(scope)}"
    found: Accuracy | None = cache.get(key)
    if found is None and (found := _accuracy(forecast, scope)):
        cache.set(key, found, A_DAY)
    return found


def peaks(plan: ProductionPlan) -> list[Peak]:
    """The worst month of each resource, highest load first. One query."""
    loads = plan.loads.values_list("resource__name", "load", "regular", "overtime_limit", "price")
    found = [_peak(*row) for row in loads if row[1].size]
    return sorted(found, key=lambda peak: -peak.load)


def shortages(plan: ProductionPlan, scope: Scope) -> list[Shortage]:
    """Products that run out, dearest first. One query; three when there are any."""
    rows = bulk.read(_lines(plan, scope), "product_id", "backorder", "lost")
    short = {product: (backorder, lost) for product, backorder, lost in rows if backorder.any() or lost.any()}
    prices = _latest(ProductPrice, "price", plan, list(short))
    named = _product_names(list(short))
    found = [_shortage(named[product], *vectors, prices.get(product, 0.0)) for product, vectors in short.items()]
    return sorted(found, key=lambda shortage: (-shortage.worth, -shortage.units))


def cover(plan: ProductionPlan, scope: Scope) -> float | None:
    """Average stock over average demand, in months, both valued at standard cost so that unlike units add up."""
    rows = bulk.read(_lines(plan, scope).filter(product__sold=True), "product_id", "inventory", "demand")
    costs = _latest(ProductCost, "unit_cost", plan, [row[0] for row in rows])
    stock = sum(float(inventory.mean()) * costs.get(product, 1.0) for product, inventory, _ in rows if inventory.size)
    demand = sum(float(wanted.mean()) * costs.get(product, 1.0) for product, _, wanted in rows if wanted.size)
    return stock / demand if demand > 0 else None


def gaps(plan: SalesPlan, scope: Scope) -> list[Gap]:
    """Plan and budget by budgeted family, largest difference first. Three queries."""
    budget: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    of_plan = Budget.objects.filter(scope.totals(), month__range=(plan.start, plan.months[-1]))
    for family, month, quantity, revenue in (
        of_plan.values("family", "month")
        .annotate(quantity=Sum("quantity"), revenue=Sum("revenue"))
        .values_list("family", "month", "quantity", "revenue")
    ):
        budget[family][months.distance(plan.start, month)] = (quantity, revenue)
    if not budget:
        return []
    families = {family.pk: family for family in Family.objects.all()}
    planned = _planned(plan, scope, families)
    found = [_gap(families[family], planned[family], by_month) for family, by_month in budget.items()]
    return sorted(found, key=lambda gap: -abs(gap.money or gap.units_gap))


def total(rows: list[Gap]) -> Gap | None:
    """The sum of the families."""
    if not rows:
        return None
    sums = [sum(values) for values in zip(*(_amounts(row) for row in rows), strict=True)]
    return Gap("", "Total", *sums)


def _accuracy(forecast: Forecast, scope: Scope) -> Accuracy | None:
    lines = ForecastLine.objects.filter(scope.series("series__"), forecast=forecast, series__isnull=False)
    rows = bulk.read(lines.filter(wape__isnull=False), "wape", "bias", "naive_wape", "mean")
    if not rows:
        return None
    errors = np.array([[np.nan if value is None else value for value in row[:3]] for row in rows], dtype=float)
    weights = np.array([float(np.nansum(row[3])) for row in rows])
    if weights.sum() <= 0:
        return None
    wape, bias, naive = (_weighed(errors[:, column], weights) for column in range(3))
    return Accuracy(wape, bias, naive, len(rows))


def _weighed(values: np.ndarray[Any, Any], weights: np.ndarray[Any, Any]) -> float:
    known = ~np.isnan(values)
    total_weight = float(weights[known].sum())
    return float((values[known] * weights[known]).sum()) / total_weight if total_weight > 0 else 0.0


def _peak(name: str, load: Any, regular: Any, overtime_limit: Any, price: Any) -> Peak:
    share = np.divide(load, regular, out=np.zeros_like(load), where=regular > 0)
    over = np.maximum(0.0, load - regular - overtime_limit)
    worth = float((over * np.nan_to_num(price)).sum()) if price.size == over.size else 0.0
    month = int(share.argmax())
    return Peak(name, month, float(share[month]), float(over.sum()), worth)


def _shortage(named: tuple[str, str], backorder: Any, lost: Any, price: float) -> Shortage:
    missing = float(lost.sum() + backorder.max(initial=0.0))
    first = int(np.argmax((backorder + lost) > 0))
    return Shortage(named[0], named[1], missing, first, missing * price)


def _lines(plan: ProductionPlan, scope: Scope) -> Any:
    lines = ProductionLine.objects.filter(plan=plan)
    return lines if scope.families is None else lines.filter(product__family__in=scope.families)


def _product_names(products: list[int]) -> dict[int, tuple[str, str]]:
    rows = Product.objects.filter(pk__in=products).values_list("pk", "code", "name")
    return {pk: (code, name) for pk, code, name in rows}


def _latest(model: Any, field: str, plan: ProductionPlan, products: list[int]) -> dict[int, float]:
    """The price or cost in force when the plan starts."""
    if not products:
        return {}
    rows = model.objects.filter(product__in=products, valid_from__lte=plan.start).order_by("valid_from")
    return dict(rows.values_list("product", field))


def _planned(plan: SalesPlan, scope: Scope, families: dict[int, Family]) -> dict[int, np.ndarray[Any, Any]]:
    """Units and revenue by month of each family, those below it included."""
    planned: dict[int, np.ndarray[Any, Any]] = defaultdict(lambda: np.zeros((2, plan.horizon)))
    lines = SalesPlanLine.objects.filter(scope.totals(), plan=plan, series__isnull=True)
    for family, units, revenue in lines.values_list("family", "consensus", "revenue"):
        amounts = np.nan_to_num(bulk.matrix([units, revenue], plan.horizon))
        above: int | None = family
        while above is not None:
            planned[above] += amounts
            above = families[above].parent_id
    return planned


def _gap(family: Family, planned: np.ndarray[Any, Any], budget: dict[int, tuple[float, float]]) -> Gap:
    at = sorted(budget)
    units, revenue = planned[:, at].sum(axis=1)
    budget_units, budget_revenue = (sum(budget[month][i] for month in at) for i in (0, 1))
    return Gap(family.code, family.name, float(units), budget_units, float(revenue), budget_revenue)


def _amounts(row: Gap) -> tuple[float, float, float, float]:
    return row.plan_units, row.budget_units, row.plan_revenue, row.budget_revenue
