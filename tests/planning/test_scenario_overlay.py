"""What a scenario's changes make of the supply problem: of no change nothing at all, of each what it says."""

import datetime as dt
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning import engine
from planning.models import ScenarioChange
from planning.queries import plans
from planning.queries.scenarios.overlay import overlay
from planning.queries.supply import SupplyCase, supply_case
from sop.errors import PlanningError
from sop.models import Product
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY, AUGUST, SEPTEMBER = (dt.date(2026, month, 1) for month in (7, 8, 9))


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.south = make.make_market("south")  # type: ignore[attr-defined]
    company.demand |= {make.make_series(company.bike, company.south): 60.0}  # type: ignore[attr-defined]
    company.sell()
    return company


@pytest.fixture
def case(company: SupplyCompany) -> SupplyCase:
    plan = plans.working(company.cycle)
    assert plan
    return supply_case(plan)


def change(target: str, operation: str, value: float, **about: Any) -> ScenarioChange:
    return ScenarioChange(target=target, operation=operation, value=value, **about)


def row(case: SupplyCase, product: Product) -> int:
    return int(np.flatnonzero(case.catalogue.pk[case.items] == product.pk)[0])


def test_no_change_is_the_very_same_case(case: SupplyCase) -> None:
    assert overlay(case, []) is case


def test_changes_that_change_nothing_lead_to_the_same_plan_to_the_last_bit(
    company: SupplyCompany, case: SupplyCase
) -> None:
    idle = [
        change("demand", "percent", 0),
        change("price", "percent", 0, product=company.bike),
        change("unit_cost", "add", 0, product=company.pedal),
        change("overtime_hours", "add", 0, resource=company.assembly),
        change("lead_time", "add", 0, product=company.pedal),
        change("safety_stock", "percent", 0),
    ]
    same = overlay(case, idle).problem
    for each in fields(same):
        if each.name != "workforce":
            np.testing.assert_array_equal(getattr(same, each.name), getattr(case.problem, each.name), each.name)
    plan, base = engine.plan(same), engine.plan(case.problem)
    np.testing.assert_array_equal(plan.production, base.production)
    assert plan.cost == base.cost


# --- Demand -----------------------------------------------------------------------------------------------------------


def test_demand_of_a_product_in_some_months(company: SupplyCompany, case: SupplyCase) -> None:
    more = overlay(case, [change("demand", "add", 40, product=company.bike, first_month=JULY, last_month=AUGUST)])
    np.testing.assert_array_equal(more.problem.demand[row(case, company.bike)], [160, 200, 200, 160, 160, 160])
    np.testing.assert_array_equal(
        more.problem.demand[row(case, company.frame)], case.problem.demand[row(case, company.frame)]
    )


def test_demand_of_a_market(company: SupplyCompany, case: SupplyCase) -> None:
    about = {"product": company.bike, "market": company.south, "first_month": JULY, "last_month": JULY}  # type: ignore[attr-defined]
    more = overlay(case, [change("demand", "percent", 50, **about)])
    assert more.problem.demand[row(case, company.bike), 1] == 190


def test_demand_of_a_family_is_spread_as_an_entry_in_the_grid(company: SupplyCompany, case: SupplyCase) -> None:
    more = overlay(case, [change("demand", "set", 140, family=company.spares, first_month=JULY, last_month=JULY)])
    assert more.problem.demand[row(case, company.frame), 1] == 40
    assert more.problem.demand[row(case, company.pedal), 1] == 100


def test_changes_apply_in_their_order(company: SupplyCompany, case: SupplyCase) -> None:
    double, more = change("demand", "percent", 100), change("demand", "set", 100, product=company.bike)
    bike = row(case, company.bike)
    assert overlay(case, [double, more]).problem.demand[bike, 0] == 100
    assert overlay(case, [more, double]).problem.demand[bike, 0] == 200


