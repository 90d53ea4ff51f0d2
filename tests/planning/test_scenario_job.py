"""Working out a scenario: exactly by the job, at once by an estimate, and what makes either out of date."""

import datetime as dt

import numpy as np
import pytest

from planning.actions import scenarios
from planning.actions.scenarios import Proposed
from planning.models import ProductionLine, ProductionPlan, SalesPlan, Scenario
from planning.queries.scenarios import compare
from planning.queries.scenarios.compare import Column
from sop.models import Run
from sop.permissions import scope
from tests import factories as make
from tests.planning.supply_company import SupplyCompany, assert_balances, run_job

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JULY = dt.date(2026, 7, 1)


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    company.base = company.supply()  # type: ignore[attr-defined]
    return company


@pytest.fixture
def scenario(company: SupplyCompany) -> Scenario:
    return scenarios.create(cycle=company.cycle, name="What if", by=company.planner)


def add(scenario: Scenario, *proposed: Proposed) -> None:
    scenarios.add_changes(scenario=scenario, changes=proposed, by=scenario.author)


def evaluate(company: SupplyCompany, scenario: Scenario) -> Run:
    return run_job("scenario", company.cycle, {"scenario": scenario.pk}, by=company.planner)


def plan_of(company: SupplyCompany, scenario: Scenario) -> ProductionPlan:
    run = evaluate(company, scenario)
    assert run.state == Run.State.DONE, run.error
    return ProductionPlan.objects.get(run=run)


def column(company: SupplyCompany, scenario: Scenario) -> Column:
    base = ProductionPlan.objects.select_related("run", "sales_plan", "cycle").get(current=True)
    plan = SalesPlan.objects.select_related("cycle").get()
    return compare.columns(base, plan, [Scenario.objects.get(pk=scenario.pk)], "all", scope(company.planner))[1]


def test_without_changes_it_is_the_plan_to_the_last_bit(company: SupplyCompany, scenario: Scenario) -> None:
    same = plan_of(company, scenario)
    base = ProductionPlan.objects.get(current=True)
    assert (same.cost, same.bound, same.scenario) == (base.cost, base.bound, scenario)
    measures = ("production", "arrivals", "subcontract", "inventory", "backorder", "lost", "safety_stock")
    for line in ProductionLine.objects.filter(plan=base):
        other = ProductionLine.objects.get(plan=same, product=line.product_id)
        for measure in measures:
            np.testing.assert_array_equal(getattr(other, measure), getattr(line, measure))
    assert same.run
    assert base.run
    assert same.run.result["figures"] == base.run.result["figures"]


def test_more_demand_takes_more_hours(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, Proposed("demand", "add", 40, product=company.bike, first_month=JULY, last_month=JULY))
    plan = plan_of(company, scenario)
    assert_balances(plan)
    assert not plan.current
    assert ProductionLine.objects.get(plan=plan, product=company.bike).demand.tolist() == [100, 140, 100, 100, 100, 100]
    found = column(company, scenario)
    assert found.exact
    assert found.figures
    assert found.figures.units == pytest.approx(6 * 170 + 40 + 5)  # and the five pedals owed


def test_it_knows_what_it_delivers_when_demand_is_not_as_forecast(company: SupplyCompany, scenario: Scenario) -> None:
    assert 0.5 < company.base.run.result["figures"]["safe"] < 1  # type: ignore[attr-defined]
    add(scenario, Proposed("regular_hours", "percent", -100, resource=company.assembly))
    plan = plan_of(company, scenario)
    assert plan.run
    assert plan.run.result["figures"]["safe"] < 0.5
    found = column(company, scenario)
    assert found.figures
    assert found.figures.risk == "not feasible"


def test_only_its_newest_plan_is_kept(company: SupplyCompany, scenario: Scenario) -> None:
    plan_of(company, scenario)
    newest = plan_of(company, scenario)
    assert list(ProductionPlan.objects.filter(scenario=scenario)) == [newest]
    assert ProductionPlan.objects.filter(current=True).count() == 1


def test_two_scenarios_are_worked_out_side_by_side_but_each_once(company: SupplyCompany, scenario: Scenario) -> None:
    from sop.actions import runs

    other = scenarios.create(cycle=company.cycle, name="Another", by=company.planner)

    def start(which: Scenario) -> Run:
        about = f"scenario-{which.pk}"
        parameters = {"scenario": which.pk}
        return runs.start(kind="scenario", cycle=company.cycle, parameters=parameters, by=company.planner, about=about)

    first = start(scenario)
    assert start(scenario) == first
    assert start(other) != first


def test_what_cannot_be_names_the_change(company: SupplyCompany, scenario: Scenario) -> None:
    about = {"product": company.bike, "first_month": JULY, "last_month": JULY}
    add(scenario, Proposed("demand", "add", -150, **about))  # type: ignore[arg-type]
    run = evaluate(company, scenario)
    assert run.state == Run.State.FAILED
    assert "One of its changes cannot be" in run.error
    assert "Bike" not in run.error  # everybody reads it, and the scenario is private
    told = column(company, scenario).problem
    assert "Change 1 (Demand, Bike, Jul 26): only 100 units are planned in Jul 26" in told


def test_an_estimate_comes_at_once_and_says_so(company: SupplyCompany, scenario: Scenario) -> None:
    add(scenario, Proposed("demand", "add", 200, product=company.bike, first_month=JULY, last_month=JULY))
    found = column(company, scenario)
    assert not found.exact
    assert found.note == "Estimate: it was not worked out yet"
    assert found.figures
    assert found.figures.overloads == 2
    assert found.figures.risk == "not feasible"


def test_an_estimate_without_changes_is_the_plan(company: SupplyCompany, scenario: Scenario) -> None:
    base = ProductionPlan.objects.select_related("run", "sales_plan", "cycle").get(current=True)
    plan = SalesPlan.objects.select_related("cycle").get()
    first, second = compare.columns(base, plan, [scenario], "all", scope(company.planner))
    assert first.figures
    assert second.figures
    for name in ("units", "revenue", "margin", "stock", "overtime", "load", "service"):
        assert getattr(second.figures, name) == pytest.approx(getattr(first.figures, name), rel=1e-6), name


def test_it_says_what_made_it_out_of_date(company: SupplyCompany, scenario: Scenario) -> None:
    plan_of(company, scenario)
    assert column(company, scenario).exact
    add(scenario, Proposed("overtime_hours", "add", 10, resource=company.assembly))
    assert column(company, scenario).note == "Estimate: it was worked out before its last change"
    plan_of(company, scenario)
    company.supply()
    assert column(company, scenario).note == "Estimate: it was worked out before the supply plan was made anew"
    plan_of(company, scenario)
    SalesPlan.objects.update(version=99)
    assert column(company, scenario).note == "Estimate: it was worked out before the sales plan moved on"


def test_money_and_families_are_shown_to_who_sees_them(company: SupplyCompany, scenario: Scenario) -> None:
    base = ProductionPlan.objects.select_related("run", "sales_plan", "cycle").get(current=True)
    plan = SalesPlan.objects.select_related("cycle").get()
    seller = make.make_user("sal", "sales", "contributor", money=False, families=[company.bikes])
    [mine] = compare.columns(base, plan, [], "all", scope(seller))
    [every] = compare.columns(base, plan, [], "all", scope(company.planner))
    assert mine.figures
    assert every.figures
    assert (mine.figures.revenue, mine.figures.margin, mine.figures.cost, mine.figures.stock) == (None,) * 4
    assert mine.figures.units == pytest.approx(600)
    assert every.figures.units > mine.figures.units
