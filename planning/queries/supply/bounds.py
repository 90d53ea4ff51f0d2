"""What production may not be: the planner's overrides, and the months that stay as the plan of record has them."""

from typing import NamedTuple

import numpy as np

from planning.models import Fence, ProductionLine, ProductionOverride, ProductionPlan, SalesPlan
from planning.queries import inherited
from planning.queries.supply.catalogue import Catalogue, Numbers
from sop import bulk, months
from sop.models import Cycle, Product

RECORD = (Cycle.State.APPROVED, Cycle.State.PUBLISHED, Cycle.State.CLOSED)


class Bounds(NamedTuple):
    """Least and most production [all products, t], by the month in which it is released."""

    least: Numbers
    most: Numbers


def production_bounds(catalogue: Catalogue, sales_plan: SalesPlan) -> Bounds:
    """Frozen months first; what a planner has entered since counts for more."""
    shape = (catalogue.pk.size, sales_plan.horizon)
    bounds = Bounds(np.zeros(shape), np.full(shape, np.inf))
    _freeze(bounds, catalogue, sales_plan)
    kind = ProductionOverride.Kind
    end = months.add(sales_plan.start, sales_plan.horizon)
    entered = ProductionOverride.objects.filter(cycle=sales_plan.cycle_id, month__gte=sales_plan.start, month__lt=end)
    for product, month, how, quantity in entered.values_list("product_id", "month", "kind", "quantity"):
        cell = np.searchsorted(catalogue.pk, product), months.distance(sales_plan.start, month)
        bounds.least[cell] = 0.0 if how == kind.MOST else quantity
        bounds.most[cell] = np.inf if how == kind.LEAST else quantity
    return bounds


def plan_of_record(cycle: Cycle) -> ProductionPlan | None:
    """The production plan of the last cycle before this one that was approved. One query."""
    before = ProductionPlan.objects.filter(cycle__first_month__lt=cycle.first_month, current=True)
    return before.filter(cycle__state__in=RECORD).order_by("-cycle__first_month").first()


def _freeze(bounds: Bounds, catalogue: Catalogue, sales_plan: SalesPlan) -> None:
    """Fix what is made in the months of each family's production fence, as far as the plan of record goes."""
    stored: dict[int | None, int] = dict(Fence.objects.values_list("family_id", "production_months"))
    record = plan_of_record(sales_plan.cycle) if any(stored.values()) else None
    if record is None:
        return
    of_family = inherited.of_each(stored, 0)
    family = dict(Product.objects.values_list("pk", "family_id"))
    # The last month that both have, counted from the first of this plan.
    shift = months.distance(record.start, sales_plan.start)
    last = min(record.horizon - shift, sales_plan.horizon)
    made = bulk.read(ProductionLine.objects.filter(plan=record), "product_id", "production")
    for product, production in made:
        row = np.searchsorted(catalogue.pk, product)
        of_product = family[product]
        frozen = min(stored.get(None, 0) if of_product is None else of_family[of_product], last)
        if catalogue.made[row] and frozen > 0:
            cells = production[shift : shift + frozen]
            bounds.least[row, :frozen] = bounds.most[row, :frozen] = cells
