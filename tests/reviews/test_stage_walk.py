"""A cycle from its opening to its plan of record, and every way to leave the path."""

import pytest

from planning.actions import supply
from planning.queries import plans
from reviews.actions import approval, stages
from reviews.models import Snapshot, Stage, Submission
from reviews.queries.digests import verify
from sop.actions import runs
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle
from tests.reviews.company import Company, department, make_production, stage, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_the_departments_take_a_cycle_to_its_plan_of_record(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="executive")
    word = approval.approve(cycle=ready, by=company.executive, comment="Go")

    ready.refresh_from_db()
    assert ready.state == Cycle.State.PUBLISHED
    assert {each.state for each in ready.stages.all()} == {Stage.State.SIGNED_OFF}
    assert Snapshot.objects.filter(cycle=ready).count() == 5
    assert word.snapshot is not None
    assert verify(word.snapshot)
    assert not word.snapshot.production_plan.stale
    kinds = list(Change.objects.filter(cycle=ready).values_list("kind", flat=True))
    assert kinds.count("stage.signed_off") == 4
    assert kinds[-1] == "plan.published"


def test_a_submission_says_who_when_and_what(ready: Cycle, company: Company) -> None:
    gathering = stage(ready, "data-gathering")
    stages.submit(stage=gathering, department=department("finance"), by=company.finance, note="May is closed")
    submission = gathering.submissions.get(department__code="finance")
    assert (submission.state, submission.by, submission.note) == ("submitted", company.finance, "May is closed")
    assert submission.at is not None


def test_nobody_submits_for_another_department(ready: Cycle, company: Company) -> None:
    with pytest.raises(NotAllowed, match="Only Finance submits for this; you speak for Sales"):
        stages.submit(stage=stage(ready, "data-gathering"), department=department("finance"), by=company.sales)


def test_nobody_signs_for_another_department(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="demand-review")
    with pytest.raises(NotAllowed, match="Only Demand planning signs off this; you speak for Operations"):
        stages.sign_off(stage=stage(ready, "demand-review"), by=company.operations)


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_a_viewer_and_an_outsider_sign_nothing(ready: Cycle, company: Company, who: str) -> None:
    with pytest.raises(NotAllowed):
        stages.sign_off(stage=stage(ready, "data-gathering"), by=company.people[who])


def test_an_administrator_signs_for_no_department(ready: Cycle, company: Company) -> None:
    company.outsider.is_superuser = True
    with pytest.raises(NotAllowed, match="you speak for no department"):
        stages.sign_off(stage=stage(ready, "data-gathering"), by=company.outsider)


def test_a_stage_out_of_order_is_refused(ready: Cycle, company: Company) -> None:
    with pytest.raises(PlanningError, match="supply review comes after the data gathering, which S&OP office has not"):
        stages.sign_off(stage=stage(ready, "supply-review"), by=company.operations)
    with pytest.raises(PlanningError, match="comes after"):
        stages.submit(stage=stage(ready, "demand-review"), department=department("sales"), by=company.sales)


def test_a_missing_submission_holds_the_stage_and_no_reason_helps(ready: Cycle, company: Company) -> None:
    gathering = stage(ready, "data-gathering")
    stages.submit(stage=gathering, department=department("finance"), by=company.finance)
    with pytest.raises(PlanningError, match="Demand planning and Operations") as refusal:
        stages.sign_off(stage=gathering, by=company.coordinator, despite="We are late")
    assert "submissions" in refusal.value.errors


def test_a_department_that_is_not_asked_cannot_submit(ready: Cycle, company: Company) -> None:
    with pytest.raises(NotFound, match="waits for nothing from Sales"):
        stages.submit(stage=stage(ready, "data-gathering"), department=department("sales"), by=company.sales)


def test_submitting_twice_is_refused(ready: Cycle, company: Company) -> None:
    gathering, finance = stage(ready, "data-gathering"), department("finance")
    stages.submit(stage=gathering, department=finance, by=company.finance)
    with pytest.raises(Conflict, match="Finance has submitted already"):
        stages.submit(stage=gathering, department=finance, by=company.finance)


