"""Calendars, people, stock targets, overrides and fences as the engine is asked them, worked out by hand."""

import datetime as dt

import numpy as np
import pytest

from planning.models import (
    Calendar,
    Crew,
    Fence,
    ProductionLine,
    ProductionOverride,
    ProductionPlan,
    Resource,
    ResourceLoad,
    Routing,
    Shutdown,
    Storage,
    SupplyPolicy,
)
from planning.queries.capacity import rough_cut
from planning.queries.load import cell_story
from planning.queries.supply import SupplyCase, rough_case, supply_case
from planning.queries.supply.targets import months_to_come
from sop import months
from sop.models import Cycle, Product
from sop.permissions import EVERYTHING
from tests import factories as make
from tests.planning.supply_company import HORIZON, JUNE, SupplyCompany, assert_balances
from tests.planning.test_supply_case import case_of, item

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
AUGUST = dt.date(2026, 8, 1)


@pytest.fixture
def company() -> SupplyCompany:
    return SupplyCompany()


def hours_of_assembly(company: SupplyCompany, **fields: object) -> list[float]:
    Resource.objects.filter(pk=company.assembly.pk).update(**fields)
    return case_of(company).problem.regular_hours[0].tolist()


# --- Hours ------------------------------------------------------------------------------------------------------------


def test_hours_follow_the_working_days(company: SupplyCompany) -> None:
    """June 2026 has 22 Mondays to Fridays, July 23."""
    assert hours_of_assembly(company, hours_per_working_day=8)[:2] == [22 * 8, 23 * 8]


def test_a_shutdown_takes_its_working_days(company: SupplyCompany) -> None:
    """3 to 14 August are ten of 21 working days; the weekend between them was free anyway."""
    calendar = Calendar.objects.create(code="plant", name="Plant")
    Shutdown.objects.create(calendar=calendar, first_day=dt.date(2026, 8, 3), last_day=dt.date(2026, 8, 14))
    hours = hours_of_assembly(company, hours_per_working_day=8, calendar=calendar)
    assert hours[2] == 11 * 8
    assert hours[1] == 23 * 8


def test_a_shutdown_over_the_end_of_a_month(company: SupplyCompany) -> None:
    calendar = Calendar.objects.create(code="plant", name="Plant", days_per_week=6)
    Shutdown.objects.create(calendar=calendar, first_day=dt.date(2026, 6, 29), last_day=dt.date(2026, 7, 4))
    hours = hours_of_assembly(company, hours_per_working_day=10, calendar=calendar)
    assert hours[:2] == [24 * 10, 23 * 10]


def test_a_month_with_hours_of_its_own_wins(company: SupplyCompany) -> None:
    company.assembly.capacities.create(month=AUGUST, regular_hours=50)
    assert hours_of_assembly(company, hours_per_working_day=8)[2] == 50


