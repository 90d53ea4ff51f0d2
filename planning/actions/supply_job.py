"""The supply job: a production plan computed from the sales plan, made current when it is complete."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from planning import engine
from planning.actions.supply import refuse_unless_open
from planning.engine import SupplyPlan
from planning.engine.arrays import later
from planning.engine.bom import quantity_matrix
from planning.engine.strategies import Strategy
from planning.models import ProductionLine, ProductionPlan, ResourceLoad, SalesPlan, Scenario
from planning.queries import plans, prices, risk
from planning.queries.scenarios import figures
from planning.queries.supply import SupplyCase, assumed_needs, cost_of_demand, orders_of, supply_case
from sop import bulk, months
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Product, Run, Shard

# What a solver's answer may be off by, relative to the largest quantity.
TOLERANCE = 1e-6
STEPS = 4
FAULTS_KEPT = 500
LINE = (
    "plan_id",
    "product_id",
    "opening",
    "demand",
    "dependent",
    "receipts",
    "production",
    "arrivals",
    "subcontract",
    "inventory",
    "backorder",
    "lost",
    "safety_stock",
)
LOAD = ("plan_id", "resource_id", "load", "regular", "overtime", "overtime_limit", "price")

Numbers = NDArray[np.float64]


def shards(run: Run) -> list[dict[str, Any]]:
    """One shard: capacity ties all products together."""
    strategy = run.parameters.setdefault("strategy", ProductionPlan.Strategy.OPTIMAL.value)
    if strategy not in ProductionPlan.Strategy.values:
        raise PlanningError(f"“{strategy}” is not a strategy; choose level, chase or optimal.")
    if run.cycle is None:
        raise PlanningError("A supply plan belongs to a cycle. Open one first.")
    refuse_unless_open(run.cycle)
    plans.working_or_error(run.cycle)
    return [{"strategy": strategy, "weight": STEPS}]


def work(shard: Shard, report: Report) -> None:
    """Compute and store the plan. Doing it again replaces the rows of the same plan."""
    sales_plan = _sales_plan(shard.run)
    strategy = shard.parameters["strategy"]
    report(0, "Building the supply problem")
    case = supply_case(sales_plan)
    report(1, f"Solving for {case.items.size} products and parts", lease_seconds=settings.CELERY_TASK_TIME_LIMIT)
    found = solved(case, strategy)
    report(2, "Certifying the plan")
    refuse_unbalanced(case, found)
    report(3, "Simulating its risk and storing it")
    plan = store(shard.run, case, strategy, found)
    assumed = int((assumed_needs(case, found.production) > 0).any(axis=1).sum())
    told: dict[str, Any] = {"assumed_parts": assumed, "not_kept": _not_kept(case, found), **_faults(case)}
    told["moved"] = moved(case, found)
    told["figures"] = figures.told(case, found, plan.risk)
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"told": told})


def finish(run: Run) -> dict[str, Any]:
    """Make the plan current. Of the plans before it the latest of each strategy stays, to be compared."""
    plan = ProductionPlan.objects.select_related("sales_plan").get(run=run)
    others = ProductionPlan.objects.filter(cycle=plan.cycle_id, scenario=None, frozen_at=None).exclude(pk=plan.pk)
    others.filter(strategy=plan.strategy).delete()
    others.update(current=False)
    plan.current = True
    plan.save(update_fields=["current"])
    result: dict[str, Any] = result_of(plan) | run.shards.get().parameters["told"]
    strategy = plan.get_strategy_display().capitalize()
    changes.record(
        changes.What(
            "plan.supply_planned",
            f"{strategy} production plan made from demand version {plan.demand_version}",
            object=f"production-plan:{plan.pk}",
            # No money: the log is read by people who may not see any.
            data={name: result[name] for name in ("plan", "strategy", "demand_version", "lost", "overloads")},
        ),
        by=run.requested_by,
        cycle=run.cycle,
    )
    return result


def _sales_plan(run: Run) -> SalesPlan:
    plan = plans.working(run.cycle)
    if plan is None:
        raise PlanningError("The sales plan was removed while the supply plan was being made.")
    return plan


def solved(case: SupplyCase, strategy: Strategy) -> SupplyPlan:
    """The engine's plan, in whole lots; level production is even per working day.

    What is fixed of a product with parts may be more than the parts that can be had. Then it is only the most that is
    made of it, for there must be a plan.
    """
    days = [months.working_days(month) for month in months.span(case.start, case.months)]
    try:
        return _in_lots(case, engine.plan(case.problem, strategy, working_days=days))
    except ValueError:
        with_parts = case.problem.bom[:, 0].astype(np.int64)
        least = case.problem.min_production.copy()
        least[with_parts] = 0.0
        if (least == case.problem.min_production).all():
            raise
        freed = replace(case, problem=replace(case.problem, min_production=least))
        return _in_lots(freed, engine.plan(freed.problem, strategy, working_days=days))


def _in_lots(case: SupplyCase, found: SupplyPlan) -> SupplyPlan:
    """Releases in whole lots, as far as there are any larger than a unit; level and chase keep to no lots."""
    if found.method == "simulation" or not (case.lots.any() or case.least_lot.any()):
        return found
    return engine.round_to_lots(case.problem, found, case.lots, case.least_lot)


def moved(case: SupplyCase, found: SupplyPlan) -> list[dict[str, Any]]:
    """What goes by an alternate: the product, the resource it leaves, the one it takes, and units by month."""
    problem, pk = case.problem, case.catalogue.pk[case.items]
    if not found.moved.size:
        return []
    used = np.flatnonzero(found.moved.sum(axis=1) > TOLERANCE)
    steps = problem.routing[problem.alternates[used, 0].astype(np.int64), :2].astype(np.int64)
    return [
        {
            "product": int(pk[item]),
            "resource": int(case.resources[first]),
            "other": int(case.resources[int(problem.alternates[row, 1])]),
            "units": np.round(found.moved[row], 3).tolist(),
        }
        for row, (item, first) in zip(used, steps.tolist(), strict=True)
    ]


def _not_kept(case: SupplyCase, found: SupplyPlan) -> list[dict[str, Any]]:
    """What was fixed and could not be made for want of parts."""
    missing = case.problem.min_production - found.production
    cells = np.argwhere(missing > TOLERANCE * (1 + case.problem.min_production))
    products = Product.objects.in_bulk([int(case.catalogue.pk[case.items[item]]) for item, _ in cells])
    return [
        {
            "product": product.code,
            "name": product.name,
            "family": product.family_id,
            "month": months.code(months.add(case.start, int(month))),
            "missing": round(float(missing[item, month]), 3),
        }
        for item, month in cells[:FAULTS_KEPT]
        for product in [products[int(case.catalogue.pk[case.items[item]])]]
    ]


def _faults(case: SupplyCase) -> dict[str, Any]:
    """What is wrong with the master data, for the run's result; so many that nobody would read on are only counted."""
    told = [{**asdict(fault), "mend": fault.mend} for fault in case.faults[:FAULTS_KEPT]]
    return {"faults": told, "faults_in_all": len(case.faults)}


