"""The best prices of items once the prices of hours are given: they make the certificate of groups planned apart tight.

With hours priced, items of no bill of materials have nothing to do with each other. The best prices of one are a path
through the months: in every month one of a few candidates, each what a unit would cost by some way of having it there.
The path of the largest bound is found by dynamic programming over many items at once, in single precision: any prices
give a valid bound, so rounding costs a little of the bound and nothing of its truth.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planning.engine.arrays import Array, Integers, Mask
from planning.engine.certificate import Prices, mended
from planning.engine.problem import SupplyProblem

Singles = NDArray[np.float32]
# A unit may come from so many months before, or, late, after.
BEFORE, AFTER = 3, 2
AT_ONCE = 500
THREADS = 2
# The bound of a path that no prices may take.
FORBIDDEN = np.float32(-1e30)


def with_best_items(problem: SupplyProblem, prices: Prices) -> Prices:
    """`prices` with the items priced anew; those of a bill of materials or with limits of production stay."""
    start, ceiling = mended(problem, prices)
    items = np.flatnonzero(_alone(problem))
    chunks = np.array_split(items, -(-items.size // AT_ONCE)) if items.size else []
    best = start.item.copy()
    with ThreadPoolExecutor(THREADS) as threads:
        paths = threads.map(lambda chunk: _best_path(problem, chunk, start.item[chunk], ceiling[chunk]), chunks)
        for chunk, path in zip(chunks, paths, strict=True):
            best[chunk] = path
    return replace(start, item=best)


def _alone(problem: SupplyProblem) -> Mask:
    alone: Mask = np.isinf(problem.max_production).all(axis=1) & (problem.min_production == 0).all(axis=1)
    alone[problem.bom[:, :2].astype(np.int64).ravel()] = False
    alone[problem.shipment_items] = False
    alone[problem.stored_items] = False
    return alone


def _best_path(problem: SupplyProblem, items: Integers, item: Array, ceiling: Array) -> Array:
    """[k, t] the candidates whose bound is largest, months chained by stock and debt."""
    price = _candidates(problem, items, item, ceiling)
    every, months = np.arange(items.size), problem.months
    bound, chosen = _of_month(problem, items, price, 0), []
    for month in range(1, months):
        through = bound[:, :, None] + _between(
            problem, items, month - 1, price[:, month - 1, :, None], price[:, month, None]
        )
        before = through.argmax(axis=1)
        chosen.append(before)
        bound = np.take_along_axis(through, before[:, None], axis=1)[:, 0] + _of_month(problem, items, price, month)
    # After the last month a unit is worth nothing.
    nothing = np.zeros((items.size, 1, 1), np.float32)
    bound = bound + _between(problem, items, months - 1, price[:, -1, :, None], nothing)[:, :, 0]
    path = np.empty(item.shape)
    place = bound.argmax(axis=1)
    for month in range(months - 1, -1, -1):
        path[:, month] = price[every, month, place]
        if month:
            place = chosen[month - 1][every, place]
    return path


def _candidates(problem: SupplyProblem, items: Integers, item: Array, ceiling: Array) -> Singles:
    """[k, t, c] prices: as it is, refused, made or bought so many months before or after."""
    hold, short, late, lost = (
        column[items, None]
        for column in (
            problem.holding_cost,
            problem.safety_stock_cost,
            problem.backorder_cost,
            problem.lost_sale_cost,
        )
    )
    found = [item, np.broadcast_to(lost, item.shape), ceiling]
    for months in range(1, BEFORE + 1):
        made = np.full_like(ceiling, np.inf)
        made[:, months:] = ceiling[:, :-months]
        found += [made + months * hold, made + months * (hold - short), made + months * hold - short]
    for months in range(1, AFTER + 1):
        made = np.full_like(ceiling, np.inf)
        made[:, :-months] = ceiling[:, months:]
        found += [made + months * late, made - months * hold, made - months * (hold - short)]
    prices = np.minimum(np.stack(found, axis=2), ceiling[:, :, None])
    return np.where(np.isfinite(prices), prices, item[:, :, None]).astype(np.float32)


def _of_month(problem: SupplyProblem, items: Integers, price: Singles, month: int) -> Singles:
    """[k, c] what demand of the month adds to the bound."""
    own = price[:, month]
    refuse = np.minimum(0, _column(problem.lost_sale_cost[items]) - own)
    worth: Singles = own * _column(problem.net_demand[items, month])
    worth += refuse * _column(problem.lost_limit[items, month])
    return worth


def _between(problem: SupplyProblem, items: Integers, month: int, this: Singles, after: Singles) -> Singles:
    """[k, c, c] what stock and debt after the month add, for each pair of prices in it and after it."""
    hold, short = _cube(problem.holding_cost[items]), _cube(problem.safety_stock_cost[items])
    keep = hold + this - after
    owe = np.minimum(0, _cube(problem.backorder_price[items, month]) - (this - after))
    total: Singles = np.minimum(0, keep - short) * _cube(problem.safety_segment[items, month])
    total += owe * _cube(problem.backorder_limit[items, month])
    beyond = problem.inventory_limit[items, month] - problem.safety_segment[items, month]
    free = np.isinf(beyond)
    total += np.minimum(0, keep) * _cube(np.where(free, 0, beyond))
    total[(keep < -np.float32(1e-6) * np.abs(after)) & free[:, None, None]] = FORBIDDEN
    return total


def _column(values: Array) -> Singles:
    return values.astype(np.float32)[:, None]


def _cube(values: Array) -> Singles:
    return values.astype(np.float32)[:, None, None]
