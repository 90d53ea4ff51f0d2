"""What somebody entered until a later cycle is taken over into the plans made before then, each mode in its way."""

import datetime as dt

import pytest

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.actions.sheets import Cause
from planning.models import Assumption, Input, SalesPlan, SalesPlanLine
from sop.models import Change, User
from tests import factories as make
from tests.planning.test_streams import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY, AUGUST = dt.date(2026, 7, 1), dt.date(2026, 8, 1)


@pytest.fixture
def company() -> Company:
    return Company()


def enter(
    company: Company, entry: str, expires: dt.date | None, month: dt.date = AUGUST, measure: str = "sales"
) -> None:
    by: User = company.sally if measure == "sales" else company.planner
    row = f"series:{company.series['city-north'].pk}" + (f"/measure:{measure}" if measure == "sales" else "")
    edit_cells(
        plan=company.plan, edits=[CellEdit(row, month, entry)], by=by, cause=Cause("Fleet order", expires=expires)
    )


def next_plan(company: Company, baseline: float = 200.0) -> SalesPlan:
    cycle = make.make_cycle(JULY)
    make.make_forecast(cycle, dict.fromkeys(company.series.values(), baseline))
    return plan_demand(cycle=cycle, by=company.planner)


@pytest.mark.parametrize(
    ("entry", "quantity"),
    [("130", 130), ("+30", 230), ("-30", 170), ("+30%", 260), ("*1.3", 260)],
    ids=["number", "more", "less", "share", "times"],
)
def test_a_number_stays_and_a_difference_and_a_share_follow_the_new_baseline(
    company: Company, entry: str, quantity: float
) -> None:
    enter(company, entry, JULY)
    taken = Input.objects.get(plan=next_plan(company))
    assert taken.quantity == pytest.approx(quantity)
    assert (taken.reason, taken.author, taken.month, taken.expires) == ("Fleet order", company.sally, AUGUST, JULY)


def test_a_difference_never_makes_the_quantity_negative(company: Company) -> None:
    enter(company, "-30", JULY)
    assert Input.objects.get(plan=next_plan(company, baseline=10.0)).quantity == 0


def test_an_entry_of_the_consensus_counts_in_the_new_plan_and_its_totals(company: Company) -> None:
    enter(company, "+10%", AUGUST, measure="consensus")
    plan = next_plan(company)
    line = SalesPlanLine.objects.get(plan=plan, series=company.series["city-north"])
    assert line.consensus.tolist() == pytest.approx([200, 220, 200, 200, 200, 200])
    assert line.revenue[1] == pytest.approx(1100)
    total = SalesPlanLine.objects.get(plan=plan, family=company.bikes, market=company.north)
    assert total.consensus[1] == pytest.approx(220)


def test_what_has_expired_or_was_meant_for_one_cycle_is_left_behind(company: Company) -> None:
    enter(company, "130", None)
    enter(company, "140", dt.date(2026, 6, 1), month=dt.date(2026, 9, 1))
    enter(company, "150", JULY, month=dt.date(2026, 6, 1))
    assert not Input.objects.filter(plan=next_plan(company)).exists()


@pytest.mark.parametrize(("state", "taken"), [("open", 1), ("held", 1), ("failed", 0), ("withdrawn", 0)], ids=str)
def test_what_rests_on_an_assumption_that_did_not_hold_stays_behind(company: Company, state: str, taken: int) -> None:
    enter(company, "130", JULY)
    fair = Assumption.objects.create(name="Fair", first_month=JULY, last_month=AUGUST, effect=0.1, state=state)
    Input.objects.update(assumption=fair)
    assert Input.objects.filter(plan=next_plan(company)).count() == taken


def test_it_happens_once_and_is_logged(company: Company) -> None:
    enter(company, "130", AUGUST)
    plan = next_plan(company)
    [told] = Change.objects.filter(kind="plan.carried_over")
    assert told.summary == "Took over 1 entry that had not expired: 1 of Sales"
    Input.objects.filter(plan=plan).delete()
    plan_demand(cycle=plan.cycle, by=company.planner)
    assert not Input.objects.filter(plan=plan).exists(), "what was taken back stays so"


def test_what_was_taken_over_is_taken_over_again_until_it_expires(company: Company) -> None:
    enter(company, "130", AUGUST)
    next_plan(company)
    cycle = make.make_cycle(AUGUST)
    make.make_forecast(cycle, dict.fromkeys(company.series.values(), 100.0))
    assert Input.objects.get(plan=plan_demand(cycle=cycle, by=company.planner)).quantity == 130


def test_the_stream_is_not_started_by_what_was_taken_over(company: Company) -> None:
    enter(company, "130", AUGUST)
    plan = next_plan(company)
    assert not plan.submissions.exists()
