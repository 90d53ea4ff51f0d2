"""The supply problem of a cycle, built from the database: what the engine is asked, and the names behind its indices.

What is decided here is told in docs/planning-inputs.md: which parts bind the plan, and what a unit costs where.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Sum
from numpy.typing import NDArray

from planning.engine import SupplyProblem, explode
from planning.engine.bom import low_level_codes
from planning.models import (
    Capacity,
    Component,
    InventoryBalance,
    Receipt,
    Resource,
    Routing,
    SalesPlan,
    SalesPlanLine,
    SupplyPolicy,
)
from planning.queries import prices
from sop import bulk, months
from sop.models import Product, Series

HOLDING_RATE_PER_YEAR = 0.2
BACKORDER_RATE_PER_MONTH = 0.1
# Below the price of lateness, above that of holding: stock for safety is worth keeping, but never at a customer's cost.
SAFETY_TO_BACKORDER = 0.5
# What a refused customer costs beyond the sale, as a share of it. Demand in the plan was agreed, so it is refused last
# of all: overtime and subcontracting cost less than the sale of most products once more.
GOODWILL = 1.0

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All products, parts included; a position in these arrays is a product's index everywhere in this module."""

    pk: Indices
    sold: Mask
    made: Mask
    stocked: Mask  # some stock of it was ever counted
    lead_time: Indices
    safety_stock: Numbers
    launch: Indices  # plan months before the launch
    end: Indices  # plan months until it is withdrawn
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
class SupplyCase:
    """A problem and what its indices stand for: item i is product `catalogue.pk[items[i]]`.

    The problem values stock at what it takes to replace it. Otherwise the cheapest plan would always be the one that
    sells out its safety stock by the end of the horizon.
    """

    sales_plan: SalesPlan
    version: int
    start: dt.date
    months: int
    catalogue: Catalogue
    items: Indices
    resources: Indices
    problem: SupplyProblem
    value: Numbers  # [items] what a unit in stock is worth; the problem counts only what a plan costs beyond it
    assumed: Numbers  # rows (item of the parent, product index of the component, quantity per): taken as available


@dataclass(frozen=True, eq=False)
class _Structure:
    """Bills of material and routings of what is made here, by product index."""

    bom: Numbers  # rows (parent, component, quantity per)
    routing: Numbers  # rows (product, resource, hours per unit, months before it is ready)


def supply_case(sales_plan: SalesPlan) -> SupplyCase:
    """The problem that a sales plan poses. The number of queries does not depend on the number of products.

    The version is read with the plan, before its lines: an edit in between makes the result stale, never wrong.
    """
    resources = list(Resource.objects.all())
    catalogue, structure = _catalogue(sales_plan, resources)
    demand, price = _demand(sales_plan, catalogue)
    items = np.flatnonzero(catalogue.planned)
    position = np.full(catalogue.pk.size, -1)
    position[items] = np.arange(items.size)
    binding = catalogue.binds[structure.bom[:, 1].astype(np.int64)]
    bom = structure.bom[binding]
    assumed = structure.bom[~binding]
    assumed[:, 0] = position[assumed[:, 0].astype(np.int64)]
    regular, overtime = _hours(resources, sales_plan)
    policy = _policies(catalogue)
    production_cost = conversion_cost(catalogue.unit_cost, catalogue.made, bom)
    value = replacement_value(production_cost, policy.subcontract, bom)
    lost_sale_cost = np.maximum(price, value) * (1 + GOODWILL)
    safety_stock = _safety_stock(catalogue, demand, structure.bom)
    # Parts that are made but never counted are made when they are needed.
    lead_time = np.where(catalogue.made & ~catalogue.stocked & ~catalogue.sold, 0, catalogue.lead_time)
    problem = SupplyProblem(
        demand=demand[items],
        opening_inventory=_opening(catalogue, sales_plan)[items],
        production_cost=(production_cost + in_components(value, bom) - value)[items],
        holding_cost=(policy.holding_rate / months.MONTHS_PER_YEAR * catalogue.unit_cost)[items],
        lead_time=lead_time[items],
        scheduled_receipts=_receipts(catalogue, sales_plan)[items],
        backorder_cost=policy.backorder[items],
        lost_sale_cost=(lost_sale_cost - value)[items],
        closing_inventory=np.zeros(items.size),
        safety_stock=safety_stock[items],
        safety_stock_cost=SAFETY_TO_BACKORDER * policy.backorder[items],
        subcontract_cost=(policy.subcontract - value)[items],
        subcontract_lead_time=lead_time[items],
        routing=_release_routing(structure.routing, lead_time, position),
        regular_hours=regular,
        overtime_hours=overtime,
        overtime_cost=np.array([resource.overtime_hourly_cost for resource in resources]),
        bom=np.column_stack([position[bom[:, :2].astype(np.int64)], bom[:, 2]]),
    )
    return SupplyCase(
        sales_plan=sales_plan,
        version=sales_plan.version,
        start=sales_plan.start,
        months=sales_plan.horizon,
        catalogue=catalogue,
        items=items,
        resources=np.array([resource.pk for resource in resources], dtype=np.int64),
        problem=problem,
        value=value[items],
        assumed=assumed,
    )


