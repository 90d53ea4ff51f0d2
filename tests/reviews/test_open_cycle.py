"""Opening a month's round, and what may not be opened."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.actions import action_items, cycles
from reviews.models import ActionItem, Stage
from reviews.queries.action_items import open_of
from reviews.queries.stages import shell_stages
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Change, Cycle, Department
from tests.reviews.company import FIRST, Company, gather

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY = dt.date(2013, 7, 1)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("open_cycle", *arguments, stdout=out)
    return out.getvalue()


def test_it_works(cycle: Cycle) -> None:
    assert (cycle.code, cycle.as_of, cycle.state) == ("2013-06", dt.date(2013, 5, 1), "open")
    assert list(cycle.stages.values_list("key", "owner__code", "due", "state")) == [
        ("data-gathering", "sop-office", dt.date(2013, 6, 5), "in progress"),
        ("demand-review", "demand-planning", dt.date(2013, 6, 12), "not started"),
        ("supply-review", "operations", dt.date(2013, 6, 18), "not started"),
        ("pre-sop", "sop-office", dt.date(2013, 6, 21), "not started"),
        ("executive", "management", dt.date(2013, 6, 26), "not started"),
    ]
    waiting = cycle.stages.get(key="demand-review").submissions.values_list("department__code", flat=True)
    assert set(waiting) == {"sales", "marketing", "finance"}
    assert Change.objects.get(kind="cycle.opened").summary == "Opened June 2013, executive review 26 Jun"


def test_the_command_answers_in_json(db: None) -> None:
    answer = json.loads(run("2013-06", "--json"))
    assert answer["cycle"] == "2013-06"
    assert answer["as_of"] == "2013-05"
    assert answer["horizon"] == 18
    assert len(answer["stages"]) == 5
    assert "No sales of May 2013 yet: import or post them" in answer["warnings"]
    assert Department.objects.filter(code="sop-office").exists()


def test_the_command_answers_in_words(cycle: Cycle, company: Company) -> None:
    gather(cycle, company)
    cycles.close_cycle(cycle=cycle, by=company.coordinator, reason="A trial")
    said = run("2013-07", "--user", "coordinator", "--horizon", "12")
    assert said.startswith("Opened July 2013, 12 months on actuals to June 2013. Due: Data gathering 3 Jul")


@pytest.mark.parametrize(
    ("month", "reason"),
    [("June", "is not a month; write it as 2013-06"), ("2013-13", "there is no month 13"), ("2013-06-15", "is a day")],
)
def test_a_month_that_is_none_is_refused_in_words(db: None, month: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(month)


@pytest.mark.parametrize("who", ["demand", "sales", "executive", "viewer", "outsider"])
def test_only_a_coordinator_opens(company: Company, who: str) -> None:
    with pytest.raises(NotAllowed, match="You may not open a cycle"):
        cycles.open_cycle(first_month=FIRST, by=company.people[who])


def test_a_month_opens_once(cycle: Cycle) -> None:
    with pytest.raises(Conflict, match="June 2013 has been opened already"):
        cycles.open_cycle(first_month=FIRST, by=None)


@pytest.mark.parametrize("first_month", [dt.date(2013, 8, 1), dt.date(2013, 5, 1)])
def test_only_the_following_month_opens(cycle: Cycle, first_month: dt.date) -> None:
    with pytest.raises(PlanningError, match="does not follow June 2013: the next cycle is July 2013"):
        cycles.open_cycle(first_month=first_month, by=None)


def test_a_cycle_that_is_still_open_comes_first(cycle: Cycle) -> None:
    with pytest.raises(PlanningError, match="June 2013 is still open"):
        cycles.open_cycle(first_month=JULY, by=None)


@pytest.mark.parametrize("horizon", [0, 61])
def test_a_horizon_is_between_one_month_and_five_years(db: None, horizon: int) -> None:
    with pytest.raises(PlanningError, match="Plan between 1 and 60 months ahead"):
        cycles.open_cycle(first_month=FIRST, horizon=horizon, by=None)


def test_opening_the_next_closes_the_published_one(cycle: Cycle) -> None:
    Cycle.objects.update(state=Cycle.State.PUBLISHED)
    cycles.open_cycle(first_month=JULY, by=None)
    cycle.refresh_from_db()
    assert cycle.state == Cycle.State.CLOSED
    assert Change.objects.filter(kind="cycle.closed", cycle=cycle).exists()


def test_closing_without_a_plan_takes_a_reason_and_a_coordinator(cycle: Cycle, company: Company) -> None:
    with pytest.raises(PlanningError, match="Say why"):
        cycles.close_cycle(cycle=cycle, by=company.coordinator, reason=" ")
    with pytest.raises(NotAllowed):
        cycles.close_cycle(cycle=cycle, by=company.demand, reason="Done")
    cycles.close_cycle(cycle=cycle, by=company.coordinator, reason="A trial")
    assert Change.objects.latest("id").summary == "Closed June 2013 without an approved plan"


def test_open_actions_stay_listed_in_the_next_cycle(cycle: Cycle, company: Company) -> None:
    due = dt.date(2999, 1, 1)
    task = action_items.Task("Check the paint line", company.operations, due)
    item = action_items.add(cycle=cycle, task=task, by=company.coordinator)
    cycles.close_cycle(cycle=cycle, by=company.coordinator, reason="A trial")
    cycles.open_cycle(first_month=JULY, by=company.coordinator)
    assert list(open_of(company.operations)) == [item]
    assert item.state == ActionItem.State.OPEN


def test_the_stepper_knows_where_the_cycle_is(cycle: Cycle, django_assert_num_queries: object) -> None:
    cycle.stages.filter(key="data-gathering").update(due=dt.date(2999, 12, 5))
    with django_assert_num_queries(1):  # type: ignore[operator]
        steps = shell_stages(cycle)
    assert [(step["label"], step["state"]) for step in steps] == [
        ("Data", "now"),
        ("Demand", "next"),
        ("Supply", "next"),
        ("Pre-S&OP", "next"),
        ("Executive", "next"),
    ]
    assert steps[0]["note"] == "due Thu 5 Dec"
    cycle.stages.filter(key="data-gathering").update(due=dt.date(2013, 6, 5))
    late = shell_stages(cycle)[0]
    assert (late["state"], late["note"]) == ("late", "was due Wed 5 Jun")


def test_a_finished_cycle_is_never_late(cycle: Cycle) -> None:
    cycle.state = Cycle.State.CLOSED
    assert {step["state"] for step in shell_stages(cycle)} == {"next"}
    assert cycle.stages.filter(state=Stage.State.IN_PROGRESS).exists()
