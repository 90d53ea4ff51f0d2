"""Only executives approve, only a current plan, and what they approved never moves."""

import pytest
from django.db import DatabaseError, connection, transaction

from planning.models import ProductionPlan, SalesPlan, SalesPlanLine
from planning.queries import plans
from reviews.actions import approval, stages
from reviews.models import Approval, Snapshot, Stage
from reviews.queries.digests import digest, verify
from sop.errors import Locked, NotAllowed, PlanningError
from sop.models import Change, Cycle
from tests.factories import make_family
from tests.reviews.company import Company, stage, vector, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def reviewed(ready: Cycle, company: Company) -> Cycle:
    walk(ready, company, until="executive")
    return ready


def test_it_works(reviewed: Cycle, company: Company) -> None:
    approved = approval.approve(cycle=reviewed, by=company.executive, comment="Go")
    assert approved.approved
    assert stage(reviewed, "executive").signed_by == company.executive
    published = Change.objects.get(kind="plan.published")
    assert published.data["digest"] == approved.snapshot.digest
    assert published.summary == "Approved and published the plan of June 2013"


@pytest.mark.parametrize("who", ["coordinator", "demand", "viewer", "outsider"])
def test_only_an_executive_approves(reviewed: Cycle, company: Company, who: str) -> None:
    with pytest.raises(NotAllowed, match="You may not approve the plan"):
        approval.approve(cycle=reviewed, by=company.people[who])


def test_the_executive_review_has_no_other_signature(reviewed: Cycle, company: Company) -> None:
    with pytest.raises(PlanningError, match="ends with the approval"):
        stages.sign_off(stage=stage(reviewed, "executive"), by=company.executive)


def test_not_before_the_earlier_reviews(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="pre-sop")
    with pytest.raises(PlanningError, match="Not signed: Pre-S&OP") as refusal:
        approval.approve(cycle=ready, by=company.executive)
    assert "earlier" in refusal.value.errors


def test_not_a_stale_production_plan(reviewed: Cycle, company: Company) -> None:
    SalesPlan.objects.filter(pk=plans.working(reviewed).pk).update(version=2)
    with pytest.raises(PlanningError, match="The sales plan has changed since: plan supply again"):
        approval.approve(cycle=reviewed, by=company.executive)
    assert not Approval.objects.exists()


def test_not_without_a_production_plan(reviewed: Cycle, company: Company) -> None:
    ProductionPlan.objects.filter(cycle=reviewed).update(current=False)
    with pytest.raises(PlanningError, match="There is no production plan yet"):
        approval.approve(cycle=reviewed, by=company.executive)


def test_not_twice(reviewed: Cycle, company: Company) -> None:
    approval.approve(cycle=reviewed, by=company.executive)
    with pytest.raises(Locked, match="June 2013 is published"):
        approval.approve(cycle=reviewed, by=company.executive)


def test_returning_names_a_reason_and_a_review(reviewed: Cycle, company: Company) -> None:
    word = approval.return_plan(cycle=reviewed, by=company.executive, reason="Show the cost of the extra shift")
    assert not word.approved
    assert stage(reviewed, "pre-sop").state == Stage.State.RETURNED
    assert plans.working(reviewed).locked_at is not None
    assert reviewed.editable


def test_returning_to_the_demand_review_unlocks_the_plan(reviewed: Cycle, company: Company) -> None:
    approval.return_plan(cycle=reviewed, by=company.executive, reason="Too low", to_stage="demand-review")
    assert plans.working(reviewed).locked_at is None
    assert stage(reviewed, "supply-review").state == Stage.State.NOT_STARTED


def test_returning_without_a_reason_is_refused(reviewed: Cycle, company: Company) -> None:
    with pytest.raises(PlanningError, match="Say why"):
        approval.return_plan(cycle=reviewed, by=company.executive, reason="")
    with pytest.raises(NotAllowed):
        approval.return_plan(cycle=reviewed, by=company.coordinator, reason="Mine")


def test_a_snapshot_is_a_copy_that_edits_do_not_reach(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="demand-review")
    snapshot = Snapshot.objects.get()
    working = plans.working(ready)
    working.lines.update(consensus=vector(7))
    assert snapshot.sales_plan.lines.count() == working.lines.count() == 12
    assert snapshot.sales_plan.frozen_at is not None
    assert verify(snapshot)
    assert digest(working, None) != snapshot.digest


def test_equal_numbers_have_equal_digests(ready: Cycle) -> None:
    plan, supply = plans.working(ready), ready.production_plans.get()
    assert digest(plan, supply) == digest(plan, supply)
    assert len({digest(plan, supply), digest(plan, None), digest(None, supply)}) == 3
    first = plan.lines.order_by("pk").first()
    before = digest(plan, None)
    first.consensus = first.consensus + 1e-9
    first.save()
    assert digest(plan, None) != before


def test_a_line_added_behind_a_signature_shows(reviewed: Cycle, company: Company) -> None:
    snapshot = approval.approve(cycle=reviewed, by=company.executive).snapshot
    line = snapshot.sales_plan.lines.filter(series__isnull=True).first()
    line.pk, line.family = None, make_family("new")
    line.save(force_insert=True)
    assert not verify(snapshot)


def test_postgresql_itself_refuses_to_change_a_frozen_plan(reviewed: Cycle, company: Company) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such trigger; the actions refuse there")
    snapshot = approval.approve(cycle=reviewed, by=company.executive).snapshot
    lines = SalesPlanLine.objects.filter(plan=snapshot.sales_plan)
    for change in (lambda: lines.update(consensus=vector(0)), lambda: lines.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="frozen plan cannot be changed"), transaction.atomic():
            change()
    assert verify(snapshot)