def cost_of_demand(case: SupplyCase) -> float:
    """What all demand would cost at the value of its units: the part of a plan's cost that no plan can change."""
    return float(case.value @ case.problem.demand.sum(axis=1))


def assumed_needs(case: SupplyCase, production: Numbers) -> Numbers:
    """Units by product [all products, t] that production takes of the parts assumed available."""
    needs = np.zeros((case.catalogue.pk.size, case.months))
    parents, components = (case.assumed[:, column].astype(np.int64) for column in (0, 1))
    np.add.at(needs, components, case.assumed[:, [2]] * production[parents])
    return needs


def conversion_cost(unit_cost: Numbers, made: Mask, bom: Numbers) -> Numbers:
    """What making one unit adds: its unit cost less that of the components the plan pays for itself, never below zero.

    A bought unit costs its unit cost.
    """
    return np.where(made, np.maximum(unit_cost - in_components(unit_cost, bom), 0.0), unit_cost)


def in_components(value: Numbers, bom: Numbers) -> Numbers:
    """What goes into a unit of each product, in money: one level of the bill of material."""
    total = np.zeros_like(value)
    np.add.at(total, bom[:, 0].astype(np.int64), bom[:, 2] * value[bom[:, 1].astype(np.int64)])
    return total


def replacement_value(production_cost: Numbers, subcontract_cost: Numbers, bom: Numbers) -> Numbers:
    """What a unit costs with all that goes into it, made or bought in, whichever is less."""
    value = np.minimum(production_cost, subcontract_cost)
    for _ in range(int(low_level_codes(bom, value.size).max(initial=0))):
        value = np.minimum(production_cost + in_components(value, bom), subcontract_cost)
    return value


def _catalogue(sales_plan: SalesPlan, resources: Sequence[Resource]) -> tuple[Catalogue, _Structure]:
    fields = ("pk", "sold", "make_or_buy", "lead_time_months", "safety_stock", "launch_month", "last_month")
    rows = list(Product.objects.order_by("pk").values_list(*fields))
    pk = np.array([row[0] for row in rows], dtype=np.int64)
    sold = np.array([row[1] for row in rows], dtype=np.bool_)
    bought = np.array([row[2] == Product.Source.BUY for row in rows], dtype=np.bool_)
    structure = _structure(pk, [resource.pk for resource in resources])
    assembled = np.zeros(pk.size, dtype=np.bool_)
    for table in (structure.bom, structure.routing):
        assembled[table[:, 0].astype(np.int64)] = True
    made = np.where(sold, ~bought, assembled)
    counted = InventoryBalance.objects.filter(month__lte=sales_plan.cycle.as_of).values_list("product_id", flat=True)
    start, horizon = sales_plan.start, sales_plan.horizon
    launch = [months.distance(start, row[5]) if row[5] else 0 for row in rows]
    end = [months.distance(start, row[6]) + 1 if row[6] else horizon for row in rows]
    catalogue = Catalogue(
        pk=pk,
        sold=sold,
        made=made,
        stocked=np.isin(pk, list(counted.distinct())),
        lead_time=np.array([row[3] for row in rows], dtype=np.int64),
        safety_stock=np.array([row[4] for row in rows], dtype=np.float64),
        launch=np.clip(launch, 0, horizon),
        end=np.clip(end, 0, horizon),
        unit_cost=_unit_costs(pk, sales_plan),
    )
    return catalogue, _of_made(structure, made)


def _structure(pk: Indices, resources: list[int]) -> _Structure:
    bom = Component.objects.order_by("pk").values_list("parent_id", "component_id", "quantity_per")
    routing = Routing.objects.order_by("pk").values_list("product_id", "resource_id", "hours_per_unit", "offset_months")
    lines = np.array(list(bom), dtype=np.float64).reshape(-1, 3)
    lines[:, :2] = np.searchsorted(pk, lines[:, :2])
    steps = np.array(list(routing), dtype=np.float64).reshape(-1, 4)
    steps[:, 0] = np.searchsorted(pk, steps[:, 0])
    place = {resource: position for position, resource in enumerate(resources)}
    steps[:, 1] = [place[int(resource)] for resource in steps[:, 1]]
    return _Structure(bom=lines, routing=steps)


def _of_made(structure: _Structure, made: Mask) -> _Structure:
    """Without the bills and routings of what is bought nevertheless."""
    return _Structure(
        bom=structure.bom[made[structure.bom[:, 0].astype(np.int64)]],
        routing=structure.routing[made[structure.routing[:, 0].astype(np.int64)]],
    )


def _unit_costs(pk: Indices, sales_plan: SalesPlan) -> Numbers:
    """Standard cost in the first plan month that has one; 0 where a product has none at all."""
    costs = prices.unit_costs(pk.tolist(), sales_plan.start, sales_plan.horizon)
    return _first_known(costs)


def _first_known(values: Numbers) -> Numbers:
    known = np.isfinite(values)
    first = values[np.arange(len(values)), known.argmax(axis=1)]
    return np.where(known.any(axis=1), first, 0.0)


