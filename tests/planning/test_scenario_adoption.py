"""Taking a scenario into the plan: each kind of change ends up where it belongs, and the plan is as was modelled."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from planning.actions import scenarios
from planning.actions.scenario_adoption import Adopted, adopt
from planning.actions.scenarios import Proposed
from planning.models import (
    Capacity,
    ProductionOverride,
    ProductionPlan,
    SalesPlan,
    Scenario,
)
from planning.queries import plans
from planning.queries.scenarios import conflicts
from planning.queries.scenarios.overlay import overlay
from planning.queries.supply import supply_case
from sop.errors import Locked, NotAllowed, PlanningError
from sop.models import Change, Product, ProductCost, ProductPrice, User
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY, AUGUST = dt.date(2026, 7, 1), dt.date(2026, 8, 1)


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


@pytest.fixture
def cora() -> User:
    return make.make_coordinator()


def proposed(company: SupplyCompany, *changes: Proposed, by: User | None = None) -> Scenario:
    author = by or company.planner
    scenario = scenarios.create(cycle=company.cycle, name="Better", by=author)
    scenarios.add_changes(scenario=scenario, changes=changes, by=author)
    scenarios.share(scenario=scenario, by=author)
    return scenarios.propose(scenario=scenario, by=author)


def take(company: SupplyCompany, by: User, *changes: Proposed) -> Adopted:
    return adopt(scenario=proposed(company, *changes), reason="Agreed in the supply review", by=by)


def demand_of(company: SupplyCompany, product: Product) -> list[float]:
    plan = SalesPlan.objects.get()
    return sum(line.consensus for line in plan.lines.filter(series__product=product)).tolist()  # type: ignore[union-attr]


IN_JULY = {"first_month": JULY, "last_month": JULY}


def test_demand_is_entered_into_the_consensus_with_its_reason(company: SupplyCompany, cora: User) -> None:
    take(company, cora, Proposed("demand", "add", 40, product=company.bike, **IN_JULY))  # type: ignore[arg-type]
    assert demand_of(company, company.bike) == [100, 140, 100, 100, 100, 100]
    edit = Change.objects.get(kind="plan.edited")
    assert edit.reason == "Scenario “Better”: Agreed in the supply review"


CHANGES: dict[str, list[dict[str, Any]]] = {
    "demand": [{"operation": "percent", "value": 10, "family": "spares"}, {"operation": "set", "value": 90, **IN_JULY}],
    "sold later": [{"operation": "move", "value": 30, "product": "bike", **IN_JULY, "to_month": AUGUST}],
    "overtime_hours": [{"operation": "add", "value": 40, "resource": "assembly", **IN_JULY}],
    "regular_hours": [{"operation": "percent", "value": -10, "resource": "welding"}],
    "overtime_cost": [{"operation": "set", "value": 5, "resource": "assembly"}],
    "unit_cost": [{"operation": "percent", "value": 6, "product": "pedal"}],
    "subcontract_cost": [{"operation": "set", "value": 75, "product": "bike"}],
    "lead_time": [{"operation": "add", "value": 1, "product": "pedal"}],
    "hours_per_unit": [{"operation": "percent", "value": 20, "product": "bike", "resource": "assembly"}],
    "other_resource": [
        {"operation": "set", "value": 1.5, "product": "bike", "resource": "assembly", "other": "welding"}
    ],
    "safety_stock": [{"operation": "add", "value": 12, "product": "bike"}],
    "production": [{"operation": "set", "value": 77, "product": "bike", **IN_JULY}],
    "receipts": [
        {"operation": "set", "value": 50, "product": "pedal", **IN_JULY},
        {"operation": "move", "value": 20, "product": "pedal", **IN_JULY, "to_month": AUGUST},
    ],
}


@pytest.mark.parametrize("target", CHANGES)
def test_what_was_modelled_is_what_is_planned_then(company: SupplyCompany, cora: User, target: str) -> None:
    """The supply problem after adoption is the problem that the scenario had."""
    named = [
        Proposed(target="demand" if target == "sold later" else target, **_found(company, each))
        for each in CHANGES[target]
    ]
    scenario = proposed(company, *named)
    plan = plans.working_or_error(company.cycle)
    modelled = overlay(supply_case(plan), list(scenario.changes.all()))
    adopt(scenario=scenario, reason="Agreed", by=cora)
    planned = supply_case(plans.working_or_error(company.cycle))
    for name in ("demand", "scheduled_receipts", "safety_stock", "min_production", "max_production", "routing"):
        got, wanted = getattr(planned.problem, name), getattr(modelled.problem, name)
        np.testing.assert_allclose(got, wanted, err_msg=name)
    for name in ("regular_hours", "overtime_hours", "overtime_cost", "lead_time", "subcontract_cost"):
        np.testing.assert_allclose(getattr(planned.problem, name), getattr(modelled.problem, name), err_msg=name)
    np.testing.assert_allclose(planned.catalogue.unit_cost, modelled.catalogue.unit_cost)


def _found(company: SupplyCompany, fields: dict[str, Any]) -> dict[str, Any]:
    """Names of the company's things as the things."""
    return {
        key: getattr(company, value) if isinstance(value, str) and key != "operation" else value
        for key, value in fields.items()
    }


