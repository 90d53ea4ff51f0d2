"""The Scenarios page: what it says before and after there are scenarios, its forms, and who may do what."""

import pytest
from django.test import Client
from django.urls import reverse

from planning.actions import scenarios
from planning.actions.scenarios import Proposed
from planning.models import Scenario
from sop.models import Run, User
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
PAGE = "planning:scenarios"


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


@pytest.fixture
def planned(company: SupplyCompany) -> SupplyCompany:
    company.supply()
    return company


@pytest.fixture
def scenario(company: SupplyCompany) -> Scenario:
    made = scenarios.create(cycle=company.cycle, name="Paint overtime", by=company.planner)
    more = Proposed("overtime_hours", "add", 40, resource=company.assembly)
    scenarios.add_changes(scenario=made, changes=[more], by=company.planner)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, query: str = "") -> str:
    answer = client.get(reverse(PAGE) + query)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u2009\u2060", " ")


def test_it_works(planned: SupplyCompany, scenario: Scenario) -> None:
    page = text(signed_in(planned.planner))
    for words in (
        "Paint overtime",
        "Units sold",
        "Revenue",
        "Load in Paint overtime",
        "it was not worked out",
        "+40 h",
    ):
        assert words in page


def test_without_a_supply_plan_it_says_what_to_do(company: SupplyCompany, scenario: Scenario) -> None:
    page = text(signed_in(company.planner))
    assert "has no supply plan to compare with" in page
    assert "Changes in Paint overtime" in page


def test_without_scenarios_it_says_what_to_do(planned: SupplyCompany) -> None:
    assert "No scenario has been made for June 2026" in text(signed_in(planned.planner))


def test_a_scenario_is_made_and_changed_by_its_forms(planned: SupplyCompany) -> None:
    client = signed_in(planned.planner)
    client.post(reverse("planning:new-scenario"), {"name": "Sell later", "description": "Bikes wait"})
    made = Scenario.objects.get()
    form = reverse("planning:add-scenario-change", args=[made.pk])
    assert "What changes" in client.get(form).content.decode()
    entered = {"target": "demand", "operation": "add", "value": "25", "product": "bike", "first_month": "2026-07"}
    assert client.post(form, entered).status_code == 302
    [change] = made.changes.all()
    again = reverse("planning:scenario-change", args=[change.pk])
    assert client.post(again, entered | {"value": "30"}).status_code == 302
    assert made.changes.get().value == 30
    client.post(reverse("planning:remove-scenario-change", args=[change.pk]))
    assert not made.changes.exists()


def test_a_mistake_is_told_beside_its_field(planned: SupplyCompany, scenario: Scenario) -> None:
    client = signed_in(planned.planner)
    form = reverse("planning:add-scenario-change", args=[scenario.pk])
    refused = client.post(form, {"target": "lead_time", "operation": "add", "value": "0.5", "product": "bike"})
    assert refused.status_code == 422
    assert "A lead time is in whole months" in refused.content.decode()
    taken = client.post(reverse("planning:new-scenario"), {"name": "Paint overtime"}, follow=True)
    assert "Choose another name" in taken.content.decode()


def test_its_way_by_buttons(planned: SupplyCompany, scenario: Scenario) -> None:
    client = signed_in(planned.planner)
    for verb, state in (("share", "shared"), ("propose", "proposed"), ("withdraw", "shared"), ("propose", "proposed")):
        client.post(reverse("planning:act-on-scenario", args=[scenario.pk, verb]))
        scenario.refresh_from_db()
        assert scenario.state == state
    cora = signed_in(make.make_coordinator())
    [change] = scenario.changes.all()
    answer = {"change": [change.pk], "reason": "Agreed"}
    page = cora.post(reverse("planning:act-on-scenario", args=[scenario.pk, "adopt"]), answer, follow=True)
    assert "are in the plan. Plan supply again" in page.content.decode()
    assert "Adopted by Cora: Agreed" in text(cora, f"?scenario={scenario.pk}")


def test_it_is_worked_out_by_a_button(planned: SupplyCompany, scenario: Scenario) -> None:
    client = signed_in(planned.planner)
    client.post(reverse("planning:act-on-scenario", args=[scenario.pk, "evaluate"]))
    run = Run.objects.get(kind="scenario")
    assert f'<job-progress run="{run.pk}"' in text(client)


def test_money_is_not_shown_to_who_sees_none(planned: SupplyCompany, scenario: Scenario) -> None:
    scenarios.share(scenario=scenario, by=planned.planner)
    more = Proposed("price", "set", 123, product=planned.bike)
    scenarios.add_changes(scenario=scenario, changes=[more], by=planned.planner)
    page = text(signed_in(make.make_user("sal", "sales", "contributor", money=False)))
    assert "Units sold" in page
    for hidden in ("Revenue", "Gross margin", "Supply cost", "123"):
        assert hidden not in page


# --- Who --------------------------------------------------------------------------------------------------------------


def test_a_colleague_sees_what_is_shared_and_an_executive_what_is_proposed(
    planned: SupplyCompany, scenario: Scenario
) -> None:
    colleague = signed_in(make.make_user("sal", "sales", "contributor"))
    executive = signed_in(make.make_user("ed", "management", "executive"))

    def see() -> tuple[bool, bool]:
        return "Paint overtime" in text(colleague), "Paint overtime" in text(executive)

    assert see() == (False, False)
    scenarios.share(scenario=scenario, by=planned.planner)
    assert see() == (True, False)
    scenarios.propose(scenario=scenario, by=planned.planner)
    assert see() == (True, True)


def test_an_outsider_sees_nothing(planned: SupplyCompany, scenario: Scenario) -> None:
    outsider = signed_in(make.make_outsider())
    assert outsider.get(reverse(PAGE)).status_code == 403
    assert outsider.post(reverse("planning:new-scenario"), {"name": "Mine"}).status_code == 403
    assert outsider.get(reverse("planning:add-scenario-change", args=[scenario.pk])).status_code == 404


def test_a_colleague_changes_nothing_of_somebody_else(planned: SupplyCompany, scenario: Scenario) -> None:
    colleague = signed_in(make.make_user("sal", "sales", "contributor"))
    [change] = scenario.changes.all()
    remove = reverse("planning:remove-scenario-change", args=[change.pk])
    assert colleague.post(remove).status_code == 404
    scenarios.share(scenario=scenario, by=planned.planner)
    assert colleague.post(remove).status_code == 403
    for verb in ("propose", "withdraw", "delete"):
        assert colleague.post(reverse("planning:act-on-scenario", args=[scenario.pk, verb])).status_code == 403
    assert scenario.changes.count() == 1


def test_the_plan_of_a_private_scenario_is_its_authors_alone(planned: SupplyCompany, scenario: Scenario) -> None:
    from planning.models import ProductionPlan
    from tests.planning.supply_company import run_job

    run_job("scenario", planned.cycle, {"scenario": scenario.pk}, by=planned.planner)
    rows = reverse("planning:supply-rows", args=[ProductionPlan.objects.get(scenario=scenario).pk])
    assert signed_in(planned.planner).get(rows).status_code == 200
    assert signed_in(make.make_coordinator()).get(rows).status_code == 404