def test_the_owner_returns_a_submission_and_it_is_made_again(ready: Cycle, company: Company) -> None:
    gathering, finance = stage(ready, "data-gathering"), department("finance")
    stages.submit(stage=gathering, department=finance, by=company.finance)
    stages.return_submission(stage=gathering, department=finance, by=company.coordinator, reason="Prices are missing")
    submission = gathering.submissions.get(department=finance)
    assert (submission.state, submission.note) == (Submission.State.RETURNED, "Prices are missing")
    stages.submit(stage=gathering, department=finance, by=company.finance)
    submission.refresh_from_db()
    assert submission.state == Submission.State.SUBMITTED


def test_a_red_gate_needs_a_reason_which_is_kept(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="supply-review")
    make_production(plans.working(ready), company, load=1_200.0)
    supply = stage(ready, "supply-review")
    with pytest.raises(PlanningError, match="no load beyond overtime") as refusal:
        stages.sign_off(stage=supply, by=company.operations)
    assert refusal.value.errors == {"capacity": ["Paint: relieve, or explain when signing off"]}

    stages.sign_off(stage=supply, by=company.operations, despite="Extra shift agreed in June")
    change = Change.objects.filter(kind="stage.signed_off").last()
    assert change.reason == "Extra shift agreed in June"
    assert change.data["despite"] == ["No load beyond overtime"]


def test_a_signed_stage_is_not_signed_again(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="demand-review")
    with pytest.raises(Conflict, match="was signed off by Coordinator"):
        stages.sign_off(stage=stage(ready, "data-gathering"), by=company.coordinator)


def test_the_demand_sign_off_locks_the_sales_plan_and_reopening_unlocks_it(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="supply-review")
    assert plans.working(ready).locked_at is not None

    stages.reopen(stage=stage(ready, "demand-review"), by=company.operations, reason="Promotion moved to July")
    assert plans.working(ready).locked_at is None
    assert stage(ready, "demand-review").state == Stage.State.RETURNED
    assert stage(ready, "demand-review").signed_by is None


def test_the_supply_sign_off_keeps_the_reviewed_plan_until_it_is_reopened(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="pre-sop")
    current = ready.production_plans.get(current=True)
    with pytest.raises(Locked, match="supply review is signed off"):
        runs.start(kind="supply", cycle=ready, by=company.operations)
    with pytest.raises(Locked, match="supply review is signed off"):
        supply.choose(plan=current, by=company.operations)

    stages.reopen(stage=stage(ready, "supply-review"), by=company.operations, reason="Paint line is down")
    assert runs.start(kind="supply", cycle=ready, by=company.operations).active


def test_reopening_takes_back_every_later_signature(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="executive")
    stages.reopen(stage=stage(ready, "supply-review"), by=company.coordinator, reason="Paint line is down")
    states = dict(ready.stages.values_list("key", "state"))
    assert states["demand-review"] == Stage.State.SIGNED_OFF
    assert states["supply-review"] == Stage.State.RETURNED
    assert states["pre-sop"] == Stage.State.NOT_STARTED
    assert plans.working(ready).locked_at is not None
    waiting = stage(ready, "pre-sop").submissions.values_list("state", flat=True)
    assert set(waiting) == {Submission.State.NOT_STARTED}
    walk_on = stage(ready, "supply-review")
    stages.sign_off(stage=walk_on, by=company.operations)
    assert stage(ready, "pre-sop").state == Stage.State.IN_PROGRESS


def test_reopening_takes_a_reason_and_the_right_people(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="supply-review")
    demand = stage(ready, "demand-review")
    with pytest.raises(PlanningError, match="Say why"):
        stages.reopen(stage=demand, by=company.demand, reason=" ")
    with pytest.raises(NotAllowed):
        stages.reopen(stage=demand, by=company.marketing, reason="No")
    with pytest.raises(Conflict, match="nothing to return"):
        stages.reopen(stage=stage(ready, "supply-review"), by=company.operations, reason="No")


def test_after_the_approval_nothing_is_reopened(ready: Cycle, company: Company) -> None:
    walk(ready, company, until="executive")
    approval.approve(cycle=ready, by=company.executive)
    with pytest.raises(Locked, match="its reviews are over"):
        stages.reopen(stage=stage(ready, "demand-review"), by=company.coordinator, reason="Too late")
