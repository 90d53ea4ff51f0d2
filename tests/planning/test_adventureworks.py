"""From the tables of a bicycle maker to a supply plan: 3,087 series, 373 products and parts, 2,383 bill lines."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from forecasting.models import ForecastLine
from planning.models import InventoryBalance, ProductionLine, ProductionPlan, ResourceLoad
from sop.models import Product, Series
from tests import factories as make
from tests.planning.supply_company import assert_balances

pytestmark = [pytest.mark.django_db, pytest.mark.realdata, pytest.mark.slow]
JUNE = dt.date(2013, 6, 1)


@pytest.fixture
def adventureworks(real_data: Path) -> dict[str, dict[str, Any]]:
    """What each command answered, from the import to the supply plan."""
    folder = real_data / "adventureworks"
    if not folder.is_dir():
        pytest.skip("The AdventureWorks tables are not among the real data sets.")
    command("import_data", str(folder))
    make.make_cycle(JUNE, 18)
    return {name: command(name) for name in ("forecast", "plan_demand", "plan_supply", "check_capacity")}


def command(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_it_plans_a_whole_company(adventureworks: dict[str, dict[str, Any]]) -> None:
    plan = ProductionPlan.objects.get(current=True)
    every_series_is_forecast(adventureworks["forecast"])
    withdrawn_products_are_not_forecast()
    assert_balances(plan)
    no_resource_works_more_than_it_can(plan)
    backlog_of_the_source_is_backlog(plan)
    frames_of_bicycles_are_made(plan)
    assert adventureworks["plan_supply"]["overloads"] == 0
    assert adventureworks["plan_supply"]["gap"] < 1e-6
    assert adventureworks["plan_supply"]["lost"] < 0.01 * adventureworks["plan_supply"]["demand"]
    assert adventureworks["check_capacity"]["demand_version"] == plan.demand_version


def every_series_is_forecast(result: dict[str, Any]) -> None:
    assert result["series"] == Series.objects.count() == 3087
    assert ForecastLine.objects.filter(series__isnull=False).count() == 3087
    assert result["wape"] < result["naive_wape"]


def withdrawn_products_are_not_forecast() -> None:
    lines = ForecastLine.objects.filter(series__product__last_month__lt=JUNE)
    assert lines.count() > 0
    assert all(line.mean.sum() == 0 for line in lines)


def no_resource_works_more_than_it_can(plan: ProductionPlan) -> None:
    loads = ResourceLoad.objects.filter(plan=plan)
    assert loads.count() == 7
    for load in loads:
        assert (load.load <= load.regular + load.overtime_limit + 1e-6 * (1 + load.regular)).all()


def backlog_of_the_source_is_backlog(plan: ProductionPlan) -> None:
    negative = InventoryBalance.objects.filter(month=dt.date(2013, 5, 1), on_hand__lt=0)
    opening = dict(ProductionLine.objects.filter(plan=plan).values_list("product_id", "opening"))
    assert negative.count() == 9
    assert all(opening[balance.product_id] == balance.on_hand for balance in negative)


def frames_of_bicycles_are_made(plan: ProductionPlan) -> None:
    frames = Product.objects.filter(family__name__icontains="frame", used_in__isnull=False).distinct()
    lines = ProductionLine.objects.filter(plan=plan, product__in=frames)
    assert sum(line.dependent.sum() for line in lines) > sum(line.demand.sum() for line in lines)
