"""Which items are planned together: what hangs together by the bill of materials, then what goes the same way."""

import numpy as np
import scipy

from planning.engine.arrays import Array, Integers
from planning.engine.problem import SupplyProblem

# Operations looked at when routes are compared, those of most hours first.
STEPS = 3
SEED = 20270101


def blocks(problem: SupplyProblem) -> Integers:
    """[n] one number for all items that hang together by the bill of materials."""
    lines = problem.bom[:, :2].astype(np.int64)
    graph = scipy.sparse.coo_matrix((np.ones(len(lines)), lines.T), shape=(problem.items, problem.items))
    found: Integers = scipy.sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return found


def groups(problem: SupplyProblem, size: int, turn: int) -> Integers:
    """[n] groups of about `size` items, no block divided.

    At `turn` 0 items of one route and one season are together; at every later turn other items of the same main
    resource, so that hours can pass from any item to any other in a few turns.
    """
    block = blocks(problem)
    leader = np.unique(block, return_index=True)[1]
    route = _route(problem)[leader]
    if turn:
        keys = (np.random.default_rng(SEED + turn).random(leader.size), route[:, 0])
    else:
        keys = (_season(problem)[leader], *np.sort(route, axis=1).T)
    order = np.lexsort(keys)
    sizes = np.bincount(block)[order]
    group = np.empty(leader.size, dtype=np.int64)
    group[order] = (np.cumsum(sizes) - sizes) // size
    found: Integers = np.unique(group[block], return_inverse=True)[1].astype(np.int64)
    return found


def members(group: Integers) -> list[Integers]:
    """The items of each group, ascending."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _route(problem: SupplyProblem) -> Integers:
    """[n, steps] resources by hours per unit, the largest first; −1 where there are fewer."""
    route = np.full((problem.items, STEPS), -1, dtype=np.int64)
    table = problem.routing[np.lexsort((-problem.routing[:, 2], problem.routing[:, 0]))]
    item = table[:, 0].astype(np.int64)
    place = np.arange(item.size) - np.searchsorted(item, item)
    kept = place < STEPS
    route[item[kept], place[kept]] = table[kept, 1]
    return route


def _season(problem: SupplyProblem) -> Array:
    """[n] the mean month of demand."""
    total = problem.demand.sum(axis=1)
    months = problem.demand @ np.arange(problem.months)
    mean: Array = np.divide(months, total, out=np.zeros(problem.items), where=total > 0)
    return mean
