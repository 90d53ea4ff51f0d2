"""The supply job and the capacity check from database to database, in a process of its own each.

A company is made in a database beside the one of DATABASE_URL and dropped at the end. Only `--database` measures it.
"""

import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.forecasting.job import PRODUCT, ROOT, passing_database, start_django
from benchmarks.registry import NotAvailable, benchmark, peak_megabytes, stopwatch

HORIZON, PLAN, LONG_AGO = 18, dt.date(2026, 1, 1), dt.date(2020, 1, 1)
FAMILIES, STEPS = 50, 3  # operations of a product
UTILISATION, OVERTIME = 0.95, 0.2  # of the mean load of the busiest months, and of the regular hours


@dataclass(frozen=True)
class Job:
    seconds: float
    megabytes: float  # the largest resident memory of the process that worked
    gap_percent: float  # certified distance from the least cost; 0 for a check


@benchmark("Supply job, 1,000 products × 20 resources", unit="s", at_most=5, database=True)
def small() -> float:
    return job("plan_supply", 1_000, 20).seconds


@benchmark("Supply job, 10,000 products × 50 resources", unit="s", at_most=15, database=True)
def large() -> float:
    return job("plan_supply", 10_000, 50).seconds


@benchmark("Supply job, 10,000 products × 50 resources, gap", unit="%", at_most=0.2, database=True)
def large_gap() -> float:
    return job("plan_supply", 10_000, 50).gap_percent


@benchmark("Supply job, 10,000 products × 50 resources, memory", unit="MB", at_most=1_000, database=True)
def large_memory() -> float:
    return job("plan_supply", 10_000, 50).megabytes


@benchmark("Capacity check, 100,000 products × 3 operations", unit="s", at_most=1, database=True)
def check() -> float:
    return job("check_capacity", 100_000, 200).seconds


@cache
def job(command: str, products: int, resources: int) -> Job:
    """A command in a process of its own, whose memory is that of a worker."""
    start_django()
    with passing_database() as address:
        make_company(products, resources)
        environment = {**os.environ, "DATABASE_URL": address, "REDIS_URL": "", "OMP_NUM_THREADS": "1"}
        program = [sys.executable, "-m", "benchmarks.planning.supply_job", command]
        done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotAvailable(done.stderr.strip().splitlines()[-1])
        return Job(**json.loads(done.stdout))


def measure(command: str) -> Job:
    """What the new process does."""
    start_django()
    from django.core.management import call_command

    said = io.StringIO()
    with stopwatch() as watch:
        call_command(command, "--json", stdout=said, stderr=io.StringIO())
    return Job(watch.seconds, peak_megabytes(), 100 * (json.loads(said.getvalue()).get("gap") or 0.0))


def make_company(products: int, resources: int) -> None:
    """Seasonal demand of which the resources can do nineteen twentieths in regular hours; the same in every run."""
    from planning.models import InventoryBalance, Resource, Routing, SalesPlan, SalesPlanLine, SupplyPolicy
    from sop import bulk
    from sop.models import Cycle, Family, Market, Product, ProductCost, ProductPrice, Series, Site

    chance = np.random.default_rng(7)
    families = [Family.objects.create(code=f"F{number}", name=f"Family {number}").pk for number in range(FAMILIES)]
    market, site = Market.objects.create(code="M", name="Market"), Site.objects.create(code="S", name="Site")
    bulk.insert(Product, (*PRODUCT, "lot_multiple", "safety_stock"), _products(products, families))
    keys = list(Product.objects.order_by("code").values_list("pk", flat=True))
    cost = chance.lognormal(3, 0.8, products)
    bulk.insert(ProductCost, ("product_id", "valid_from", "unit_cost"), _dated(keys, cost))
    bulk.insert(ProductPrice, ("product_id", "valid_from", "price"), _dated(keys, 1.7 * cost))
    bulk.insert(Series, ("product_id", "market_id"), ((key, market.pk) for key in keys))
    cycle = Cycle.objects.create(first_month=PLAN, horizon=HORIZON)
    plan = SalesPlan.objects.create(cycle=cycle, start=PLAN, horizon=HORIZON)
    demand = _demand(products, chance)
    series = dict(Series.objects.values_list("product", "pk"))
    vectors = ("baseline", "events", "consensus", "price", "unit_cost", "revenue", "cost")
    nothing = np.zeros(HORIZON)
    lines = (
        (plan.pk, series[key], sold, nothing, sold, nothing, nothing, sold * price * 1.7, sold * price)
        for key, sold, price in zip(keys, demand, cost, strict=True)
    )
    bulk.insert(SalesPlanLine, ("plan_id", "series_id", *vectors), lines)
    routing, load = _routing(demand, resources, chance)
    made = Resource.objects.bulk_create(
        Resource(
            code=f"R{number:03d}",
            name=f"Resource {number}",
            site=site,
            regular_hours_per_month=UTILISATION * mean,
            overtime_hours_per_month=OVERTIME * mean,
            overtime_hourly_cost=30.0,
        )
        for number, mean in enumerate(load.mean(axis=1).tolist())
    )
    steps = ((keys[int(row[0])], made[int(row[1])].pk, row[2], 0) for row in routing)
    bulk.insert(Routing, ("product_id", "resource_id", "hours_per_unit", "offset_months"), steps)
    stock = zip(keys, demand[:, 0] * chance.uniform(0.2, 1.2, products), strict=True)
    columns = ("product_id", "site_id", "month", "on_hand")
    bulk.insert(InventoryBalance, columns, ((key, site.pk, cycle.as_of, units) for key, units in stock))
    SupplyPolicy.objects.bulk_create(
        SupplyPolicy(product_id=key, target=SupplyPolicy.Target.COVER, cover_months=0.5) for key in keys[::4]
    )


def _products(count: int, families: list[int]) -> Iterator[tuple[Any, ...]]:
    for number in range(count):
        family = families[number % FAMILIES]
        lead_time = int(number % 5 == 0)
        yield (f"P{number:06d}", f"Product {number}", family, True, "EA", 1.0, "MTS", "make", lead_time, 1.0, 10.0)


def _dated(keys: list[int], values: np.ndarray) -> Iterator[tuple[Any, ...]]:
    return ((key, LONG_AGO, float(value)) for key, value in zip(keys, values, strict=True))


def _demand(products: int, chance: np.random.Generator) -> np.ndarray:
    month = np.arange(HORIZON)
    season = 1 + chance.uniform(0, 0.5, (products, 1)) * np.sin(2 * np.pi * (month + chance.integers(0, 4)) / 12)
    noise = chance.lognormal(0, 0.15, (products, HORIZON))
    return np.round(chance.lognormal(4, 1, (products, 1)) * season * noise)


def _routing(demand: np.ndarray, resources: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows (product, resource, hours per unit), and the load [resource, month] that demand puts on them."""
    products = len(demand)
    first = chance.integers(0, resources, products)
    used = (first[:, None] + np.arange(STEPS) * max(1, resources // 7)) % resources
    hours = chance.uniform(0.02, 0.2, (products, STEPS))
    load = np.zeros((resources, HORIZON))
    for step in range(STEPS):
        np.add.at(load, used[:, step], hours[:, [step]] * demand)
    rows = np.column_stack([np.repeat(np.arange(products), STEPS), used.ravel(), hours.ravel()])
    return rows, load


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1]))))