def refuse_unbalanced(case: SupplyCase, found: SupplyPlan) -> None:
    """Refuse to store a plan that does not add up."""
    size = max(1.0, float(case.problem.open_demand.max()), float(found.inventory.max()))
    broken = engine.check(case.problem, found)
    if broken.balance > TOLERANCE * size:
        raise ArithmeticError(f"The plan does not balance: {broken.balance:g} units are missing or too many.")


def store(
    run: Run, case: SupplyCase, strategy: str, found: SupplyPlan, scenario: Scenario | None = None
) -> ProductionPlan:
    """Keep the plan of a run; doing it again replaces its rows."""
    unchangeable = cost_of_demand(case)
    plan, _ = ProductionPlan.objects.update_or_create(
        run=run,
        defaults={
            "cycle_id": case.sales_plan.cycle_id,
            "sales_plan": case.sales_plan,
            "scenario": scenario,
            "demand_version": case.version,
            "strategy": strategy,
            "start": case.start,
            "horizon": case.months,
            "cost": _known(found.cost + unchangeable),
            "bound": _known(found.bound + unchangeable),
            "gap": _known(float(np.maximum(found.cost - found.bound, 0.0)) / max(1.0, found.cost + unchangeable)),
            "method": found.method,
            "seconds": found.seconds,
            "risk": risk.simulated(case, found),
        },
    )
    bulk.upsert(ProductionLine, key=("plan_id", "product_id"), columns=LINE, rows=_lines(plan.pk, case, found))
    bulk.upsert(ResourceLoad, key=("plan_id", "resource_id"), columns=LOAD, rows=_loads(plan.pk, case, found))
    return plan


