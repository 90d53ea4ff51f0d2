"""A scenario's change in a planner's words."""

from planning.models import ScenarioChange
from planning.queries.scenarios.visible import IN_MONEY
from sop import months
from sop.words import THIN, difference, exact, money

Target, Operation = ScenarioChange.Target, ScenarioChange.Operation
# What a change touches, as the tag beside it says.
GROUPS = {
    Target.DEMAND: "demand",
    Target.PRICE: "price",
    Target.UNIT_COST: "cost",
    Target.REGULAR_HOURS: "capacity",
    Target.OVERTIME_HOURS: "capacity",
    Target.OVERTIME_COST: "cost",
    Target.SUBCONTRACT_COST: "buying in",
    Target.LEAD_TIME: "lead time",
    Target.HOURS_PER_UNIT: "routing",
    Target.OTHER_RESOURCE: "routing",
    Target.SAFETY_STOCK: "stock",
    Target.PRODUCTION: "production",
    Target.RECEIPTS: "receipts",
}
UNITS = {
    Target.DEMAND: "units",
    Target.REGULAR_HOURS: "h",
    Target.OVERTIME_HOURS: "h",
    Target.LEAD_TIME: "months",
    Target.HOURS_PER_UNIT: "h a unit",
    Target.OTHER_RESOURCE: "h a unit",
    Target.SAFETY_STOCK: "units",
    Target.PRODUCTION: "units",
    Target.RECEIPTS: "units",
}
HIDDEN = "hidden"


def group(change: ScenarioChange) -> str:
    """demand, capacity, cost, routing, …"""
    return GROUPS[Target(change.target)]


def sentence(change: ScenarioChange, *, sees_money: bool = False) -> str:
    """Overtime allowed, Paint, Mar 27 to May 27: +40 h"""
    return f"{title(change)}: {amount(change, sees_money=sees_money)}"


def title(change: ScenarioChange) -> str:
    """Overtime allowed, Paint, Mar 27 to May 27"""
    return ", ".join(part for part in (_what(change), where(change), when(change)) if part)


def where(change: ScenarioChange) -> str:
    """The products, market and resource that a change names."""
    named = [change.product or change.family, change.market, change.resource]
    words = ", ".join(str(each) for each in named if each)
    return f"{words} to {change.other}" if change.other else words or "all products"


def when(change: ScenarioChange) -> str:
    """Mar 27 to May 27; empty when it holds throughout."""
    first, last = change.first_month, change.last_month
    if first and first == last:
        told = months.short(first)
    elif first and last:
        told = f"{months.short(first)} to {months.short(last)}"
    elif first:
        told = f"from {months.short(first)}"
    else:
        told = f"to {months.short(last)}" if last else ""
    return f"{told} to {months.short(change.to_month)}" if change.to_month else told


def amount(change: ScenarioChange, *, sees_money: bool = False) -> str:
    """+40 h, −6 %, 560 units; money only for those who see it."""
    target = Target(change.target)
    if target in IN_MONEY and not sees_money:
        return HIDDEN
    size = abs(change.value)
    if change.operation == Operation.PERCENT:
        told = f"{exact(size)}{THIN}%"
    else:
        told = money(size) if target in IN_MONEY else f"{_figure(size)}{THIN}{UNITS[target]}"
    if target == Target.LEAD_TIME and size == 1:
        told = told.removesuffix("s")
    signed = change.operation in (Operation.ADD, Operation.PERCENT)
    return difference(change.value, told if change.value >= 0 else f"−{told}") if signed else told


def _figure(value: float) -> str:
    """Hours of a unit are small; two places show what a whole number would hide."""
    return exact(value) if value >= 10 or value == int(value) else f"{value:.3g}"


def _what(change: ScenarioChange) -> str:
    label = change.get_target_display()
    moved = f"{label} moved" if change.operation == Operation.MOVE else label
    return moved.capitalize()
