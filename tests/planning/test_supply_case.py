"""What the engine is asked: costs, stock, hours and the parts that bind, built from the database."""

import datetime as dt

import numpy as np
import pytest
from django.test.utils import CaptureQueriesContext

from planning.models import Capacity, InventoryBalance, Receipt, SupplyPolicy
from planning.queries.supply import SupplyCase, assumed_needs, cost_of_demand, supply_case
from planning.queries.supply.costs import conversion_cost
from sop.models import Product
from tests import factories as make
from tests.planning.supply_company import HORIZON, JUNE, MAY, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    return SupplyCompany()


def case_of(company: SupplyCompany) -> SupplyCase:
    company.sell()
    return supply_case(company.sales_plan)


def item(case: SupplyCase, product: Product) -> int:
    return case.catalogue.pk[case.items].tolist().index(product.pk)


def bom_of(case: SupplyCase) -> np.ndarray:
    """The lines that bind, by product."""
    bom = case.problem.bom.copy()
    bom[:, :2] = case.items[bom[:, :2].astype(np.int64)]
    return bom


def test_it_reads_demand_stock_and_hours(company: SupplyCompany) -> None:
    case = case_of(company)
    problem = case.problem
    assert problem.demand[item(case, company.bike)].tolist() == [100.0] * HORIZON
    assert problem.opening_inventory[item(case, company.bike)] == 40
    assert problem.opening_inventory[item(case, company.pedal)] == -5
    assert problem.regular_hours.tolist() == [[120.0] * HORIZON, [400.0] * HORIZON]
    assert case.version == company.sales_plan.version


def test_demand_is_summed_over_markets(company: SupplyCompany) -> None:
    company.demand[make.make_series(company.bike, make.make_market("south"))] = 11.0
    case = case_of(company)
    assert case.problem.demand[item(case, company.bike)].tolist() == [111.0] * HORIZON


def test_making_costs_what_it_adds_to_planned_components(company: SupplyCompany) -> None:
    """The frame is paid for by its own production; pedals and screws are part of the bicycle's cost."""
    case = case_of(company)
    cost = conversion_cost(case.catalogue.unit_cost, case.catalogue.made, bom_of(case))
    of = dict(zip(case.catalogue.pk.tolist(), cost.tolist(), strict=True))
    assert of[company.bike.pk] == 60 - 20
    assert of[company.frame.pk] == 20
    assert of[company.pedal.pk] == 5


def test_stock_is_worth_what_it_costs_to_replace(company: SupplyCompany) -> None:
    """So that making a unit costs nothing beyond its value, and buying it in only the difference."""
    SupplyPolicy.objects.create(product=company.frame, subcontract_unit_cost=27)
    case = case_of(company)
    assert case.value[item(case, company.bike)] == 60
    assert case.problem.production_cost.tolist() == [0.0] * case.items.size
    assert case.problem.subcontract_cost[item(case, company.frame)] == 7
    assert cost_of_demand(case) == HORIZON * (100 * 60 + 20 * 20 + 50 * 5)


def test_buying_in_may_be_cheaper_than_making(company: SupplyCompany) -> None:
    SupplyPolicy.objects.create(product=company.frame, subcontract_unit_cost=12)
    case = case_of(company)
    frame, bike = item(case, company.frame), item(case, company.bike)
    assert case.value[frame] == 12
    assert case.problem.production_cost[frame] == 8
    assert case.problem.subcontract_cost[frame] == 0
    assert case.value[bike] == 40 + 12


def test_a_refused_sale_costs_more_than_making_it(company: SupplyCompany) -> None:
    case = case_of(company)
    assert case.problem.lost_sale_cost[item(case, company.bike)] == pytest.approx(2 * 100 - 60)


def test_selling_below_cost_is_no_reason_to_refuse(company: SupplyCompany) -> None:
    company.bike.prices.update(price=30)
    case = case_of(company)
    assert case.problem.lost_sale_cost[item(case, company.bike)] == 2 * 60 - 60


