"""A department submits once: its streams and its word on the demand review are one act, wherever it is done."""

import pytest
from django.test import Client

from planning.actions import streams
from planning.models import Stream, StreamSubmission
from planning.queries import plans
from planning.queries import streams as stream_queries
from reviews.actions import stages
from reviews.models import Stage, Submission
from reviews.queries.gates import gates
from sop.models import Change, Cycle
from tests.factories import make_department, make_stream, make_user
from tests.reviews.company import Company, department, stage, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def review(ready: Cycle, company: Company) -> Stage:
    """The demand review, on; Sales and Marketing have a stream each."""
    walk(ready, company, until="demand-review")
    for code in ("sales", "marketing"):
        make_stream(code)
    return stage(ready, "demand-review")


def word(review: Stage, code: str = "sales") -> Submission:
    return review.submissions.get(department__code=code)


def state(review: Stage, code: str = "sales") -> str:
    return stream_queries.submission_of(plans.working(review.cycle), Stream.objects.get(code=code)).state


def waiting(review: Stage) -> str:
    return next(gate.why for gate in gates(review) if gate.key == "submissions")


def test_a_stream_submitted_on_the_demand_page_is_the_word_on_the_review(review: Stage, company: Company) -> None:
    plan, stream = plans.working(review.cycle), Stream.objects.get(code="sales")
    streams.submit(plan=plan, stream=stream, by=company.sales, note="Chains want more")
    assert (word(review).state, word(review).by, word(review).note) == ("submitted", company.sales, "Chains want more")
    assert word(review).at is not None
    assert waiting(review) == "Waiting for Finance and Marketing"


def test_submitting_to_the_review_submits_the_streams_and_logs_it_once(review: Stage, company: Company) -> None:
    before = Change.objects.count()
    stages.submit(stage=review, department=department("sales"), by=company.sales, note="Done")
    assert (word(review).state, state(review)) == ("submitted", "submitted")
    assert (state(review, "marketing"), Change.objects.count()) == ("not started", before + 1)


def test_a_department_without_a_stream_submits_as_before(review: Stage, company: Company) -> None:
    stages.submit(stage=review, department=department("finance"), by=company.finance)
    assert word(review, "finance").state == "submitted"


def test_withdrawing_takes_the_word_back(review: Stage, company: Company) -> None:
    stages.submit(stage=review, department=department("sales"), by=company.sales)
    streams.withdraw(plan=plans.working(review.cycle), stream=Stream.objects.get(code="sales"), by=company.sales)
    assert (word(review).state, word(review).by, word(review).at) == ("not started", None, None)
    assert "Sales" in waiting(review)


def test_returning_reverses_both_from_either_side(review: Stage, company: Company) -> None:
    plan, stream = plans.working(review.cycle), Stream.objects.get(code="sales")
    stages.submit(stage=review, department=department("sales"), by=company.sales)
    streams.return_(plan=plan, stream=stream, by=company.demand, reason="June is missing")
    assert (word(review).state, word(review).note) == ("returned", "June is missing")

    streams.submit(plan=plan, stream=stream, by=company.sales)
    stages.return_submission(stage=review, department=department("sales"), by=company.demand, reason="July too")
    assert (word(review).state, state(review)) == ("returned", "returned")
    assert stream_queries.submission_of(plan, stream).note == "July too"


def test_a_department_is_in_when_all_its_streams_are(review: Stage, company: Company) -> None:
    Stream.objects.create(code="customers", name="Customers", department=make_department("sales"), position=1)
    plan, [sales, customers] = plans.working(review.cycle), Stream.objects.filter(department__code="sales")
    streams.submit(plan=plan, stream=sales, by=company.sales)
    assert word(review).state == "not started"
    streams.submit(plan=plan, stream=customers, by=company.sales)
    assert word(review).state == "submitted"


def test_a_part_of_a_department_is_not_yet_its_word(review: Stage, company: Company) -> None:
    company.sales.memberships.all().delete()
    nora, sven = (make_user(f"of-{market.code}", markets=[market]) for market in company.markets)
    stages.submit(stage=review, department=department("sales"), by=nora)
    assert word(review).state == "not started"
    stages.submit(stage=review, department=department("sales"), by=sven)
    assert (word(review).state, state(review)) == ("submitted", "submitted")


def test_an_executive_of_the_department_submits_at_the_review(review: Stage) -> None:
    head = make_user("hedda", "sales", "executive")
    stages.submit(stage=review, department=department("sales"), by=head)
    assert state(review) == "submitted"


def test_returning_an_earlier_review_opens_the_streams_again(review: Stage, company: Company) -> None:
    stages.submit(stage=review, department=department("sales"), by=company.sales)
    gathering = stage(review.cycle, "data-gathering")
    stages.reopen(stage=gathering, by=company.coordinator, reason="Late sales came in")
    assert (word(review).state, state(review)) == ("not started", "in progress")


def test_a_stream_may_be_submitted_before_its_review_is_on(ready: Cycle, company: Company) -> None:
    streams.submit(plan=plans.working(ready), stream=make_stream("sales"), by=company.sales)
    review = stage(ready, "demand-review")
    assert (word(review).state, review.state) == ("submitted", "not started")


@pytest.mark.parametrize(("who", "status"), [("demand", 200), ("sales", 200), ("viewer", 200), ("outsider", 403)])
def test_the_reviews_page_tells_how_far_each_stream_is(
    review: Stage, company: Company, client: Client, who: str, status: int
) -> None:
    stages.submit(stage=review, department=department("sales"), by=company.sales)
    client.force_login(company.people[who])
    answer = client.get(f"/reviews/{review.cycle.code}/demand-review/")
    assert answer.status_code == status
    assert ("Sales: " in answer.content.decode()) == (status == 200)
    assert StreamSubmission.objects.count() == 1


def test_home_leads_a_contributor_with_a_stream_to_my_entry(review: Stage, company: Company, client: Client) -> None:
    client.force_login(company.sales)
    assert "/demand/entry/?stream=sales" in client.get("/").content.decode()
    client.force_login(company.finance)
    assert "/demand/entry/" not in client.get("/").content.decode()
