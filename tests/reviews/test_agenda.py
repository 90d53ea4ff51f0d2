"""The agenda is made from what is out of line, and those who lead a review put it in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from planning.models import Budget, Input
from planning.queries import plans
from reviews.actions import agenda, cycles, stages
from reviews.models import AgendaItem, FamilyAgreement, Stage
from reviews.queries.agenda import agenda as page_of
from reviews.queries.agenda import lines
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle, User
from tests.factories import make_stream, make_user
from tests.reviews.company import Company, department, make_production, stage, vector, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
LEADS = {"coordinator", "demand"}
SPEAKS = LEADS | {"sales", "marketing", "operations", "finance"}
EVERYBODY = [*sorted(SPEAKS), "executive", "viewer", "outsider"]
VERBS = {
    "defer": (LEADS, {"reason": "Later"}),
    "escalate": (LEADS, {"reason": "Too dear", "to_stage": "pre-sop"}),
    "merge": (LEADS, {"into": "other"}),
    "move": (LEADS, {"place": 1, "to": 1}),
    "reopen": (LEADS, {}),
}


def speak(cycle: Cycle, company: Company, quantities: dict[str, float], series: int = 0) -> None:
    """Departments enter units of a series for the first plan month; 100 is the baseline."""
    plan = plans.working(cycle)
    for code, quantity in quantities.items():
        Input.objects.create(
            plan=plan, stream=make_stream(code), series=company.series[series], month=plan.start, quantity=quantity
        )


@pytest.fixture
def disputed(ready: Cycle, company: Company) -> Stage:
    """At its demand review: Sales and Finance differ on a bicycle, Bikes is below budget, Gear is on it."""
    walk(ready, company, until="demand-review")
    Budget.objects.filter(family=company.families[1]).update(quantity=200, revenue=2_000)
    speak(ready, company, {"sales": 180, "finance": 90})
    return stage(ready, "demand-review")


@pytest.fixture
def item(disputed: Stage, company: Company) -> AgendaItem:
    return agenda.draw_up(stage=disputed, by=company.demand)[0]


def titles(at: Stage) -> list[str]:
    return list(at.agenda.filter(state="open").values_list("title", flat=True))


def test_what_is_out_of_line_is_on_the_agenda_dearest_first(disputed: Stage, company: Company) -> None:
    drawn = agenda.draw_up(stage=disputed, by=company.demand)
    assert [(each.key, each.worth, each.owner.code) for each in drawn] == [
        ("gap:bikes", 3_000.0, "finance"),
        ("dispute:bikes-1", 900.0, "demand-planning"),
    ]
    dispute = drawn[1]
    assert dispute.title == "Product bikes-1, Jun 13"
    assert dispute.why == "Baseline 100, Finance 90 and Sales 180, North"
    assert dispute.row == f"series:{company.series[0].pk}"
    assert [each.minutes for each in drawn] == [15, 8]


def test_drawn_up_again_nothing_stands_there_twice_and_what_has_gone_is_dropped(
    disputed: Stage, company: Company
) -> None:
    agenda.draw_up(stage=disputed, by=company.demand)
    topic = agenda.add(stage=disputed, topic=agenda.Topic("Trade fair"), by=company.sales)
    Input.objects.filter(quantity=180).update(quantity=200)
    Budget.objects.filter(family=company.families[0]).update(quantity=200, revenue=2_000)
    drawn = agenda.draw_up(stage=disputed, by=company.coordinator)
    assert [(each.key, each.worth) for each in drawn] == [("dispute:bikes-1", 1_100.0), (topic.key, 0.0)]
    assert disputed.agenda.get(key="gap:bikes").state == AgendaItem.State.DROPPED


def test_an_overload_and_a_shortage_go_before_the_supply_review(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="supply-review")
    production = make_production(plans.working(ready), company, load=1_400.0)
    production.lines.filter(product=company.products[0]).update(lost=vector(30))
    drawn = agenda.draw_up(stage=stage(ready, "supply-review"), by=company.operations)
    assert [each.title for each in drawn] == [
        "Paint at 140 % in Jun 13".replace(" %", "\u2009\u2060%"),
        "Product bikes-1 short from Jun 13",
    ]
    assert drawn[0].resource == "paint"


def test_an_item_is_put_in_its_place_and_stays_there(disputed: Stage, item: AgendaItem, company: Company) -> None:
    agenda.add(stage=disputed, topic=agenda.Topic("Trade fair", minutes=5), by=company.marketing)
    agenda.move(item=item, to=3, by=company.demand)
    assert titles(disputed) == ["Product bikes-1, Jun 13", "Trade fair", "Bikes against budget"]
    agenda.draw_up(stage=disputed, by=company.demand)
    assert titles(disputed)[-1] == "Bikes against budget"


def test_two_items_become_one(disputed: Stage, item: AgendaItem, company: Company) -> None:
    into = disputed.agenda.get(key="dispute:bikes-1")
    merged = agenda.merge(item=item, into=into, by=company.demand)
    into.refresh_from_db()
    assert (merged.state, merged.merged_into, into.worth, into.minutes) == ("merged", into, 3_000.0, 15)
    assert titles(disputed) == [into.title]
    assert agenda.reopen(item=item, by=company.demand).state == "open"


def test_an_item_is_not_merged_into_itself_nor_into_another_review(
    disputed: Stage, item: AgendaItem, company: Company
) -> None:
    elsewhere = agenda.add(stage=stage(disputed.cycle, "pre-sop"), topic=agenda.Topic("Elsewhere"), by=company.finance)
    for into in (None, item, elsewhere):
        with pytest.raises(PlanningError, match="another open item of this agenda"):
            agenda.merge(item=item, into=into, by=company.demand)


def test_what_is_escalated_stands_on_the_later_agenda(disputed: Stage, item: AgendaItem, company: Company) -> None:
    agenda.escalate(item=item, to_stage="pre-sop", reason="Finance holds the budget", by=company.demand)
    later = stage(disputed.cycle, "pre-sop")
    handed = later.agenda.get()
    assert (handed.title, handed.worth, handed.source) == (item.title, item.worth, item)
    # The gap is an exception of the pre-S&OP as well: it stays one item.
    agenda.draw_up(stage=later, by=company.coordinator)
    assert later.agenda.filter(title=item.title, state="open").count() == 1


def test_reopening_takes_back_what_was_handed_on_until_it_is_settled_there(
    disputed: Stage, item: AgendaItem, company: Company
) -> None:
    agenda.escalate(item=item, to_stage="executive", reason="Too dear", by=company.demand)
    agenda.reopen(item=item, by=company.demand)
    later = stage(disputed.cycle, "executive").agenda
    assert titles(stage(disputed.cycle, "executive")) == []
    agenda.escalate(item=item, to_stage="executive", reason="Too dear", by=company.demand)
    agenda.defer(item=later.get(), reason="No time", by=company.executive)
    with pytest.raises(Conflict, match="settled where it was handed on to"):
        agenda.reopen(item=item, by=company.demand)


def test_escalation_goes_forward_only(disputed: Stage, item: AgendaItem, company: Company) -> None:
    for target in ("data-gathering", "supply-review", "demand-review", "nowhere"):
        with pytest.raises(PlanningError, match="pre-S&OP or the executive"):
            agenda.escalate(item=item, to_stage=target, reason="Too dear", by=company.demand)


def test_what_was_put_off_is_carried_into_the_next_cycle_once(
    disputed: Stage, item: AgendaItem, company: Company
) -> None:
    topic = agenda.add(stage=disputed, topic=agenda.Topic("Trade fair"), by=company.sales)
    for each in (item, topic):
        agenda.defer(item=each, reason="Nobody from finance was there", by=company.demand)
    cycles.close_cycle(cycle=disputed.cycle, by=company.coordinator, reason="A new month")
    following = cycles.open_cycle(first_month=disputed.cycle.plan_months[1], by=company.coordinator)
    demand = stage(following, "demand-review")
    for _ in range(2):
        agenda.draw_up(stage=demand, by=company.demand)
    assert titles(demand) == ["Bikes against budget", "Trade fair"]
    assert demand.agenda.get(title="Trade fair").source == topic


def test_steps_without_a_reason_or_out_of_order_are_refused(item: AgendaItem, company: Company) -> None:
    with pytest.raises(PlanningError, match="Say why it waits"):
        agenda.defer(item=item, reason=" ", by=company.demand)
    with pytest.raises(Conflict, match="is open; it cannot be opened again"):
        agenda.reopen(item=item, by=company.demand)
    agenda.defer(item=item, reason="Later", by=company.demand)
    with pytest.raises(Conflict, match="is deferred; it cannot be escalated"):
        agenda.escalate(item=item, to_stage="pre-sop", reason="Now", by=company.demand)


def test_a_signed_review_keeps_its_agenda(disputed: Stage, item: AgendaItem, company: Company) -> None:
    for submission in disputed.submissions.all():
        stages.submit(stage=disputed, department=submission.department, by=company.people[submission.department.code])
    stages.sign_off(stage=disputed, by=company.demand)
    with pytest.raises(Locked, match="signed off"):
        agenda.defer(item=item, reason="Later", by=company.demand)
    with pytest.raises(Locked):
        agenda.draw_up(stage=disputed, by=company.demand)


# --- Families nobody disputes -----------------------------------------------------------------------------------------
def test_a_department_agrees_in_one_click_to_what_nobody_disputes(
    disputed: Stage, item: AgendaItem, company: Company
) -> None:
    shown = page_of(disputed, company.sales)
    assert [(dep.code, [each.family.code for each in waiting]) for dep, waiting in shown.to_agree] == [
        ("sales", ["gear"])
    ]
    agreed = agenda.agree(stage=disputed, department=department("sales"), by=company.sales)
    assert [each.family.code for each in agreed] == ["gear"]
    assert FamilyAgreement.objects.get().units == 1_200.0
    [gear] = page_of(disputed, company.sales).quiet
    assert [each.code for each in gear.agreed] == ["sales"]
    assert "bikes" not in {each.family.code for each in page_of(disputed, company.demand).quiet}
    with pytest.raises(Conflict, match="no family left that Sales"):
        agenda.agree(stage=disputed, department=department("sales"), by=company.sales)


def test_an_agreement_is_void_once_the_plan_has_moved(disputed: Stage, item: AgendaItem, company: Company) -> None:
    agenda.agree(stage=disputed, department=department("sales"), by=company.sales)
    line = plans.working(disputed.cycle).lines.get(family=company.families[1], market=company.markets[0])
    line.consensus = line.consensus + 10
    line.save()
    assert page_of(disputed, company.sales).quiet[0].agreed == []


def test_who_disagrees_puts_the_family_on_the_agenda(disputed: Stage, item: AgendaItem, company: Company) -> None:
    topic = agenda.Topic("Gear sells less", family=company.families[1])
    agenda.add(stage=disputed, topic=topic, by=company.marketing)
    assert page_of(disputed, company.sales).quiet == []


def test_nobody_agrees_for_another_department(disputed: Stage, item: AgendaItem, company: Company) -> None:
    for who in ("marketing", "viewer", "outsider"):
        with pytest.raises(NotAllowed):
            agenda.agree(stage=disputed, department=department("sales"), by=company.people[who])
    with pytest.raises(NotFound, match="Management is not asked"):
        agenda.agree(stage=disputed, department=department("management"), by=company.executive)


# --- Who may, through every door --------------------------------------------------------------------------------------
@contextmanager
def undone() -> Iterator[None]:
    """What is done here is taken back, so that the next of a table starts where this one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("door", ["page", "api"])
