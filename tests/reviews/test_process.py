"""How the process ran: handed in on time, attended, decided, churned, done, each against what was asked."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from planning.models import Fence
from planning.queries import plans
from reviews.actions import action_items, agenda, approval, decisions, meetings, stages
from reviews.models import ActionItem, Decision, Stage, Submission
from reviews.queries.process import Share, process
from sop.models import Cycle, Posting, PostingBatch
from sop.permissions import EVERYTHING, scope
from tests.factories import make_user
from tests.reviews.company import Company, department, stage, walk
from tests.reviews.test_decisions import soon

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_a_new_cycle_has_nothing_to_judge(cycle: Cycle) -> None:
    Stage.objects.update(due=soon())
    [run] = process(EVERYTHING)
    assert (run.handed_in, run.attended, run.latency, run.decided, run.churn, run.done) == (None,) * 6


def test_what_was_handed_in_by_the_due_day_of_what_was_due(ready: Cycle, company: Company) -> None:
    gathering = stage(ready, "data-gathering")
    Stage.objects.update(due=soon())
    stages.submit(stage=gathering, department=department("finance"), by=company.finance)
    stages.submit(stage=gathering, department=department("operations"), by=company.operations)
    Stage.objects.filter(pk=gathering.pk).update(due=soon(-2))
    Submission.objects.filter(department__code="finance").update(at=timezone.now() - dt.timedelta(days=3))
    # In time: finance. Late: operations. Missing: demand planning.
    [run] = process(EVERYTHING)
    assert run.handed_in == Share(1, 3)


def test_departments_at_meetings_and_the_share_decided(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="demand-review")
    demand = stage(ready, "demand-review")
    for title in ("Trade fair", "New catalogue"):
        agenda.add(stage=demand, topic=agenda.Topic(title), by=company.sales)
    first, second = demand.agenda.all()
    meeting = meetings.start(stage=demand, by=company.demand)
    for who in ("sales", "finance", "viewer"):
        meetings.here(meeting=meeting, by=company.people[who])
    verdict = meetings.Verdict(choice="We go", reason="Dealers ask for it")
    meetings.decide(meeting=meeting, item=first, verdict=verdict, by=company.demand)
    assert process(EVERYTHING)[0].attended is None
    meetings.end(meeting=meeting, by=company.demand)
    for submission in demand.submissions.all():
        stages.submit(stage=demand, department=submission.department, by=company.people[submission.department.code])
    stages.sign_off(stage=demand, by=company.demand)
    [run] = process(EVERYTHING)
    # Asked: sales, marketing, finance, operations.
    assert (run.attended, run.decided) == (Share(2, 4), Share(1, 2))
    assert second.state == "open"


def test_days_from_the_table_to_the_decision(ready: Cycle, company: Company) -> None:
    for days in (2, 4):
        proposal = decisions.Proposal("Second shift?", company.operations, soon())
        decision = decisions.propose(cycle=ready, proposal=proposal, by=company.operations)
        decisions.decide(decision=decision, choice="Yes", by=company.executive)
        taken = Decision.objects.filter(pk=decision.pk)
        taken.update(created_at=taken.get().decided_at - dt.timedelta(days=days))
    decisions.propose(
        cycle=ready, proposal=decisions.Proposal("Open?", company.operations, soon()), by=company.operations
    )
    assert process(EVERYTHING)[0].latency == pytest.approx(3.0)


def test_actions_done_by_their_day_of_those_done_or_past_it(ready: Cycle, company: Company) -> None:
    days = {"in time": soon(), "late": soon(-1), "forgotten": soon(-5), "to come": soon(), "off": soon(-5)}
    made = {
        name: ActionItem.objects.create(cycle=ready, text=name, owner=company.sales, due=due)
        for name, due in days.items()
    }
    for name in ("in time", "late"):
        action_items.finish(item=made[name], result="Done", by=company.sales)
    action_items.cancel(item=made["off"], reason="No longer needed", by=company.sales)
    assert process(EVERYTHING)[0].done == Share(1, 3)


def test_churn_is_the_difference_of_signed_plans_inside_the_fence(ready: Cycle, company: Company) -> None:
    Fence.objects.create(family=None, frozen_months=1)
    walk(ready, company, until="executive")
    approval.approve(cycle=ready, by=company.executive)
    july = Cycle.objects.create(first_month=dt.date(2013, 7, 1), horizon=3, state="closed")
    following = plans.working(ready)
    following.pk, following.cycle, following.start, following.frozen_at = None, july, july.first_month, timezone.now()
    following.save()
    snapshot = ready.snapshots.last()
    for line in snapshot.sales_plan.lines.filter(series=None):
        line.pk, line.plan = None, following
        # Twenty of two hundred more in July for one family; August, outside the fence, does not count.
        line.consensus = line.consensus + ([20, 150, 0] if line.family == company.families[0] else [0, 0, 0])
        line.save()
    snapshot.pk, snapshot.cycle, snapshot.sales_plan = None, july, following
    snapshot.save()
    sold = {"product": company.products[0], "market": company.markets[0], "quantity": 1, "revenue": 9}
    batch = PostingBatch.objects.create(source="erp")
    Posting.objects.create(source="erp", external_id="1", date=dt.date(2013, 6, 3), kind="ordered", batch=batch, **sold)
    by_month = {run.cycle.code: run.churn for run in process(EVERYTHING)}
    assert by_month == {"2013-07": pytest.approx(40 / 800), "2013-06": None}
    narrow = make_user("some", "sales", families=[company.families[0]])
    assert {run.churn for run in process(scope(narrow))} == {None}


def test_the_page_shows_it_from_the_first_cycle_on(ready: Cycle, company: Company, client: Client) -> None:
    client.force_login(company.viewer)
    shown = client.get("/performance/").content.decode()
    assert "How the process ran" in shown
    assert "Handed in on time" in shown


def test_more_cycles_cost_no_more_queries(ready: Cycle, company: Company, django_assert_max_num_queries: Any) -> None:
    for number in range(1, 9):
        Cycle.objects.create(first_month=dt.date(2013 + (5 + number) // 12, (5 + number) % 12 + 1, 1))
    with django_assert_max_num_queries(16):
        assert len(process(EVERYTHING)) == 9
