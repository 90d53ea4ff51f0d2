"""A decision says what it is expected to bring, which scenario it chose, and later what really came."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from planning.models import Scenario
from reviews.actions import decisions, meetings
from reviews.actions.decisions import About, Expected, Proposal
from reviews.models import Decision, Meeting
from reviews.queries.outcomes import outcome, seen
from sop import months
from sop.errors import PlanningError
from sop.models import Change, Cycle, Posting, PostingBatch
from tests.factories import make_history, make_user
from tests.reviews.company import Company, stage, walk
from tests.reviews.test_agenda import speak
from tests.reviews.test_decisions import soon

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY, AUGUST = dt.date(2013, 7, 1), dt.date(2013, 8, 1)


def scenario(cycle: Cycle, company: Company, name: str, state: str) -> Scenario:
    return Scenario.objects.create(cycle=cycle, name=name, state=state, author=company.operations)


def sell(company: Company, month: dt.date, units: dict[int, float]) -> None:
    """A month's sales of some series come in, and the next cycle opens on them."""
    for series, quantity in units.items():
        make_history(company.series[series], month, [quantity], price=9.0)
    sold = {"product": company.products[0], "market": company.markets[0], "quantity": 1, "revenue": 9}
    batch = PostingBatch.objects.create(source="erp")
    Posting.objects.create(source="erp", external_id=f"{month}", date=month, kind="ordered", batch=batch, **sold)
    Cycle.objects.create(first_month=months.add(month, 1))


@pytest.fixture
def settled(ready: Cycle, company: Company) -> Decision:
    """In its meeting the demand review takes Sales' 180 units of a bicycle in June over the plan's 100."""
    walk(ready, company, until="demand-review")
    speak(ready, company, {"sales": 180, "finance": 90})
    meeting = meetings.start(stage=stage(ready, "demand-review"), by=company.demand)
    item = meeting.stage.agenda.get(key="dispute:bikes-1")
    verdict = meetings.Verdict(method="stream:sales", reason="The order is in")
    return meetings.decide(meeting=meeting, item=item, verdict=verdict, by=company.demand)


def test_a_decision_of_a_meeting_knows_its_cells_and_what_it_moves(settled: Decision, company: Company) -> None:
    assert (settled.row, settled.family) == (f"series:{company.series[0].pk}", company.families[0])
    assert (settled.first_month, settled.last_month) == (dt.date(2013, 6, 1), dt.date(2013, 6, 1))
    assert settled.expected_revenue == pytest.approx(800.0)


def test_what_came_is_told_once_there_are_actuals(settled: Decision, company: Company) -> None:
    assert outcome(settled) is None
    sell(company, settled.first_month, {0: 171.0})
    came = outcome(settled)
    assert came is not None
    assert (came.planned, came.sold, came.planned_revenue, came.revenue) == (180.0, 171.0, 1_800.0, 1_539.0)
    assert came.told.replace("\u2009\u2060", " ") == "171 sold of 180 planned (−5.0 %), 1 of 1 months"


def test_only_the_months_that_are_over_are_judged(ready: Cycle, company: Company) -> None:
    about = About(company.families[0], f"series:{company.series[0].pk}", JULY, AUGUST)
    proposal = Proposal("Less in summer?", company.sales, soon(), about=about)
    decision = decisions.propose(cycle=ready, proposal=proposal, by=company.demand)
    sell(company, dt.date(2013, 6, 1), {0: 500.0})
    assert outcome(decision) is None
    sell(company, JULY, {1: 999.0})
    came = outcome(decision)
    assert came is not None
    assert (came.over, came.months, came.planned, came.sold) == (1, 2, 100.0, 0.0)