@pytest.mark.parametrize("verb", VERBS)
def test_who_leads_a_review_moves_its_items_and_nobody_else(
    disputed: Stage, item: AgendaItem, company: Company, client: Client, verb: str, door: str
) -> None:
    allowed, body = VERBS[verb]
    other = disputed.agenda.exclude(pk=item.pk).get()
    if verb == "reopen":
        item = agenda.defer(item=item, reason="Later", by=company.demand)
    state = item.state
    told = {name: other.pk if value == "other" else value for name, value in body.items()}
    for who in EVERYBODY:
        with undone():
            changes = Change.objects.count()
            client.force_login(company.people[who])
            if door == "api":
                answer = client.post(f"/api/v1/agenda-items/{item.pk}/{verb}/", told, content_type="application/json")
            else:
                answer = client.post(f"/agenda/{item.pk}/{verb}/", told)
            item.refresh_from_db()
            following = "open" if verb == "move" else agenda.TRANSITIONS.get((state, verb))
            assert item.state == (following if who in allowed else state), who
            assert Change.objects.count() == changes + (who in allowed), who
            assert answer.status_code == (403 if who not in allowed else 200 if door == "api" else 302), who


@pytest.mark.parametrize("door", ["page", "api"])
def test_who_takes_part_adds_topics(disputed: Stage, company: Company, client: Client, door: str) -> None:
    topic = {"title": "Trade fair", "minutes": 10}
    body = {"cycle": "2013-06", "stage": "demand-review", **topic}
    for who in EVERYBODY:
        with undone():
            client.force_login(company.people[who])
            if door == "api":
                answer = client.post("/api/v1/agenda-items/", body, content_type="application/json")
            else:
                answer = client.post("/reviews/2013-06/demand-review/agenda/add/", topic)
            assert (answer.status_code == 403) == (who not in SPEAKS), who
            assert disputed.agenda.exists() == (who in SPEAKS), who


