"""Why a product is short: lead time, component, resource, what was entered, or the strategy."""

import pytest

from planning.actions.editing import CellEdit
from planning.actions.production import edit_production
from planning.models import ProductionPlan, Resource
from planning.queries.shortage import Cause, Walk
from sop import months
from sop.models import Product
from sop.permissions import EVERYTHING, Scope
from tests.planning.supply_company import HORIZON, JUNE, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


def why(plan: ProductionPlan, product: Product, scope: Scope = EVERYTHING) -> list[Cause]:
    return Walk(plan, scope).causes(product, HORIZON - 1)


def test_nothing_is_missing(company: SupplyCompany) -> None:
    assert why(company.supply(), company.bike) == []


def test_a_lead_time(company: SupplyCompany) -> None:
    [cause] = why(company.supply(), company.pedal)
    assert cause.words == "Lead time: Pedal takes 1 month; what is begun now is ready in Jul 26."


def test_a_resource_and_what_an_hour_of_it_is_worth(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=40, overtime_hours_per_month=0)
    [cause] = why(company.supply(), company.bike)
    assert (cause.kind, cause.resource) == ("resource", "assembly")
    assert cause.words.startswith("Resource: Assembly is full in ")
    assert cause.price > 0


def test_a_component_and_what_binds_it(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.welding.pk).update(regular_hours_per_month=60, overtime_hours_per_month=0)
    causes = why(company.supply(), company.bike)
    assert [cause.kind for cause in causes][:2] == ["component", "resource"]
    assert causes[0].words.startswith("Component: Frame is ")
    assert causes[1].resource == "welding"


def test_what_was_entered_by_hand(company: SupplyCompany) -> None:
    plan = company.supply("chase")
    edit = CellEdit("product:bike/measure:production", months.add(JUNE, 2), "50")
    edit_production(plan=plan, edits=[edit], by=company.planner, reason="a test")
    [cause] = why(plan, company.bike)
    assert cause.words == "Entry: production begun in Aug 26 is entered by hand as 50."


def test_a_strategy_that_makes_no_more(company: SupplyCompany) -> None:
    plan = company.supply("level")
    line = company.line(plan, company.bike)
    line.backorder[2] = 10
    line.save()
    [cause] = why(plan, company.bike)
    assert cause.kind == "strategy"


def test_a_component_outside_the_scope_is_not_named(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.welding.pk).update(regular_hours_per_month=60, overtime_hours_per_month=0)
    mine = Scope(frozenset({company.bikes.pk}), None, True)
    causes = why(company.supply(), company.bike, mine)
    assert not any("Frame" in cause.words for cause in causes)
