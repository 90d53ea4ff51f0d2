"""The demand grid in units, revenue, cost and margin: months, quarters and years add up at every level."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.models import Assumption, Budget
from sop.models import Family, History, Market, ProductCost, Series, User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE = dt.date(2026, 6, 1)
UNITS = ("units", "revenue", "cost", "margin")


class Company:
    """Bikes, a cheap and a dear one, in north and south; a year of history at 10 a month and € 10 each."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.seller = make.make_user("sam", "sales")
        self.sales = make.make_stream("sales")
        self.bikes = make.make_family("bikes")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.series: dict[str, Series] = {}
        for code, price, cost in (("cheap", 10, 4), ("dear", 10, 8)):
            product = make.make_product(code, self.bikes, price=price, cost=cost)
            for market in (self.north, self.south):
                self.series[f"{code}-{market.code}"] = series = make.make_series(product, market)
                make.make_history(series, dt.date(2025, 6, 1), [10.0] * 12)
        for market in (self.north, self.south):
            units = make.vector(20.0, 12)
            History.objects.create(
                family=self.bikes,
                market=market,
                start=dt.date(2025, 6, 1),
                ordered=units,
                shipped=units,
                revenue=units * 10,
            )
        self.cycle = make.make_cycle(JUNE, horizon=19)
        make.make_forecast(self.cycle, dict.fromkeys(self.series.values(), 20.0))
        self.plan = plan_demand(cycle=self.cycle, by=self.planner)

    def budget(self, family: Family, market: Market, first: dt.date, quantity: float) -> None:
        """A year of months."""
        for month in range(12):
            Budget.objects.create(
                family=family,
                market=market,
                month=dt.date(first.year, month + 1, 1),
                quantity=quantity,
                revenue=quantity * 9,
                margin=quantity * 3,
            )

    def get(self, path: str = "rows", user: User | None = None, **query: object) -> Any:
        client = Client()
        client.force_login(user or self.planner)
        return client.get(f"/demand/{self.plan.pk}/{path}/", query)

    def rows(self, parent: str = "", **query: object) -> dict[str, dict[str, Any]]:
        """The rows under a parent by key, their values by column."""
        answer = self.get(parent=parent, **query).json()
        names = [column["id"] for column in answer["columns"]]
        return {row["key"]: row | dict(zip(names, row["values"], strict=True)) for row in answer["rows"]}


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.mark.parametrize(
    ("unit", "may", "june", "quarter", "year"),
    [
        ("units", 40, 80, 240, 5 * 40 + 7 * 80),
        ("revenue", 400, 800, 2400, 5 * 400 + 7 * 800),
        ("cost", 240, 480, 1440, 5 * 240 + 7 * 480),
        ("margin", 160, 320, 960, 5 * 160 + 7 * 320),
    ],
)
def test_months_quarters_and_years_add_up_in_each_unit(
    company: Company, unit: str, may: float, june: float, quarter: float, year: float
) -> None:
    total = company.rows(unit=unit)["total"]
    found = [total[column] for column in ("2026-05", "2026-06", "2026-Q3", "2026")]
    assert found == pytest.approx([may, june, quarter, year])


def test_margin_is_revenue_less_cost_in_every_row(company: Company) -> None:
    revenue, cost, margin = (company.rows("family:bikes", unit=unit, measures="1") for unit in UNITS[1:])
    for key, row in margin.items():
        for value, earned, spent in zip(row["values"], revenue[key]["values"], cost[key]["values"], strict=True):
            assert value == (None if earned is None else pytest.approx(earned - spent)), key


@pytest.mark.parametrize("unit", UNITS)
def test_every_measure_of_a_family_is_the_sum_of_its_products(company: Company, unit: str) -> None:
    key = f"series:{company.series['dear-north'].pk}"
    edit_cells(plan=company.plan, edits=[CellEdit(f"{key}/measure:sales", JUNE, 35)], by=company.seller)
    edit_cells(plan=company.plan, edits=[CellEdit(key, JUNE, 30)], by=company.planner)
    Assumption.objects.create(
        name="Fair", product=company.series["dear-north"].product, first_month=JUNE, last_month=JUNE, effect=0.5
    )
    plan_demand(cycle=company.cycle, by=company.planner)
    family = company.rows("family:bikes", unit=unit, measures="1")
    products = [company.rows(f"product:{code}", unit=unit) for code in ("cheap", "dear")]
    for measure in ("lastyear", "history", "baseline", "events", "sales"):
        row = family[f"family:bikes/measure:{measure}"]
        for column in ("2026-05", "2026-06", "2026-07", "2026-Q3", "2026"):
            parts = [
                rows[f"product:{code}/measure:{measure}"][column]
                for rows, code in zip(products, ("cheap", "dear"), strict=True)
            ]
            assert (row[column] or 0) == pytest.approx(sum(part or 0 for part in parts)), (measure, column)


