"""The numerical cores alone, on made-up instances that every run repeats exactly."""

from typing import Any

import numpy as np

from benchmarks.registry import NotAvailable, benchmark, stopwatch

SEED = 20270101
MONTHS = 18


def histories(series: int, months: int) -> Any:
    """Level, trend, season and noise, different for every series; no series is negative."""
    random = np.random.default_rng(SEED)
    month = np.arange(months)
    level = random.lognormal(5, 1, (series, 1))
    trend = 1 + random.normal(0, 0.004, (series, 1)) * month
    season = 1 + random.uniform(0, 0.3, (series, 1)) * np.sin(
        2 * np.pi * (month + random.uniform(0, 12, (series, 1))) / 12
    )
    return np.maximum(level * trend * season * random.lognormal(0, 0.15, (series, months)), 0)


def supply_problem(products: int, resources: int) -> Any:
    """Seasonal demand on lines that are nearly full: building ahead, overtime and lateness all pay somewhere."""
    try:
        from planning.engine import SupplyProblem
    except ImportError as error:
        raise NotAvailable(str(error)) from error
    random = np.random.default_rng(SEED)
    demand = np.round(histories(products, MONTHS))
    rows = routing(products, resources)
    needed = np.bincount(rows[:, 1].astype(int), rows[:, 2] * demand.mean(axis=1), minlength=resources)
    cost = random.uniform(5, 50, products)
    return SupplyProblem(
        demand=demand,
        opening_inventory=np.round(demand[:, 0] * 0.5),
        production_cost=cost,
        holding_cost=cost * 0.02,
        backorder_cost=cost * 0.3,
        lost_sale_cost=cost * 2,
        safety_stock=np.round(demand * 0.25),
        safety_stock_cost=cost * 0.1,
        routing=rows,
        regular_hours=np.repeat(needed[:, None] * 1.02, MONTHS, axis=1),
        overtime_hours=np.repeat(needed[:, None] * 0.15, MONTHS, axis=1),
        overtime_cost=np.full(resources, 40.0),
    )


def routing(products: int, resources: int, operations: int = 1) -> Any:
    """Rows (product, resource, hours per unit, months after release); every product visits some resources."""
    random = np.random.default_rng(SEED)
    rows = products * operations
    product = np.repeat(np.arange(products), operations)
    return np.column_stack(
        [product, random.integers(0, resources, rows), random.uniform(0.01, 0.1, rows), np.zeros(rows)]
    )


@benchmark("Forecast, 10,000 series × 36 months with backtest", unit="series/s", at_least=1667)
def forecast_rate() -> float:
    try:
        from forecasting.engine import forecast
    except ImportError as error:
        raise NotAvailable(str(error)) from error
    history = histories(10_000, 36)
    with stopwatch() as watch:
        forecast(history, MONTHS)
    return len(history) / watch.seconds


@benchmark("Production plan, 1,000 products × 20 resources × 18 months", unit="s", at_most=3)
def supply_plan() -> float:
    return seconds_to_solve(supply_problem(1_000, 20))


@benchmark("Production plan, 10,000 products × 50 resources × 18 months", unit="s", at_most=5)
def large_supply_plan() -> float:
    return seconds_to_solve(supply_problem(10_000, 50))


def seconds_to_solve(problem: Any) -> float:
    from planning.engine import solve

    with stopwatch() as watch:
        solve(problem)
    return watch.seconds


@benchmark("Capacity check, 100,000 products, 300,000 operations", unit="ms", at_most=50)
def capacity_check() -> float:
    try:
        from planning.engine import load
    except ImportError as error:
        raise NotAvailable(str(error)) from error
    production = np.random.default_rng(SEED).uniform(0, 100, (100_000, MONTHS))
    rows = routing(100_000, 200, operations=3)
    load(production[:200], rows[:600], 200)  # the first call imports the sparse matrices
    with stopwatch() as watch:
        load(production, rows, 200)
    return watch.seconds * 1000