def _lines(plan: int, case: SupplyCase, found: SupplyPlan) -> Iterator[tuple[Any, ...]]:
    """Planned items, then the parts assumed available. What goes into parents beyond the stock is bought for them."""
    problem, catalogue = case.problem, case.catalogue
    assumed = assumed_needs(case, found.production)
    ordered = orders_of(case, assumed)
    dependent = quantity_matrix(problem.bom, problem.items) @ found.production
    arrivals = later(found.production, problem.lead_months)
    subcontract = later(found.subcontract, problem.subcontract_months)
    for item, product in enumerate(case.items.tolist()):
        yield (
            plan,
            int(catalogue.pk[product]),
            float(problem.opening_inventory[item]),
            problem.demand[item],
            dependent[item] + assumed[product],
            problem.scheduled_receipts[item],
            found.production[item] + ordered[product],
            arrivals[item] + assumed[product],
            subcontract[item],
            found.inventory[item],
            found.backorder[item],
            found.lost[item],
            problem.safety_stock[item],
        )
    nothing = np.zeros(case.months)
    for product in np.flatnonzero(~catalogue.planned & (assumed > 0).any(axis=1)).tolist():
        need, orders = assumed[product], ordered[product]
        key = (plan, int(catalogue.pk[product]), 0.0)
        yield (*key, nothing, need, nothing, orders, need, nothing, nothing, nothing, nothing, nothing)


def _loads(plan: int, case: SupplyCase, found: SupplyPlan) -> Iterator[tuple[Any, ...]]:
    regular, overtime = _hours(case, found)
    rows = (found.load, regular, np.maximum(found.load - regular, 0.0), overtime, found.capacity_price)
    for number, resource in enumerate(case.resources.tolist()):
        yield (plan, resource, *(values[number] for values in rows))


def _hours(case: SupplyCase, found: SupplyPlan) -> tuple[Numbers, Numbers]:
    """Regular hours and the most overtime [r, t]; those of the people whom the plan employs where there is a crew."""
    regular, overtime = case.hours.regular.copy(), case.hours.overtime.copy()
    for crew, workers in zip(case.hours.crews, found.workers, strict=True):
        regular[crew.resource] = workers * crew.regular_hours_per_worker
        overtime[crew.resource] = workers * crew.overtime_hours_per_worker
    return regular, overtime


def result_of(plan: ProductionPlan) -> dict[str, Any]:
    """What the strategies are compared by."""
    fields = ("product_id", "demand", "inventory", "backorder", "lost")
    lines = bulk.read(ProductionLine.objects.filter(plan=plan), *fields)
    loads = bulk.read(ResourceLoad.objects.filter(plan=plan), "load", "regular", "overtime", "overtime_limit")
    demand, inventory, late, lost = (np.vstack([line[column] for line in lines]) for column in range(1, 5))
    over = sum(int((load > regular + limit + TOLERANCE * (1 + regular)).sum()) for load, regular, _, limit in loads)
    unserved = lost.sum() + np.maximum(np.diff(late, axis=1, prepend=0.0), 0.0).sum()
    cost = prices.unit_costs([line[0] for line in lines], plan.start, plan.horizon)
    return {
        "plan": plan.pk,
        "strategy": plan.strategy,
        "demand_version": plan.demand_version,
        "products": len(lines),
        "cost": plan.cost,
        "gap": plan.gap,
        "demand": round(float(demand.sum()), 3),
        "lost": round(float(lost.sum()), 3),
        "late_at_end": round(float(late[:, -1].sum()), 3),
        "service": round(max(0.0, 1 - float(unserved / demand.sum())), 6) if demand.sum() else None,
        "stock_value": round(float((np.nan_to_num(cost) * inventory).sum()) / plan.horizon, 2),
        "overtime_hours": round(sum(float(overtime.sum()) for _, _, overtime, _ in loads), 3),
        "overloads": over,
        "seconds": plan.seconds,
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
