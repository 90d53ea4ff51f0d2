"""The pages show what there is, offer buttons only to those who may, and say what was done or why not."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from planning.models import Assumption
from planning.queries import plans
from reviews.actions import action_items, approval, decisions
from reviews.models import ActionItem, Decision, Stage
from sop.models import Cycle, User
from tests.factories import make_coordinator, make_user
from tests.reviews.company import Company, make_production, stage, walk
from tests.reviews.test_decisions import soon

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
PAGES = ("/", "/reviews/", "/reviews/2013-06/", "/reviews/2013-06/demand-review/", "/reviews/2013-06/executive/")


@pytest.fixture
def visit(client: Client) -> Any:
    def page(user: Any, address: str, data: dict[str, Any] | None = None) -> Any:
        client.force_login(user)
        return client.get(address) if data is None else client.post(address, data)

    return page


def text(response: Any) -> str:
    return str(response.content.decode()).replace("\u2009\u2060", " ")


def said(response: Any) -> list[str]:
    """What this answer told; messages of earlier ones that no page has shown yet come first."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]


@pytest.mark.parametrize("address", [*PAGES, "/actions/", "/actions/?view=board&state=all", "/actions/?mine=1"])
@pytest.mark.parametrize("who", ["coordinator", "demand", "sales", "executive", "viewer"])
def test_every_page_opens_for_every_role(ready: Cycle, company: Company, visit: Any, who: str, address: str) -> None:
    response = visit(company.people[who], address)
    assert response.status_code == 200
    assert "June 2013" in text(response)
    assert "style=" not in text(response).split("<main")[1]


@pytest.mark.parametrize("address", [*PAGES[1:], "/actions/"])
def test_an_outsider_is_shown_no_page(ready: Cycle, company: Company, visit: Any, address: str) -> None:
    response = visit(company.outsider, address)
    assert response.status_code == 403
    assert "June 2013 is" not in text(response)


def test_an_outsider_is_told_whom_to_ask(ready: Cycle, company: Company, visit: Any) -> None:
    assert "You have no role yet" in text(visit(company.outsider, "/"))