def test_history_costs_what_a_unit_cost_in_its_month(company: Company) -> None:
    dear = company.series["dear-north"].product
    ProductCost.objects.create(product=dear, valid_from=dt.date(2026, 5, 1), unit_cost=9)
    rows = company.rows("product:dear", unit="cost", measures="1")
    assert [rows["product:dear/measure:history"][column] for column in ("2026-04", "2026-05")] == [160, 180]
    assert company.rows(unit="cost")["total"]["2026-05"] == 80 + 180


def test_families_and_the_total_open_into_measures_when_asked(company: Company) -> None:
    company.budget(company.bikes, company.north, dt.date(2026, 1, 1), 70)
    assert set(company.rows("family:bikes")) == {"product:cheap", "product:dear"}
    rows = company.rows("family:bikes", measures="1")
    assert [row["label"] for row in rows.values()][:7] == [
        "Last year", "History", "Baseline", "Events", "Sales", "Last cycle", "Budget",
    ]  # fmt: skip
    assert rows["family:bikes/measure:budget"]["2026-06"] == 70
    assert company.rows(measures="1")["total"]["children"] == 7 + 1
    assert company.rows("family:bikes", measures="1", unit="cost")["family:bikes/measure:budget"]["2026-06"] == 420


def test_the_full_year_stands_beside_its_budget_or_else_last_year(company: Company) -> None:
    company.budget(company.bikes, company.north, dt.date(2026, 1, 1), 70)
    answer = company.get(parent="total").json()
    assert [(column["year"], column["label"]) for column in answer["edge"]] == [("2026", "Plan"), ("2026", "vs budget")]
    [bikes] = answer["rows"]
    assert bikes["edge"] == [760, pytest.approx(760 / 840 - 1, abs=1e-6), "budget"]
    product = company.rows("family:bikes")["product:dear"]
    assert product["edge"] == [380, pytest.approx(380 / 140 - 1, abs=1e-6), "lastyear"]


def test_a_year_that_is_not_all_in_the_plan_has_no_place_at_the_edge(company: Company) -> None:
    company.plan.horizon = company.cycle.horizon = 6
    company.plan.save()
    answer = company.get().json()
    assert (answer["edge"], answer["rows"][0]["edge"]) == ([], [])


def test_the_months_shown_are_those_asked_for(company: Company) -> None:
    columns = [column["id"] for column in company.get(past=3, ahead=6).json()["columns"]]
    assert (columns[0], columns[-1]) == ("2026-03", "2026-11")
    assert company.rows(past=12)["total"]["2025-06"] == 40
    assert "2 months cannot be shown" in company.get(past=2).json()["detail"]
    assert company.get(ahead="many").status_code == 400


def test_the_chart_draws_every_measure_in_the_unit_asked_for(company: Company) -> None:
    company.budget(company.bikes, company.north, dt.date(2026, 1, 1), 70)
    units, cost = (company.get("chart", row="family:bikes", unit=unit).json() for unit in ("units", "cost"))
    drawn = {line["key"]: line["values"][units["now"]] for line in units["series"]}
    assert drawn == {"history": None, "baseline": 80, "consensus": 80, "sales": 80, "budget": 70, "lastyear": 40}
    spent = {line["key"]: line["values"][cost["now"]] for line in cost["series"]}
    assert spent == {"history": None, "baseline": 480, "consensus": 480, "sales": 480, "budget": 420, "lastyear": 240}
    ratio = np.array(cost["interval"]["lower"][cost["now"] :]) / np.array(units["interval"]["lower"][units["now"] :])
    assert ratio == pytest.approx(6)


def test_money_is_for_those_who_see_it(company: Company) -> None:
    seller = make.make_user("nora", "sales", markets=[company.north], money=False)
    for path in ("rows", "chart", "cell"):
        for unit in UNITS[1:]:
            assert company.get(path, seller, unit=unit, row="total", month="2026-06").status_code == 403
        assert company.get(path, seller, unit="barrels").status_code == 400
    page = Client()
    page.force_login(seller)
    assert page.get("/demand/?unit=margin").status_code == 403
    assert b"Margin" not in page.get("/demand/").content
    assert company.get(user=seller).json()["rows"][0]["values"]
    northern = make.make_user("nick", "sales", markets=[company.north])
    revenue = company.get(user=northern, unit="revenue").json()
    assert (
        revenue["rows"][0]["values"][
            revenue["columns"].index(next(c for c in revenue["columns"] if c["id"] == "2026-06"))
        ]
        == 400
    )
    assert company.get(user=make.make_outsider(), unit="revenue").status_code == 403
