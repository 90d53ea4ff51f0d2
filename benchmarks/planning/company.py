"""A company of 100,000 series with a published forecast and a sales plan, in a database that is made for it."""

import datetime as dt
from collections.abc import Iterator
from itertools import product as pairs
from typing import Any

import numpy as np

from benchmarks.engines import histories

MONTHS, HORIZON, MARKETS = 36, 24, 10
START, PLAN = dt.date(2023, 1, 1), dt.date(2026, 1, 1)
# Products by family, sold in every market each: two families of a size that the budgets name, and many others.
FAMILIES = {"LARGE": 2_000, "MIDDLE": 100, **{f"F{number:02d}": 100 for number in range(79)}}
SERIES = MARKETS * sum(FAMILIES.values())
PLANNERS = 20
PASSWORD = "benchmark"
PRODUCT = ("code", "name", "family_id", "sold", "uom", "planning_factor", "strategy", "make_or_buy", "lead_time_months")


def make_company() -> None:
    """Master data, history, forecast, plan and planners; the same in every run."""
    from django.db import connection

    from planning.actions.demand import plan_demand
    from sop import bulk
    from sop.models import Cycle, Family, Market, Product, ProductCost, ProductPrice, Series

    families = {code: Family.objects.create(code=code, name=f"Family {code}").pk for code in FAMILIES}
    markets = [Market.objects.create(code=f"M{number}", name=f"Market {number}").pk for number in range(MARKETS)]
    bulk.insert(Product, (*PRODUCT, "lot_multiple", "safety_stock"), _products(families))
    products = list(Product.objects.order_by("code").values_list("pk", flat=True))
    day = dt.date(2020, 1, 1)
    bulk.insert(ProductPrice, ("product_id", "valid_from", "price"), ((pk, day, 10.0 + pk % 90) for pk in products))
    bulk.insert(ProductCost, ("product_id", "valid_from", "unit_cost"), ((pk, day, 6.0 + pk % 50) for pk in products))
    bulk.insert(Series, ("product_id", "market_id"), pairs(products, markets))
    cycle = Cycle.objects.create(first_month=PLAN, horizon=HORIZON)
    _history_and_forecast(cycle)
    people = _people()
    plan_demand(cycle=cycle, by=people[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself within a minute, unless somebody switched that off


def _products(families: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    number = 0
    for code, count in FAMILIES.items():
        for _ in range(count):
            yield (f"P{number:05d}", f"Product {number}", families[code], True, "EA", 1.0, "MTS", "make", 0, 1.0, 0.0)
            number += 1


def _history_and_forecast(cycle: Any) -> None:
    """Leaves and their family × market totals; the forecast repeats the last two years."""
    from forecasting.models import Forecast, ForecastLine
    from sop import bulk
    from sop.models import History, Posting, PostingBatch, Series

    values = np.round(histories(SERIES, MONTHS))
    leaves = list(Series.objects.order_by("pk").values_list("pk", "product__family", "market"))
    where, group = np.unique(np.array([row[1:] for row in leaves]), axis=0, return_inverse=True)
    totals = np.zeros((len(where), MONTHS))
    np.add.at(totals, group, values)
    columns = ("start", "ordered", "shipped", "revenue")
    bulk.insert(
        History,
        ("series_id", *columns),
        ((row[0], START, sold, sold, sold * 20) for row, sold in zip(leaves, values, strict=True)),
    )
    bulk.insert(
        History,
        ("family_id", "market_id", *columns),
        ((*key, START, sold, sold, sold * 20) for key, sold in zip(where.tolist(), totals, strict=True)),
    )
    batch = PostingBatch.objects.create(source="benchmark")
    rows = {"product_id": _first("Product"), "market_id": leaves[0][2], "kind": Posting.Kind.ORDERED}
    for number, day in enumerate((START, dt.date(2025, 12, 1))):
        Posting.objects.create(
            source="benchmark", external_id=str(number), date=day, quantity=1, revenue=1, batch=batch, **rows
        )
    forecast = Forecast.objects.create(
        cycle=cycle, state=Forecast.State.PUBLISHED, start=PLAN, horizon=HORIZON, engine_version="benchmark"
    )
    bounds = ("mean", "lower80", "upper80", "lower90", "upper90")
    rest = ("pattern", "members", "way")
    for key, names, means in (
        (leaves, ("series_id",), values[:, -HORIZON:]),
        (where.tolist(), ("family_id", "market_id"), totals[:, -HORIZON:]),
    ):
        lines = (
            (forecast.pk, *row[: len(names)], mean, mean * 0.8, mean * 1.2, mean * 0.7, mean * 1.3, "smooth", "{}", "")
            for row, mean in zip(key, means, strict=True)
        )
        bulk.insert(ForecastLine, ("forecast_id", *names, *bounds, *rest), lines)


def _first(name: str) -> int:
    from django.apps import apps

    return int(apps.get_model("sop", name).objects.order_by("pk").values_list("pk", flat=True)[0])


def _people() -> list[Any]:
    """Demand planners who see everything."""
    from planning.models import Stream
    from sop.models import Department, Membership, User

    department = Department.objects.create(code="demand-planning", name="Demand planning")
    for position, code in enumerate(("sales", "marketing", "finance")):
        owner = Department.objects.create(code=code, name=code.capitalize())
        Stream.objects.create(code=code, name=code.capitalize(), department=owner, position=position)
    people = []
    for number in range(PLANNERS):
        user = User.objects.create_user(f"planner{number}", password=PASSWORD)
        Membership.objects.create(user=user, department=department, role=Membership.Role.PLANNER, sees_money=True)
        people.append(user)
    return people
