"""What an adopted change of a scenario writes into master data: hours, prices, costs, lead times, routings, stock."""

import datetime as dt
from collections.abc import Callable

import numpy as np

from planning.models import (
    Capacity,
    ProductionOverride,
    Receipt,
    Routing,
    SalesPlan,
    ScenarioChange,
    SupplyPolicy,
)
from planning.queries import prices
from planning.queries.scenarios.overlay import overlay
from planning.queries.supply import SupplyCase
from planning.queries.supply.hours import PERCENT, hours, resources
from sop import months
from sop.errors import PlanningError
from sop.models import Family, Product, ProductCost, ProductPrice, Site, User
from sop.permissions import descendants
from sop.vectors import Vector

Target, Operation = ScenarioChange.Target, ScenarioChange.Operation


class Writer:
    """Writes changes one after the other; `case` is the plan as it was before the first, `now` with those so far."""

    def __init__(self, case: SupplyCase, by: User, reason: str) -> None:
        self.before = self.now = case
        self.by, self.reason = by, reason

    @property
    def plan(self) -> SalesPlan:
        return self.before.sales_plan

    def write(self, change: ScenarioChange) -> None:
        """Make a change true; PlanningError where master data has no place for it, with the way out."""
        self.before, self.now = self.now, overlay(self.now, [change])
        WRITE[change.target](self, change)

    def items(self, change: ScenarioChange) -> list[tuple[int, int]]:
        """Item and product key of what the change is about: those whose numbers it may move."""
        pk = self.before.catalogue.pk[self.before.items]
        if change.product_id:
            return [(item, int(pk[item])) for item in np.flatnonzero(pk == change.product_id).tolist()]
        named = Product.objects.all()
        if change.family_id:
            named = named.filter(family__in=descendants(Family, [change.family_id]))
        wanted = set(named.values_list("pk", flat=True))
        return [(item, int(key)) for item, key in enumerate(pk.tolist()) if key in wanted]

    def months(self, change: ScenarioChange) -> list[dt.date]:
        first, last = change.first_month or self.plan.months[0], change.last_month or self.plan.months[-1]
        return [month for month in self.plan.months if first <= month <= last]


def _hours(writer: Writer, change: ScenarioChange) -> None:
    """Hours of a month of its own, as rated: what the plan counts on is the share that was demonstrated."""
    [resource] = [each for each in resources() if each.pk == change.resource_id]
    usual = hours([resource], writer.plan)
    row = int(np.flatnonzero(writer.now.resources == resource.pk)[0])
    shown = resource.demonstrated_percent / PERCENT or 1.0
    for month in writer.months(change):
        place = months.distance(writer.plan.start, month)
        regular, overtime = usual.rated[0, place], usual.overtime[0, place]
        if change.target == Target.REGULAR_HOURS:
            regular = writer.now.hours.regular[row, place] / shown
        else:
            overtime = writer.now.hours.overtime[row, place]
        told = {"regular_hours": float(regular), "overtime_hours": float(overtime)}
        Capacity.objects.update_or_create(resource=resource, month=month, defaults=told)


def _price(writer: Writer, change: ScenarioChange) -> None:
    """List prices move by the share by which the plan's prices move, and go back after the last month."""
    items = writer.items(change)
    start, horizon = writer.plan.start, writer.plan.horizon
    listed = prices.list_prices([pk for _, pk in items], start, horizon)
    span = writer.months(change)
    for (item, pk), usual in zip(items, listed, strict=True):
        _versions(pk, _ratio(writer, item), usual, (start, span))


def _ratio(writer: Writer, item: int) -> Vector:
    before, after = writer.before.price[item], writer.now.price[item]
    ratio: Vector = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return ratio


def _versions(product: int, ratio: Vector, usual: Vector, when: tuple[dt.date, list[dt.date]]) -> None:
    start, span = when
    if np.isnan(usual[months.distance(start, span[0])]):
        name = Product.objects.get(pk=product).name
        raise PlanningError(f"{name} has no list price to change. Import one first, or leave this change out.")
    after = months.add(span[-1], 1)
    for month in [*span, after]:
        place = months.distance(start, month)
        if place >= len(usual):
            continue
        price = float(usual[place] * (ratio[place] if month != after else 1.0))
        ProductPrice.objects.update_or_create(product_id=product, valid_from=month, defaults={"price": price})


def _unit_cost(writer: Writer, change: ScenarioChange) -> None:
    for item, pk in writer.items(change):
        cost = float(writer.now.catalogue.unit_cost[writer.now.items[item]])
        told = {"unit_cost": cost}
        ProductCost.objects.update_or_create(product_id=pk, valid_from=writer.plan.start, defaults=told)


