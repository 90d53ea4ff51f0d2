"""The Demand page's grid, chart and inspector: right numbers, for those who may see them, in few queries."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from planning.actions import demand as plan_actions
from planning.actions import plan_demand
from planning.models import Budget, Input, SalesPlan, SalesPlanLine
from sop.models import Family, History, Market, Series, User
from tests import factories as make

pytestmark = pytest.mark.django_db
JUNE = dt.date(2026, 6, 1)


class Company:
    """Bikes (two products) and parts (one), each in north and south; 12 months of history at 10 a month."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.north, self.south = make.make_market("north"), make.make_market("south")
        bikes, parts = make.make_family("bikes"), make.make_family("parts")
        self.series: dict[str, Series] = {}
        for code, family in (("city", bikes), ("race", bikes), ("bell", parts)):
            product = make.make_product(code, family, price=5, cost=2)
            for market in (self.north, self.south):
                self.series[f"{code}-{market.code}"] = series = make.make_series(product, market)
                make.make_history(series, dt.date(2025, 6, 1), [10.0] * 12)
                self.add_to_total(family, market)
        cycle = make.make_cycle(JUNE, horizon=18)
        make.make_forecast(cycle, dict.fromkeys(self.series.values(), 20.0))
        self.plan = plan_demand(cycle=cycle, by=self.planner)

    def add_to_total(self, family: Family, market: Market) -> None:
        total = History.objects.filter(family=family, market=market).first()
        if total is None:
            start, units = dt.date(2025, 6, 1), make.vector(10.0, 12)
            History.objects.create(
                family=family, market=market, start=start, ordered=units, shipped=units, revenue=units * 10
            )
        else:
            total.ordered, total.revenue = total.ordered + 10, total.revenue + 100
            total.save()

    def get(self, user: User, path: str, **query: object) -> Any:
        client = Client()
        client.force_login(user)
        return client.get(f"/demand/{self.plan.pk}/{path}/", query)

    def post(self, user: User, path: str, body: object) -> Any:
        client = Client()
        client.force_login(user)
        return client.post(f"/demand/{self.plan.pk}/{path}/", json.dumps(body), content_type="application/json")

    def rows(self, parent: str = "", user: User | None = None, **query: object) -> list[dict[str, Any]]:
        return self.get(user or self.planner, "rows", parent=parent, **query).json()["rows"]


@pytest.fixture
def company() -> Company:
    return Company()


def cell(answer: dict[str, Any], row: dict[str, Any], column: str) -> float | None:
    return row["values"][[c["id"] for c in answer["columns"]].index(column)]


def test_the_hierarchy_opens_from_all_families_down_to_markets_and_measures(company: Company) -> None:
    [total] = company.rows()
    assert (total["key"], total["children"]) == ("total", 2)
    assert [row["key"] for row in company.rows("total")] == ["family:bikes", "family:parts"]
    assert [row["key"] for row in company.rows("family:bikes")] == ["product:city", "product:race"]
    product = company.rows("product:city")
    assert [row["kind"] for row in product] == ["measure"] * 5 + ["series"] * 2
    assert [row["label"] for row in product[-2:]] == ["North", "South"]
    assert [row["measure"] for row in company.rows(product[-1]["key"])] == [
        "lastyear",
        "history",
        "baseline",
        "events",
        "lastcycle",
    ]


def test_months_quarters_and_years_add_up(company: Company) -> None:
    answer = company.get(company.planner, "rows").json()
    [total] = answer["rows"]
    assert cell(answer, total, "2026-05") == 60.0
    assert cell(answer, total, "2026-06") == 120.0
    assert cell(answer, total, "2026-Q3") == 360.0
    assert cell(answer, total, "2026") == 5 * 60 + 7 * 120
    kinds = {column["id"]: column["kind"] for column in answer["columns"]}
    assert (kinds["2026-05"], kinds["2026-06"], kinds["2026-07"]) == ("past", "now", "plan")
    assert kinds["2026-Q3"] == "quarter"


def test_parents_are_the_sum_of_their_children_in_units_and_in_money(company: Company) -> None:
    for unit in ("units", "revenue"):
        [total] = company.rows(unit=unit)
        families = company.rows("total", unit=unit)
        for position, value in enumerate(total["values"]):
            parts = [row["values"][position] for row in families]
            assert (
                value == pytest.approx(sum(part or 0 for part in parts)) if value is not None else parts == [None] * 2
            )


def test_last_cycle_is_its_latest_frozen_plan_else_the_one_in_work(company: Company) -> None:
    before = make.make_cycle(dt.date(2026, 5, 1), horizon=18)

    def plan(units: float, frozen: str | None) -> None:
        at = dt.datetime.fromisoformat(frozen) if frozen else None
        made = SalesPlan.objects.create(cycle=before, start=before.first_month, horizon=18, frozen_at=at)
        vectors = dict.fromkeys(plan_actions.MEASURES, make.vector(units, 18))
        SalesPlanLine.objects.create(plan=made, series=company.series["city-north"], **vectors)

    def last_cycle() -> float | None:
        answer = company.get(company.planner, "rows", parent="product:city").json()
        [row] = [row for row in answer["rows"] if row["measure"] == "lastcycle"]
        return cell(answer, row, "2026-06")

    plan(1, None)
    assert last_cycle() == 1
    plan(3, "2026-05-20T12:00Z")
    plan(2, "2026-05-10T12:00Z")
    assert last_cycle() == 3


