"""Decisions, action items and the plan of record by REST."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from reviews.actions import approval
from reviews.models import ActionItem, Approval, Decision, Snapshot, Stage
from sop.models import Cycle, Family, Market, User
from tests.factories import make_department, make_family, make_market, make_user
from tests.reviews.company import Company, walk
from tests.reviews.test_decisions import soon

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
PLAN = "/api/v1/published-plans/2013-06/"


@pytest.fixture
def api(client: Client) -> Any:
    def call(user: User, address: str, body: Any = None, **headers: str) -> Any:
        client.force_login(user)
        if body is None:
            return client.get(address)
        return client.post(address, body, content_type="application/json", headers=headers)

    return call


@pytest.fixture
def published(ready: Cycle, company: Company) -> Cycle:
    walk(ready, company, until="executive")
    approval.approve(cycle=ready, by=company.executive, comment="Go")
    return ready


@pytest.fixture
def proposal() -> dict[str, Any]:
    return {
        "cycle": "2013-06",
        "stage": "supply-review",
        "issue": "Second shift?",
        "options": ["Yes", "No"],
        "recommendation": "Yes",
        "owner": "operations",
        "due": soon().isoformat(),
    }


def test_the_plan_of_record(published: Cycle, company: Company, api: Any) -> None:
    plan = api(company.coordinator, PLAN).json()
    assert (plan["cycle"], plan["approved_by"], plan["comment"], plan["version"]) == ("2013-06", "executive", "Go", 1)
    assert plan["digest"] == published.approvals.get().snapshot.digest
    assert plan["months"] == ["2013-06", "2013-07", "2013-08"]
    assert len(plan["sales"]) == 8
    assert plan["sales"][0] == {
        "product": "bikes-1",
        "market": "north",
        "units": [100.0] * 3,
        "revenue": [1_000.0] * 3,
    }
    assert plan["production"][0]["production"] == [200.0] * 3
    assert plan["loads"][0]["load"] == [800.0, 700.0, 600.0]


def test_nothing_appears_before_the_approval(ready: Cycle, company: Company, api: Any) -> None:
    walk(ready, company, until="executive")
    response = api(company.coordinator, PLAN)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "The plan of June 2013 is not approved; only an approved plan is published."
    assert api(company.coordinator, "/api/v1/published-plans/").json()["results"] == []
    approval.return_plan(cycle=ready, by=company.executive, reason="No")
    assert api(company.coordinator, PLAN).status_code == 404


def test_the_list_of_plans(published: Cycle, company: Company, api: Any) -> None:
    (entry,) = api(company.viewer, "/api/v1/published-plans/").json()["results"]
    assert (entry["cycle"], entry["approved_by"]) == ("2013-06", "executive")


def test_the_newest_plan_comes_first_page_by_page(published: Cycle, company: Company, api: Any) -> None:
    approved = published.approvals.get()
    for year in (2011, 2014, 2012):
        cycle = Cycle.objects.create(first_month=dt.date(year, 6, 1), horizon=3, state=Cycle.State.CLOSED)
        stage = Stage.objects.create(
            cycle=cycle, key="executive", position=0, owner=make_department(), due=cycle.first_month
        )
        snapshot = Snapshot.objects.create(cycle=cycle, stage=stage, digest="0", by=company.executive)
        Approval.objects.create(cycle=cycle, approved=True, snapshot=snapshot, by=approved.by)
    seen, address = [], "/api/v1/published-plans/?page_size=2"
    while address:
        page = api(company.viewer, address).json()
        seen.append([entry["cycle"] for entry in page["results"]])
        address = page["next"]
    assert seen == [["2014-06", "2013-06"], ["2012-06", "2011-06"]]


@pytest.mark.parametrize("month", ["2013-07", "June"])
def test_a_month_without_a_cycle_is_not_found(published: Cycle, company: Company, api: Any, month: str) -> None:
    assert api(company.viewer, f"/api/v1/published-plans/{month}/").status_code == 404


def test_later_edits_do_not_reach_the_plan_of_record(published: Cycle, company: Company, api: Any) -> None:
    before = api(company.coordinator, PLAN).json()
    published.sales_plans.get(frozen_at__isnull=True).lines.update(consensus=[0.0] * 3, revenue=[0.0] * 3)
    assert api(company.coordinator, PLAN).json() == before


@pytest.mark.parametrize(
    ("query", "sales", "production"),
    [("product=bikes-1", 2, 1), ("market=north", 4, 0), ("family=gear", 4, 2), ("product=none", 0, 0)],
)
def test_a_part_of_it(published: Cycle, company: Company, api: Any, query: str, sales: int, production: int) -> None:
    plan = api(company.coordinator, f"{PLAN}?{query}").json()
    assert (len(plan["sales"]), len(plan["production"]), plan["loads"]) == (sales, production, [])


def test_a_family_or_market_stands_for_all_below_it(published: Cycle, company: Company, api: Any) -> None:
    above = make_family("everything"), make_market("world")
    Family.objects.filter(code="gear").update(parent=above[0])
    Market.objects.filter(code="north").update(parent=above[1])
    sales = api(company.coordinator, f"{PLAN}?family=everything&market=world").json()["sales"]
    assert [(line["product"], line["market"]) for line in sales] == [("gear-1", "north"), ("gear-2", "north")]


def test_each_sees_their_own_scope(published: Cycle, company: Company, api: Any) -> None:
    blind = make_user("bill", money=False)
    assert "revenue" not in api(blind, PLAN).json()["sales"][0]
    narrow = make_user("nora", families=[company.families[1]])
    plan = api(narrow, PLAN).json()
    assert {line["product"] for line in plan["sales"]} == {"gear-1", "gear-2"}
    assert {line["product"] for line in plan["production"]} == {"gear-1", "gear-2"}
    assert plan["loads"] == []
    local = make_user("lena", markets=[company.markets[0]])
    plan = api(local, PLAN).json()
    assert {line["market"] for line in plan["sales"]} == {"north"}
    assert plan["production"] == []


def test_the_plan_takes_few_queries(
    published: Cycle, company: Company, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(company.coordinator)
    with django_assert_max_num_queries(10):
        client.get(PLAN)


@pytest.mark.parametrize("address", [PLAN, "/api/v1/published-plans/", "/api/v1/decisions/", "/api/v1/action-items/"])
def test_neither_an_outsider_nor_nobody_reads(
    published: Cycle, company: Company, api: Any, client: Client, address: str
) -> None:
    assert client.get(address).status_code in (401, 403)
    assert api(company.outsider, address).status_code == 403


def test_a_decision_is_proposed_and_taken(cycle: Cycle, company: Company, api: Any, proposal: dict[str, Any]) -> None:
    made = api(company.operations, "/api/v1/decisions/", proposal)
    assert made.status_code == 201
    assert made.json()["state"] == "proposed"
    address = f"/api/v1/decisions/{made.json()['id']}/"
    assert api(company.viewer, address)["ETag"] == made["ETag"]
    taken = api(company.executive, f"{address}decide/", {"choice": "Yes"}, **{"If-Match": made["ETag"]})
    assert (taken.status_code, taken.json()["choice"], taken.json()["decided_by"]) == (200, "Yes", "executive")
    again = api(company.executive, f"{address}decide/", {"choice": "No"})
    assert again.status_code == 409
    stale = api(
        company.executive, f"{address}defer/", {"due": "2999-01-01", "reason": "x"}, **{"If-Match": made["ETag"]}
    )
    assert stale.status_code == 412


def test_decisions_are_filtered(cycle: Cycle, company: Company, api: Any, proposal: dict[str, Any]) -> None:
    api(company.operations, "/api/v1/decisions/", proposal)
    for query, count in {"cycle=2013-06": 1, "cycle=2013-07": 0, "state=decided": 0, "owner=operations": 1}.items():
        assert len(api(company.viewer, f"/api/v1/decisions/?{query}").json()["results"]) == count


def test_what_is_wrong_is_named(cycle: Cycle, company: Company, api: Any, proposal: dict[str, Any]) -> None:
    wrong = api(company.operations, "/api/v1/decisions/", proposal | {"owner": "ghost", "cycle": "2099-01"})
    assert wrong.status_code == 400
    assert set(wrong.json()["errors"]) == {"owner", "cycle"}
    past = api(company.operations, "/api/v1/decisions/", proposal | {"due": "2013-01-01"})
    assert past.status_code == 422
    assert set(past.json()["errors"]) == {"due"}
    assert not Decision.objects.exists()


@pytest.mark.parametrize("who", ["sales", "viewer"])
def test_who_may_not_propose(cycle: Cycle, company: Company, api: Any, proposal: dict[str, Any], who: str) -> None:
    assert api(company.people[who], "/api/v1/decisions/", proposal).status_code == 403


def test_an_action_item_from_start_to_result(cycle: Cycle, company: Company, api: Any) -> None:
    body = {"cycle": "2013-06", "text": "Hire six", "owner": "operations", "due": soon().isoformat()}
    made = api(company.coordinator, "/api/v1/action-items/", body)
    assert made.status_code == 201
    address = f"/api/v1/action-items/{made.json()['id']}/"
    assert api(company.operations, f"{address}start/", {}).json()["state"] == "in progress"
    handed = api(company.coordinator, f"{address}reassign/", {"owner": "sales"})
    assert handed.json()["owner"] == "sales"
    assert api(company.viewer, f"{address}finish/", {"result": "x"}).status_code == 403
    assert api(company.sales, f"{address}finish/", {}).status_code == 400
    done = api(company.sales, f"{address}finish/", {"result": "Six hired"}, **{"If-Match": handed["ETag"]})
    assert (done.status_code, done.json()["result"]) == (200, "Six hired")
    assert api(company.sales, f"{address}cancel/", {"reason": "No"}).status_code == 409
    assert ActionItem.objects.get().closed_at is not None
    assert len(api(company.viewer, "/api/v1/action-items/?state=done&owner=sales").json()["results"]) == 1
