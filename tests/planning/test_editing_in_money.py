"""Numbers typed in revenue, cost or margin: stored as units at plan price, seen again as they were typed."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.actions.sheets import Cause
from planning.models import Input
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Series
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE = dt.date(2026, 6, 1)


class Company:
    """A bike at 48, a bell at 5 and a gift without a price, 10 a month of each in north and south."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.family = make.make_family("bikes")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.series: dict[str, Series] = {}
        for code, price, cost in (("bike", 48, 30), ("bell", 5, 2), ("gift", 0, 0)):
            product = make.make_product(code, self.family, price=price, cost=cost)
            for market in (self.north, self.south):
                self.series[f"{code}-{market.code}"] = make.make_series(product, market)
        cycle = make.make_cycle(JUNE)
        make.make_forecast(cycle, dict.fromkeys(self.series.values(), 10.0))
        self.plan = plan_demand(cycle=cycle, by=self.planner)

    def key(self, name: str) -> str:
        return f"series:{self.series[name].pk}"

    def edit(self, row: str, entry: str | float, unit: str = "revenue", base: float | None = None, **more: Any) -> str:
        cell = CellEdit(row, JUNE, entry, base=base, unit=unit)
        cause = Cause("Order in sight")
        return edit_cells(plan=self.plan, edits=[cell], by=more.pop("by", self.planner), cause=cause, **more).note

    def units(self) -> dict[str, float]:
        names = {series.pk: name for name, series in self.series.items()}
        return {names[entry.series_id]: entry.quantity for entry in Input.objects.all()}

    def june(self, row: str, unit: str) -> float:
        client = Client()
        client.force_login(self.planner)
        answer = client.get(f"/demand/{self.plan.pk}/rows/", {"keys": row, "unit": unit}).json()
        names = [column["id"] for column in answer["columns"]]
        return float(answer["rows"][0]["values"][names.index("2026-06")])


@pytest.fixture
def company() -> Company:
    return Company()


def test_revenue_typed_at_a_series_is_stored_as_units_at_plan_price(company: Company) -> None:
    note = company.edit(company.key("bike-north"), "15k")
    assert company.units() == {"bike-north": pytest.approx(312.5)}
    assert note == "€\u2009\u206015\u2009\u2060000 = 312 units at plan price."
    assert company.june(company.key("bike-north"), "revenue") == pytest.approx(15_000)


@pytest.mark.parametrize(("unit", "typed"), [("revenue", 3_333), ("cost", 1_001), ("margin", 777)])
@pytest.mark.parametrize("row", ["product:bell", "family:bikes", "total"])
def test_what_is_typed_in_money_at_any_level_comes_back_as_typed(
    company: Company, row: str, unit: str, typed: float
) -> None:
    company.edit(row, typed, unit)
    assert company.june(row, unit) == pytest.approx(typed)
    fractions = [quantity for quantity in company.units().values() if quantity != round(quantity)]
    assert len(fractions) <= 1, "all parts but the one that takes the rest are whole"


def test_money_is_split_in_proportion_to_the_plan(company: Company) -> None:
    company.edit("family:bikes", "+100%")
    assert company.units() == pytest.approx(dict.fromkeys(company.series, 20))


def test_locked_series_keep_their_units_and_the_others_bring_the_money(company: Company) -> None:
    company.edit(company.key("bike-north"), 5, "units")
    Input.objects.update(locked=True)
    company.edit("product:bike", 960)
    assert company.units() == {"bike-north": 5, "bike-south": 15}
    with pytest.raises(PlanningError, match="the locked series alone are worth €"):
        company.edit("product:bike", 100)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("revenue", "Jun 26: this row has no plan price, so revenue cannot be turned into units. Enter units"),
        ("cost", "has no standard cost"),
        ("margin", "earns no margin at plan price"),
    ],
)
def test_without_a_price_money_is_refused_with_the_way_out(company: Company, unit: str, words: str) -> None:
    for row in (company.key("gift-north"), "product:gift"):
        with pytest.raises(PlanningError, match=words):
            company.edit(row, 100, unit)
    assert not company.units()


def test_a_conflict_is_seen_and_told_in_the_unit_on_the_page(company: Company) -> None:
    company.edit(company.key("bike-north"), 20, "units")
    with pytest.raises(Conflict) as refused:
        company.edit(company.key("bike-north"), "+10%", base=480)
    assert company.units() == {"bike-north": 20}
    [conflict] = refused.value.extra["conflicts"]
    assert (conflict["base"], conflict["theirs"], conflict["mine"]) == (480, 960, pytest.approx(528))
    company.edit(company.key("bike-north"), "+10%", base=960)
    assert company.units() == {"bike-north": pytest.approx(22)}


def test_who_sees_no_money_enters_none(company: Company) -> None:
    blind = make.make_user("bea", "demand-planning", "planner", money=False)
    with pytest.raises(NotAllowed):
        company.edit("total", 100, by=blind)
    client = Client()
    client.force_login(blind)
    body = {"cells": [{"row": "total", "month": "2026-06", "entry": "5k"}]}
    address = f"/demand/{company.plan.pk}/edits/?unit=revenue"
    assert client.post(address, json.dumps(body), content_type="application/json").status_code == 403
    assert not company.units()


def test_the_page_posts_money_and_is_answered_in_money(company: Company) -> None:
    client = Client()
    client.force_login(company.planner)
    body = {"cells": [{"row": "product:bike", "month": "2026-06", "entry": "1920", "base": 960}]}
    body |= {"refresh": ["total"], "reason": "Order in sight"}
    address = f"/demand/{company.plan.pk}/edits/?unit=revenue"
    answer = client.post(address, json.dumps(body), content_type="application/json").json()
    assert "= 40 units at plan price" in answer["note"]
    assert 1920 + 100 in answer["rows"][0]["values"]
    assert company.units() == {"bike-north": 20, "bike-south": 20}
