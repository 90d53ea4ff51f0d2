"""The supply engine on a plant whose lines are nearly full: seasons, lead times, several operations per product."""

import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np

from benchmarks.engines import MONTHS, SEED
from benchmarks.registry import benchmark, stopwatch

# Found once by the exact plan, in 25 s of processor time.
LEAST_COST_OF_10_000 = 598_707_345.44


@benchmark("Plant of 1,000 products × 20 resources × 18 months, least cost", unit="s", at_most=3)
def small_plant() -> float:
    return seconds_to_plan(1_000, 20)


@benchmark("Plant of 10,000 products × 50 resources × 18 months", unit="s", at_most=5)
def large_plant() -> float:
    return seconds_to_plan(10_000, 50)


@benchmark("Plant of 10,000 products: certified gap to the least cost", unit="%", at_most=0.15)
def large_plant_gap() -> float:
    return planned(10_000, 50)[0].gap * 100


@benchmark("Plant of 10,000 products: above the least cost known", unit="%", at_most=0.1)
def large_plant_above() -> float:
    return (planned(10_000, 50)[0].cost / LEAST_COST_OF_10_000 - 1) * 100


@benchmark("Plant of 10,000 products: peak memory", unit="MB", at_most=300)
def large_plant_memory() -> float:
    return memory_of("from benchmarks.planning.supply import planned; planned(10_000, 50)")


@benchmark("Plant of 50,000 products × 200 resources × 18 months", unit="s", at_most=30)
def huge_plant() -> float:
    return seconds_to_plan(50_000, 200)


@benchmark("What-if of 1,000 products: an hour more where it is worth most", unit="s", at_most=1)
def one_more_hour() -> float:
    kept = kept_plant()
    hours = kept.problem.regular_hours.copy()
    hours.ravel()[kept.plan.capacity_price.argmax()] += 1
    return seconds_to_change(hours)


@benchmark("What-if of 1,000 products: a tenth more of a resource", unit="s", at_most=1)
def tenth_more() -> float:
    kept = kept_plant()
    hours = kept.problem.regular_hours.copy()
    hours[kept.plan.capacity_price.sum(axis=1).argmax()] *= 1.1
    return seconds_to_change(hours)


@benchmark("Risk of a plan, 1,000 paths × 10,000 products × 18 months", unit="s", at_most=8)
def thousand_paths() -> float:
    from planning.engine import risk, simulate

    problem = plant(10_000, 50)
    plan = simulate(problem, problem.demand)
    errors = np.random.default_rng(SEED).normal(0, 0.3, (10_000, 40)).clip(-0.95)
    with stopwatch() as watch:
        risk(problem, plan, errors)
    return watch.seconds


@cache
def kept_plant() -> Any:
    from planning.engine import keep

    return keep(plant(1_000, 20))


def seconds_to_change(hours: Any) -> float:
    kept = kept_plant()
    with stopwatch() as watch:
        plan = kept.change(regular_hours=hours)
    print(f"  cost {kept.plan.cost:,.2f} to {plan.cost:,.2f}, gap {plan.gap:.3%}")
    return watch.seconds


def seconds_to_plan(products: int, resources: int) -> float:
    """Prints what was planned, for a time alone says little."""
    plan, seconds = planned(products, resources)
    print(f"  {plan.method}: cost {plan.cost:,.0f}, bound {plan.bound:,.0f}, gap {plan.gap:.3%}")
    return seconds


@cache
def planned(products: int, resources: int) -> tuple[Any, float]:
    from planning.engine import solve

    problem = plant(products, resources)
    with stopwatch() as watch:
        plan = solve(problem)
    return plan, watch.seconds


def memory_of(code: str) -> float:
    """The peak of a process of its own, for what is measured before it leaves memory behind."""
    command = f"{code}; from benchmarks.registry import peak_megabytes; print(peak_megabytes())"
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return float(told.stdout.split()[-1])


def plant(products: int, resources: int) -> Any:
    """Families of about forty products share a route of one to three operations and a season."""
    from planning.engine import SupplyProblem

    random = np.random.default_rng(SEED)
    family = random.integers(0, max(5, products // 40), products)
    families = int(family.max()) + 1
    month = np.arange(MONTHS)
    demand = _demand(random, family, families)
    cost = random.lognormal(2.5, 0.8, products)
    lead_time = random.choice([0, 1, 2], products, p=[0.5, 0.35, 0.15])
    rows = _routing(random, family, families, resources, lead_time)
    safety = demand.mean(axis=1, keepdims=True) * random.uniform(0.2, 0.8, (products, 1)) * np.ones(MONTHS)
    coming = month < lead_time[:, None]
    needed = np.zeros((resources, MONTHS))
    np.add.at(needed, rows[:, 1].astype(int), rows[:, 2:3] * demand[rows[:, 0].astype(int)])
    busy = random.uniform(0.8, 1.05, (resources, 1))
    hours = needed.mean(axis=1, keepdims=True) / busy * random.uniform(0.93, 1.07, (resources, MONTHS))
    return SupplyProblem(
        demand=demand,
        opening_inventory=safety[:, 0] * random.uniform(0.5, 1.6, products),
        production_cost=cost,
        holding_cost=0.02 * cost,
        lead_time=lead_time,
        scheduled_receipts=np.where(coming, demand * random.uniform(0.5, 1, demand.shape), 0),
        backorder_cost=0.1 * cost,
        lost_sale_cost=cost * random.uniform(1.55, 2.75, products),
        safety_stock=safety,
        safety_stock_cost=0.06 * cost,
        subcontract_cost=np.where(random.random(products) < 0.15, cost * random.uniform(1.25, 1.6, products), np.inf),
        subcontract_lead_time=np.ones(products),
        routing=rows,
        regular_hours=np.maximum(hours, 1),
        overtime_hours=0.25 * np.maximum(hours, 1),
        overtime_cost=random.uniform(20, 60, resources),
    )


def _demand(random: Any, family: Any, families: int) -> Any:
    month, products = np.arange(MONTHS), family.size
    phase, swing = random.uniform(0, 2 * np.pi, families), random.beta(2, 3, families) * 0.9
    season = 1 + swing[family, None] * np.sin(2 * np.pi * month / 12 + phase[family, None])
    trend = 1 + random.normal(0, 0.01, (products, 1)) * month
    noise = random.lognormal(0, 0.15, (products, MONTHS))
    return np.maximum(random.lognormal(4.5, 1.3, (products, 1)) * season * trend * noise, 0).round(1)


def _routing(random: Any, family: Any, families: int, resources: int, lead_time: Any) -> Any:
    route = random.integers(0, resources, (families, 3))[family]
    operations = random.choice([1, 2, 3], family.size, p=[0.35, 0.4, 0.25])
    hours = random.lognormal(-2.5, 0.6, (family.size, 3))
    rows = []
    for step in range(3):
        goes = np.flatnonzero((operations > step) & (route[:, :step] != route[:, [step]]).all(axis=1))
        after = np.minimum(lead_time[goes], 1) if step == 2 else np.zeros(goes.size)
        rows.append(np.column_stack([goes, route[goes, step], hours[goes, step], after]))
    return np.concatenate(rows)
