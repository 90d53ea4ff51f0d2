"""The inspector's story of a number: last year's sales, the entries with their circumstances, and earlier plans."""

import datetime as dt

import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.actions import demand as plan_actions
from planning.actions.sheets import Cause
from planning.models import SalesPlan, SalesPlanLine
from sop.models import User
from sop.words import THIN
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE = dt.date(2026, 6, 1)
TEN = f"+10{THIN}%"


def test_the_story_of_a_number_from_last_year_to_what_earlier_cycles_said() -> None:
    planner, north, south = make.make_demand_planner(), make.make_market("north"), make.make_market("south")
    bike = make.make_product("bike", make.make_family("bikes"))
    series = [make.make_series(bike, market) for market in (north, south)]
    for each in series:
        make.make_history(each, dt.date(2025, 6, 1), [7.0] * 12)
    cycle = make.make_cycle(JUNE)
    make.make_forecast(cycle, dict.fromkeys(series, 20.0))
    plan = plan_demand(cycle=cycle, by=planner)
    before = make.make_cycle(dt.date(2026, 4, 1), horizon=6)
    at = dt.datetime(2026, 4, 20, tzinfo=dt.UTC)
    signed = SalesPlan.objects.create(cycle=before, start=before.first_month, horizon=6, frozen_at=at)
    for each in series:
        vectors = dict.fromkeys(plan_actions.MEASURES, make.vector(33, 6))
        SalesPlanLine.objects.create(plan=signed, series=each, **vectors)
    edit_cells(plan=plan, edits=[CellEdit("product:bike", JUNE, "+10%")], by=planner, cause=Cause("Trade fair"))

    def story(user: User, row: str = "product:bike") -> str:
        client = Client()
        client.force_login(user)
        return client.get(f"/demand/{plan.pk}/cell/", {"row": row, "month": "2026-06"}).content.decode()

    page = story(planner)
    for words in (
        "Sold in Jun 25",
        "14",
        "+10\u2009\u2060%, split over 2 series in proportion to the plan as it was",
        "“Trade fair”",
        "April 2026",
        "66",
    ):
        assert words in page
    northern = story(make.make_user("nora", "sales", markets=[north]))
    assert ">7<" in northern, "only what they see"
    assert ">33<" in northern
    assert ">66<" not in northern
    assert "not" in story(make.make_outsider()).lower()
