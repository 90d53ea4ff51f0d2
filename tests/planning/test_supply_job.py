"""The supply job: a production plan that balances, becomes the current one, and knows when it is stale."""

import json
from io import StringIO
from unittest import mock

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from planning.actions import CellEdit, edit_cells, supply_job
from planning.actions.sheets import Cause
from planning.models import ProductionLine, ProductionPlan, Resource, ResourceLoad
from sop.actions import runs
from sop.errors import Locked, PlanningError
from sop.models import Change, Cycle, Product, Run
from tests import factories as make
from tests.planning.supply_company import HORIZON, JUNE, SupplyCompany, assert_balances, run_job

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def unsold() -> SupplyCompany:
    return SupplyCompany()


@pytest.fixture
def company(unsold: SupplyCompany) -> SupplyCompany:
    unsold.sell()
    return unsold


def test_it_plans(company: SupplyCompany) -> None:
    plan = company.supply()
    bike = company.line(plan, company.bike)
    assert plan.current
    assert not plan.stale
    assert bike.production.sum() == pytest.approx(6 * 100 - 40)
    assert bike.lost.sum() == 0
    assert bike.backorder.sum() == 0
    assert_balances(plan)


def test_cost_is_certified(company: SupplyCompany) -> None:
    plan = company.supply()
    assert plan.cost == pytest.approx(plan.bound, rel=1e-9)
    assert plan.gap == pytest.approx(0, abs=1e-9)


def test_the_frames_of_bicycles_are_made_too(company: SupplyCompany) -> None:
    plan = company.supply()
    frame = company.line(plan, company.frame)
    np.testing.assert_allclose(frame.dependent, company.line(plan, company.bike).production)
    assert frame.production.sum() == pytest.approx(560 + 6 * 20 - 10)
    welding = ResourceLoad.objects.get(plan=plan, resource=company.welding)
    np.testing.assert_allclose(welding.load, 2 * frame.production)


def test_parts_assumed_available_are_ordered_ahead(company: SupplyCompany) -> None:
    plan = company.supply()
    screw, bikes = company.line(plan, company.screw), company.line(plan, company.bike).production
    np.testing.assert_allclose(screw.dependent, 10 * bikes)
    np.testing.assert_allclose(screw.arrivals, 10 * bikes)
    np.testing.assert_allclose(screw.production[:-1], 10 * bikes[1:])
    assert plan.run.result["assumed_parts"] == 2


def test_backlog_is_served_when_its_purchase_arrives(company: SupplyCompany) -> None:
    """55 pedals are owed at the end of June: the backlog of 5 and June's demand; the order of June comes in July."""
    pedal = company.line(company.supply(), company.pedal)
    assert pedal.opening == -5
    np.testing.assert_allclose(pedal.backorder, [55, 0, 0, 0, 0, 0], atol=1e-6)


def test_no_resource_is_overloaded(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=80, overtime_hours_per_month=5)
    plan = company.supply()
    for load in ResourceLoad.objects.filter(plan=plan):
        assert (load.load <= load.regular + load.overtime_limit + 1e-6).all()
    assert company.line(plan, company.bike).lost.sum() > 0
    assert_balances(plan)


def test_ample_capacity_loses_nothing_and_is_never_late(company: SupplyCompany) -> None:
    Resource.objects.update(regular_hours_per_month=1e6)
    Product.objects.update(lead_time_months=0)
    for line in ProductionLine.objects.filter(plan=company.supply()):
        assert line.lost.sum() == 0
        assert line.backorder.sum() == 0


def test_safety_stock_is_there_at_the_end(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.bike.pk).update(safety_stock=50)
    assert company.line(company.supply(), company.bike).inventory[-1] == pytest.approx(50)


def test_no_customer_is_refused_for_the_sake_of_safety_stock(company: SupplyCompany) -> None:
    Product.objects.filter(pk=company.bike.pk).update(safety_stock=1e6)
    plan = company.supply()
    assert company.line(plan, company.bike).lost.sum() == 0
    assert_balances(plan)


def test_a_product_launched_later_is_made_for_its_launch(unsold: SupplyCompany) -> None:
    company = unsold
    new = make.make_product("new", company.bikes, price=50, cost=20)
    company.demand[make.make_series(new)] = [0, 0, 0, 80, 80, 80]
    company.sell()
    plan = company.supply()
    assert company.line(plan, new).production.sum() == pytest.approx(240)
    assert company.line(plan, new).lost.sum() == 0


