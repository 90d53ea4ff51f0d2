"""A supply case as a scenario has it: its changes applied in their order. Without changes it is the very same case.

Products, bills and the plan's months stay; what changes is how much is asked for, what there are hours for, and what it
costs and earns. A change that cannot be is named with its place in the scenario and the way out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.models import ScenarioChange
from planning.queries.scenarios import demand
from planning.queries.scenarios.reach import Reach
from planning.queries.supply import GOODWILL, SupplyCase, average_price
from planning.queries.supply.costs import in_components, replacement_value
from sop.words import exact

Numbers = NDArray[np.float64]
Target, Operation = ScenarioChange.Target, ScenarioChange.Operation
ITEM, RESOURCE, HOURS, OFFSET = 0, 1, 2, 3
NOISE = 1e-9


def overlay(case: SupplyCase, changes: Sequence[ScenarioChange]) -> SupplyCase:
    """The case with these changes; PlanningError names one that cannot be."""
    if not changes:
        return case
    reach = Reach(case, changes)
    draft = _Draft(reach, case)
    of_demand = [change for change in changes if change.target == Target.DEMAND]
    draft.set(demand=demand.changed(reach, of_demand))
    for change in changes:
        if change.target != Target.DEMAND:
            APPLY[Target(change.target)](draft, change)
    return _revalued(draft)


@dataclass
class _Draft:
    """The case as far as it has been changed; arrays are copied before they are written to."""

    reach: Reach
    case: SupplyCase
    # Gross: what a unit costs as such, not what a plan costs beyond the value of its stock.
    cost: Numbers = field(init=False)  # [items] what making or buying one adds
    bought_in: Numbers = field(init=False)  # [items]
    unit_cost: Numbers = field(init=False)  # [items] its standard cost

    def __post_init__(self) -> None:
        problem, value = self.case.problem, self.case.value
        self.cost = problem.production_cost + value - in_components(value, problem.bom)
        self.bought_in = problem.subcontract_cost + value
        self.unit_cost = self.case.catalogue.unit_cost[self.case.items]

    def set(self, **arrays: Any) -> None:
        self.case = replace(self.case, problem=replace(self.case.problem, **arrays))

    def figure(self, change: ScenarioChange, current: Numbers) -> Numbers:
        """What a change makes of an array; never below zero."""
        after = {
            Operation.SET: np.full_like(current, change.value),
            Operation.ADD: current + change.value,
            Operation.PERCENT: current * (1 + change.value / 100),
        }[Operation(change.operation)]
        if (after < -NOISE).any():
            least = exact(float(current.min()))
            raise self.reach.fault(change, f"it would become negative. Take away at most {least}")
        return np.maximum(after, 0.0)

    def cells(self, name: str, change: ScenarioChange) -> Numbers:
        """A copy of an array [items, t] with the change's cells changed."""
        values: Numbers = getattr(self.case.problem, name).copy()
        where = np.ix_(self.reach.items(change), self.reach.months(change))
        values[where] = self.figure(change, values[where])
        return values

    def rows(self, values: Numbers, change: ScenarioChange) -> Numbers:
        """A copy of an array [items] with the change's items changed."""
        result, items = values.copy(), self.reach.items(change)
        if np.isinf(result[items]).any() and change.operation != Operation.SET:
            raise self.reach.fault(change, "it cannot be bought in so far. Set what a unit costs")
        result[items] = self.figure(change, result[items])
        return result


def _price(draft: _Draft, change: ScenarioChange) -> None:
    price = draft.case.price.copy()
    where = np.ix_(draft.reach.items(change), draft.reach.months(change))
    price[where] = draft.figure(change, price[where])
    draft.case = replace(draft.case, price=price)


def _unit_cost(draft: _Draft, change: ScenarioChange) -> None:
    before, draft.unit_cost = draft.unit_cost, draft.rows(draft.unit_cost, change)
    draft.cost = np.maximum(draft.cost + draft.unit_cost - before, 0.0)


def _subcontract_cost(draft: _Draft, change: ScenarioChange) -> None:
    draft.bought_in = draft.rows(draft.bought_in, change)


def _hours(name: str, of_problem: str) -> Callable[[_Draft, ScenarioChange], None]:
    def apply(draft: _Draft, change: ScenarioChange) -> None:
        row, span = draft.reach.resource(change, change.resource_id), draft.reach.months(change)
        if draft.case.problem.staffed[row]:
            raise draft.reach.fault(change, "the hours of this resource come from its crew. Change the crew instead")
        hours = getattr(draft.case.hours, name).copy()
        before = hours[row, span].copy()
        hours[row, span] = draft.figure(change, before)
        # The problem's overtime may have room for fixed production beyond what is allowed; that stays.
        asked = getattr(draft.case.problem, of_problem).copy()
        asked[row, span] = np.maximum(asked[row, span] + hours[row, span] - before, 0.0)
        draft.case = replace(draft.case, hours=replace(draft.case.hours, **{name: hours}))
        draft.set(**{of_problem: asked})

    return apply


def _overtime_cost(draft: _Draft, change: ScenarioChange) -> None:
    row = draft.reach.resource(change, change.resource_id)
    cost = draft.case.problem.overtime_cost.copy()
    cost[row] = draft.figure(change, cost[row : row + 1])[0]
    draft.set(overtime_cost=cost)


