"""What a fixed plan meets when demand is not as forecast: paths of demand drawn from the forecast's own errors.

Errors of one item follow each other: their ranks are normal with a correlation of 0.4 from month to month, their sizes
come from a table of observed errors. Every path has random numbers of its own, so the result depends on the seed alone
and not on how the paths are shared among threads.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from planning.engine import certificate
from planning.engine.arrays import Array, Integers
from planning.engine.problem import SupplyPlan, SupplyProblem
from planning.engine.validation import checked_array

Singles = NDArray[np.float32]
CORRELATION = np.float32(0.4)
# Keeps the variance of an AR(1) series at one.
INNOVATION = np.float32(np.sqrt(1 - 0.4**2))
QUANTILES = (0.1, 0.5, 0.9)
# Ranks are looked up in cells of this width, up to this many standard deviations.
CELL, WIDEST = 1 / 64, 4
CELLS = 2 * WIDEST * 64
# Values of one array at a time; so many stay in the processor's cache.
AT_ONCE = 65_536
THREADS = 2


@dataclass(frozen=True, eq=False)
class Risk:
    """The last axis of quantiles is P10, P50, P90 over the paths."""

    paths: int
    fill_rate: Array  # [3] demand shipped in its month, by value
    fill_rate_by_group: Array  # [g, 3]; NaN for a group without demand
    revenue: Array  # [3] of what is shipped by the end
    revenue_target: float
    revenue_chance: float  # part of the paths that reach the target
    revenue_at_risk: float  # mean value of demand that is not shipped in its month
    stock_value: Array  # [t, 3]
    short_chance: Array  # [n, t] part of the paths in which the item is short


class _Errors(NamedTuple):
    """Relative errors by class and rank."""

    of_rank: Singles  # [c × CELLS]
    first: Integers  # [n] where the class of the item begins


class _Case(NamedTuple):
    """The plan as the paths see it, months first."""

    opening: Singles  # [n]
    supply: Singles  # [t, n]
    forecast: Singles  # [t, n]
    refuses: Singles  # [n] 1 where demand that is not met is lost, 0 where it is owed
    errors: _Errors
    price: Array  # [n]
    unit_cost: Array  # [n]
    group: Integers  # [n]
    groups: int
    seed: int


class _Paths(NamedTuple):
    """What some paths came to."""

    wanted: Array  # [p, g] value of demand
    missed: Array  # [p, g] value not shipped in its month
    revenue: Array  # [p]
    stock: Array  # [p, t] value
    short: Integers  # [n, t] paths


def risk(
    problem: SupplyProblem,
    plan: SupplyPlan,
    errors: ArrayLike,
    *,
    paths: int = 1_000,
    seed: int = 0,
    error_class: ArrayLike | None = None,
    price: ArrayLike = 1.0,
    unit_cost: ArrayLike | None = None,
    group: ArrayLike = 0,
    revenue_target: float | None = None,
) -> Risk:
    """Play `plan` against `paths` draws of demand.

    `errors[c, k]` are k equally likely relative errors (actual ÷ forecast − 1) of class c, `error_class[n]` the class
    of each item (row n of `errors` when left out). `price[n]` and `unit_cost[n]` (the supply cost when left out) value
    units sold and in stock; `group[n]` numbers the groups from 0. Unmet demand is lost where the problem has a price
    for that, and owed elsewhere. `revenue_target` is the forecast's value when left out. Raises ValueError naming the
    argument and the index.
    """
    items = (problem.items,)
    klass = np.arange(problem.items) if error_class is None else error_class
    supply = certificate.net_supply(problem, plan.production, plan.subcontract) + problem.scheduled_receipts
    families = checked_array("group", group, items, low=0, whole=True).astype(np.int64)
    case = _Case(
        opening=problem.opening_inventory.astype(np.float32),
        supply=_months_first(supply),
        forecast=_months_first(problem.demand),
        refuses=np.isfinite(problem.lost_sale_cost).astype(np.float32),
        errors=_errors_by_rank(errors, checked_array("error_class", klass, items, low=0, whole=True)),
        price=checked_array("price", price, items, low=0),
        unit_cost=checked_array("unit_cost", problem.supply_cost if unit_cost is None else unit_cost, items, low=0),
        group=families,
        groups=int(families.max()) + 1,
        seed=seed,
    )
    if paths < 1:
        raise ValueError(f"paths is {paths}, expected 1 or more")
    size = max(1, AT_ONCE // problem.items)
    chunks = [range(first, min(first + size, paths)) for first in range(0, paths, size)]
    short, by_path = np.zeros((problem.items, problem.months)), []
    with ThreadPoolExecutor(THREADS) as threads:
        for played in threads.map(lambda chunk: _play(case, chunk), chunks):
            short += played.short
            by_path.append((played.wanted, played.missed, played.revenue, played.stock))
    wanted, missed, revenue, stock = (np.concatenate(part) for part in zip(*by_path, strict=True))
    target = float((case.price[:, None] * problem.demand).sum()) if revenue_target is None else revenue_target
    return Risk(
        paths=paths,
        fill_rate=_quantiles(_filled(wanted.sum(axis=1), missed.sum(axis=1))),
        fill_rate_by_group=_quantiles(_filled(wanted, missed)),
        revenue=_quantiles(revenue),
        revenue_target=target,
        revenue_chance=float((revenue >= target * (1 - 1e-6)).mean()),
        revenue_at_risk=float(missed.sum(axis=1).mean()),
        stock_value=_quantiles(stock),
        short_chance=short / paths,
    )


def _months_first(values: Array) -> Singles:
    return np.ascontiguousarray(values.T, dtype=np.float32)


def _errors_by_rank(errors: ArrayLike, klass: Array) -> _Errors:
    table = checked_array("errors", errors, np.shape(errors), low=-1)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"errors has shape {table.shape}, expected classes × errors")
    if klass.max() >= len(table):
        unknown = int(klass.argmax())
        raise ValueError(f"error_class[{unknown}] is unknown, there are {len(table)}: {klass[unknown]:g}")
    return _Errors(_by_rank(table).ravel(), klass.astype(np.int64) * CELLS)


def _by_rank(errors: Array) -> Singles:
    """[c, cells] the error at each cell of a standard normal rank, between those observed."""
    ordered = np.sort(errors.astype(np.float32), axis=1)
    count = ordered.shape[1]
    middle = (np.arange(CELLS) + 0.5) * CELL - WIDEST
    place = np.clip(scipy.special.ndtr(middle) * count - 0.5, 0, count - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, count - 1)
    between = (place - below).astype(np.float32)
    found: Singles = (ordered[:, below] * (1 - between) + ordered[:, above] * between).astype(np.float32)
    return found


def _play(case: _Case, numbers: range) -> _Paths:
    """The paths of these numbers, month by month, side by side."""
    months, items = case.forecast.shape
    shape = (len(numbers), items)
    draws = [np.random.Generator(np.random.SFC64([case.seed, number])) for number in numbers]
    rank, noise, wanted, missed = (np.zeros(shape, np.float32) for _ in range(4))
    stock = np.repeat(case.opening[None], len(numbers), axis=0)
    value, short = np.zeros((len(numbers), months)), np.zeros((items, months), np.int64)
    for month in range(months):
        for row, draw in zip(noise, draws, strict=True):
            draw.standard_normal(out=row, dtype=np.float32)
        demand = _demand(case, month, rank, noise)
        wanted += demand
        stock += case.supply[month] - demand
        unmet = np.minimum(np.maximum(-stock, 0), demand)
        # Rounding of a number this large is no shortage.
        unmet[unmet <= 1e-5 * demand] = 0
        missed += unmet
        stock += unmet * case.refuses
        short[:, month] = np.count_nonzero(unmet, axis=0)
        value[:, month] = [np.maximum(row, 0) @ case.unit_cost for row in stock]
    lost = missed * case.refuses + np.maximum(-stock, 0)
    sold = wanted + np.maximum(-case.opening, 0) - lost
    return _Paths(
        _by_group(wanted, case),
        _by_group(missed, case),
        np.array([row.astype(np.float64) @ case.price for row in sold]),
        value,
        short,
    )


def _demand(case: _Case, month: int, rank: Singles, noise: Singles) -> Singles:
    """[p, n] this month's demand; `rank` moves on, `noise` is used up."""
    if month == 0:
        rank[:] = noise
    else:
        rank *= CORRELATION
        noise *= INNOVATION
        rank += noise
    np.multiply(rank, np.float32(1 / CELL), out=noise)
    noise += np.float32(CELLS / 2)
    np.clip(noise, 0, CELLS - 1, out=noise)
    error: Singles = case.errors.of_rank[noise.astype(np.int64) + case.errors.first]
    error += np.float32(1)
    error *= case.forecast[month]
    return error


def _by_group(units: Singles, case: _Case) -> Array:
    """[p, g] value, each path summed on its own."""
    rows = [np.bincount(case.group, row * case.price, case.groups) for row in units]
    return np.array(rows)


def _filled(wanted: Array, missed: Array) -> Array:
    part: Array = 1 - np.divide(missed, wanted, out=np.full(wanted.shape, np.nan), where=wanted > 0)
    return part


def _quantiles(values: Array) -> Array:
    """The last axis is that of `QUANTILES`, the first one, of paths, is gone."""
    found: Array = np.moveaxis(np.quantile(values, QUANTILES, axis=0), 0, -1)
    return found
