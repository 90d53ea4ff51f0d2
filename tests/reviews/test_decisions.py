"""Decisions are proposed, taken or deferred; action items follow from them and end with a result."""

import datetime as dt

import pytest
from django.utils import timezone

from reviews.actions import action_items, decisions
from reviews.models import ActionItem, Decision
from reviews.queries.action_items import action_items as listed
from sop.errors import Conflict, Locked, NotAllowed, PlanningError
from sop.models import Change, Cycle
from tests.reviews.company import Company, stage

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def soon(days: int = 7) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


@pytest.fixture
def decision(cycle: Cycle, company: Company) -> Decision:
    proposal = decisions.Proposal(
        issue="How does Paint get through spring?",
        owner=company.operations,
        due=soon(),
        options=["Overtime", "Build ahead"],
        recommendation="Overtime",
        stage=stage(cycle, "supply-review"),
    )
    return decisions.propose(cycle=cycle, proposal=proposal, by=company.operations)


@pytest.fixture
def item(cycle: Cycle, company: Company, decision: Decision) -> ActionItem:
    task = action_items.Task("Book 13 Saturdays", company.operations, soon(), decision)
    return action_items.add(cycle=cycle, task=task, by=company.coordinator)


def test_it_works(decision: Decision, company: Company) -> None:
    decided = decisions.decide(decision=decision, choice="Overtime", by=company.executive)
    assert (decided.state, decided.choice, decided.decided_by) == ("decided", "Overtime", company.executive)
    assert Change.objects.latest("id").summary == "Decided: How does Paint get through spring? Overtime"


def test_a_decision_is_taken_once(decision: Decision, company: Company) -> None:
    decisions.decide(decision=decision, choice="Overtime", by=company.executive)
    with pytest.raises(Conflict, match="Executive has decided this already: Overtime"):
        decisions.decide(decision=decision, choice="Build ahead", by=company.coordinator)


def test_only_an_option_can_be_chosen(decision: Decision, company: Company) -> None:
    with pytest.raises(PlanningError, match="“Pray” is not one of the options"):
        decisions.decide(decision=decision, choice="Pray", by=company.executive)


@pytest.mark.parametrize("who", ["sales", "viewer", "outsider"])
def test_who_may_not_decide(decision: Decision, company: Company, who: str) -> None:
    with pytest.raises(NotAllowed, match="You may not record decisions"):
        decisions.decide(decision=decision, choice="Overtime", by=company.people[who])
    with pytest.raises(NotAllowed):
        decisions.defer(decision=decision, due=soon(), reason="Later", by=company.people[who])


def test_deferring_names_a_day_and_a_reason(decision: Decision, company: Company) -> None:
    with pytest.raises(PlanningError) as refusal:
        decisions.defer(decision=decision, due=soon(-1), reason=" ", by=company.executive)
    assert set(refusal.value.errors) == {"due", "reason"}
    deferred = decisions.defer(decision=decision, due=soon(30), reason="The offer is not in", by=company.executive)
    assert (deferred.state, deferred.due) == ("deferred", soon(30))
    decisions.decide(decision=decision, choice="Build ahead", by=company.executive)


def test_an_incomplete_proposal_says_all_that_is_missing(cycle: Cycle, company: Company) -> None:
    proposal = decisions.Proposal(issue=" ", owner=None, due=soon(-1), options=["A", "A"], recommendation="B")
    with pytest.raises(PlanningError) as refusal:
        decisions.propose(cycle=cycle, proposal=proposal, by=company.coordinator)
    assert set(refusal.value.errors) == {"issue", "owner", "due", "options", "recommendation"}
    assert not Decision.objects.exists()


def test_a_closed_cycle_takes_no_decision(cycle: Cycle, decision: Decision, company: Company) -> None:
    Cycle.objects.update(state=Cycle.State.CLOSED)
    with pytest.raises(Locked, match="June 2013 is closed"):
        decisions.decide(decision=decision, choice="Overtime", by=company.executive)


def test_an_action_ends_with_a_result(item: ActionItem, company: Company) -> None:
    assert action_items.start(item=item, by=company.operations).state == ActionItem.State.IN_PROGRESS
    with pytest.raises(PlanningError, match="Say what came of it"):
        action_items.finish(item=item, result="", by=company.operations)
    done = action_items.finish(item=item, result="All 13 booked", by=company.operations)
    assert (done.state, done.result) == (ActionItem.State.DONE, "All 13 booked")
    assert done.closed_at is not None
    with pytest.raises(Conflict, match="done already: All 13 booked"):
        action_items.cancel(item=item, reason="No longer needed", by=company.operations)


def test_an_owner_closes_an_own_item_whatever_the_role(cycle: Cycle, company: Company) -> None:
    task = action_items.Task("Read the minutes", company.viewer, soon())
    item = action_items.add(cycle=cycle, task=task, by=company.coordinator)
    assert action_items.finish(item=item, result="Read", by=company.viewer).state == ActionItem.State.DONE


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_who_may_not_touch_the_items_of_others(item: ActionItem, company: Company, who: str) -> None:
    with pytest.raises(NotAllowed):
        action_items.finish(item=item, result="Mine now", by=company.people[who])
    with pytest.raises(NotAllowed):
        action_items.reassign(item=item, owner=company.sales, by=company.people[who])


def test_an_item_needs_an_owner_and_a_day_to_come(cycle: Cycle, company: Company) -> None:
    with pytest.raises(PlanningError) as refusal:
        action_items.add(cycle=cycle, task=action_items.Task("", None, None), by=company.coordinator)
    assert set(refusal.value.errors) == {"text", "owner", "due"}
    task = action_items.Task("Too late", company.sales, soon(-1))
    with pytest.raises(PlanningError) as refusal:
        action_items.add(cycle=cycle, task=task, by=company.coordinator)
    assert "is in the past" in refusal.value.errors["due"][0]


def test_an_item_is_handed_over(item: ActionItem, company: Company) -> None:
    handed = action_items.reassign(item=item, owner=company.sales, due=soon(14), by=company.coordinator)
    assert (handed.owner, handed.due) == (company.sales, soon(14))
    company.sales.is_active = False
    with pytest.raises(PlanningError) as refusal:
        action_items.reassign(item=item, owner=company.sales, by=company.coordinator)
    assert refusal.value.errors == {"owner": ["Sales has left."]}


def test_overdue_items_come_first_and_finished_ones_last(cycle: Cycle, company: Company, item: ActionItem) -> None:
    late = ActionItem.objects.create(cycle=cycle, text="Late", owner=company.sales, due=soon(-3))
    done = ActionItem.objects.create(cycle=cycle, text="Done", owner=company.sales, due=soon(-9), state="done")
    assert list(listed(today=timezone.localdate())) == [late, item, done]
    assert late.overdue(timezone.localdate())
    assert not done.overdue(timezone.localdate())