def test_the_page_shows_buttons_to_those_who_may(
    disputed: Stage, item: AgendaItem, company: Company, client: Client
) -> None:
    for who in EVERYBODY:
        client.force_login(company.people[who])
        answer = client.get("/reviews/2013-06/demand-review/agenda/")
        shown = answer.content.decode()
        assert (answer.status_code == 403) == (who == "outsider"), who
        assert ("Bikes against budget" in shown) == (who != "outsider"), who
        assert ("Bring up to date" in shown) == (who in LEADS), who
        assert ("Add a topic…" in shown) == (who in SPEAKS), who


def some(company: Company, **limits: Any) -> User:
    return make_user("some", "sales", **limits)


def test_who_sees_other_families_sees_no_item_of_this_one(
    disputed: Stage, item: AgendaItem, company: Company, client: Client
) -> None:
    colleague = some(company, families=[company.families[1]])
    assert lines(disputed, colleague) == []
    client.force_login(colleague)
    assert client.get("/api/v1/agenda-items/").json()["results"] == []
    assert client.post(f"/api/v1/agenda-items/{item.pk}/defer/", {"reason": "x"}).status_code == 404
    assert client.post(f"/agenda/{item.pk}/defer/", {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("limits", [{"money": False}, {"market": True}])
def test_figures_stay_with_those_who_see_them(
    disputed: Stage, item: AgendaItem, company: Company, client: Client, limits: dict[str, bool]
) -> None:
    narrow = {"markets": [company.markets[0]]} if limits.get("market") else {}
    client.force_login(some(company, money=limits.get("money", True), **narrow))
    [gap, _] = client.get("/api/v1/agenda-items/").json()["results"]
    assert (gap["title"], gap["worth"]) == ("Bikes against budget", None)
    assert (gap["why"] == "") == bool(narrow)
    shown = client.get("/reviews/2013-06/demand-review/agenda/").content.decode()
    assert "€" not in shown.split("<main")[1]
    assert ("budgeted" in shown) == (not narrow)


def test_the_agenda_costs_a_fixed_number_of_queries(
    disputed: Stage, item: AgendaItem, company: Company, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        page_of(disputed, User.objects.get(pk=company.sales.pk))