@pytest.mark.parametrize("address", [*PAGES, "/actions/"])
def test_nobody_is_sent_to_log_in(ready: Cycle, client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_the_first_day_shows_doors(db: None, visit: Any) -> None:
    response = visit(make_coordinator(), "/")
    for door in ("manage.py demo", "Load your tables", "/api/v1/actuals/", "/reviews/"):
        assert door in text(response)


def test_home_puts_the_exceptions_in_order(ready: Cycle, company: Company, visit: Any) -> None:
    make_production(plans.working(ready), company, load=1_400.0)
    shown = text(visit(company.coordinator, "/"))
    assert shown.index("Paint is loaded to 140 %") < shown.index("Bikes is below budget")
    assert "Sign off the data gathering" in shown
    assert "Gap to budget" in shown


def test_money_stays_with_those_who_see_it(ready: Cycle, company: Company, visit: Any) -> None:
    blind = make_user("bill", "sales", "contributor", money=False)
    for address in ("/", "/reviews/2013-06/executive/"):
        assert "€" not in text(visit(blind, address))
        assert "€" in text(visit(company.coordinator, address))


def test_pages_cost_a_fixed_number_of_queries(
    ready: Cycle, company: Company, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(company.coordinator)
    for address, most in {"/": 42, "/reviews/": 14, "/reviews/2013-06/": 45, PAGES[3]: 34, PAGES[4]: 42}.items():
        client.get(address)
        with django_assert_max_num_queries(most):
            client.get(address)


def test_the_cycle_picker_leads_to_the_same_page_of_another_cycle(ready: Cycle, company: Company, visit: Any) -> None:
    response = visit(company.viewer, "/reviews/2013-06/executive/?cycle=2013-05")
    assert response.status_code == 404
    Cycle.objects.create(first_month="2013-05-01", state="closed")
    response = visit(company.viewer, "/reviews/2013-06/executive/?cycle=2013-05")
    assert response["Location"] == "/reviews/2013-05/executive/"


def test_a_department_submits_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    address = "/reviews/2013-06/data-gathering/"
    assert "Submit for Finance…" in text(visit(company.finance, address))
    assert "Submit for Finance…" not in text(visit(company.operations, address))
    response = visit(company.finance, f"{address}submit/", {"department": "finance", "note": "May is closed"})
    assert response["Location"] == address
    assert said(response) == ["Finance is in."]
    assert "May is closed" in text(visit(company.finance, address))


def test_the_page_says_why_not(ready: Cycle, company: Company, visit: Any) -> None:
    address = "/reviews/2013-06/data-gathering/"
    response = visit(company.coordinator, f"{address}sign-off/", {"note": "", "despite": "Late"})
    assert said(response)[0].startswith("Not yet: every department in (waiting for Demand planning, Finance")
    response = visit(company.sales, f"{address}submit/", {"department": "finance"})
    assert response.status_code == 403


def test_the_owner_signs_on_the_page_and_returns_it(ready: Cycle, company: Company, visit: Any) -> None:
    walk(ready, company, until="supply-review")
    address = "/reviews/2013-06/supply-review/"
    assert "Sign off…" in text(visit(company.operations, address))
    assert "Sign off…" not in text(visit(company.sales, address))
    assert said(visit(company.operations, f"{address}sign-off/", {"note": "Fits"})) == [
        "The supply review is signed off."
    ]
    visit(company.operations, f"{address}reopen/", {"reason": "Paint is down"})
    assert stage(ready, "supply-review").state == Stage.State.RETURNED


def test_the_executive_approves_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    walk(ready, company, until="executive")
    address = "/reviews/2013-06/executive/"
    assert "Approve plan…" in text(visit(company.executive, address))
    assert "Approve plan…" not in text(visit(company.coordinator, address))
    response = visit(company.executive, f"{address}approve/", {"note": "Go"})
    assert said(response) == ["The plan of June 2013 is approved and published."]
    assert "plan of record" in text(visit(company.viewer, address))


def test_the_executive_page_lists_risks_and_opportunities_with_their_chance(
    ready: Cycle, company: Company, visit: Any
) -> None:
    address = "/reviews/2013-06/executive/"
    assert "no risk or opportunity outside the plan" in text(visit(company.executive, address))
    month = {"first_month": ready.first_month, "last_month": ready.first_month}
    Assumption.objects.create(name="New rival", effect=-0.5, probability=0.2, included=False, **month)
    Assumption.objects.create(name="Sure thing", effect=0.5, **month)
    page = text(visit(company.executive, address))
    assert "New rival" in page
    assert "20 %" in page.replace("\u2009", " ").replace("\u2060", "")
    assert "if every risk came true" in page
    assert "Sure thing" not in page
    blind = make_user("bill", "sales", "viewer", money=False)
    assert "€" not in text(visit(blind, address)).split('id="risks"')[1].split("</section>")[0]


def test_the_executive_returns_the_plan(ready: Cycle, company: Company, visit: Any) -> None:
    walk(ready, company, until="executive")
    address = "/reviews/2013-06/executive/"
    visit(company.executive, f"{address}return/", {"reason": "Show the overtime", "to_stage": "supply-review"})
    assert stage(ready, "supply-review").state == Stage.State.RETURNED
    assert "Show the overtime" in text(visit(company.viewer, address))


def test_a_decision_from_its_proposal_to_its_action(ready: Cycle, company: Company, visit: Any) -> None:
    told = {"issue": "Second shift?", "options": "Yes\nNo", "recommendation": "Yes", "owner": "operations"}
    response = visit(
        company.coordinator, "/reviews/2013-06/decisions/", told | {"due": soon(), "stage": "supply-review"}
    )
    decision = Decision.objects.get()
    assert said(response) == [f"{decision.number} is on the table."]
    address = "/reviews/2013-06/supply-review/"
    assert "Second shift?" in text(visit(company.operations, address))
    assert "Decide 1" not in text(visit(company.sales, address))
    assert visit(company.operations, f"/decisions/{decision.pk}/decide/", {"choice": "Yes"})["Location"] == address
    task = {"text": "Hire six", "owner": "operations", "due": soon(), "decision": decision.pk}
    assert said(visit(company.coordinator, "/reviews/2013-06/actions/", task)) == ["Operations has it."]
    assert "Hire six" in text(visit(company.operations, address))


def test_a_decision_is_deferred_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    proposal = decisions.Proposal("Third shift?", company.operations, soon())
    decision = decisions.propose(cycle=ready, proposal=proposal, by=company.operations)
    visit(company.operations, f"/decisions/{decision.pk}/defer/", {"due": soon(30), "reason": "No offer yet"})
    decision.refresh_from_db()
    assert (decision.state, decision.due) == ("deferred", soon(30))


def test_an_action_is_worked_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    item = ActionItem.objects.create(cycle=ready, text="Hire six", owner=company.operations, due=soon(-2))
    shown = text(visit(company.operations, "/actions/"))
    assert "was due" in shown
    visit(company.operations, f"/actions/{item.pk}/start/", {})
    visit(company.operations, f"/actions/{item.pk}/reassign/", {"owner": "sales", "due": soon()})
    refused = visit(company.sales, f"/actions/{item.pk}/finish/", {"result": ""})
    assert said(refused) == ["Say what came of it. This is needed."]
    visit(company.sales, f"/actions/{item.pk}/finish/", {"result": "Six hired"})
    item.refresh_from_db()
    assert (item.state, item.owner, item.result) == ("done", company.sales, "Six hired")
    assert "No open actions" in text(visit(company.sales, "/actions/"))
    assert "Six hired" in text(visit(company.sales, "/actions/?state=all"))
    assert visit(company.sales, f"/actions/{item.pk}/explode/", {}).status_code == 404


def test_the_navigation_counts_what_is_mine_to_do(ready: Cycle, company: Company, visit: Any) -> None:
    def shown(user: User) -> dict[str, int]:
        nav = visit(user, "/demand/").context["shell"]["nav"]
        return {entry["label"]: entry["count"] for entry in nav if entry["count"]}

    task = action_items.Task(text="Call the customer", owner=company.sales, due=soon())
    item = action_items.add(cycle=ready, task=task, by=company.coordinator)
    assert (shown(company.sales), shown(company.coordinator)) == ({"Actions": 1}, {})
    action_items.cancel(item=item, reason="They called", by=company.sales)
    assert shown(company.sales) == {}


def test_the_next_cycle_opens_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    assert "Open July 2013…" not in text(visit(company.coordinator, "/reviews/"))
    walk(ready, company, until="executive")
    approval.approve(cycle=ready, by=company.executive)
    assert "Open July 2013…" in text(visit(company.coordinator, "/reviews/"))
    assert "Open July 2013…" not in text(visit(company.demand, "/reviews/"))
    assert said(visit(company.coordinator, "/reviews/open/", {"month": "July", "horizon": 18})) == [
        "Not done. “July” is not a month; write it as 2013-06."
    ]
    assert said(visit(company.coordinator, "/reviews/open/", {"month": "2013-07", "horizon": 18})) == [
        "July 2013 is open."
    ]


def test_a_cycle_is_closed_on_the_page(ready: Cycle, company: Company, visit: Any) -> None:
    visit(company.coordinator, "/reviews/2013-06/close/", {"reason": "A trial"})
    ready.refresh_from_db()
    assert ready.state == Cycle.State.CLOSED


def test_what_is_not_there_is_not_found(ready: Cycle, company: Company, visit: Any) -> None:
    for address in ("/reviews/2013-06/retrospective/", "/reviews/2014-01/", "/reviews/May/"):
        assert visit(company.viewer, address).status_code == 404


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/reviews/2013-06/executive/", "http://testserver/reviews/2013-06/executive/"),
        ("https://elsewhere.example/reviews/", "/reviews/2013-06/executive/"),
    ],
)
def test_a_form_leads_back_to_the_page_it_was_on(
    ready: Cycle, company: Company, client: Client, came_from: str, leads_to: str
) -> None:
    proposal = decisions.Proposal("Third shift?", company.operations, soon())
    decision = decisions.propose(cycle=ready, proposal=proposal, by=company.operations)
    client.force_login(company.executive)
    answer = client.post(f"/decisions/{decision.pk}/decide/", {"choice": "Yes"}, headers={"Referer": came_from})
    assert answer["Location"] == leads_to
