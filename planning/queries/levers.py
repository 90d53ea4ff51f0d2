"""What can be done about an overloaded month of a resource: each way out with its hours, its cost and what it leaves.

Estimates from the plan's own lines, without a solver: they say what to try. What a lever really does to cost, stock and
service is worked out by the scenario it is tried in.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Any

from planning.models import ProductionPlan, ResourceLoad, Routing, ScenarioChange
from planning.queries import load
from planning.queries.lever_cells import HALF, NOISE, Cell, Lever, Relief, Step, cell_of
from sop import months
from sop.errors import NotFound
from sop.permissions import Scope
from sop.words import THIN, units

SHIFT_HOURS = 8
Target, Operation = ScenarioChange.Target, ScenarioChange.Operation


def levers(plan: ProductionPlan, resource: str, month: str, scope: Scope) -> list[Lever]:
    """The ways out of an overload, cheapest first, those that are not possible last; none where the month fits."""
    cell = cell_of(plan, resource, month, scope)
    if cell.over <= HALF:
        return []
    found = sorted((make(cell) for make in LEVERS), key=lambda lever: lever.rank)
    best = next((each for each in found if each.steps and each.remains <= HALF), None)
    return [replace(each, suggested=each is best) for each in found]


def lever(plan: ProductionPlan, resource: str, month: str, scope: Scope, key: str) -> Lever:
    """One of them; NotFound for another name."""
    for each in levers(plan, resource, month, scope):
        if each.key == key:
            return each
    raise NotFound("There is no such way out here: the month fits, or it changed meanwhile.")


def _overtime(cell: Cell) -> Lever:
    limit, over = float(cell.load.overtime_limit[cell.position]), cell.over
    rate = cell.resource.overtime_hourly_cost
    known: dict[str, Any] = {"key": "overtime", "name": "Overtime", "icon": "clock-plus"}
    if limit <= 0 and rate <= 0:
        return Lever(**known, remains=over, why="no overtime is worked here")
    if over <= limit + NOISE:
        said = f"{_h(over)} of {_h(limit)} allowed"
        return Lever(**known, what=said, hours=over, cost=over * rate, planned=True)
    if staffed := _staffed(cell):
        return Lever(**known, remains=over - limit, why=staffed)
    more = float(ceil(over - limit))
    what = f"{_h(over)}, {_h(more)} more than the {_h(limit)} allowed"
    step = _of_month(cell, Target.OVERTIME_HOURS, more)
    return Lever(**known, what=what, hours=over, cost=over * rate, steps=(step,))


def _shift(cell: Cell) -> Lever:
    known: dict[str, Any] = {"key": "shift", "name": "Extra shift", "icon": "user-plus"}
    if staffed := _staffed(cell):
        return Lever(**known, remains=cell.over, why=staffed)
    # A shift more is what the resource does on a working day, at least what one person does.
    most = months.working_days(cell.month(cell.position))
    one = max(SHIFT_HOURS, round(float(cell.load.regular[cell.position]) / max(most, 1)))
    number = min(ceil(cell.over / one - NOISE), most)
    hours = float(number * one)
    rate = cell.resource.hourly_cost or cell.resource.overtime_hourly_cost
    return Lever(
        **known,
        what=f"{number} shift{'s'[: number != 1]} of {one}{THIN}h, adds {_h(hours)}",
        hours=hours,
        cost=hours * rate if rate else None,
        remains=max(0.0, cell.over - hours),
        steps=(_of_month(cell, Target.REGULAR_HOURS, hours),),
    )


def _subcontract(cell: Cell) -> Lever:
    known: dict[str, Any] = {"key": "subcontract", "name": "Subcontract", "icon": "truck-delivery"}
    offers = [
        (max(0.0, policy.subcontract_unit_cost - cell.unit_cost[part.product.pk]), part)
        for part in cell.parts
        if (policy := cell.policies.get(part.product.pk)) and policy.subcontract_unit_cost is not None
    ]
    if not offers:
        return Lever(**known, remains=cell.over, why="nothing that is made here can be bought in")
    relief = Relief(cell.over)
    for dearer, part in sorted(offers, key=lambda each: each[0] / each[1].hours_per_unit):
        relief.take(part, part.hours, dearer)
    first = min(part.release for part, _ in relief.moved)
    what = f"{relief.words()}, order by {months.short(cell.month(first))}"
    return _relieved(cell, known, relief, what, tuple(_instead(cell, relief, bought=True)))


def _earlier(cell: Cell) -> Lever:
    known: dict[str, Any] = {"key": "earlier", "name": "Make earlier", "icon": "calendar-minus"}
    relief, left = Relief(cell.over), {part.product.pk: part.units for part in cell.parts}
    steps: dict[tuple[int, int], float] = {}
    for back in range(1, cell.position + 1):
        free = cell.free(cell.position - back)
        for part in sorted(cell.parts, key=lambda each: cell.holding(each.product.pk) / each.hours_per_unit):
            release, pk = part.release - back, part.product.pk
            if free <= NOISE or release < cell.frozen[pk]:
                continue
            room = min(free, left[pk] * part.hours_per_unit)
            number = relief.take(part, room, back * cell.holding(pk))
            free, left[pk] = free - number * part.hours_per_unit, left[pk] - number
            if number:
                steps[pk, part.release] = steps.get((pk, part.release), 0.0) - number
                steps[pk, release] = steps.get((pk, release), 0.0) + number
    if not relief.moved:
        why = "it is the first month of the plan" if cell.position == 0 else "no month before has hours to spare"
        return Lever(**known, remains=cell.over, why=why)
    when = [
        cell.month(release) for (_, release), number in sorted(steps.items(), key=lambda each: each[0][1]) if number > 0
    ]
    span = months.short(when[0]) if when[0] == when[-1] else f"{months.short(when[0])} to {months.short(when[-1])}"
    return _relieved(cell, known, relief, f"{relief.words()} in {span}", tuple(_made(cell, steps)))


def _other_line(cell: Cell) -> Lever:
    known: dict[str, Any] = {"key": "other", "name": "Other line", "icon": "arrows-right-left"}
    parts = {part.product.pk: part for part in cell.parts}
    found = Routing.objects.filter(alternate_of__resource=cell.resource, product__in=parts)
    alternates = list(found.select_related("resource").order_by("-hours_per_unit"))
    if not alternates:
        return Lever(**known, remains=cell.over, why="no other line is qualified for what is made here")
    others = ResourceLoad.objects.filter(plan=cell.plan, resource__in=[each.resource_id for each in alternates])
    room = {each.resource_id: float(each.regular[cell.position] - each.load[cell.position]) for each in others}
    relief, steps, names = Relief(cell.over), [], []
    for way in sorted(alternates, key=lambda each: -parts[each.product_id].hours):
        part, needed = parts[way.product_id], parts[way.product_id].units * way.hours_per_unit
        if relief.open <= NOISE or needed > room.get(way.resource_id, 0.0) + NOISE:
            continue
        room[way.resource_id] -= needed
        dearer = way.hours_per_unit * way.resource.hourly_cost - part.hours_per_unit * cell.resource.hourly_cost
        # The whole product goes to the other line: a routing does not change from month to month.
        relief.hours += part.hours
        relief.cost += max(0.0, dearer) * part.units
        relief.moved.append((part, part.units))
        names.append(way.resource.name)
        steps.append(
            Step(Target.OTHER_RESOURCE, Operation.SET, way.hours_per_unit, part.product, cell.resource, way.resource)
        )
    if not steps:
        return Lever(**known, remains=cell.over, why=f"{alternates[0].resource.name} has no room for it in this month")
    what = f"{relief.words()} to {names[0]}, in every month of the plan"
    return _relieved(cell, known, relief, what, tuple(steps))


def _later(cell: Cell) -> Lever:
    known: dict[str, Any] = {"key": "later", "name": "Sell later", "icon": "calendar-event"}
    asked = load.demanded(cell.plan, [part.product.pk for part in cell.parts if part.product.sold])
    relief, steps = Relief(cell.over), []
    until = next((at for at in range(cell.position + 1, cell.plan.horizon) if cell.free(at) > cell.over), None)
    if until is None:
        return Lever(**known, remains=cell.over, why="no later month has hours to spare")
    for part in sorted(cell.parts, key=lambda each: cell.lateness(each.product.pk) / each.hours_per_unit):
        ready = part.release + part.lead_time
        later = ready + until - cell.position
        if part.product.pk not in asked or later >= cell.plan.horizon:
            continue
        most = min(part.units, float(asked[part.product.pk][ready]))
        number = relief.take(part, most * part.hours_per_unit, 0.0)
        if number:
            first, to = cell.month(ready), cell.month(later)
            steps.append(
                Step(
                    Target.DEMAND,
                    Operation.MOVE,
                    number,
                    part.product,
                    first_month=first,
                    last_month=first,
                    to_month=to,
                )
            )
    if not steps:
        return Lever(**known, remains=cell.over, why="what loads it is not sold in these months")
    what = f"{relief.words()} to {months.short(steps[0].to_month or cell.plan.start)}, if customers agree"
    return _relieved(cell, known, relief, what, tuple(steps))


LEVERS = (_overtime, _shift, _subcontract, _earlier, _other_line, _later)


def _relieved(cell: Cell, known: dict[str, Any], relief: Relief, what: str, steps: tuple[Step, ...]) -> Lever:
    return Lever(**known, what=what, hours=relief.hours, cost=relief.cost, remains=relief.open, steps=steps)


def _instead(cell: Cell, relief: Relief, *, bought: bool) -> Iterator[Step]:
    """Less is made; a plan that does not decide what to buy in itself is told that it comes."""
    yield from _made(cell, {(part.product.pk, part.release): -number for part, number in relief.moved})
    if bought and cell.plan.strategy != ProductionPlan.Strategy.OPTIMAL:
        for part, number in relief.moved:
            if (ready := part.release + part.lead_time) < cell.plan.horizon:
                month = cell.month(ready)
                yield Step(Target.RECEIPTS, Operation.ADD, number, part.product, first_month=month, last_month=month)


def _made(cell: Cell, more: dict[tuple[int, int], float]) -> Iterator[Step]:
    """What is begun of each product in each month, told anew."""
    product = {part.product.pk: part for part in cell.parts}
    for (pk, release), number in sorted(more.items(), key=lambda each: each[0]):
        quantity = max(0.0, float(product[pk].production[release]) + number)
        month = cell.month(release)
        yield Step(
            Target.PRODUCTION,
            Operation.SET,
            round(quantity, 4),
            product[pk].product,
            first_month=month,
            last_month=month,
        )


def _of_month(cell: Cell, target: str, hours: float) -> Step:
    month = cell.month(cell.position)
    return Step(target, Operation.ADD, hours, resource=cell.resource, first_month=month, last_month=month)


def _staffed(cell: Cell) -> str:
    return "its hours come from its crew; change the crew" if hasattr(cell.resource, "crew") else ""


def _h(hours: float) -> str:
    return f"{units(hours)}{THIN}h"


def title(plan: ProductionPlan, resource: str, month: str) -> str:
    """Paint, May 27"""
    return (
        f"{load.of_resource(plan, resource).resource.name}, {months.short(plan.months[load.position_of(plan, month)])}"
    )