def test_a_part_that_is_not_counted_is_assumed_available(company: SupplyCompany) -> None:
    case = case_of(company)
    assert company.screw.pk not in case.catalogue.pk[case.items]
    needs = assumed_needs(case, np.full((case.items.size, HORIZON), 3.0))
    of = dict(zip(case.catalogue.pk.tolist(), needs.tolist(), strict=True))
    assert of[company.screw.pk] == [30.0] * HORIZON
    assert of[company.pedal.pk] == [6.0] * HORIZON
    assert of[company.frame.pk] == [0.0] * HORIZON


def test_a_part_whose_stock_is_counted_binds(company: SupplyCompany) -> None:
    InventoryBalance.objects.create(product=company.screw, site=make.make_site(), month=MAY, on_hand=500)
    case = case_of(company)
    lines = {(int(parent), int(component)) for parent, component, _ in case.problem.bom}
    assert (item(case, company.bike), item(case, company.screw)) in lines
    assert case.value[item(case, company.bike)] == 60


def test_stock_of_another_month_does_not_count(company: SupplyCompany) -> None:
    InventoryBalance.objects.filter(product=company.bike).update(month=dt.date(2026, 4, 1))
    case = case_of(company)
    assert case.problem.opening_inventory[item(case, company.bike)] == 0


def test_policies_replace_the_defaults(company: SupplyCompany) -> None:
    SupplyPolicy.objects.create(
        product=company.frame,
        holding_cost_rate_per_year=0.6,
        backorder_cost_per_unit_month=7,
        subcontract_unit_cost=27,
    )
    case = case_of(company)
    frame, bike = item(case, company.frame), item(case, company.bike)
    assert case.problem.holding_cost[frame] == pytest.approx(20 * 0.6 / 12)
    assert case.problem.backorder_cost[frame] == 7
    assert case.problem.subcontract_cost[frame] == 27 - 20
    assert case.problem.backorder_cost[bike] == pytest.approx(6)
    assert case.problem.subcontract_cost[bike] == np.inf


def test_months_with_their_own_hours(company: SupplyCompany) -> None:
    Capacity.objects.create(resource=company.welding, month=dt.date(2026, 7, 1), regular_hours=50, overtime_hours=0)
    case = case_of(company)
    assert case.problem.regular_hours[1].tolist() == [400, 50, 400, 400, 400, 400]
    assert case.problem.overtime_hours[1].tolist() == [100, 0, 100, 100, 100, 100]


def test_receipts_on_order_count_from_the_first_plan_month(company: SupplyCompany) -> None:
    for month, quantity in ((MAY, 9), (JUNE, 30)):
        Receipt.objects.create(product=company.pedal, site=make.make_site(), month=month, quantity=quantity)
    case = case_of(company)
    assert case.problem.scheduled_receipts[item(case, company.pedal)].tolist() == [30, 0, 0, 0, 0, 0]


def test_safety_stock_only_while_somebody_needs_the_product(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.bike.pk).update(safety_stock=10, last_month=dt.date(2026, 8, 1))
    nobodys = make.make_product("nobodys", company.bikes)
    Product.objects.filter(pk=nobodys.pk).update(safety_stock=500)
    case = case_of(company)
    assert case.problem.safety_stock[item(case, company.bike)].tolist() == [10, 10, 10, 0, 0, 0]
    assert case.problem.safety_stock[item(case, nobodys)].tolist() == [0] * HORIZON


def test_a_routing_counts_back_from_when_a_unit_is_ready(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.frame.pk).update(lead_time_months=2)
    company.frame.routings.update(offset_months=1)
    case = case_of(company)
    rows = {int(row[0]): row for row in case.problem.routing}
    assert rows[item(case, company.frame)][3] == 1


def test_the_number_of_queries_does_not_grow(
    company: SupplyCompany, django_assert_max_num_queries: CaptureQueriesContext
) -> None:
    company.sell()
    for number in range(20):
        make.make_product(f"more-{number}", company.bikes, cost=1)
    with django_assert_max_num_queries(32):
        supply_case(company.sales_plan)