def _lead_time(draft: _Draft, change: ScenarioChange) -> None:
    """Work that is done a while before a unit is ready stays that long before."""
    problem, items = draft.case.problem, draft.reach.items(change)
    lead_time, bought = problem.lead_time.copy(), problem.subcontract_lead_time.copy()
    before = lead_time[items]
    lead_time[items] = bought[items] = draft.figure(change, before)
    longer = np.zeros(problem.items)
    longer[items] = lead_time[items] - before
    routing = problem.routing.copy()
    routing[:, OFFSET] = np.maximum(routing[:, OFFSET] + longer[routing[:, ITEM].astype(np.int64)], 0)
    every = draft.case.catalogue.lead_time.copy()
    every[draft.case.items[items]] = lead_time[items].astype(np.int64)
    draft.case = replace(draft.case, catalogue=replace(draft.case.catalogue, lead_time=every))
    draft.set(lead_time=lead_time, subcontract_lead_time=bought, routing=routing)


def _routing(draft: _Draft, change: ScenarioChange) -> None:
    routing = draft.case.problem.routing.copy()
    resource = draft.reach.resource(change, change.resource_id)
    own = (routing[:, RESOURCE] == resource) & np.isin(routing[:, ITEM], draft.reach.items(change))
    if not own.any():
        raise draft.reach.fault(change, "none of it is made on this resource. Choose the resource it is made on")
    routing[own, HOURS] = draft.figure(change, routing[own, HOURS])
    if change.target == Target.OTHER_RESOURCE:
        routing[own, RESOURCE] = draft.reach.resource(change, change.other_id)
    draft.set(routing=routing)


def _safety_stock(draft: _Draft, change: ScenarioChange) -> None:
    draft.set(safety_stock=draft.cells("safety_stock", change))


def _production(draft: _Draft, change: ScenarioChange) -> None:
    problem, items, span = draft.case.problem, draft.reach.items(change), draft.reach.months(change)
    least, most = problem.min_production.copy(), problem.max_production.copy()
    where = np.ix_(items, span)
    least[where] = most[where] = change.value
    draft.set(min_production=least, max_production=most)


def _receipts(draft: _Draft, change: ScenarioChange) -> None:
    if change.operation != Operation.MOVE:
        return draft.set(scheduled_receipts=draft.cells("scheduled_receipts", change))
    receipts, [item] = draft.case.problem.scheduled_receipts.copy(), draft.reach.items(change)
    span = draft.reach.months(change)
    if (receipts[item, span] < change.value - NOISE).any():
        least = exact(float(receipts[item, span].min()))
        raise draft.reach.fault(change, f"only {least} units are on order there. Move no more than that")
    receipts[item, span] -= change.value
    receipts[item, span + draft.reach.shift(change)] += change.value
    return draft.set(scheduled_receipts=receipts)


APPLY: dict[str, Callable[[_Draft, ScenarioChange], None]] = {
    Target.PRICE: _price,
    Target.UNIT_COST: _unit_cost,
    Target.REGULAR_HOURS: _hours("regular", "regular_hours"),
    Target.OVERTIME_HOURS: _hours("overtime", "overtime_hours"),
    Target.OVERTIME_COST: _overtime_cost,
    Target.SUBCONTRACT_COST: _subcontract_cost,
    Target.LEAD_TIME: _lead_time,
    Target.HOURS_PER_UNIT: _routing,
    Target.OTHER_RESOURCE: _routing,
    Target.SAFETY_STOCK: _safety_stock,
    Target.PRODUCTION: _production,
    Target.RECEIPTS: _receipts,
}


def _revalued(draft: _Draft) -> SupplyCase:
    """Costs as the problem counts them, anew for the items whose price or cost changed."""
    case, was = draft.case, draft.reach.case
    problem = case.problem
    old_cost = was.catalogue.unit_cost[was.items]
    dearer = draft.unit_cost != old_cost
    same = (draft.bought_in == was.problem.subcontract_cost + was.value).all() and (case.price == was.price).all()
    if same and not dearer.any():
        return case
    value = replacement_value(draft.cost, draft.bought_in, problem.bom)
    earns = (case.price != was.price).any(axis=1)
    worth = np.abs(value - was.value) > NOISE * (1 + was.value)
    value = np.where(worth, value, was.value)
    price = average_price(case.price, problem.demand)
    ratio = np.divide(draft.unit_cost, old_cost, out=np.ones_like(old_cost), where=old_cost > 0)
    catalogue_cost = was.catalogue.unit_cost.copy()
    catalogue_cost[was.items] = draft.unit_cost
    lost = np.where(earns | worth, np.maximum(price, value) * (1 + GOODWILL) - value, problem.lost_sale_cost)
    return replace(
        case,
        value=value,
        catalogue=replace(case.catalogue, unit_cost=catalogue_cost),
        problem=replace(
            problem,
            production_cost=np.maximum(draft.cost + in_components(value, problem.bom) - value, 0.0),
            subcontract_cost=np.maximum(draft.bought_in - value, 0.0),
            holding_cost=problem.holding_cost * ratio,
            lost_sale_cost=lost,
        ),
    )
