"""Why a unit is short or late: a walk along the prices from the item to the limit that binds.

A unit for a month is released a lead time before. If it is worth more there than production itself costs, something it
needs has a price: hours of a resource, a component, or the limit of its production. The dearest of them is followed.
"""

from typing import Literal, NamedTuple

import numpy as np

from planning.engine.bom import COMPONENT, PARENT, QUANTITY
from planning.engine.capacity import HOURS, ITEM, OFFSET, RESOURCE
from planning.engine.problem import SupplyPlan, SupplyProblem

Kind = Literal["lead time", "resource", "component", "production limit", "choice"]
# Prices below this part of the item's own are rounding.
NOTHING = 1e-6


class Reason(NamedTuple):
    """One step of the walk; −1 where an index does not apply."""

    kind: Kind
    item: int
    month: int  # of the release; with "lead time" the first month in which a unit released now is there
    resource: int = -1
    component: int = -1
    # "resource": hours per unit and the price of one; "component": units per unit and the price of one; "lead time":
    # months missing; "production limit", "choice": price of a unit, 1.
    amount: float = 0.0
    price: float = 0.0


def explain_shortage(problem: SupplyProblem, plan: SupplyPlan, item: int, month: int) -> list[Reason]:
    """From `item` being short in `month` to what binds, the last reason being the cause.

    A "resource" is full in the month named, the price what one more hour there would save; "lead time" says that the
    release would have to be before the first month; "choice" that to be short costs less than to supply. A simulated
    plan has no prices, so only lead times and limits are seen. Raises ValueError for an unknown item or month.
    """
    for name, index, count in (("item", item, problem.items), ("month", month, problem.months)):
        if not 0 <= index < count:
            raise ValueError(f"{name} {index} is unknown, there are {count}")
    reasons = [_reason(problem, plan, item, month)]
    while reasons[-1].kind == "component":
        last = reasons[-1]
        reasons.append(_reason(problem, plan, last.component, last.month))
    return reasons


def value_of_an_hour(plan: SupplyPlan) -> list[tuple[int, int, float]]:
    """(resource, month, price) wherever one more hour would save something, the dearest first."""
    resource, month = np.nonzero(plan.capacity_price > 0)
    price = plan.capacity_price[resource, month]
    order = np.argsort(-price, kind="stable")
    return [(int(resource[k]), int(month[k]), float(price[k])) for k in order]


def _reason(problem: SupplyProblem, plan: SupplyPlan, item: int, month: int) -> Reason:
    lead = int(problem.lead_months[item])
    release = month - lead
    if release < 0:
        return Reason("lead time", item, lead, amount=-release)
    found = [*_resources(problem, plan, item, release), *_components(problem, plan, item, release)]
    spent = problem.production_cost[item] + sum(reason.amount * reason.price for reason in found)
    limit = problem.production_limit[item, release]
    if plan.production[item, release] >= limit * (1 - NOTHING):
        found.append(Reason("production limit", item, release, amount=1, price=plan.item_price[item, month] - spent))
    dearest = max(found, key=lambda reason: reason.amount * reason.price, default=None)
    if dearest is None or dearest.amount * dearest.price <= NOTHING * max(1.0, abs(plan.item_price[item, month])):
        return Reason("choice", item, release, amount=1, price=float(plan.item_price[item, month]))
    return dearest


def _resources(problem: SupplyProblem, plan: SupplyPlan, item: int, release: int) -> list[Reason]:
    lines = problem.routing[problem.routing[:, ITEM] == item]
    found = []
    for line in lines:
        month, resource = release + int(line[OFFSET]), int(line[RESOURCE])
        if month < problem.months:
            price = float(plan.capacity_price[resource, month])
            found.append(Reason("resource", item, month, resource, amount=float(line[HOURS]), price=price))
    return found


def _components(problem: SupplyProblem, plan: SupplyPlan, item: int, release: int) -> list[Reason]:
    """Components by what they are worth beyond their plain cost: that is what a shortage adds."""
    found = []
    for line in problem.bom[problem.bom[:, PARENT] == item]:
        component = int(line[COMPONENT])
        extra = float(plan.item_price[component, release] - problem.supply_cost[component])
        found.append(Reason("component", item, release, component=component, amount=float(line[QUANTITY]), price=extra))
    return found