def _overtime_cost(writer: Writer, change: ScenarioChange) -> None:
    row = int(np.flatnonzero(writer.now.resources == change.resource_id)[0])
    cost = float(writer.now.problem.overtime_cost[row])
    assert change.resource
    change.resource.overtime_hourly_cost = cost
    change.resource.save(update_fields=["overtime_hourly_cost"])


def _bought_in(writer: Writer, change: ScenarioChange) -> None:
    for item, pk in writer.items(change):
        told = {"subcontract_unit_cost": float(writer.now.problem.subcontract_cost[item] + writer.now.value[item])}
        SupplyPolicy.objects.update_or_create(product_id=pk, defaults=told)


def _lead_time(writer: Writer, change: ScenarioChange) -> None:
    for item, pk in writer.items(change):
        Product.objects.filter(pk=pk).update(lead_time_months=int(writer.now.problem.lead_time[item]))


def _routing(writer: Writer, change: ScenarioChange) -> None:
    own = Routing.objects.filter(resource=change.resource_id, product__in=[pk for _, pk in writer.items(change)])
    for routing in own.select_related("product"):
        taken = Routing.objects.filter(product=routing.product_id, resource=change.other_id).exists()
        if change.target == Target.OTHER_RESOURCE and taken:
            raise PlanningError(
                f"{routing.product} has a routing on {change.other} already. Change its hours there, or leave this out."
            )
        if change.operation == Operation.PERCENT:
            routing.hours_per_unit *= 1 + change.value / PERCENT
        else:
            added = routing.hours_per_unit if change.operation == Operation.ADD else 0.0
            routing.hours_per_unit = change.value + added
        if change.target == Target.OTHER_RESOURCE:
            routing.resource_id = change.other_id or routing.resource_id
        routing.save()


def _safety_stock(writer: Writer, change: ScenarioChange) -> None:
    if change.first_month or change.last_month:
        raise PlanningError(
            f"A safety stock in master data holds all year. Take the months out of “{change}”, or leave it out."
        )
    for _, pk in writer.items(change):
        product = Product.objects.get(pk=pk)
        policy = SupplyPolicy.objects.filter(product=product).first()
        if policy and policy.target != SupplyPolicy.Target.UNITS and change.operation != Operation.SET:
            raise PlanningError(f"The stock of {product} follows its policy. Set it exactly, or change the policy.")
        after = {
            Operation.SET: change.value,
            Operation.ADD: product.safety_stock + change.value,
            Operation.PERCENT: product.safety_stock * (1 + change.value / PERCENT),
        }[Operation(change.operation)]
        Product.objects.filter(pk=pk).update(safety_stock=max(after, 0.0))
        SupplyPolicy.objects.filter(product=product).update(target=SupplyPolicy.Target.UNITS)


def _production(writer: Writer, change: ScenarioChange) -> None:
    assert change.product
    for month in writer.months(change):
        ProductionOverride.objects.update_or_create(
            cycle_id=writer.plan.cycle_id,
            product=change.product,
            month=month,
            defaults={
                "kind": ProductionOverride.Kind.FIXED,
                "quantity": change.value,
                "by": writer.by,
                "reason": writer.reason[:500],
            },
        )


def _receipts(writer: Writer, change: ScenarioChange) -> None:
    """Orders change where they are expected; a new one comes to the site that the product is ordered for."""
    [(item, pk)] = writer.items(change)
    moved = writer.now.problem.scheduled_receipts[item] - writer.before.problem.scheduled_receipts[item]
    for place in np.flatnonzero(moved).tolist():
        month = months.add(writer.plan.start, place)
        rows = list(Receipt.objects.filter(product=pk, month=month).order_by("pk"))
        row = rows[0] if rows else Receipt(product_id=pk, site=_site(pk), month=month, quantity=0.0)
        left = float(moved[place])
        for each in [row, *rows[1:]]:
            after = max(each.quantity + left, 0.0)
            left -= after - each.quantity
            each.quantity = after
            each.save()


def _site(product: int) -> Site:
    ordered = Receipt.objects.filter(product=product).select_related("site").order_by("-month").first()
    site = ordered.site if ordered else Site.objects.order_by("pk").first()
    if site is None:
        raise PlanningError("There is no site to deliver to. Import one first.")
    return site


WRITE: dict[str, Callable[[Writer, ScenarioChange], None]] = {
    Target.PRICE: _price,
    Target.UNIT_COST: _unit_cost,
    Target.REGULAR_HOURS: _hours,
    Target.OVERTIME_HOURS: _hours,
    Target.OVERTIME_COST: _overtime_cost,
    Target.SUBCONTRACT_COST: _bought_in,
    Target.LEAD_TIME: _lead_time,
    Target.HOURS_PER_UNIT: _routing,
    Target.OTHER_RESOURCE: _routing,
    Target.SAFETY_STOCK: _safety_stock,
    Target.PRODUCTION: _production,
    Target.RECEIPTS: _receipts,
}
