"""Ways out of an overload: what each brings and costs, what is not possible and why, and trying one in a scenario."""

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from planning.models import (
    Crew,
    Fence,
    ProductionLine,
    ProductionPlan,
    Resource,
    ResourceLoad,
    Routing,
    Scenario,
    ScenarioChange,
    SupplyPolicy,
)
from planning.queries.levers import Lever, levers
from sop import months
from sop.permissions import EVERYTHING, scope
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

AUGUST = months.add(JUNE, 2)
Target = ScenarioChange.Target


@pytest.fixture
def company() -> SupplyCompany:
    """Chase: 100 bikes in August take 100 hours of assembly, which has 80 and 10 of overtime. 60 in June."""
    company = SupplyCompany()
    Resource.objects.filter(pk=company.assembly.pk).update(
        regular_hours_per_month=80, overtime_hours_per_month=10, hourly_cost=20, overtime_hourly_cost=30
    )
    company.sell()
    return company


@pytest.fixture
def plan(company: SupplyCompany) -> ProductionPlan:
    return company.supply("chase")


def found(plan: ProductionPlan, *, month: str = "2026-08", resource: str = "assembly") -> dict[str, Lever]:
    return {lever.key: lever for lever in levers(plan, resource, month, EVERYTHING)}


def test_it_works(plan: ProductionPlan) -> None:
    ways = found(plan)
    assert [*ways] == ["earlier", "shift", "overtime", "subcontract", "other", "later"]
    assert [lever.key for lever in ways.values() if lever.suggested] == ["earlier"]


def test_overtime_beyond_what_is_allowed(plan: ProductionPlan) -> None:
    lever = found(plan)["overtime"]
    assert (lever.hours, lever.cost, lever.remains) == (20, 600, 0)
    [step] = lever.steps
    assert (step.target, step.operation, step.value, step.first_month) == (Target.OVERTIME_HOURS, "add", 10, AUGUST)


def test_overtime_that_is_in_the_plan_already(company: SupplyCompany, plan: ProductionPlan) -> None:
    for load in ResourceLoad.objects.filter(plan=plan, resource=company.assembly):
        load.overtime_limit = load.overtime_limit + 30
        load.save()
    lever = found(plan)["overtime"]
    assert lever.planned
    assert not lever.steps


def test_no_overtime_where_none_is_worked(company: SupplyCompany) -> None:
    Resource.objects.update(overtime_hours_per_month=0, overtime_hourly_cost=0)
    lever = found(company.supply("chase"))["overtime"]
    assert (lever.why, lever.remains) == ("no overtime is worked here", 20)


def test_extra_shifts_are_whole(plan: ProductionPlan) -> None:
    lever = found(plan)["shift"]
    assert (lever.hours, lever.cost, lever.remains) == (24, 480, 0)


def test_making_earlier_takes_the_nearest_free_hours(company: SupplyCompany, plan: ProductionPlan) -> None:
    """July is as full as August; June makes 60 and has 20 hours to spare. Two months of holding at a year's fifth."""
    lever = found(plan)["earlier"]
    assert lever.hours == 20
    assert lever.cost == pytest.approx(20 * 2 * 60 * 0.2 / 12)
    steps = {step.first_month: step.value for step in lever.steps}
    assert steps == {JUNE: 80, AUGUST: 80}


def test_making_earlier_than_the_fence_is_not_possible(company: SupplyCompany, plan: ProductionPlan) -> None:
    Fence.objects.create(production_months=1)
    assert found(plan)["earlier"].why == "no month before has hours to spare"
    assert found(plan, month="2026-06") == {}


def test_subcontracting_costs_what_it_is_dearer(company: SupplyCompany, plan: ProductionPlan) -> None:
    assert found(plan)["subcontract"].why == "nothing that is made here can be bought in"
    SupplyPolicy.objects.create(product=company.bike, subcontract_unit_cost=75)
    lever = found(plan)["subcontract"]
    assert (lever.hours, lever.cost) == (20, 300)
    assert {step.target: step.value for step in lever.steps} == {Target.PRODUCTION: 80, Target.RECEIPTS: 20}


def test_another_line_needs_room(company: SupplyCompany, plan: ProductionPlan) -> None:
    assert "no other line" in found(plan)["other"].why
    first = Routing.objects.get(product=company.bike)
    Routing.objects.create(product=company.bike, resource=company.welding, hours_per_unit=1.5, alternate_of=first)
    lever = found(plan)["other"]
    assert lever.hours == 100
    assert lever.steps[0].other == company.welding
    ResourceLoad.objects.filter(plan=plan, resource=company.welding).update(regular=np.zeros(6))
    assert found(plan)["other"].why == "Welding has no room for it in this month"