@given(st.floats(0, 100), st.sampled_from([JULY, AUGUST]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sold_later_is_sold_all_the_same(
    company: SupplyCompany, case: SupplyCase, units: float, month: dt.date
) -> None:
    later = change("demand", "move", units, product=company.bike, first_month=month, last_month=month)
    later.to_month = SEPTEMBER
    moved = overlay(case, [later]).problem.demand
    np.testing.assert_allclose(moved.sum(), case.problem.demand.sum())
    assert moved[row(case, company.bike), 3] == pytest.approx(160 + units)


def test_no_more_is_moved_than_there_is(company: SupplyCompany, case: SupplyCase) -> None:
    later = change("demand", "move", 161, product=company.bike, first_month=JULY, last_month=JULY, to_month=AUGUST)
    with pytest.raises(PlanningError, match=r"Change 2 \(Demand moved, Bike, Jul 26 to Aug 26\): only 160 units"):
        overlay(case, [change("demand", "percent", 0), later])


# --- Supply -----------------------------------------------------------------------------------------------------------


def test_hours_of_a_resource(company: SupplyCompany, case: SupplyCase) -> None:
    more = overlay(
        case,
        [
            change("overtime_hours", "add", 40, resource=company.assembly, first_month=JULY, last_month=JULY),
            change("regular_hours", "percent", -50, resource=company.welding),
            change("overtime_cost", "set", 9, resource=company.assembly),
        ],
    ).problem
    assembly, welding = (
        int(np.flatnonzero(case.resources == each.pk)[0]) for each in (company.assembly, company.welding)
    )
    np.testing.assert_array_equal(more.overtime_hours[assembly, :3], [30, 70, 30])
    np.testing.assert_array_equal(more.regular_hours[welding], np.full(6, 200.0))
    assert (more.overtime_cost[assembly], more.overtime_cost[welding]) == (9, 3)


def test_work_moves_to_another_resource(company: SupplyCompany, case: SupplyCase) -> None:
    about = {"product": company.bike, "resource": company.assembly, "other": company.welding}
    moved = overlay(case, [change("other_resource", "percent", 20, **about)]).problem.routing
    [line] = moved[moved[:, 0] == row(case, company.bike)]
    assert (case.resources[int(line[1])], line[2]) == (company.welding.pk, pytest.approx(1.2))


def test_a_longer_lead_time(company: SupplyCompany, case: SupplyCase) -> None:
    later = overlay(case, [change("lead_time", "add", 1, product=company.bike)])
    bike = row(case, company.bike)
    assert later.problem.lead_time[bike] == case.problem.lead_time[bike] + 1
    assert later.problem.routing[later.problem.routing[:, 0] == bike, 3] == 1


def test_buying_in_becomes_possible(company: SupplyCompany, case: SupplyCase) -> None:
    with pytest.raises(PlanningError, match="cannot be bought in so far"):
        overlay(case, [change("subcontract_cost", "percent", 10, product=company.bike)])
    bought = overlay(case, [change("subcontract_cost", "set", 75, product=company.bike)])
    bike = row(case, company.bike)
    assert bought.problem.subcontract_cost[bike] + bought.value[bike] == pytest.approx(75)
    assert engine.plan(bought.problem).subcontract[bike].sum() > 0


def test_a_dearer_part_makes_stock_of_its_parents_worth_more(company: SupplyCompany, case: SupplyCase) -> None:
    dearer = overlay(case, [change("unit_cost", "add", 4, product=company.frame)])
    for product, more in ((company.frame, 4), (company.bike, 4), (company.pedal, 0)):
        at = row(case, product)
        assert dearer.value[at] == pytest.approx(case.value[at] + more)
        assert dearer.problem.production_cost[at] == pytest.approx(case.problem.production_cost[at])


def test_a_higher_price_makes_a_lost_sale_dearer(company: SupplyCompany, case: SupplyCase) -> None:
    dear = overlay(case, [change("price", "percent", 10, product=company.bike)])
    at = row(case, company.bike)
    np.testing.assert_allclose(dear.price[at], 1.1 * case.price[at])
    assert dear.problem.lost_sale_cost[at] > case.problem.lost_sale_cost[at]


def test_fixed_production_and_stock_targets(company: SupplyCompany, case: SupplyCase) -> None:
    about = {"product": company.bike, "first_month": JULY, "last_month": JULY}
    fixed = overlay(case, [change("production", "set", 77, **about), change("safety_stock", "set", 12, **about)])
    at = row(case, company.bike)
    assert engine.plan(fixed.problem).production[at, 1] == pytest.approx(77)
    np.testing.assert_array_equal(fixed.problem.safety_stock[at, :3], [0, 12, 0])


def test_receipts_come_later(company: SupplyCompany, case: SupplyCase) -> None:
    about = {"product": company.pedal, "first_month": JULY, "last_month": JULY}
    more = change("receipts", "set", 100, **about)
    later = change("receipts", "move", 60, **about, to_month=AUGUST)
    received = overlay(case, [more, later]).problem.scheduled_receipts[row(case, company.pedal)]
    np.testing.assert_array_equal(received, [0, 40, 60, 0, 0, 0])
    with pytest.raises(PlanningError, match="only 0 units are on order there"):
        overlay(case, [later])


def test_what_the_plan_does_not_know_is_named(company: SupplyCompany, case: SupplyCase) -> None:
    with pytest.raises(PlanningError, match=r"Change 1 \(Safety stock, Screw\): the plan has no such product"):
        overlay(case, [change("safety_stock", "set", 5, product=company.screw)])
