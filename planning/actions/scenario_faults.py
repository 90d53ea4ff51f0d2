"""What a scenario's change may say: which products, resource and months each target takes, and in which terms."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from planning.models import ScenarioChange
from sop import months
from sop.models import Cycle

Target, Operation = ScenarioChange.Target, ScenarioChange.Operation
SET, ADD, PERCENT, MOVE = Operation.SET, Operation.ADD, Operation.PERCENT, Operation.MOVE
FIGURES = (SET, ADD, PERCENT)
LARGEST = 1e12


@dataclass(frozen=True)
class Takes:
    """What a target can be told about."""

    operations: tuple[str, ...] = FIGURES
    products: bool = True  # a product, a family, or all
    one_product: bool = False  # a product only
    market: bool = False
    resource: bool = False
    months: bool = False


TAKES = {
    Target.DEMAND: Takes(operations=(*FIGURES, MOVE), market=True, months=True),
    Target.PRICE: Takes(months=True),
    Target.UNIT_COST: Takes(),
    Target.REGULAR_HOURS: Takes(products=False, resource=True, months=True),
    Target.OVERTIME_HOURS: Takes(products=False, resource=True, months=True),
    Target.OVERTIME_COST: Takes(products=False, resource=True),
    Target.SUBCONTRACT_COST: Takes(),
    Target.LEAD_TIME: Takes(operations=(SET, ADD)),
    Target.HOURS_PER_UNIT: Takes(resource=True),
    Target.OTHER_RESOURCE: Takes(operations=(SET, PERCENT), resource=True),
    Target.SAFETY_STOCK: Takes(months=True),
    Target.PRODUCTION: Takes(operations=(SET,), one_product=True, months=True),
    Target.RECEIPTS: Takes(operations=(SET, ADD, MOVE), one_product=True, months=True),
}
WAYS = {SET: "set", ADD: "add or take away", PERCENT: "percent", MOVE: "move"}


def faults(cycle: Cycle, change: ScenarioChange) -> Iterator[tuple[str, str]]:
    """(field, what is wrong and the way out) for everything about a change that makes no sense."""
    if change.target not in TAKES:
        yield "target", f"“{change.target}” cannot be changed. Choose one of: {', '.join(Target.values)}."
        return
    takes = TAKES[Target(change.target)]
    yield from _of_value(change, takes)
    yield from _of_place(change, takes)
    yield from _of_months(cycle, change, takes)


def _of_value(change: ScenarioChange, takes: Takes) -> Iterator[tuple[str, str]]:
    what = change.get_target_display()
    if change.operation not in takes.operations:
        ways = ", ".join(WAYS[Operation(each)] for each in takes.operations)
        yield "operation", f"The {what} can be changed by: {ways}."
    if not math.isfinite(change.value) or abs(change.value) > LARGEST:
        yield "value", "Say how much, as a number."
    elif change.operation == PERCENT and change.value < -100:
        yield "value", "It cannot take more than all of it; the least is −100 %."
    elif change.operation in (SET, MOVE) and change.value < 0:
        yield "value", f"The {what} cannot be negative; the least is 0."
    elif change.operation == MOVE and change.value == 0:
        yield "value", "Say how many units a month are moved."
    if change.target == Target.LEAD_TIME and change.value != int(change.value):
        yield "value", "A lead time is in whole months."


def _of_place(change: ScenarioChange, takes: Takes) -> Iterator[tuple[str, str]]:
    what = change.get_target_display()
    if takes.one_product and not change.product_id:
        yield "product", f"Name the product whose {what} changes."
    if not takes.products and (change.product_id or change.family_id):
        yield "product", f"The {what} belongs to a resource, not to a product. Leave the product out."
    if change.market_id and not takes.market:
        yield "market", f"The {what} is the same for all markets. Leave the market out."
    if takes.resource and not change.resource_id:
        yield "resource", f"Name the resource whose {what} changes."
    if not takes.resource and change.resource_id:
        yield "resource", f"The {what} does not belong to a resource. Leave the resource out."
    moves = change.target == Target.OTHER_RESOURCE
    if moves and (not change.other_id or change.other_id == change.resource_id):
        yield "other", "Name the other resource that it is made on."
    if not moves and change.other_id:
        yield "other", "Only work that moves names another resource. Leave it out."


def _of_months(cycle: Cycle, change: ScenarioChange, takes: Takes) -> Iterator[tuple[str, str]]:
    named = {
        "first_month": change.first_month,
        "last_month": change.last_month,
        "to_month": change.to_month,
    }
    horizon = cycle.plan_months
    told = f"the plan runs from {months.short(horizon[0])} to {months.short(horizon[-1])}"
    for name, month in named.items():
        if month and not takes.months:
            yield name, f"The {change.get_target_display()} holds for the whole plan. Leave the months out."
        elif month and month not in horizon:
            yield name, f"{months.short(month)} is not a plan month; {told}."
    if change.first_month and change.last_month and change.last_month < change.first_month:
        yield "last_month", "The last month is before the first."
    if (change.operation == MOVE) != bool(change.to_month):
        words = (
            "Say to which month it moves." if change.operation == MOVE else "Only what is moved has a month to go to."
        )
        yield "to_month", words
    if change.operation == MOVE:
        yield from _of_move(cycle, change)


def _of_move(cycle: Cycle, change: ScenarioChange) -> Iterator[tuple[str, str]]:
    if not change.first_month:
        yield "first_month", "Say from which month it moves."
    elif change.to_month == change.first_month:
        yield "to_month", "It stays where it is. Choose another month."
    elif change.to_month and change.last_month and change.first_month <= change.last_month:
        shifted = months.add(change.last_month, months.distance(change.first_month, change.to_month))
        if shifted not in cycle.plan_months:
            yield (
                "to_month",
                f"{months.short(change.last_month)} would move to {months.short(shifted)}, outside the plan.",
            )
