"""Lot sizes as a second stage: a plan's releases rounded to lots, month by month, parents before components.

Rounding follows what the plan has made so far, so errors do not add up. Whole lots below the plan are made first, then
one lot more where stock would run out without it or half a lot is missing, as long as hours and overtime last.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from planning.engine import certificate
from planning.engine.arrays import Array, Integers, Mask, earlier, later
from planning.engine.bom import quantity_matrix
from planning.engine.problem import SupplyPlan, SupplyProblem
from planning.engine.validation import checked_array

# Of a lot: what is missing or too much by less is rounding of the plan.
CLOSE = 1e-6
# Candidates that do not fit beside others before them are tried again so many times.
ATTEMPTS = 4


def round_to_lots(problem: SupplyProblem, plan: SupplyPlan, lots: ArrayLike, least: ArrayLike = 0.0) -> SupplyPlan:
    """`plan` with releases in multiples of `lots[n]` (0 = any quantity) of at least `least[n]`, or none.

    Stock, lateness and load follow by simulation; what the plan refuses is refused still unless stock is there, and
    what is missing is owed, or refused where nothing may be late. Fixed production stays as it is. The bound is that of
    the plan, so the gap tells what rounding costs at most. Raises ValueError naming the argument and the index.
    """
    start = time.perf_counter()
    size = checked_array("lots", lots, (problem.items,), low=0)
    smallest = checked_array("least", least, (problem.items,), low=0)
    # The least quantity is a number of whole lots.
    smallest = np.where(size > 0, np.ceil(smallest / np.maximum(size, 1e-300) - CLOSE) * size, smallest)
    production = _rounded(problem, plan, size, smallest)
    part = np.divide(production, plan.production, out=np.zeros_like(production), where=plan.production > 0)
    moved = plan.moved * part[_moved_items(problem)] if plan.moved.size else plan.moved
    rounded = replace(_simulated(problem, plan, production, moved), method="rounded to lots")
    cost = certificate.cost(problem, rounded)
    gap = max(0.0, cost - plan.bound) / max(abs(cost), 1e-9)
    return replace(rounded, cost=cost, bound=plan.bound, gap=gap, seconds=time.perf_counter() - start)


def _rounded(problem: SupplyProblem, plan: SupplyPlan, size: Array, least: Array) -> Array:
    """Releases [n, t], level by level: components follow the rounded releases of their parents."""
    uses = quantity_matrix(problem.bom, problem.items)
    hours, overtime = certificate.available_hours(problem, plan.workers)
    room = _Room(problem, hours + overtime - plan.load)
    production = plan.production.copy()
    for code in range(int(problem.codes.max()) + 1):
        items = np.flatnonzero(problem.codes == code)
        # What parents take more or less than planned is made more or less, a lead time before.
        extra = earlier(uses @ (production - plan.production), problem.lead_months)
        supply = later(plan.subcontract, problem.subcontract_months) + plan.lost - problem.net_demand
        level = _Level(
            items=items,
            lot=size[items],
            least=least[items],
            planned=plan.production[items],
            due=np.cumsum(np.maximum(plan.production + extra, 0)[items], axis=1),
            stock=np.cumsum((supply - uses @ production)[items], axis=1),
        )
        production[items] = _rounded_level(problem, level, room)
    return production


@dataclass(frozen=True, eq=False)
class _Level:
    """Items of one level of the bill of materials."""

    items: Integers  # [k]
    lot: Array  # [k]
    least: Array  # [k]
    planned: Array  # [k, t]
    due: Array  # [k, t] releases wanted so far
    stock: Array  # [k, t] what there would be without production


@dataclass(frozen=True, eq=False)
class _Room:
    """Hours that are left, overtime included."""

    problem: SupplyProblem
    free: Array  # [r, t]

    def take(self, items: Integers, month: int, units: Array) -> None:
        releases = np.zeros((self.problem.items, self.problem.months))
        releases[items, month] = units
        self.free[:] -= self.problem.hours(releases, np.zeros((len(self.problem.alternates), self.problem.months)))

    def fitting(self, items: Integers, month: int, units: Array) -> Mask:
        """Which of these releases fit, each counted after those before it."""
        months = self.problem.months
        place = np.full(self.problem.items, -1)
        place[items] = np.arange(items.size)
        table = self.problem.routing[place[self.problem.routing[:, 0].astype(np.int64)] >= 0]
        due = month + table[:, 3].astype(np.int64)
        table, due = table[due < months], due[due < months]
        rank = place[table[:, 0].astype(np.int64)]
        cell = table[:, 1].astype(np.int64) * months + due
        order = np.lexsort((rank, cell))
        hours = (table[:, 2] * units[rank])[order]
        begins = np.searchsorted(cell[order], cell[order])
        so_far = np.cumsum(hours)
        so_far -= so_far[begins] - hours[begins]
        fits = np.ones(items.size, dtype=np.bool_)
        fits[rank[order][so_far > self.free.ravel()[cell[order]] + CLOSE]] = False
        return fits


def _rounded_level(problem: SupplyProblem, level: _Level, room: _Room) -> Array:
    """[k, t] releases of the level; the hours they take more or less than planned are taken from the room."""
    rounded, made = np.zeros_like(level.planned), np.zeros(level.items.size)
    every = np.arange(level.items.size)
    for month in range(problem.months):
        planned = level.planned[:, month]
        low, high = problem.min_production[level.items, month], problem.production_limit[level.items, month]
        target = np.maximum(level.due[:, month] - made, 0)
        whole = np.clip(_floor(target, level.lot, level.least), low, high)
        over = _ceiling(target, level.lot, level.least)
        # What is planned in the month has its hours; the rest must find them.
        first = np.clip(np.minimum(whole, _floor(planned, level.lot, level.least)), low, high)
        room.take(level.items, month, first - planned)
        arrival = np.minimum(month + problem.lead_months[level.items], problem.months - 1)
        owed = level.stock[every, arrival] + made
        slack = CLOSE * np.maximum(level.lot, 1)
        quantity = _with_lots(level, room, month, first, whole, owed + first < -slack)
        short = owed + quantity < -slack
        half = (quantity >= whole) & (target - whole >= (over - whole) / 2)
        goal = np.where((short | half) & (over <= high + slack), over, quantity)
        rounded[:, month] = _with_lots(level, room, month, quantity, goal, short)
        made += rounded[:, month]
    return rounded


def _with_lots(level: _Level, room: _Room, month: int, quantity: Array, goal: Array, first: Mask) -> Array:
    """`quantity` raised to its goal where the hours are free, what is short first."""
    raised = quantity.copy()
    waiting = np.flatnonzero(goal > quantity)
    waiting = waiting[np.argsort(~first[waiting], kind="stable")]
    for _ in range(ATTEMPTS):
        if not waiting.size:
            break
        more = goal[waiting] - quantity[waiting]
        fits = room.fitting(level.items[waiting], month, more)
        raised[waiting[fits]] = goal[waiting[fits]]
        room.take(level.items[waiting[fits]], month, more[fits])
        waiting = waiting[~fits]
    return raised


def _floor(target: Array, lot: Array, least: Array) -> Array:
    whole = np.where(lot > 0, np.floor(target / np.maximum(lot, 1e-300) + CLOSE) * lot, target)
    found: Array = np.where(whole < least * (1 - CLOSE), 0, whole)
    return found


def _ceiling(target: Array, lot: Array, least: Array) -> Array:
    whole = np.where(lot > 0, np.ceil(target / np.maximum(lot, 1e-300) - CLOSE) * lot, target)
    found: Array = np.where(whole > 0, np.maximum(whole, least), 0)
    return found


def _moved_items(problem: SupplyProblem) -> Integers:
    steps = problem.alternates[:, 0].astype(np.int64)
    items: Integers = problem.routing[steps, 0].astype(np.int64)
    return items


def _simulated(problem: SupplyProblem, plan: SupplyPlan, production: Array, moved: Array) -> SupplyPlan:
    """Play the months: refuse what the plan refuses and stock does not cover, owe the rest where that is allowed."""
    supply = certificate.net_supply(problem, production, plan.subcontract) - problem.net_demand
    lost, owed, inventory = (np.zeros_like(production) for _ in range(3))
    net = np.zeros(problem.items)
    for month in range(problem.months):
        net = net + supply[:, month]
        may_owe = problem.backorder_limit[:, month]
        beyond = np.maximum(-net - may_owe, 0)
        refused = np.maximum(np.minimum(plan.lost[:, month], np.maximum(-net, 0)), beyond)
        lost[:, month] = np.minimum(refused, problem.lost_limit[:, month])
        net = net + lost[:, month]
        owed[:, month], inventory[:, month] = np.maximum(-net, 0), np.maximum(net, 0)
    load = problem.hours(production, moved.reshape(len(problem.alternates), problem.months))
    hours, _ = certificate.available_hours(problem, plan.workers)
    return replace(
        plan,
        production=production,
        moved=moved,
        lost=lost,
        backorder=owed,
        inventory=inventory,
        safety_shortfall=np.maximum(problem.safety_stock - inventory, 0),
        load=load,
        overtime=np.maximum(load - hours, 0),
        storage=problem.stored(inventory),
    )