def test_the_plan_counts_on_what_was_demonstrated(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(demonstrated_percent=75)
    company.sell()
    rough = rough_cut(rough_case(company.sales_plan))
    assert (rough.rated[0, 0], rough.regular[0, 0]) == (120, 90)
    assert supply_case(company.sales_plan).problem.regular_hours[0, 0] == 90


def test_the_check_and_the_plan_ask_for_the_same_hours(company: SupplyCompany) -> None:
    company.sell()
    whole, rough = supply_case(company.sales_plan), rough_case(company.sales_plan)
    np.testing.assert_array_equal(rough_cut(whole).load, rough_cut(rough).load)


def test_a_crew_gives_the_hours(company: SupplyCompany) -> None:
    """Half a worker more than the 100 hours of June need is let go: 22 days of 8 hours are 176 a worker."""
    Crew.objects.create(resource=company.assembly, workers=1, wage_per_month=2_000, hire_cost=300, layoff_cost=500)
    company.sell()
    plan = company.supply()
    load = ResourceLoad.objects.get(plan=plan, resource=company.assembly)
    assert (load.load <= load.regular + 1e-6).all()
    assert load.regular[0] < 176
    assert_balances(plan)


def test_changes_of_load_may_cost(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(smoothing_cost_per_hour=4.5)
    assert case_of(company).problem.smoothing_cost.tolist() == [4.5, 0]


def second_line(company: SupplyCompany, hours: float) -> Resource:
    """A line beside assembly that can put bicycles together as well."""
    line = make.make_resource("line-2", 1_000, 0)
    first = company.bike.routings.get()
    Routing.objects.create(product=company.bike, resource=line, hours_per_unit=hours, alternate_of=first)
    return line


def test_an_alternate_is_no_further_step(company: SupplyCompany) -> None:
    """With hours enough on the first choice nothing goes elsewhere, and the check counts the first choice only."""
    line = second_line(company, 9)
    company.sell()
    plan = company.supply()
    assert ResourceLoad.objects.get(plan=plan, resource=line).load.tolist() == [0.0] * HORIZON
    assert rough_cut(rough_case(company.sales_plan)).load.sum() == 100 * HORIZON + 2 * 120 * HORIZON


def test_what_does_not_fit_goes_by_an_alternate(company: SupplyCompany) -> None:
    """Assembly can do 60 bicycles a month; the others take 1.5 hours each on the second line."""
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=60, overtime_hours_per_month=0)
    line = second_line(company, 1.5)
    company.sell()
    plan = company.supply()
    made = company.line(plan, company.bike).production
    load = ResourceLoad.objects.get(plan=plan, resource=line).load
    assert company.line(plan, company.bike).lost.sum() == pytest.approx(0)
    assert load.sum() == pytest.approx(1.5 * (made.sum() - 60 * HORIZON))
    month = int(load.argmax())
    story = cell_story(plan, "line-2", months.code(plan.months[month]), EVERYTHING)
    assert [part.units for part in story.products] == [pytest.approx(load[month] / 1.5)]
    first = cell_story(plan, "assembly", months.code(plan.months[month]), EVERYTHING)
    assert first.products[0].units == pytest.approx(60)


def test_stock_has_no_more_room_than_its_site(company: SupplyCompany) -> None:
    """Two a frame in a store of 60: at most 30 frames, however much safety stock is wanted."""
    SupplyPolicy.objects.create(product=company.frame, storage_per_unit=2)
    Product.objects.filter(pk=company.frame.pk).update(safety_stock=100)
    Storage.objects.create(site=make.make_site(), limit=60)
    company.sell()
    assert company.line(company.supply(), company.frame).inventory.max() == pytest.approx(30)


def test_what_is_made_is_made_in_lots(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.bike.pk).update(lot_multiple=25)
    SupplyPolicy.objects.create(product=company.frame, least_lot=150)
    company.sell()
    plan = company.supply()
    bikes, frames = (company.line(plan, each).production for each in (company.bike, company.frame))
    np.testing.assert_allclose(bikes % 25, 0, atol=1e-6)
    assert all(units >= 150 - 1e-6 for units in frames if units)
    assert plan.method == "rounded to lots"
    assert plan.gap is not None
    assert plan.cost >= plan.bound
    assert_balances(plan)


def test_units_are_no_lots(company: SupplyCompany) -> None:
    company.sell()
    assert company.supply().method == "exact"


# --- Stock ------------------------------------------------------------------------------------------------------------


def test_stock_in_months_of_demand_to_come(company: SupplyCompany) -> None:
    """Bicycles take a frame each: frames need 120 a month; beyond the plan the mean goes on."""
    SupplyPolicy.objects.create(product=company.frame, target="cover", cover_months=1.5)
    case = case_of(company)
    assert case.problem.safety_stock[item(case, company.frame)].tolist() == [180.0] * HORIZON


def test_months_to_come_count_the_last_in_part() -> None:
    need = np.array([[10.0, 20.0, 30.0, 40.0]])
    np.testing.assert_allclose(months_to_come(need, np.array([1.5])), [[35, 50, 52.5, 37.5]])


def test_a_service_level_follows_the_forecasts_error(company: SupplyCompany) -> None:
    """WAPE 20 % of 50 is a mean error of 10, a deviation of 12.53; z of 95 % is 1.645; 2 months are at risk."""
    SupplyPolicy.objects.create(product=company.pedal, target="service", service_level=0.95)
    company.sell()
    company.sales_plan.forecast.lines.update(wape=0.2)
    bicycles = 2 * np.sqrt(np.pi / 2) * 20
    pedals = np.sqrt(np.pi / 2) * 10
    expected = 1.6449 * np.sqrt(2) * np.hypot(pedals, bicycles)
    case = supply_case(company.sales_plan)
    np.testing.assert_allclose(case.problem.safety_stock[item(case, company.pedal)], expected, rtol=1e-4)


def test_without_a_backtest_the_range_tells_the_error(company: SupplyCompany) -> None:
    """± 20 around 100 is an 80 % range: 15.6 of deviation."""
    SupplyPolicy.objects.create(product=company.bike, target="service", service_level=0.9)
    case = case_of(company)
    expected = 1.2816 * 20 / 1.2816
    np.testing.assert_allclose(case.problem.safety_stock[item(case, company.bike)], expected, rtol=1e-4)


def test_a_service_level_without_forecast_keeps_the_units(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.bike.pk).update(safety_stock=7)
    SupplyPolicy.objects.create(product=company.bike, target="service", service_level=0.9)
    company.sell()
    company.sales_plan.forecast.lines.all().delete()
    case = supply_case(company.sales_plan)
    assert case.problem.safety_stock[item(case, company.bike)].tolist() == [7.0] * HORIZON


def test_nothing_is_kept_longer_than_it_keeps(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.frame.pk).update(shelf_life_months=2)
    case = case_of(company)
    assert case.problem.max_inventory[item(case, company.frame)].tolist() == [240.0] * HORIZON
    assert np.isinf(case.problem.max_inventory[item(case, company.bike)]).all()


# --- What production may not be ---------------------------------------------------------------------------------------


def override(company: SupplyCompany, kind: str, quantity: float, month: dt.date = AUGUST) -> None:
    ProductionOverride.objects.create(
        cycle=company.cycle, product=company.bike, month=month, kind=kind, quantity=quantity, by=company.planner
    )


@pytest.mark.parametrize("strategy", ["optimal", "level", "chase"])
def test_every_plan_keeps_what_a_planner_fixed(company: SupplyCompany, strategy: str) -> None:
    override(company, "fixed", 37)
    company.sell()
    assert company.line(company.supply(strategy), company.bike).production[2] == pytest.approx(37)


def test_at_least_and_at_most(company: SupplyCompany) -> None:
    override(company, "least", 130)
    override(company, "most", 60, JUNE)
    company.sell()
    made = company.line(company.supply(), company.bike).production
    assert made[2] >= 130 - 1e-6
    assert made[0] <= 60 + 1e-6


def test_more_than_there_are_hours_for_shows_as_an_overload(company: SupplyCompany) -> None:
    override(company, "fixed", 200)
    company.sell()
    plan = company.supply()
    load = ResourceLoad.objects.get(plan=plan, resource=company.assembly)
    assert load.load[2] == pytest.approx(200)
    assert load.regular[2] + load.overtime_limit[2] == 150
    assert plan.run.result["overloads"] == 1


def record(company: SupplyCompany, state: Cycle.State = Cycle.State.APPROVED) -> None:
    """A cycle planned a month earlier: bicycles 11, 22, 33, … from May on."""
    before = make.make_cycle(dt.date(2026, 5, 1), HORIZON)
    Cycle.objects.filter(pk=before.pk).update(state=state)
    sales_plan = before.sales_plans.create(start=before.first_month, horizon=HORIZON)
    plan = ProductionPlan.objects.create(
        cycle=before,
        sales_plan=sales_plan,
        demand_version=1,
        start=before.first_month,
        horizon=HORIZON,
        current=True,
    )
    zero = np.zeros(HORIZON)
    rest = ("demand", "dependent", "receipts", "arrivals", "subcontract", "inventory", "backorder", "lost")
    ProductionLine.objects.create(
        plan=plan,
        product=company.bike,
        production=11.0 * np.arange(1, HORIZON + 1),
        safety_stock=zero,
        **dict.fromkeys(rest, zero),
    )


def bounds_of_bicycles(case: SupplyCase, company: SupplyCompany) -> tuple[list[float], list[float]]:
    row = item(case, company.bike)
    return case.problem.min_production[row].tolist(), case.problem.max_production[row].tolist()


def test_frozen_months_are_made_as_the_plan_of_record_has_them(company: SupplyCompany) -> None:
    record(company)
    Fence.objects.create(family=company.bikes, production_months=2)
    least, most = bounds_of_bicycles(case_of(company), company)
    assert least == [22, 33, 0, 0, 0, 0]
    assert most[:3] == [22, 33, np.inf]


def test_an_override_counts_for_more_than_the_fence(company: SupplyCompany) -> None:
    record(company)
    Fence.objects.create(production_months=1)
    override(company, "most", 5, JUNE)
    least, most = bounds_of_bicycles(case_of(company), company)
    assert (least[0], most[0]) == (0, 5)


def test_a_plan_that_was_not_approved_freezes_nothing(company: SupplyCompany) -> None:
    record(company, Cycle.State.OPEN)
    Fence.objects.create(production_months=2)
    assert bounds_of_bicycles(case_of(company), company)[0] == [0.0] * HORIZON