def _demand(sales_plan: SalesPlan, catalogue: Catalogue) -> tuple[Numbers, Numbers]:
    """Consensus [all products, t] over all markets, and the average plan price of a unit."""
    product = dict(bulk.read(Series.objects.all(), "pk", "product_id"))
    leaves = SalesPlanLine.objects.filter(plan=sales_plan, series__isnull=False)
    lines = bulk.read(leaves, "series_id", "consensus", "revenue")
    demand = np.zeros((catalogue.pk.size, sales_plan.horizon))
    revenue = np.zeros(catalogue.pk.size)
    if lines:
        row = np.searchsorted(catalogue.pk, [product[line[0]] for line in lines])
        np.add.at(demand, row, np.vstack([line[1] for line in lines]))
        np.add.at(revenue, row, [float(np.nansum(line[2])) for line in lines])
    units = demand.sum(axis=1)
    listed = _first_known(prices.list_prices(catalogue.pk.tolist(), sales_plan.start, sales_plan.horizon))
    price = np.divide(revenue, units, out=listed, where=(units > 0) & (revenue > 0))
    return np.maximum(demand, 0.0), price


def _opening(catalogue: Catalogue, sales_plan: SalesPlan) -> Numbers:
    """Stock at the end of the last complete month, all sites together; negative is backlog, no row is nothing."""
    balances = InventoryBalance.objects.filter(month=sales_plan.cycle.as_of)
    stock = np.zeros(catalogue.pk.size)
    for product, on_hand in balances.values_list("product_id").annotate(Sum("on_hand")):
        stock[np.searchsorted(catalogue.pk, product)] = on_hand
    return stock


def _receipts(catalogue: Catalogue, sales_plan: SalesPlan) -> Numbers:
    """What is on order to come in, by plan month."""
    end = months.add(sales_plan.start, sales_plan.horizon)
    expected = Receipt.objects.filter(month__gte=sales_plan.start, month__lt=end, quantity__gt=0)
    receipts = np.zeros((catalogue.pk.size, sales_plan.horizon))
    for product, month, quantity in expected.values_list("product_id", "month", "quantity"):
        receipts[np.searchsorted(catalogue.pk, product), months.distance(sales_plan.start, month)] += quantity
    return receipts


def _hours(resources: Sequence[Resource], sales_plan: SalesPlan) -> tuple[Numbers, Numbers]:
    """Regular hours and the most overtime [r, t]: the usual ones, unless a month has its own."""
    shape = (len(resources), sales_plan.horizon)
    regular = np.broadcast_to([[each.regular_hours_per_month] for each in resources] or 0.0, shape).copy()
    overtime = np.broadcast_to([[each.overtime_hours_per_month] for each in resources] or 0.0, shape).copy()
    row = {resource.pk: position for position, resource in enumerate(resources)}
    end = months.add(sales_plan.start, sales_plan.horizon)
    for each in Capacity.objects.filter(month__gte=sales_plan.start, month__lt=end):
        place = row[each.resource_id], months.distance(sales_plan.start, each.month)
        regular[place], overtime[place] = each.regular_hours, each.overtime_hours
    return regular, overtime


@dataclass(frozen=True, eq=False)
class _Policies:
    holding_rate: Numbers  # of the unit cost, per year
    backorder: Numbers  # per unit and month
    subcontract: Numbers  # per unit; inf where it cannot be bought in


def _policies(catalogue: Catalogue) -> _Policies:
    """Each product's own policy, else the company's default."""
    holding = np.full(catalogue.pk.size, HOLDING_RATE_PER_YEAR)
    backorder = BACKORDER_RATE_PER_MONTH * catalogue.unit_cost
    subcontract = np.full(catalogue.pk.size, np.inf)
    for policy in SupplyPolicy.objects.all():
        row = np.searchsorted(catalogue.pk, policy.product_id)
        holding[row] = policy.holding_cost_rate_per_year
        if policy.backorder_cost_per_unit_month is not None:
            backorder[row] = policy.backorder_cost_per_unit_month
        if policy.subcontract_unit_cost is not None:
            subcontract[row] = policy.subcontract_unit_cost
    return _Policies(holding, backorder, subcontract)


def _safety_stock(catalogue: Catalogue, demand: Numbers, bom: Numbers) -> Numbers:
    """[all products, t] the policy's stock while a product is on sale or goes into one; none for what nobody needs."""
    needed = explode(demand, bom).sum(axis=1) > 0
    month = np.arange(demand.shape[1])
    on_sale = (month >= catalogue.launch[:, None]) & (month < catalogue.end[:, None])
    return np.where(on_sale & needed[:, None], catalogue.safety_stock[:, None], 0.0)


def _release_routing(routing: Numbers, lead_time: Indices, position: Indices) -> Numbers:
    """Routings count months back from when a unit is ready, the engine forward from its release."""
    product = routing[:, 0].astype(np.int64)
    offset = np.maximum(lead_time[product] - routing[:, 3], 0)
    return np.column_stack([position[product], routing[:, 1:3], offset])
