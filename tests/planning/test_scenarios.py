"""Making scenarios, changing them, and their way from a private thought to a proposal."""

import datetime as dt
from typing import Any

import pytest

from planning.actions import scenarios
from planning.actions.scenarios import Proposed
from planning.models import Scenario
from planning.queries.scenarios import visible, words
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle, User
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY, AUGUST = dt.date(2026, 7, 1), dt.date(2026, 8, 1)
State = Scenario.State


@pytest.fixture
def company() -> SupplyCompany:
    return SupplyCompany()


@pytest.fixture
def scenario(company: SupplyCompany) -> Scenario:
    return scenarios.create(cycle=company.cycle, name="Overtime", by=company.planner)


def overtime(company: SupplyCompany, **fields: Any) -> Proposed:
    given = {"target": "overtime_hours", "operation": "add", "value": 40.0, "resource": company.assembly}
    return Proposed(**(given | {"first_month": JULY, "last_month": AUGUST} | fields))


def add(scenario: Scenario, *proposed: Proposed, by: User | None = None) -> None:
    scenarios.add_changes(scenario=scenario, changes=proposed, by=by or scenario.author)


# --- Making and changing ----------------------------------------------------------------------------------------------


def test_it_works(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, overtime(company))
    scenario.refresh_from_db()
    assert (scenario.state, scenario.version) == (State.PRIVATE, 2)
    [change] = scenario.changes.all()
    assert words.sentence(change).replace("\u2009\u2060", " ") == "Overtime allowed, Assembly, Jul 26 to Aug 26: +40 h"


def test_it_is_planned_as_the_plan_is(company: SupplyCompany) -> None:
    company.sell()
    company.supply("chase")
    assert scenarios.create(cycle=company.cycle, name="A", by=company.planner).strategy == "chase"


def test_a_name_is_needed_and_taken_once(company: SupplyCompany, scenario: Scenario) -> None:
    with pytest.raises(PlanningError, match="Give the scenario a name"):
        scenarios.create(cycle=company.cycle, name="  ", by=company.planner)
    with pytest.raises(Conflict, match="Choose another name"):
        scenarios.create(cycle=company.cycle, name=" Overtime ", by=company.planner)


def test_a_change_is_written_anew_in_its_place_and_taken_out(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, overtime(company), overtime(company, resource=company.welding))
    first, second = scenario.changes.all()
    scenarios.change_change(change=first, proposed=overtime(company, value=50), by=company.planner)
    scenarios.remove_change(change=second, by=company.planner)
    assert [each.value for each in scenario.changes.all()] == [50]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"target": "colour"}, "cannot be changed"),
    ({"value": float("nan")}, "Say how much"),
    ({"operation": "percent", "value": -101}, "−100 %"),
    ({"operation": "set", "value": -1}, "cannot be negative"),
    ({"operation": "move", "to_month": AUGUST}, "can be changed by: set, add or take away, percent"),
    ({"resource": None}, "Name the resource"),
    ({"last_month": JUNE}, "before the first"),
    ({"last_month": dt.date(2027, 1, 1)}, "Jan 27 is not a plan month; the plan runs from Jun 26 to Nov 26"),
    ({"target": "overtime_cost"}, "holds for the whole plan"),
    ({"target": "production", "operation": "set"}, "Name the product"),
]


@pytest.mark.parametrize(("fields", "words"), FAULTS)
def test_a_change_that_makes_no_sense_is_refused_with_a_way_out(
    company: SupplyCompany, scenario: Scenario, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlanningError, match=words):
        add(scenario, overtime(company, **fields))
    assert not scenario.changes.exists()


def test_a_move_stays_within_the_plan(company: SupplyCompany, scenario: Scenario) -> None:
    november = dt.date(2026, 11, 1)
    move = {"target": "demand", "operation": "move", "resource": None, "product": company.bike}
    with pytest.raises(PlanningError, match="Nov 26 would move to Dec 26, outside the plan"):
        add(scenario, overtime(company, **move, last_month=november, to_month=AUGUST))
    with pytest.raises(PlanningError, match="stays where it is"):
        add(scenario, overtime(company, **move, to_month=JULY))


def test_all_of_a_gesture_or_nothing_is_kept(company: SupplyCompany, scenario: Scenario) -> None:
    with pytest.raises(PlanningError) as refused:
        add(scenario, overtime(company), overtime(company, resource=None))
    assert list(refused.value.errors) == ["changes.1.resource"]
    assert not scenario.changes.exists()


# --- Its way ----------------------------------------------------------------------------------------------------------


def test_it_goes_from_private_to_proposed_and_back(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, overtime(company))
    by = company.planner
    for verb, state in ((scenarios.share, "shared"), (scenarios.propose, "proposed"), (scenarios.withdraw, "shared")):
        assert verb(scenario=scenario, by=by).state == state
    assert scenarios.withdraw(scenario=scenario, by=by).state == "private"


def test_it_is_shared_before_it_is_proposed(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, overtime(company))
    with pytest.raises(PlanningError, match="is private; it cannot be proposed now"):
        scenarios.propose(scenario=scenario, by=company.planner)


