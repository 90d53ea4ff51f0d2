"""Plans of many items: classes first, then the items of each group with their share of the hours.

1. Like items are added up into classes, whose least-cost plan says how much of every resource and month each group of
   items takes. Every group is planned exactly with its share of all hours, overtime and idle time included.
2. The items are grouped anew. A group keeps the hours its items took and gets its share of what nobody took, so the
   plan before can be made again and the new one costs no more. The solver starts each item where it ended before, which
   takes an eighth of the steps.
3. The groups' prices of hours, weighted by their shares, and the best prices of items beside them certify how much less
   any plan could cost.

Shares add up to the hours there are, so the groups' plans together keep every limit. They are made in threads: HiGHS
lets go of Python while it works.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from planning.engine import capacity, exact, grouping
from planning.engine.arrays import Array, Integers
from planning.engine.basis import ItemBasis
from planning.engine.certificate import Prices
from planning.engine.classes import class_problem, classes
from planning.engine.exact import Found
from planning.engine.item_prices import with_best_items
from planning.engine.linear_program import Infeasible
from planning.engine.model import build_model
from planning.engine.parts import Part, part
from planning.engine.problem import SupplyPlan, SupplyProblem

GROUP = 40
MOST_CLASSES = 800
TURNS = 3
THREADS = 2
# What hangs together by the bill of materials is one program; larger than this it would take too long.
LARGEST_BLOCK = 1_000
# The part of its mean load that a group may use in months in which its class has none.
SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class Shares:
    """[g, r, t] hours of each group."""

    regular: Array
    overtime: Array


def obstacle(problem: SupplyProblem) -> str:
    """What ties the items together beyond hours they share; empty where they can be planned apart."""
    if problem.workforce:
        return "workforce"
    if problem.smoothing_cost.any():
        return "smoothing"
    if problem.alternates.size:
        return "alternates"
    if problem.stored_items.size:
        return "storage"
    if np.bincount(grouping.blocks(problem)).max() > LARGEST_BLOCK:
        return "common parts"
    return ""


def solve(problem: SupplyProblem) -> SupplyPlan:
    """A plan near the least cost. Raises Infeasible where a group cannot keep its limits with its share."""
    start = time.perf_counter()
    group, basis = grouping.groups(problem, GROUP, 0), ItemBasis(problem)
    found = _planned(problem, group, _first_shares(problem, group), basis)
    for turn in range(1, TURNS):
        group = grouping.groups(problem, GROUP, turn)
        try:
            found = _planned(problem, group, _next_shares(problem, group, found.production), basis)
        except Infeasible:  # by a rounding of the shares
            break
    found = replace(found, prices=with_best_items(problem, found.prices))
    return exact.certified(problem, found, "decomposition", start)


def _first_shares(problem: SupplyProblem, group: Integers) -> Shares:
    """All hours by the load of each group in the plan of the classes."""
    klass = classes(problem, group, MOST_CLASSES)
    small = class_problem(problem, klass)
    owner = np.zeros(small.items, dtype=np.int64)
    owner[klass] = group
    part = _parts(_loads(exact.find(small).production, small, owner))
    return Shares(part * problem.regular_hours, part * problem.overtime_hours)


def _next_shares(problem: SupplyProblem, group: Integers, production: Array) -> Shares:
    """The hours each group takes already, and its part of what is idle."""
    load = _loads(production, problem, group)
    total, part = load.sum(axis=0), _parts(load)
    regular = np.minimum(total, problem.regular_hours)
    in_regular = np.divide(regular, total, out=np.ones_like(total), where=total > 0)
    idle, spare = problem.regular_hours - regular, problem.overtime_hours - (total - regular)
    return Shares(load * in_regular + part * idle, load * (1 - in_regular) + part * np.maximum(spare, 0))


def _loads(production: Array, problem: SupplyProblem, group: Integers) -> Array:
    """[g, r, t] hours of each group."""
    rows, count = problem.routing.copy(), int(group.max()) + 1
    rows[:, 1] += group[rows[:, 0].astype(np.int64)] * problem.resources
    hours: Array = capacity.load(production, rows, count * problem.resources)
    return hours.reshape(count, problem.resources, problem.months)


def _parts(load: Array) -> Array:
    """[g, r, t] each group's part of every resource and month, adding up to 1 wherever there is a load."""
    spread = load + SPREAD * load.mean(axis=2, keepdims=True)
    total = spread.sum(axis=0)
    found: Array = np.divide(spread, total, out=np.zeros_like(load), where=total > 0)
    return found


def _planned(problem: SupplyProblem, group: Integers, shares: Shares, basis: ItemBasis) -> Found:
    """The plans of all groups with their shares, each from the basis of its items."""

    def planned(number: int, items: Integers) -> tuple[Part, Found]:
        own = part(problem, items, shares.regular[number], shares.overtime[number])
        program = build_model(own.problem)
        solution, ended = program.solve_from(basis.start(own, program))
        basis.keep(own, program, ended)
        return own, exact.read(own.problem, program, solution)

    members = grouping.members(group)
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(planned, range(len(members)), members))
    basis.known = True
    return _joined(problem, found)


def _joined(problem: SupplyProblem, groups: list[tuple[Part, Found]]) -> Found:
    """The groups' plans side by side; the price of an hour is the mean by their hours."""
    shape, hours = (problem.items, problem.months), problem.regular_hours.shape
    whole = {name: np.zeros(shape) for name in ("production", "subcontract", "backorder", "lost")}
    item, paid, weight = np.zeros(shape), np.zeros(hours), np.zeros(hours)
    shipment = np.zeros(shape)
    for own, found in groups:
        for name, values in whole.items():
            values[own.items] = getattr(found, name)
        item[own.items] = found.prices.item
        shipment[own.items[own.problem.shipment_items]] = found.prices.shipment
        share = own.problem.regular_hours + own.problem.overtime_hours + 1e-9
        paid[own.resources] += found.prices.hour * share
        weight[own.resources] += share
    price = np.divide(paid, weight, out=np.zeros(hours), where=weight > 0)
    none = np.zeros((0, problem.months))
    change = np.zeros((0, problem.months - 1))
    prices = Prices(item, price, shipment[problem.shipment_items], change, none, none)
    return Found(**whole, workers=none, hired=none, laid_off=none, moved=none, prices=prices, bound=np.nan)
