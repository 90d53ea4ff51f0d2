"""Why a product is short or late: the lead time, component or resource that binds, and what more of it is worth.

The walk goes from the first month in which customers wait, or the stock is below its target, back to where the units
should have been begun, and down the bill of material where a component is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planning.models import ProductionLine, ProductionOverride, ProductionPlan, ResourceLoad
from planning.queries.making import Workshop
from sop import months
from sop.models import Product
from sop.permissions import Scope
from sop.words import THIN, units

NOISE = 1e-6
DEEPEST = 6


@dataclass(frozen=True)
class Cause:
    """One thing that stands in the way; `price` is what one more hour there is worth, 0 where it is not about hours."""

    kind: str  # lead time, component, resource, entry, strategy, plan
    words: str
    price: float = 0.0
    resource: str = ""
    month: str = ""


@dataclass(frozen=True)
class Walk:
    """The causes of one product's shortage in a plan, as one user may read them."""

    plan: ProductionPlan
    scope: Scope

    @cached_property
    def loads(self) -> dict[int, ResourceLoad]:
        return {
            load.resource_id: load for load in ResourceLoad.objects.filter(plan=self.plan).select_related("resource")
        }

    def causes(self, product: Product, column: int, depth: int = 0) -> list[Cause]:
        """What binds the supply of a product up to a month, the nearest first; empty where nothing is missing."""
        line = ProductionLine.objects.filter(plan=self.plan, product=product).first()
        short = None if line is None else first_short(line, column)
        if line is None or short is None:
            return []
        shop = Workshop(self.plan.sales_plan, [product.pk])
        made = shop.making[product.pk]
        if short < made.lead_time:
            return [self._lead_time(product, made.lead_time)]
        begun = short - made.lead_time
        found = [*self._components(shop, begun, depth), *self._hours(shop, product, short, made.lead_time)]
        return found or [*self._entries(product, begun)] or [self._otherwise(made.made, begun)]

    def _components(self, shop: Workshop, begun: int, depth: int) -> Iterator[Cause]:
        keys = [component for _, component, _ in shop.components if shop.making[component].binds]
        lines = ProductionLine.objects.filter(plan=self.plan, product__in=keys).select_related("product")
        for line in lines:
            if line.inventory[begun] > NOISE * (1 + line.dependent[begun]) or depth == DEEPEST:
                continue
            missing = float(line.backorder[begun])
            behind = self._behind(line, begun, depth)
            # Used up to the last one is no obstacle where more could have been made in time.
            if missing <= NOISE and not behind:
                continue
            lack = f"{units(missing)} too few" if missing > NOISE else "used up"
            when = months.short(self.plan.months[begun])
            yield Cause("component", f"Component: {self._name(line.product)} is {lack} in {when}.")
            yield from behind

    def _behind(self, line: ProductionLine, column: int, depth: int) -> list[Cause]:
        """Why there is no more of a component in a month."""
        if first_short(line, column) is not None:
            return self.causes(line.product, column, depth + 1)
        shop = Workshop(self.plan.sales_plan, [line.product_id])
        begun = column - shop.making[line.product_id].lead_time
        if begun < 0:
            return [self._lead_time(line.product, column - begun)]
        return [*self._components(shop, begun, depth + 1), *self._hours(shop, line.product, column, column - begun)]

    def _lead_time(self, product: Product, lead_time: int) -> Cause:
        ready = months.short(months.add(self.plan.start, lead_time))
        told = f"{self._name(product)} takes {lead_time} month{'s'[: lead_time != 1]}"
        return Cause("lead time", f"Lead time: {told}; what is begun now is ready in {ready}.")

    def _hours(self, shop: Workshop, product: Product, short: int, lead_time: int) -> Iterator[Cause]:
        """Resources that are full, up to the month in which the units are missing; the dearest first."""
        full = []
        for routing in shop.routings:
            load = self.loads.get(routing.resource_id)
            if load is None or routing.product_id != product.pk:
                continue
            until = max(0, short - min(routing.offset_months, lead_time))
            most = load.regular + load.overtime_limit
            tight = (load.load >= most - NOISE * (1 + most))[: until + 1] & (load.load[: until + 1] > NOISE)
            if tight.any():
                at = int(np.where(tight, load.price[: until + 1] + 1e-9 * np.arange(until + 1), -1.0).argmax())
                full.append((float(load.price[at]), load, at))
        for price, load, at in sorted(full, key=lambda each: -each[0]):
            month = self.plan.months[at]
            told = f"{load.resource.name} is full in {months.short(month)}: {units(float(load.load[at]))}{THIN}h"
            yield Cause("resource", f"Resource: {told}.", price, load.resource.code, months.code(month))

    def _entries(self, product: Product, begun: int) -> Iterator[Cause]:
        until = self.plan.months[begun]
        said = ProductionOverride.objects.filter(
            cycle=self.plan.cycle_id, product=product, month__gte=self.plan.start, month__lte=until
        )
        for entry in said.order_by("-month")[:1]:
            told = f"production begun in {months.short(entry.month)} is entered by hand as {units(entry.quantity)}"
            yield Cause("entry", f"Entry: {told}.")

    def _otherwise(self, made: bool, begun: int) -> Cause:
        when = months.short(self.plan.months[begun])
        if not made:
            return Cause("plan", f"Order: less was ordered in {when} than is needed; there is time to order more.")
        if self.plan.strategy != ProductionPlan.Strategy.OPTIMAL:
            name = self.plan.get_strategy_display()
            return Cause("strategy", f"Strategy: a {name} plan makes no more by {when}; an optimal plan might.")
        return Cause("plan", f"Cost: making more by {when} would cost more than it saves.")

    def _name(self, product: Product) -> str:
        seen = self.scope.families is None or product.family_id in self.scope.families
        return product.name if seen else "a part outside your families"


def first_short(line: ProductionLine, column: int | None = None) -> int | None:
    """The first month, up to one, in which customers wait or are refused; else where the stock is below its target."""
    until = line.inventory.size if column is None else column + 1
    for lacking in (np.maximum(line.backorder, line.lost), line.safety_stock - line.inventory):
        found = np.flatnonzero(lacking[:until] > NOISE * (1 + line.safety_stock[:until]))
        if found.size:
            return int(found[0])
    return None
