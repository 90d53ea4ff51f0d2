"""Small companies to test on: each function makes one thing, with defaults for all that a test does not care about."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from forecasting.models import Forecast, ForecastLine
from planning.models import Resource, Stream
from sop.models import (
    Cycle,
    Department,
    Family,
    History,
    Market,
    Membership,
    Product,
    ProductCost,
    ProductPrice,
    Series,
    Site,
    User,
)

LONG_AGO = dt.date(2000, 1, 1)
DEPARTMENTS = {
    "sop-office": "S&OP office",
    "demand-planning": "Demand planning",
    "sales": "Sales",
    "marketing": "Marketing",
    "operations": "Operations",
    "finance": "Finance",
    "management": "Management",
    "it": "IT",
}


def make_department(code: str = "sales") -> Department:
    return Department.objects.get_or_create(code=code, defaults={"name": DEPARTMENTS[code]})[0]


def make_user(
    username: str,
    department: str = "sales",
    role: str = "contributor",
    *,
    money: bool = True,
    families: Sequence[Family] = (),
    markets: Sequence[Market] = (),
) -> User:
    """A person with one membership."""
    user = User.objects.create_user(username, first_name=username.capitalize())
    member = Membership.objects.create(user=user, department=make_department(department), role=role, sees_money=money)
    member.families.set(families)
    member.markets.set(markets)
    return user


def make_coordinator(username: str = "cora") -> User:
    return make_user(username, "sop-office", "coordinator")


def make_demand_planner(username: str = "dan") -> User:
    return make_user(username, "demand-planning", "planner")


def make_outsider(username: str = "otto") -> User:
    """Somebody with a log-in and no membership."""
    return User.objects.create_user(username)


def make_family(code: str = "bikes", parent: Family | None = None) -> Family:
    return Family.objects.get_or_create(code=code, defaults={"name": code.capitalize(), "parent": parent})[0]


def make_market(code: str = "north", parent: Market | None = None) -> Market:
    return Market.objects.get_or_create(code=code, defaults={"name": code.capitalize(), "parent": parent})[0]


def make_product(code: str = "P1", family: Family | None = None, *, price: float = 0, cost: float = 0) -> Product:
    product = Product.objects.create(code=code, name=f"Product {code}", family=family or make_family())
    if price:
        ProductPrice.objects.create(product=product, valid_from=LONG_AGO, price=price)
    if cost:
        ProductCost.objects.create(product=product, valid_from=LONG_AGO, unit_cost=cost)
    return product


def make_series(product: Product, market: Market | None = None) -> Series:
    return Series.objects.create(product=product, market=market or make_market())


def make_history(series: Series, start: dt.date, ordered: Sequence[float], price: float = 10.0) -> History:
    units = np.array(ordered, dtype=float)
    return History.objects.create(series=series, start=start, ordered=units, shipped=units, revenue=units * price)


def make_cycle(first_month: dt.date = dt.date(2026, 6, 1), horizon: int = 6) -> Cycle:
    return Cycle.objects.create(first_month=first_month, horizon=horizon)


def make_forecast(cycle: Cycle, means: dict[Series, float | Sequence[float]]) -> Forecast:
    """A published forecast with these means, ± 20 % as its intervals, and its totals."""
    published = {"state": Forecast.State.PUBLISHED, "engine_version": "test"}
    forecast = Forecast.objects.create(cycle=cycle, start=cycle.first_month, horizon=cycle.horizon, **published)
    totals: dict[tuple[int | None, int], list[np.ndarray]] = {}
    for series, mean in means.items():
        values = np.broadcast_to(np.asarray(mean, dtype=float), cycle.horizon)
        totals.setdefault((series.product.family_id, series.market_id), []).append(values)
        make_forecast_line(forecast, values, values * 0.2, series=series)
    for (family, market), parts in totals.items():
        spread = np.sqrt(sum((0.2 * part) ** 2 for part in parts))
        make_forecast_line(forecast, sum(parts), spread, family_id=family, market_id=market)
    return forecast


def make_forecast_line(forecast: Forecast, mean: np.ndarray, spread: np.ndarray, **key: object) -> ForecastLine:
    low, high = mean - spread, mean + spread
    return ForecastLine.objects.create(
        forecast=forecast, mean=mean, lower80=low, upper80=high, lower90=low, upper90=high, **key
    )


def make_stream(code: str = "sales") -> Stream:
    return Stream.objects.create(code=code, name=code.capitalize(), department=make_department(code))


def make_site(code: str = "main") -> Site:
    return Site.objects.get_or_create(code=code, defaults={"name": code.capitalize()})[0]


def make_resource(code: str = "paint", regular: float = 1_000.0, overtime: float = 100.0) -> Resource:
    return Resource.objects.create(
        code=code,
        name=code.capitalize(),
        site=make_site(),
        regular_hours_per_month=regular,
        overtime_hours_per_month=overtime,
    )


def vector(value: float, size: int) -> np.ndarray:
    return np.full(size, float(value))