def test_a_page_of_rows_takes_a_fixed_number_of_queries(company: Company) -> None:
    client = Client()
    client.force_login(company.planner)
    path = f"/demand/{company.plan.pk}/rows/?parent=family:bikes"
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(30):
        product = make.make_product(f"more-{number}", Family.objects.get(code="bikes"))
        make.make_series(product, company.north)
    with CaptureQueriesContext(connection) as many:
        assert client.get(path).json()["total"] == 32
    assert len(many) == len(few) <= 20


def test_a_filter_shows_one_market_only(company: Company) -> None:
    answer = company.get(company.planner, "rows", market="north").json()
    assert cell(answer, answer["rows"][0], "2026-06") == 60.0


def test_an_edit_answers_with_the_rows_on_screen_and_undo_takes_it_back(company: Company) -> None:
    body = {
        "cells": [{"row": "family:bikes", "month": "2026-06", "entry": "100", "base": 80.0}],
        "reason": "Trade fair",
        "refresh": ["total", "family:bikes", "family:parts"],
    }
    answer = company.post(company.planner, "edits", body).json()
    columns = company.get(company.planner, "rows").json()
    assert [cell(columns, row, "2026-06") for row in answer["rows"]] == [140.0, 100.0, 40.0]
    assert answer["rows"][1]["flags"] == {"2026-06": "ed"}
    assert answer["version"] == 2
    undone = company.post(company.planner, "undo", {"change_set": answer["change_set"], "refresh": ["total"]}).json()
    assert cell(columns, undone["rows"][0], "2026-06") == 120.0
    assert not Input.objects.exists()


def test_a_stale_edit_is_answered_with_the_conflict(company: Company) -> None:
    cells = [{"row": "family:bikes", "month": "2026-06", "entry": "100", "base": 79.0}]
    answer = company.post(company.planner, "edits", {"cells": cells})
    assert answer.status_code == 409
    assert answer.json()["conflicts"][0]["theirs"] == 80.0


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "nothing to save"),
        ({"cells": [{"row": "total"}]}, 400, "Cell 1 is not understood"),
        ({"cells": [{"row": "total", "month": "2026-13", "entry": 1}]}, 400, "there is no month 13"),
        ({"cells": [{"row": "total", "month": "2026-06", "entry": [1]}]}, 400, "is not a quantity"),
        ({"cells": [{"row": "family:none", "month": "2026-06", "entry": 1}]}, 404, "no family “none”"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_why(company: Company, body: object, status: int, words: str) -> None:
    answer = company.post(company.planner, "edits", body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_the_chart_carries_history_baseline_interval_and_consensus(company: Company) -> None:
    Budget.objects.create(
        family=Family.objects.get(code="bikes"), market=company.north, month=JUNE, quantity=77, revenue=1
    )
    chart = company.get(company.planner, "chart", row="family:bikes").json()
    lines = {series["key"]: series["values"] for series in chart["series"]}
    now = chart["now"]
    assert chart["months"][now] == "2026-06"
    assert lines["history"][now - 1] == 40.0
    assert lines["baseline"][now] == lines["consensus"][now] == 80.0
    assert lines["lastyear"][now] == 40.0
    assert lines["budget"][now] == 77.0
    # Four series of 20 ± 4 with independent errors: ± 8.
    assert (chart["interval"]["lower"][now], chart["interval"]["upper"][now]) == (72.0, 88.0)


def test_the_inspector_tells_how_a_number_came_about(company: Company) -> None:
    body = {"cells": [{"row": "product:city", "month": "2026-06", "entry": "50"}], "reason": "Trade fair"}
    company.post(company.planner, "edits", body)
    page = company.get(company.planner, "cell", row="product:city", month="2026-06").content.decode()
    for words in ("How Jun 26 came about", "Baseline", "40", "Decided", "Dan, ", "“Trade fair”", "50"):
        assert words in page


def test_planner_colleague_and_outsider(company: Company) -> None:
    northern = make.make_user("nora", "sales", markets=[company.north], money=False)
    answer = company.get(northern, "rows").json()
    assert cell(answer, answer["rows"][0], "2026-06") == 60.0
    assert not answer["rows"][0]["editable"]
    south = f"series:{company.series['city-south'].pk}"
    assert company.rows(user=northern, keys=south) == []
    assert company.get(northern, "chart", row=south).status_code == 404
    assert company.get(northern, "cell", row=south, month="2026-06").status_code == 404
    assert company.get(northern, "rows", unit="revenue").status_code == 403
    assert (
        company.post(northern, "edits", {"cells": [{"row": "total", "month": "2026-06", "entry": 1}]}).status_code
        == 403
    )
    outsider = make.make_outsider()
    for path in ("rows", "chart", "cell"):
        assert company.get(outsider, path).status_code == 403
    assert Client().get(f"/demand/{company.plan.pk}/rows/").status_code == 302