@pytest.mark.parametrize("strategy", ["level", "chase"])
def test_strategies_show_what_they_would_load(company: SupplyCompany, strategy: str) -> None:
    plan = company.supply(strategy)
    assert plan.strategy == strategy
    assert plan.gap is None
    assert_balances(plan)


def test_level_is_even_by_working_day(company: SupplyCompany) -> None:
    made = company.line(company.supply("level"), company.bike).production
    days = [supply_job.months.working_days(month) for month in company.cycle.plan_months]
    np.testing.assert_allclose(made / days, 560 / sum(days))


def test_chase_follows_demand(company: SupplyCompany) -> None:
    np.testing.assert_allclose(company.line(company.supply("chase"), company.bike).production, [60] + [100] * 5)


def test_the_latest_plan_of_each_strategy_stays(company: SupplyCompany) -> None:
    for strategy in ("level", "optimal", "optimal"):
        latest = company.supply(strategy)
    plans = ProductionPlan.objects.filter(cycle=company.cycle)
    assert sorted(plans.values_list("strategy", flat=True)) == ["level", "optimal"]
    assert plans.get(current=True) == latest


def test_working_again_changes_nothing(company: SupplyCompany) -> None:
    plan = company.supply()
    before = {line.product_id: line.production.tolist() for line in plan.lines.all()}
    shard = plan.run.shards.select_related("run__cycle").get()
    supply_job.work(shard, lambda *_, **__: None)
    after = {line.product_id: line.production.tolist() for line in plan.lines.all()}
    assert before == after
    assert ProductionPlan.objects.count() == 1


def test_it_is_stale_once_demand_moves_on(company: SupplyCompany) -> None:
    plan = company.supply()
    series = next(iter(company.demand))
    edit = CellEdit(f"series:{series.pk}", JUNE, "150")
    cause = Cause("A new customer")
    edit_cells(plan=company.sales_plan, edits=[edit], by=make.make_demand_planner("dora"), cause=cause)
    plan = ProductionPlan.objects.select_related("sales_plan").get(pk=plan.pk)
    assert plan.stale
    assert not company.supply().stale


def test_a_failed_job_leaves_the_plan_before_it(company: SupplyCompany) -> None:
    plan = company.supply()
    with mock.patch.object(supply_job.engine, "plan", side_effect=RuntimeError("solver")):
        run = run_job("supply", company.cycle, by=company.planner)
    assert run.state == Run.State.FAILED
    assert ProductionPlan.objects.get(current=True) == plan


def test_a_cancelled_job_leaves_the_plan_before_it(company: SupplyCompany) -> None:
    plan = company.supply()
    run = runs.start(kind="supply", cycle=company.cycle, by=company.planner)
    runs.cancel(run=run, by=company.planner)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert ProductionPlan.objects.get(current=True) == plan


def test_the_log_says_who_planned(company: SupplyCompany) -> None:
    company.supply()
    change = Change.objects.get(kind="plan.supply_planned")
    assert change.by == company.planner
    assert change.summary == f"Optimal production plan made from demand version {company.sales_plan.version}"


def test_it_needs_a_sales_plan() -> None:
    with pytest.raises(PlanningError, match="plan_demand"):
        runs.start(kind="supply", cycle=make.make_cycle(), by=None)


def test_an_unknown_strategy_is_refused(company: SupplyCompany) -> None:
    with pytest.raises(PlanningError, match="level, chase or optimal"):
        runs.start(kind="supply", cycle=company.cycle, parameters={"strategy": "magic"}, by=None)


def test_an_approved_cycle_keeps_its_plan(company: SupplyCompany) -> None:
    Cycle.objects.update(state=Cycle.State.APPROVED)
    company.cycle.refresh_from_db()
    with pytest.raises(Locked):
        runs.start(kind="supply", cycle=company.cycle, by=None)


def test_the_command_prints_one_json_object(company: SupplyCompany) -> None:
    out = StringIO()
    call_command("plan_supply", "--json", "--strategy", "chase", stdout=out, stderr=StringIO())
    result = json.loads(out.getvalue())
    assert result["strategy"] == "chase"
    assert result["products"] == 4
    assert result["cycle"] == "2026-06"


def test_the_command_says_what_is_missing() -> None:
    make.make_cycle(horizon=HORIZON)
    with pytest.raises(CommandError, match="plan_demand"):
        call_command("plan_supply", stderr=StringIO())
