"""What a small company has: actuals, a forecast, plans; and a walk through its reviews."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils import timezone

from forecasting.models import Forecast, ForecastLine
from planning.models import (
    Budget,
    InventoryBalance,
    ProductionLine,
    ProductionPlan,
    Resource,
    ResourceLoad,
    SalesPlan,
    SalesPlanLine,
)
from reviews.actions import stages
from reviews.models import Stage
from sop.models import Cycle, Family, History, Market, Product, Series, User
from tests.factories import make_department, make_site

FIRST = dt.date(2013, 6, 1)
HORIZON = 3
UNITS, PRICE, COST = 100.0, 10.0, 6.0


@dataclass
class Company:
    families: list[Family]
    products: list[Product]
    markets: list[Market]
    series: list[Series]
    resource: Resource
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError as missing:
            raise AttributeError(name) from missing


def gather(cycle: Cycle, company: Company) -> None:
    """Actuals, stock, budget, and a forecast on them."""
    for family in company.families:
        for market in company.markets:
            History.objects.create(
                family=family,
                market=market,
                start=dt.date(2013, 3, 1),
                ordered=vector(200),
                shipped=vector(200),
                revenue=vector(2_000),
            )
            for plan_month in cycle.plan_months:
                Budget.objects.create(family=family, market=market, month=plan_month, quantity=250.0, revenue=2_500.0)
    for product in company.products:
        InventoryBalance.objects.create(product=product, site=make_site(), month=cycle.as_of, on_hand=50.0)
    forecast = Forecast.objects.create(
        cycle=cycle, state="published", start=FIRST, horizon=HORIZON, engine_version="1", published_at=timezone.now()
    )
    for series in company.series:
        values = vector(UNITS)
        ForecastLine.objects.create(
            forecast=forecast,
            series=series,
            **dict.fromkeys(("mean", "lower80", "upper80", "lower90", "upper90"), values),
            wape=0.2,
            bias=0.03,
            naive_wape=0.3,
        )


def make_plans(cycle: Cycle, company: Company) -> None:
    """A sales plan of 100 units a series and month, and a production plan that follows it."""
    plan = SalesPlan.objects.create(cycle=cycle, forecast=cycle.forecasts.get(), start=FIRST, horizon=HORIZON)
    for series in company.series:
        SalesPlanLine.objects.create(plan=plan, series=series, **measures(1))
    for family in company.families:
        for market in company.markets:
            SalesPlanLine.objects.create(plan=plan, family=family, market=market, **measures(2))
    make_production(plan, company)


def measures(series: int) -> dict[str, Any]:
    units = vector(UNITS * series)
    return {
        "baseline": units,
        "events": vector(0),
        "consensus": units,
        "price": vector(PRICE),
        "unit_cost": vector(COST),
        "revenue": units * PRICE,
        "cost": units * COST,
    }


def make_production(plan: SalesPlan, company: Company, load: float = 800.0) -> ProductionPlan:
    ProductionPlan.objects.filter(cycle=plan.cycle, current=True).update(current=False)
    production = ProductionPlan.objects.create(
        cycle=plan.cycle,
        sales_plan=plan,
        demand_version=plan.version,
        start=FIRST,
        horizon=HORIZON,
        current=True,
        cost=1.0,
    )
    quiet = ("dependent", "receipts", "subcontract", "backorder", "lost", "safety_stock")
    for product in company.products:
        ProductionLine.objects.create(
            plan=production,
            product=product,
            opening=50.0,
            **{name: vector(2 * UNITS) for name in ("demand", "production", "arrivals")},
            **{name: vector(0) for name in quiet},
            inventory=vector(50),
        )
    ResourceLoad.objects.create(
        plan=production,
        resource=company.resource,
        load=np.array([load, 700.0, 600.0]),
        regular=vector(1_000),
        overtime=vector(0),
        overtime_limit=vector(100),
        price=vector(20),
    )
    return production


def stage(cycle: Cycle, key: str) -> Stage:
    return cycle.stages.get(key=key)


def walk(cycle: Cycle, company: Company, until: str) -> None:
    """Every review before `until` submitted to and signed by the departments that must."""
    for each in cycle.stages.order_by("position"):
        if each.key == until:
            return
        for submission in each.submissions.select_related("department"):
            by = company.people[SPEAKERS[submission.department.code]]
            stages.submit(stage=each, department=submission.department, by=by)
        stages.sign_off(stage=each, by=company.people[SPEAKERS[each.owner.code]])


SPEAKERS = {
    "sop-office": "coordinator",
    "demand-planning": "demand",
    "sales": "sales",
    "marketing": "marketing",
    "operations": "operations",
    "finance": "finance",
    "management": "executive",
}


def department(code: str) -> Any:
    return make_department(code)


def vector(value: float, size: int = HORIZON) -> np.ndarray:
    return np.full(size, float(value))
