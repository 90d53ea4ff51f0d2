"""The views that SQL and reporting tools read: a row per month, with the numbers of the vectors."""

import datetime as dt

import pytest
from django.db import connection

from planning.actions import plan_demand
from tests import factories as make

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL stores vectors as arrays"),
]


def rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_history_and_plan_are_read_by_month() -> None:
    series = make.make_series(make.make_product("P1", price=5, cost=2))
    make.make_history(series, dt.date(2026, 4, 1), [7.0, 9.0])
    cycle = make.make_cycle(dt.date(2026, 6, 1), horizon=2)
    make.make_forecast(cycle, {series: [10.0, 20.0]})
    plan_demand(cycle=cycle, by=None)
    assert rows("SELECT product, market, month, ordered FROM reporting.history ORDER BY month") == [
        ("P1", "north", dt.date(2026, 4, 1), 7.0),
        ("P1", "north", dt.date(2026, 5, 1), 9.0),
    ]
    assert rows("SELECT cycle, month, consensus FROM reporting.sales_plan ORDER BY month") == [
        (cycle.first_month, dt.date(2026, 6, 1), 10.0),
        (cycle.first_month, dt.date(2026, 7, 1), 20.0),
    ]
    assert rows("SELECT state, sum(mean) FROM reporting.forecast GROUP BY state") == [("published", 30.0)]


def test_plans_of_supply_are_views_too() -> None:
    for view in ("production_plan", "resource_load"):
        assert rows(f"SELECT cycle, plan, month FROM reporting.{view}") == []
