"""How products come about: when what is begun is ready, what goes into it and which hours it takes.

The rules are those of the supply problem (docs/planning-inputs.md), asked of a few products at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.models import Component, InventoryBalance, Routing, SalesPlan
from sop.models import Product


@dataclass(frozen=True)
class Making:
    """What holds for one product."""

    product: Product
    made: bool
    stocked: bool

    @property
    def planned(self) -> bool:
        """Whether the plan decides on it; a part that is neither made, sold nor counted is taken as available."""
        return self.product.sold or self.made or self.stocked

    @property
    def binds(self) -> bool:
        """Whether its parents wait for it; else what goes into them is bought for them."""
        return self.made or (self.stocked and not self.product.sold)

    @property
    def lead_time(self) -> int:
        """Months from the beginning until it is ready; parts never counted are made when they are needed."""
        uncounted = self.made and not self.stocked and not self.product.sold
        return 0 if uncounted else self.product.lead_time_months


@dataclass(frozen=True)
class Workshop:
    """Some products, what goes into those that are made, and which hours they take."""

    sales_plan: SalesPlan
    products: Collection[int]

    @cached_property
    def components(self) -> list[tuple[int, int, float]]:
        """Parent, component and quantity, for the products that are made. One query."""
        lines = Component.objects.filter(parent__in=self.products)
        found = lines.values_list("parent_id", "component_id", "quantity_per")
        return [line for line in found if self.making[line[0]].made]

    @cached_property
    def routings(self) -> list[Routing]:
        """The first choices of the products that are made. One query."""
        found = Routing.objects.filter(product__in=self.products, alternate_of=None)
        return [each for each in found if self.making[each.product_id].made]

    @cached_property
    def making(self) -> dict[int, Making]:
        """The products and what goes into them. Four queries."""
        inside = Component.objects.filter(parent__in=self.products).values_list("component_id", flat=True)
        keys = {*self.products, *inside}
        assembled = set(Component.objects.filter(parent__in=keys).values_list("parent_id", flat=True))
        assembled |= set(Routing.objects.filter(product__in=keys).values_list("product_id", flat=True))
        counted = InventoryBalance.objects.filter(product__in=keys, month__lte=self.sales_plan.cycle.as_of)
        stocked = set(counted.values_list("product_id", flat=True))
        return {
            each.pk: Making(
                each, each.make_or_buy != Product.Source.BUY if each.sold else each.pk in assembled, each.pk in stocked
            )
            for each in Product.objects.filter(pk__in=keys)
        }

    def steps(self, order: dict[int, int], place: dict[int, int]) -> NDArray[np.float64]:
        """Routings as the engine takes them: item, resource, hours a unit, months after the beginning."""
        rows = [
            (
                order[each.product_id],
                place[each.resource_id],
                each.hours_per_unit,
                max(self.making[each.product_id].lead_time - each.offset_months, 0),
            )
            for each in self.routings
            if each.resource_id in place
        ]
        return np.array(rows, dtype=np.float64).reshape(-1, 4)