def test_prices_move_and_go_back(company: SupplyCompany, cora: User) -> None:
    take(company, cora, Proposed("price", "percent", 10, product=company.bike, **IN_JULY))  # type: ignore[arg-type]
    told = dict(ProductPrice.objects.filter(product=company.bike).values_list("valid_from", "price"))
    assert told[JULY] == pytest.approx(110)
    assert told[AUGUST] == pytest.approx(100)


def test_the_supply_plan_is_out_of_date_then(company: SupplyCompany, cora: User) -> None:
    company.supply()
    take(company, cora, Proposed("overtime_hours", "add", 40, resource=company.assembly))
    assert ProductionPlan.objects.select_related("sales_plan").get(current=True).stale
    assert Capacity.objects.count() == 6


# --- Some of it -------------------------------------------------------------------------------------------------------


def test_some_changes_are_taken_and_the_rest_later(company: SupplyCompany, cora: User) -> None:
    more = Proposed("overtime_hours", "add", 40, resource=company.assembly)
    scenario = proposed(company, more, Proposed("unit_cost", "add", 1, product=company.pedal))
    first, _second = scenario.changes.all()
    assert "1 of 2 changes" in adopt(scenario=scenario, chosen=[first.pk], reason="Agreed", by=cora).note
    assert not ProductCost.objects.filter(product=company.pedal, unit_cost=6).exists()
    assert "All changes" in adopt(scenario=scenario, reason="Agreed too", by=cora).note
    assert ProductCost.objects.filter(product=company.pedal, unit_cost=6).exists()
    with pytest.raises(PlanningError, match="Choose at least one"):
        adopt(scenario=scenario, reason="Again", by=cora)


def test_all_of_it_or_nothing(company: SupplyCompany, cora: User) -> None:
    company.sales_plan.refresh_from_db()
    good = Proposed("overtime_hours", "add", 40, resource=company.assembly)
    bad = Proposed("safety_stock", "add", 12, product=company.bike, **IN_JULY)  # type: ignore[arg-type]
    scenario = proposed(company, good, bad)
    with pytest.raises(PlanningError, match="holds all year"):
        adopt(scenario=scenario, reason="Agreed", by=cora)
    scenario.refresh_from_db()
    assert (scenario.state, Capacity.objects.count()) == ("proposed", 0)


def test_each_change_is_in_the_log_with_its_scenario(company: SupplyCompany, cora: User) -> None:
    take(company, cora, Proposed("lead_time", "set", 2, product=company.pedal))
    taken = Change.objects.get(kind="scenario.taken")
    assert taken.summary.startswith("Took from scenario “Better”: Lead time in months, Pedal")
    assert Change.objects.filter(kind="scenario.adopted").exists()


# --- Who and when -----------------------------------------------------------------------------------------------------


def test_four_eyes(company: SupplyCompany, cora: User) -> None:
    more = Proposed("overtime_hours", "add", 40, resource=company.assembly)
    scenario = proposed(company, more)
    with pytest.raises(NotAllowed, match="Somebody else takes your scenario"):
        adopt(scenario=scenario, reason="Mine", by=company.planner)
    colleague = make.make_user("oda", "operations", "planner")
    assert adopt(scenario=scenario, reason="Agreed", by=colleague).taken == 1


def test_a_coordinator_may_take_their_own(company: SupplyCompany, cora: User) -> None:
    scenario = proposed(company, Proposed("overtime_hours", "add", 40, resource=company.assembly), by=cora)
    assert adopt(scenario=scenario, reason="Agreed", by=cora).taken == 1


def test_one_takes_what_one_may_write(company: SupplyCompany) -> None:
    demand_planner = User.objects.get(username="dan")
    scenario = proposed(company, Proposed("overtime_hours", "add", 40, resource=company.assembly))
    with pytest.raises(NotAllowed, match="run the supply plan"):
        adopt(scenario=scenario, reason="Agreed", by=demand_planner)
    with pytest.raises(NotAllowed, match="record decisions"):
        adopt(scenario=scenario, reason="Agreed", by=make.make_user("sal", "sales", "contributor"))


def test_a_signed_demand_review_takes_no_more_demand(company: SupplyCompany, cora: User) -> None:
    scenario = proposed(company, Proposed("demand", "percent", 5))
    SalesPlan.objects.update(locked_at=dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    with pytest.raises(Locked, match="demand review is signed off"):
        adopt(scenario=scenario, reason="Agreed", by=cora)


def test_production_by_hand_that_says_otherwise_is_a_conflict(company: SupplyCompany) -> None:
    fixed = {"cycle": company.cycle, "product": company.bike, "by": company.planner}
    ProductionOverride.objects.create(month=JULY, quantity=50, **fixed)
    scenario = proposed(company, Proposed("production", "set", 77, product=company.bike, **IN_JULY))  # type: ignore[arg-type]
    [change] = scenario.changes.all()
    told = conflicts.found(scenario, plans.working_or_error(company.cycle), [change])
    assert told == {change.pk: "Olga has entered 50 for Jul 26"}