def test_without_changes_there_is_nothing_to_propose(company: SupplyCompany, scenario: Scenario) -> None:
    scenarios.share(scenario=scenario, by=company.planner)
    with pytest.raises(PlanningError, match="the plan as it is"):
        scenarios.propose(scenario=scenario, by=company.planner)


def proposed(company: SupplyCompany, scenario: Scenario) -> Scenario:
    add(scenario, overtime(company))
    scenarios.share(scenario=scenario, by=company.planner)
    return scenarios.propose(scenario=scenario, by=company.planner)


def test_a_proposal_is_not_changed(company: SupplyCompany, scenario: Scenario) -> None:
    proposed(company, scenario)
    with pytest.raises(Locked, match="Take it back to change it"):
        add(scenario, overtime(company))


def test_it_is_rejected_for_a_reason_and_then_stays(company: SupplyCompany, scenario: Scenario) -> None:
    proposed(company, scenario)
    with pytest.raises(PlanningError, match="Say why"):
        scenarios.reject(scenario=scenario, reason=" ", by=company.planner)
    rejected = scenarios.reject(
        scenario=scenario, reason="Too dear", by=make.make_user("ed", "management", "executive")
    )
    assert (rejected.state, rejected.decision) == ("rejected", "Too dear")
    with pytest.raises(Locked, match="Make a new one"):
        add(scenario, overtime(company))


def test_in_a_closed_cycle_nothing_moves(company: SupplyCompany, scenario: Scenario) -> None:
    Cycle.objects.update(state=Cycle.State.APPROVED)
    with pytest.raises(Locked, match="June 2026 cycle is approved"):
        scenarios.share(scenario=scenario, by=company.planner)
    with pytest.raises(Locked):
        scenarios.create(cycle=Cycle.objects.get(), name="B", by=company.planner)


# --- Who --------------------------------------------------------------------------------------------------------------


def test_who_sees_it_depends_on_how_far_it_is(company: SupplyCompany, scenario: Scenario) -> None:
    people = {
        "author": company.planner,
        "colleague": make.make_demand_planner(),
        "executive": make.make_user("ed", "management", "executive"),
        "outsider": make.make_outsider(),
    }

    def who() -> list[str]:
        return [name for name, user in people.items() if visible.visible(user).exists()]

    assert who() == ["author"]
    add(scenario, overtime(company))
    scenarios.share(scenario=scenario, by=company.planner)
    assert who() == ["author", "colleague"]
    scenarios.propose(scenario=scenario, by=company.planner)
    assert who() == ["author", "colleague", "executive"]


def test_only_its_author_and_then_a_coordinator_change_it(company: SupplyCompany, scenario: Scenario) -> None:
    colleague, cora = make.make_demand_planner(), make.make_coordinator()
    with pytest.raises(NotFound):
        add(scenario, overtime(company), by=cora)
    scenarios.share(scenario=scenario, by=company.planner)
    add(scenario, overtime(company), by=cora)
    with pytest.raises(NotAllowed, match="is Olga’s"):
        add(scenario, overtime(company), by=colleague)


@pytest.mark.parametrize("role", ["executive", "viewer", "integration"])
def test_who_does_not_plan_makes_none(company: SupplyCompany, role: str) -> None:
    with pytest.raises(NotAllowed, match="model scenarios"):
        scenarios.create(cycle=company.cycle, name="A", by=make.make_user("v", "management", role))


def test_money_is_changed_by_who_sees_it(company: SupplyCompany) -> None:
    seller = make.make_user("sal", "sales", "contributor", money=False)
    mine = scenarios.create(cycle=company.cycle, name="Price", by=seller)
    with pytest.raises(NotAllowed, match="does not see money"):
        add(mine, Proposed("price", "percent", 5, product=company.bike))


def test_it_reaches_no_further_than_its_author(company: SupplyCompany) -> None:
    seller = make.make_user("sal", "sales", "contributor", families=[company.bikes])
    mine = scenarios.create(cycle=company.cycle, name="Bikes", by=seller)
    add(mine, Proposed("demand", "percent", 5, family=company.bikes))
    for beyond in ({"product": company.frame}, {}):
        with pytest.raises(NotAllowed, match="beyond your families"):
            add(mine, Proposed("demand", "percent", 5, **beyond))


def test_others_see_the_changes_of_their_own_families(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, Proposed("demand", "percent", 5, family=company.bikes))
    add(scenario, Proposed("demand", "percent", 5, family=company.spares))
    seller = make.make_user("sal", "sales", "contributor", families=[company.bikes])
    seen, hidden = visible.changes_of(scenario, seller)
    assert ([each.family for each in seen], hidden) == ([company.bikes], 1)


def test_the_log_keeps_a_private_scenario_to_itself(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, overtime(company))
    told = [change.summary for change in Change.objects.filter(object=f"scenario:{scenario.pk}")]
    assert told == ["Created a private scenario", "Added to a private scenario"]
    scenarios.share(scenario=scenario, by=company.planner)
    assert Change.objects.latest("id").summary == "Shared scenario “Overtime”"


def test_the_log_tells_no_money(company: SupplyCompany, scenario: Scenario) -> None:
    scenarios.share(scenario=scenario, by=company.planner)
    add(scenario, Proposed("price", "set", 77, product=company.bike))
    assert "77" not in Change.objects.latest("id").summary
