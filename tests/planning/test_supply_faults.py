"""Bad master data is named product by product with its way out, and the rest is planned all the same."""

import pytest
from django.test import Client

from planning.models import Component, ProductionPlan, Resource, Routing
from planning.queries.readiness import readiness
from planning.queries.supply import Fault, faults_of
from planning.queries.supply_problems import supply_problems
from sop.models import Product, ProductCost
from sop.permissions import EVERYTHING, scope
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany, assert_balances

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


def only(company: SupplyCompany) -> Fault:
    (found,) = faults_of(company.sales_plan)
    return found


def still_plans(company: SupplyCompany) -> ProductionPlan:
    """Pedals are nobody's trouble."""
    plan = company.supply()
    assert_balances(plan)
    assert company.line(plan, company.pedal).lost.sum() == pytest.approx(0)
    return plan


def test_nothing_is_wrong_with_a_sound_company(company: SupplyCompany) -> None:
    assert faults_of(company.sales_plan) == []
    assert company.supply().run.result["faults"] == []


def test_no_routing(company: SupplyCompany) -> None:
    company.bike.routings.all().delete()
    found = only(company)
    assert (found.product, found.kind) == ("bike", "no routing")
    assert found.mend == "Import its routing, or say that it is bought."
    assert company.line(still_plans(company), company.bike).lost.sum() == pytest.approx(0)


def test_no_hours(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=0, overtime_hours_per_month=0)
    assert only(company).what == "It needs assembly, which has no hours in any month: none of it can be made."
    assert company.line(still_plans(company), company.frame).lost.sum() == pytest.approx(0)


def test_a_lead_time_beyond_the_plan(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.frame.pk).update(lead_time_months=48)
    assert only(company).what.startswith("A lead time of 48 months reaches beyond the plan")
    still_plans(company)


def test_a_bill_in_a_circle(company: SupplyCompany) -> None:
    """Tables refuse it; whatever wrote past them must not stop the plan."""
    Component.objects.create(parent=company.frame, component=company.bike, quantity_per=1)
    found = faults_of(company.sales_plan)
    assert [(each.product, each.kind) for each in found] == [("bike", "circle"), ("frame", "circle")]
    assert found[0].what == "It would need itself, by way of frame: that line of its bill is left out."
    still_plans(company)


def test_no_cost(company: SupplyCompany) -> None:
    """Its price stands in for it, so that it is worth making at all."""
    ProductCost.objects.filter(product=company.bike).delete()
    assert only(company).kind == "no cost"
    assert company.line(still_plans(company), company.bike).lost.sum() == pytest.approx(0)


def test_a_part_of_which_nothing_is_known(company: SupplyCompany) -> None:
    ProductCost.objects.filter(product=company.screw).delete()
    assert only(company).kind == "unknown part"
    still_plans(company)


def test_an_alternate_of_itself(company: SupplyCompany) -> None:
    other = Routing.objects.create(product=company.bike, resource=company.welding, hours_per_unit=2)
    Routing.objects.filter(pk=other.pk).update(alternate_of=other)
    assert only(company).what.startswith("Its alternate on welding stands in for itself")
    still_plans(company)


def test_an_alternate_for_a_step_of_another_product(company: SupplyCompany) -> None:
    of_frame = company.frame.routings.get()
    Routing.objects.create(product=company.bike, resource=company.welding, hours_per_unit=2, alternate_of=of_frame)
    assert (only(company).product, only(company).kind) == ("bike", "alternate")


def test_what_nobody_needs_is_no_trouble(company: SupplyCompany) -> None:
    make.make_product("idle", company.bikes)
    assert faults_of(company.sales_plan) == []


def test_production_that_lacks_its_parts_is_told(company: SupplyCompany) -> None:
    """The frames of 500 bicycles cannot be there in June when they take two months."""
    Product.objects.filter(pk=company.frame.pk).update(lead_time_months=2)
    company.cycle.production_overrides.create(
        product=company.bike, month=JUNE, kind="fixed", quantity=500, by=company.planner
    )
    plan = still_plans(company)
    found = supply_problems(plan, EVERYTHING)
    assert found.count == 1
    assert found.listed[0].what.endswith("of what is fixed in Jun 26 cannot be made: its parts cannot be had.")


# --- Where it is shown ------------------------------------------------------------------------------------------------


def test_the_supply_page_lists_it_to_those_who_may_see_the_product(company: SupplyCompany, client: Client) -> None:
    company.bike.routings.all().delete()
    plan = company.supply()
    client.force_login(company.planner)
    page = client.get("/supply/", {"cycle": company.cycle.code}).content.decode()
    assert "It is made, but no routing says where" in page
    assert "Import its routing, or say that it is bought." in page
    colleague = make.make_user("cleo", "operations", "viewer", families=[company.spares])
    assert supply_problems(plan, scope(colleague)).listed == []


def test_the_data_page_sums_it_up(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.frame.pk).update(lead_time_months=48)
    found = {each.what: each for each in readiness(EVERYTHING, company.cycle).problems}
    assert found["A lead time beyond the plan"].which == "frame"
    colleague = make.make_user("cleo", "operations", "viewer", families=[company.bikes])
    seen = {each.what for each in readiness(scope(colleague), company.cycle).problems}
    assert "A lead time beyond the plan" not in seen