def test_an_option_that_bears_the_name_of_a_proposed_scenario_is_that_scenario(ready: Cycle, company: Company) -> None:
    known = scenario(ready, company, "Overtime in spring", "proposed")
    scenario(ready, company, "Secret", "private")
    proposal = Proposal(
        "How does Paint get through spring?",
        company.operations,
        soon(),
        ["Overtime in spring", "Secret", "Build ahead"],
        expected=Expected(revenue=40_000.0, margin=12_000.0, stock=-5_000.0, service=1.5),
    )
    decision = decisions.propose(cycle=ready, proposal=proposal, by=company.operations)
    assert [(each.option, each.scenario) for each in decision.option_scenarios.all()] == [("Overtime in spring", known)]
    assert decisions.decide(decision=decision, choice="Build ahead", by=company.executive).scenario is None
    Decision.objects.update(state="proposed", decided_by=None, decided_at=None)
    chosen = decisions.decide(decision=decision, choice="Overtime in spring", reason="Cheapest", by=company.executive)
    assert (chosen.scenario, chosen.reason, chosen.expected_service) == (known, "Cheapest", 1.5)


def test_months_in_the_wrong_order_are_refused(ready: Cycle, company: Company) -> None:
    proposal = Proposal("Less?", company.sales, soon(), about=About(first_month=AUGUST, last_month=JULY))
    with pytest.raises(PlanningError) as refusal:
        decisions.propose(cycle=ready, proposal=proposal, by=company.demand)
    assert "last_month" in refusal.value.errors


# --- The pages --------------------------------------------------------------------------------------------------------
def text(response: Any) -> str:
    return str(response.content.decode()).replace("\u2009\u2060", " ")


def test_the_page_of_a_decision_shows_expectation_and_outcome(
    settled: Decision, company: Company, client: Client
) -> None:
    sell(company, settled.first_month, {0: 171.0})
    client.force_login(company.viewer)
    shown = text(client.get(f"/decisions/{settled.pk}/"))
    for words in ("Sales 180", "The order is in", "+€ 800", "171 sold of 180 planned"):
        assert words in shown
    assert settled.issue in text(client.get("/decisions/"))
    assert settled.issue not in text(client.get("/decisions/?state=proposed"))


def test_expected_money_is_for_those_who_see_money(settled: Decision, company: Company, client: Client) -> None:
    client.force_login(make_user("some", "sales", money=False))
    assert "€" not in text(client.get(f"/decisions/{settled.pk}/")).split("<main")[1]
    [told] = client.get("/api/v1/decisions/").json()["results"]
    assert (told["choice"], told["expected_revenue"]) == ("Sales 180", None)


@pytest.mark.parametrize("limit", ["family", "market"])
def test_a_decision_on_what_somebody_does_not_see_is_not_there(
    settled: Decision, company: Company, client: Client, limit: str
) -> None:
    reach = {"families": [company.families[1]]} if limit == "family" else {"markets": [company.markets[1]]}
    colleague = make_user("some", "sales", **reach)
    client.force_login(colleague)
    assert not seen(colleague).exists()
    assert client.get("/api/v1/decisions/").json()["results"] == []
    assert client.get(f"/decisions/{settled.pk}/").status_code == 404
    assert client.post(f"/decisions/{settled.pk}/decide/", {"choice": "x"}).status_code == 404
    for address in ("/decisions/", "/reviews/2013-06/demand-review/", "/reviews/2013-06/executive/"):
        assert "Sales 180" not in text(client.get(address))


def test_an_outsider_sees_no_decision(settled: Decision, company: Company, client: Client) -> None:
    client.force_login(company.outsider)
    for address in ("/decisions/", f"/decisions/{settled.pk}/"):
        assert client.get(address).status_code == 403


def test_the_log_does_not_tell_the_number_decided(settled: Decision) -> None:
    change = Change.objects.get(kind="decision.decided")
    assert "180" not in change.summary
    assert change.families == ["bikes"]
    assert Meeting.objects.get().stage.decisions.get() == settled


def test_a_proposal_by_rest_carries_what_is_expected(ready: Cycle, company: Company, client: Client) -> None:
    client.force_login(company.operations)
    body = {"cycle": "2013-06", "issue": "Second shift?", "owner": "executive", "due": soon().isoformat()}
    body |= {"expected": {"revenue": 40_000, "service": 2}}
    made = client.post("/api/v1/decisions/", body, content_type="application/json").json()
    assert (made["expected_revenue"], made["expected_service"], made["expected_stock"]) == (40_000.0, 2.0, None)