def test_selling_later_needs_a_later_month_with_room(company: SupplyCompany, plan: ProductionPlan) -> None:
    assert found(plan)["later"].why == "no later month has hours to spare"
    load = ResourceLoad.objects.get(plan=plan, resource=company.assembly)
    load.load[4] = 10
    load.save()
    lever = found(plan)["later"]
    [step] = lever.steps
    assert (step.operation, step.value, step.first_month, step.to_month) == ("move", 20, AUGUST, months.add(JUNE, 4))


def test_a_month_that_fits_needs_nothing(plan: ProductionPlan) -> None:
    assert found(plan, resource="welding") == {}


def test_a_resource_with_a_crew_has_no_hours_of_its_own_to_add(company: SupplyCompany, plan: ProductionPlan) -> None:
    Crew.objects.create(resource=company.assembly, workers=1)
    assert "crew" in found(plan)["shift"].why


def test_products_outside_the_scope_are_neither_named_nor_moved(company: SupplyCompany, plan: ProductionPlan) -> None:
    mine = scope(make.make_user("sam", "operations", "planner", families=[company.spares]))
    ways = {lever.key: lever for lever in levers(plan, "assembly", "2026-08", mine)}
    assert ways["earlier"].why
    assert not any("Bike" in lever.what for lever in ways.values())


# --- Trying -----------------------------------------------------------------------------------------------------------


def attempt(client: Client, plan: ProductionPlan, lever: str, **sent: Any) -> Any:
    body = {"resource": "assembly", "month": "2026-08", "lever": lever} | sent
    return client.post(reverse("planning:try-lever", args=[plan.pk]), body)


def test_trying_puts_it_into_a_new_scenario(client: Client, company: SupplyCompany, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    answer = attempt(client, plan, "overtime")
    scenario = Scenario.objects.get()
    assert answer["Location"] == f"{reverse('planning:supply')}?scenario={scenario.pk}"
    assert (scenario.name, scenario.author) == ("Overtime, Assembly, Aug 26", company.planner)
    [change] = scenario.changes.all()
    assert (change.target, change.value, change.resource) == (Target.OVERTIME_HOURS, 10, company.assembly)
    attempt(client, plan, "shift", scenario=str(scenario.pk))
    assert scenario.changes.count() == 2
    attempt(client, plan, "overtime")
    assert Scenario.objects.first().name == "Overtime, Assembly, Aug 26 (2)"  # type: ignore[union-attr]


def test_what_is_not_possible_is_refused_with_the_reason(client: Client, company: Any, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    answer = attempt(client, plan, "subcontract")
    assert answer.status_code == 422
    assert "Nothing that is made here can be bought in" in answer.content.decode()
    assert attempt(client, plan, "magic").status_code == 404
    assert not Scenario.objects.exists()


def test_the_page_shows_the_scenario_and_its_difference(client: Client, company: Any, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    attempt(client, plan, "overtime")
    scenario = Scenario.objects.get()
    page = client.get(reverse("planning:supply"), {"scenario": scenario.pk}).content.decode()
    assert "Scenario: Overtime, Assembly, Aug 26" in page
    assert "Overtime allowed, Assembly, Aug 26" in page
    assert "Below is the plan in use" in page
    plan.pk, plan.scenario, plan.current = None, scenario, False
    run = plan.run
    assert run
    run.pk, run.result = None, run.result | {"overtime_hours": 7.0}
    run.save()
    plan.run = run
    plan.save()
    page = client.get(reverse("planning:supply"), {"scenario": scenario.pk}).content.decode()
    assert "Plan in use" in page
    assert 'class="n bad"' in page or 'class="n good"' in page


def test_a_private_scenario_is_its_authors(client: Client, company: Any, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    attempt(client, plan, "overtime")
    scenario = Scenario.objects.get()
    hidden = ProductionPlan.objects.create(
        cycle=plan.cycle,
        sales_plan=plan.sales_plan,
        demand_version=1,
        start=plan.start,
        horizon=plan.horizon,
        scenario=scenario,
    )
    for user, status in ((make.make_user("carl", "sales"), 404), (make.make_outsider(), 403)):
        client.force_login(user)
        assert client.get(reverse("planning:supply"), {"scenario": scenario.pk}).status_code == status
        assert client.get(reverse("planning:supply-rows", args=[hidden.pk])).status_code == status
    assert ProductionLine.objects.filter(plan=plan).exists()


def test_a_viewer_sees_the_levers_and_cannot_try(client: Client, company: Any, plan: ProductionPlan) -> None:
    client.force_login(make.make_user("vera", "sales", "viewer", money=False))
    query = {"resource": "assembly", "month": "2026-08"}
    panel = client.get(reverse("planning:load-cell", args=[plan.pk]), query).content.decode()
    assert "What can be done" in panel
    assert "Try" not in panel
    assert "€" not in panel
    assert attempt(client, plan, "overtime").status_code == 403
