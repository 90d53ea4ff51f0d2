"""`/api/v1/scenarios/`: made, changed, moved along and adopted by programs, each by who may."""

import json
from typing import Any

import pytest
from django.test import Client

from planning.actions import scenarios
from planning.models import Scenario
from sop.models import Run, User
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
URL = "/api/v1/scenarios/"
MORE = {"target": "overtime_hours", "operation": "add", "value": 40, "resource": "assembly", "first_month": "2026-07"}


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def planner(company: SupplyCompany) -> Client:
    return signed_in(company.planner)


@pytest.fixture
def scenario(company: SupplyCompany) -> Scenario:
    return scenarios.create(cycle=company.cycle, name="Overtime", by=company.planner)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(URL + path, json.dumps(body or {}), content_type="application/json")


def test_it_works(company: SupplyCompany, planner: Client) -> None:
    made = post(planner, "", {"name": "Overtime", "cycle": "2026-06"})
    assert made.status_code == 201
    one = f"{made.json()['id']}/"
    added = post(planner, one + "changes/", [MORE, MORE | {"value": 10}])
    assert added.status_code == 201, added.content
    assert [each["value"] for each in planner.get(URL + one + "changes/").json()] == [40, 10]
    gone = planner.delete(f"{URL}{one}changes/{added.json()[1]['id']}/")
    assert gone.status_code == 204
    assert post(planner, one + "share/").json()["state"] == "shared"
    assert post(planner, one + "propose/").json()["state"] == "proposed"
    cora = signed_in(make.make_coordinator())
    adopted = post(cora, one + "adopt/", {"reason": "Agreed"})
    assert adopted.json()["state"] == "adopted"
    assert company.assembly.capacities.count() == 5


def test_it_is_renamed_and_deleted(planner: Client, scenario: Scenario) -> None:
    renamed = planner.patch(f"{URL}{scenario.pk}/", json.dumps({"name": "More"}), content_type="application/json")
    assert renamed.json()["name"] == "More"
    assert planner.delete(f"{URL}{scenario.pk}/").status_code == 204
    assert not Scenario.objects.exists()


def test_it_is_worked_out(planner: Client, scenario: Scenario) -> None:
    started = post(planner, f"{scenario.pk}/evaluate/")
    assert started.status_code == 202
    assert Run.objects.get(pk=started.json()["run"]).kind == "scenario"


def test_a_mistake_names_its_field(planner: Client, scenario: Scenario) -> None:
    refused = post(planner, f"{scenario.pk}/changes/", [MORE, MORE | {"first_month": "2031-01"}])
    assert refused.status_code == 422
    assert "changes.1.first_month" in refused.json()["errors"]


def test_a_colleague_reads_what_is_shared_and_changes_nothing(company: SupplyCompany, scenario: Scenario) -> None:
    colleague = signed_in(make.make_user("sal", "sales", "contributor"))
    one = f"{scenario.pk}/"
    assert colleague.get(URL).json()["results"] == []
    assert colleague.get(URL + one).status_code == 404
    scenarios.share(scenario=scenario, by=company.planner)
    assert colleague.get(URL + one).json()["name"] == "Overtime"
    assert post(colleague, one + "changes/", [MORE]).status_code == 403
    assert colleague.delete(URL + one).status_code == 403


def test_an_outsider_gets_nothing(scenario: Scenario) -> None:
    outsider = signed_in(make.make_outsider())
    assert outsider.get(URL).status_code == 403
    assert post(outsider, "", {"name": "Mine"}).status_code == 403
    assert post(outsider, f"{scenario.pk}/adopt/", {"reason": "Mine"}).status_code == 403


def test_money_is_left_out_for_who_sees_none(company: SupplyCompany, planner: Client, scenario: Scenario) -> None:
    post(planner, f"{scenario.pk}/changes/", [{"target": "price", "operation": "set", "value": 123, "product": "bike"}])
    scenarios.share(scenario=scenario, by=company.planner)
    blind = signed_in(make.make_user("sal", "sales", "contributor", money=False))
    [change] = blind.get(f"{URL}{scenario.pk}/changes/").json()
    assert "value" not in change
