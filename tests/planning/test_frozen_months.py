"""What moves the baseline does not move a frozen month, whether or not somebody entered a number there."""

import pytest

from forecasting.models import Forecast
from planning.actions import assumptions, fences, plan_demand
from planning.models import SalesPlanLine
from sop.models import Change
from tests import factories as make
from tests.planning.test_editing import JULY, JUNE
from tests.planning.test_fences import Fenced

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Fenced:
    return Fenced()


def forecast_anew(company: Fenced, mean: float) -> None:
    Forecast.objects.filter(cycle=company.cycle, state="published").update(state="retired")
    make.make_forecast(company.cycle, dict.fromkeys(company.series.values(), mean))
    plan_demand(cycle=company.cycle, by=company.planner)
    company.assert_totals_add_up()


def test_a_new_forecast_leaves_frozen_months_and_moves_the_others(company: Fenced) -> None:
    company.edit(company.key("bikes-1-south"), "25", month=JULY)
    forecast_anew(company, 100.0)
    assert [company.value("bikes-1-north", month) for month in range(3)] == [10, 100, 100]
    assert [company.value("bikes-1-south", month) for month in range(2)] == [20, 25]
    assert company.value("parts-1-north") == 100, "parts have no fence"
    line = SalesPlanLine.objects.get(plan=company.plan, series=company.series["bikes-1-north"])
    assert (line.baseline[0], line.revenue[0]) == (100, 50), "the baseline shows what it would be"
    assert (
        Change.objects.filter(kind="plan.demand_planned")
        .latest("pk")
        .summary.endswith("; 4 frozen cells kept what the plan had")
    )


def test_they_stay_over_several_forecasts_and_follow_again_once_the_fence_is_gone(company: Fenced) -> None:
    forecast_anew(company, 100.0)
    forecast_anew(company, 200.0)
    assert company.value("bikes-1-north") == 10
    fences.set_fences(wanted={"bikes": None}, by=company.planner)
    forecast_anew(company, 300.0)
    assert company.value("bikes-1-north") == 300


def test_a_series_that_is_new_to_the_plan_takes_the_forecast(company: Fenced) -> None:
    product = make.make_product("bikes-3", company.bikes, price=5, cost=2)
    company.series["bikes-3-north"] = make.make_series(product, company.north)
    forecast_anew(company, 100.0)
    assert company.value("bikes-3-north") == 100


def test_an_assumption_leaves_frozen_months_too(company: Fenced) -> None:
    facts = assumptions.Facts(name="Fair", kind="promotion", first_month=JUNE, last_month=JULY, effect=0.5)
    kept = assumptions.add(facts=facts, by=company.planner)
    assumptions.include(assumption=kept.assumption, included=True, by=company.planner)
    assert [company.value("bikes-1-north", month) for month in range(3)] == [10, 15, 10]
    assert company.value("parts-1-north") == 75
    company.assert_totals_add_up()
