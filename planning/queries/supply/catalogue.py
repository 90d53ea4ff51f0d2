"""All products with the bills and routings of what is made: the positions behind every array of a supply case."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from planning.models import Component, InventoryBalance, Routing, SalesPlan
from sop import bulk, months
from sop.models import Product

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All products, parts included; a position in these arrays is a product's index everywhere in this package."""

    pk: Indices
    sold: Mask
    made: Mask
    stocked: Mask  # some stock of it was ever counted
    lead_time: Indices
    safety_stock: Numbers
    launch: Indices  # plan months before the launch
    end: Indices  # plan months until it is withdrawn
    lot_multiple: Numbers
    shelf_life: Numbers  # months; inf where it keeps
    unit_cost: Numbers

    @property
    def planned(self) -> Mask:
        """What the plan decides on. A part that is neither made, sold nor counted is taken as available."""
        return self.sold | self.made | self.stocked

    @property
    def binds(self) -> Mask:
        """Components without which a parent is not made: those made here, and bought parts whose stock is known.

        The stock of a product that is bought and sold is for customers; what goes into other products besides is
        bought for them and was never part of it.
        """
        return self.made | (self.stocked & ~self.sold)


@dataclass(frozen=True, eq=False)
class Structure:
    """Bills of material and routings of what is made here, by product index."""

    bom: Numbers  # rows (parent, component, quantity per)
    routing: Numbers  # rows (product, resource, hours per unit, months before it is ready); first choices only
    routing_pk: Indices  # the key of each of these rows
    alternates: Numbers  # rows (key of the first choice, product, resource, hours per unit, months before, own key)


def read(sales_plan: SalesPlan, resources: list[int]) -> tuple[Catalogue, Structure]:
    """Catalogue and structure; `unit_cost` is zero until `costs` fills it in."""
    ordered = Product.objects.order_by("pk")
    pk, lead_time, safety_stock, lot = bulk.columns(ordered, "pk", "lead_time_months", "safety_stock", "lot_multiple")
    sold = _is(pk, ordered.filter(sold=True))
    bought = _is(pk, ordered.filter(make_or_buy=Product.Source.BUY))
    structure = _structure(pk, resources)
    assembled = np.zeros(pk.size, dtype=np.bool_)
    for table in (structure.bom, structure.routing):
        assembled[table[:, 0].astype(np.int64)] = True
    made = np.where(sold, ~bought, assembled)
    counted = InventoryBalance.objects.filter(month__lte=sales_plan.cycle.as_of).order_by().distinct()
    start, horizon = sales_plan.start, sales_plan.horizon
    catalogue = Catalogue(
        pk=pk,
        sold=sold,
        made=made,
        stocked=np.isin(pk, bulk.columns(counted, "product_id")[0]),
        lead_time=lead_time.astype(np.int64),
        safety_stock=safety_stock,
        launch=np.clip(_plan_months(pk, ordered, "launch_month", start, 0), 0, horizon),
        end=np.clip(_plan_months(pk, ordered, "last_month", start, horizon - 1) + 1, 0, horizon),
        lot_multiple=lot,
        shelf_life=_told(pk, ordered, "shelf_life_months", np.inf),
        unit_cost=np.zeros(pk.size),
    )
    return catalogue, _of_made(structure, made)


def _is(pk: Indices, products: QuerySet[Product]) -> Mask:
    return np.isin(pk, bulk.columns(products, "pk")[0], assume_unique=True)


def _told(pk: Indices, products: QuerySet[Product], field: str, otherwise: float) -> Numbers:
    """A number that only some products have."""
    values = np.full(pk.size, otherwise)
    known, told = bulk.columns(products.filter(**{f"{field}__isnull": False}), "pk", field)
    values[np.searchsorted(pk, known)] = told
    return values


def _plan_months(pk: Indices, products: QuerySet[Product], field: str, start: dt.date, otherwise: int) -> Indices:
    """How many months after the first plan month a month lies that only some products have."""
    values = np.full(pk.size, otherwise, dtype=np.int64)
    known, day = bulk.columns(products.filter(**{f"{field}__isnull": False}), "pk", field)
    values[np.searchsorted(pk, known)] = months.numbers(day) - months.number(start)
    return values


def _structure(pk: Indices, resources: list[int]) -> Structure:
    lines = _table(Component.objects.order_by("pk"), "parent_id", "component_id", "quantity_per")
    lines[:, :2] = np.searchsorted(pk, lines[:, :2])
    fields = ("product_id", "resource_id", "hours_per_unit", "offset_months", "pk")
    steps = _table(Routing.objects.filter(alternate_of=None).order_by("pk"), *fields)
    others = _table(Routing.objects.exclude(alternate_of=None).order_by("pk"), "alternate_of_id", *fields)
    place = np.argsort(resources)
    for table, first in ((steps, 0), (others, 1)):
        table[:, first] = np.searchsorted(pk, table[:, first])
        table[:, first + 1] = place[np.searchsorted(np.sort(resources), table[:, first + 1])] if len(table) else 0
    return Structure(bom=lines, routing=steps[:, :4], routing_pk=steps[:, 4].astype(np.int64), alternates=others)


def _table(rows: QuerySet[Any], *fields: str) -> Numbers:
    return np.column_stack([column.astype(np.float64) for column in bulk.columns(rows, *fields)])


def _of_made(structure: Structure, made: Mask) -> Structure:
    """Without the bills and routings of what is bought nevertheless."""
    of_made = made[structure.routing[:, 0].astype(np.int64)]
    return Structure(
        bom=structure.bom[made[structure.bom[:, 0].astype(np.int64)]],
        routing=structure.routing[of_made],
        routing_pk=structure.routing_pk[of_made],
        alternates=structure.alternates[made[structure.alternates[:, 1].astype(np.int64)]],
    )
