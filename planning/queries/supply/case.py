"""The supply problem of a cycle: what the engine is asked, and the names behind its indices."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import Sum

from planning.engine import SupplyProblem, explode, load
from planning.engine.arrays import later
from planning.models import InventoryBalance, Receipt, Resource, SalesPlan, SalesPlanLine
from planning.queries import prices
from planning.queries.supply import catalogue as catalogues
from planning.queries.supply import costs, faults, hours, storage, targets
from planning.queries.supply.bounds import production_bounds
from planning.queries.supply.catalogue import Catalogue, Indices, Mask, Numbers, Structure
from planning.queries.supply.faults import Fault
from planning.queries.supply.hours import Hours
from sop import bulk, months
from sop.models import Series

# Below the price of lateness, above that of holding: stock for safety is worth keeping, but never at a customer's cost.
SAFETY_TO_BACKORDER = 0.5
# What a refused customer costs beyond the sale, as a share of it. Demand in the plan was agreed, so it is refused last
# of all: overtime and subcontracting cost less than the sale of most products once more.
GOODWILL = 1.0


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
    hours: Hours  # as rated and as demonstrated; the problem's overtime also has room for production that is fixed
    problem: SupplyProblem
    value: Numbers  # [items] what a unit in stock is worth; the problem counts only what a plan costs beyond it
    price: Numbers  # [items, t] what a unit earns in the plan
    assumed: Numbers  # rows (item of the parent, product index of the component, quantity per): taken as available
    lots: Numbers  # [items] releases are multiples of it; 0 for any quantity
    least_lot: Numbers  # [items] the least that is released at once
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, eq=False)
class _Ground:
    """What a plan and a mere check of its capacity both stand on; everything by product index but `bom`."""

    sales_plan: SalesPlan
    version: int
    resources: list[Resource]
    hours: Hours
    catalogue: Catalogue
    structure: Structure
    demand: Numbers
    items: Indices
    position: Indices  # of a product among the items; −1 where it is none
    binding: Mask  # lines of the bill without whose component nothing is made
    circles: Numbers

    @property
    def bom(self) -> Numbers:
        return self.structure.bom[self.binding]

    @property
    def lead_time(self) -> Numbers:
        """Parts that are made but never counted are made when they are needed."""
        parts = self.catalogue.made & ~self.catalogue.stocked & ~self.catalogue.sold
        return np.where(parts, 0, self.catalogue.lead_time).astype(np.float64)

    def of_items(self, bom: Numbers) -> Numbers:
        return np.column_stack([self.position[bom[:, :2].astype(np.int64)], bom[:, 2]])

    def case(self, problem: SupplyProblem, value: Numbers, price: Numbers, found: Sequence[Fault] = ()) -> SupplyCase:
        assumed = self.structure.bom[~self.binding]
        assumed[:, 0] = self.position[assumed[:, 0].astype(np.int64)]
        return SupplyCase(
            sales_plan=self.sales_plan,
            version=self.version,
            start=self.sales_plan.start,
            months=self.sales_plan.horizon,
            catalogue=self.catalogue,
            items=self.items,
            resources=np.array([resource.pk for resource in self.resources], dtype=np.int64),
            hours=self.hours,
            problem=problem,
            value=value,
            price=price,
            assumed=assumed,
            lots=np.where(self.catalogue.lot_multiple > 1, self.catalogue.lot_multiple, 0.0)[self.items],
            least_lot=np.zeros(self.items.size),
            faults=found,
        )


def supply_case(sales_plan: SalesPlan) -> SupplyCase:
    """The problem that a sales plan poses. The number of queries does not depend on the number of products.

    The version is read with the plan, before its lines: an edit in between makes the result stale, never wrong.
    """
    ground, costed = _costed(_ground(sales_plan))
    need = explode(ground.demand, ground.structure.bom)
    price = _plan_price(ground)
    policy = costs.policies(ground.catalogue)
    problem, value = _problem(ground, need, average_price(price, ground.demand), policy)
    case = ground.case(problem, value, price[ground.items], _faults(ground, need, costed))
    return replace(case, least_lot=policy.least_lot[ground.items])


def faults_of(sales_plan: SalesPlan) -> list[Fault]:
    """What is wrong with the master data of the products that a sales plan needs."""
    ground, costed = _costed(_ground(sales_plan))
    return _faults(ground, explode(ground.demand, ground.structure.bom), costed)


def rough_case(sales_plan: SalesPlan) -> SupplyCase:
    """The same products, bills and hours without stock, costs and limits: enough to see whether the volume fits."""
    ground = _ground(sales_plan)
    nothing = np.zeros(ground.items.size)
    problem = SupplyProblem(
        demand=ground.demand[ground.items],
        opening_inventory=nothing,
        production_cost=nothing,
        holding_cost=nothing,
        lead_time=ground.lead_time[ground.items],
        routing=_release_routing(ground),
        regular_hours=ground.hours.regular,
        overtime_hours=ground.hours.overtime,
        bom=ground.of_items(ground.bom),
    )
    return ground.case(problem, nothing, np.zeros_like(problem.demand))


def cost_of_demand(case: SupplyCase) -> float:
    """What all demand would cost at the value of its units: the part of a plan's cost that no plan can change."""
    return float(case.value @ case.problem.demand.sum(axis=1))


def assumed_needs(case: SupplyCase, production: Numbers) -> Numbers:
    """Units by product [all products, t] that production takes of the parts assumed available."""
    needs = np.zeros((case.catalogue.pk.size, case.months))
    parents, components = (case.assumed[:, column].astype(np.int64) for column in (0, 1))
    np.add.at(needs, components, case.assumed[:, [2]] * production[parents])
    return needs


def orders_of(case: SupplyCase, needs: Numbers) -> Numbers:
    """When to order what is needed [all products, t]; what had to be ordered before the first month counts there."""
    return later(needs[:, ::-1], case.catalogue.lead_time)[:, ::-1]


def _ground(sales_plan: SalesPlan) -> _Ground:
    resources = hours.resources()
    catalogue, structure = catalogues.read(sales_plan, [resource.pk for resource in resources])
    bom, circles = faults.without_circles(structure.bom, catalogue.pk.size)
    items = np.flatnonzero(catalogue.planned)
    position = np.full(catalogue.pk.size, -1)
    position[items] = np.arange(items.size)
    return _Ground(
        sales_plan=sales_plan,
        version=sales_plan.version,
        resources=resources,
        hours=hours.hours(resources, sales_plan),
        catalogue=catalogue,
        structure=replace(structure, bom=bom),
        demand=_demand(sales_plan, catalogue.pk),
        items=items,
        position=position,
        binding=catalogue.binds[bom[:, 1].astype(np.int64)],
        circles=circles,
    )


def _costed(ground: _Ground) -> tuple[_Ground, Mask]:
    """The ground with its costs, and which are known; a list price stands in for a cost that nobody told."""
    cost, known = costs.unit_costs(ground.catalogue.pk, ground.sales_plan)
    if not known.all():
        cost = np.where(known, cost, _list_price(ground))
    return replace(ground, catalogue=replace(ground.catalogue, unit_cost=cost)), known


def _faults(ground: _Ground, need: Numbers, costed: Mask) -> list[Fault]:
    suspects = faults.Suspects(
        catalogue=ground.catalogue,
        structure=ground.structure,
        needed=need.sum(axis=1) > 0,
        costed=costed,
        idle=np.flatnonzero((ground.hours.regular + ground.hours.overtime).sum(axis=1) == 0),
        circles=ground.circles,
        alternates=faults.alternates(ground.structure)[1],
        horizon=ground.sales_plan.horizon,
    )
    return faults.find(suspects, ground.resources)


def _list_price(ground: _Ground) -> Numbers:
    plan = ground.sales_plan
    return costs.first_known(prices.list_prices(ground.catalogue.pk.tolist(), plan.start, plan.horizon))[0]


def _problem(ground: _Ground, need: Numbers, price: Numbers, policy: costs.Policies) -> tuple[SupplyProblem, Numbers]:
    """The engine's question, and what a unit of each item is worth."""
    catalogue, items, bom = ground.catalogue, ground.items, ground.bom
    production_cost = costs.conversion_cost(catalogue.unit_cost, catalogue.made, bom)
    value = costs.replacement_value(production_cost, policy.subcontract, bom)
    lost_sale_cost = np.maximum(price, value) * (1 + GOODWILL)
    safety_stock = targets.stock_targets(catalogue, policy, need, ground.structure.bom, ground.sales_plan)
    least, most = (bound[items] for bound in production_bounds(catalogue, ground.sales_plan))
    lead_time, routing = ground.lead_time[items], _release_routing(ground)
    site, room = storage.sites(catalogue, ground.structure, ground.resources, ground.sales_plan)
    problem = SupplyProblem(
        demand=ground.demand[items],
        opening_inventory=_opening(ground)[items],
        production_cost=(production_cost + costs.in_components(value, bom) - value)[items],
        holding_cost=(policy.holding_rate / months.MONTHS_PER_YEAR * catalogue.unit_cost)[items],
        lead_time=lead_time,
        scheduled_receipts=_receipts(ground)[items],
        backorder_cost=policy.backorder[items],
        lost_sale_cost=(lost_sale_cost - value)[items],
        closing_inventory=np.zeros(items.size),
        max_inventory=targets.most_stock(catalogue, need)[items],
        safety_stock=safety_stock[items],
        safety_stock_cost=SAFETY_TO_BACKORDER * policy.backorder[items],
        min_production=least,
        max_production=most,
        subcontract_cost=(policy.subcontract - value)[items],
        subcontract_lead_time=lead_time,
        routing=routing,
        regular_hours=ground.hours.regular,
        overtime_hours=_with_room_for(least, routing, ground.hours),
        overtime_cost=np.array([resource.overtime_hourly_cost for resource in ground.resources]),
        workforce=ground.hours.crews,
        smoothing_cost=np.array([resource.smoothing_cost_per_hour for resource in ground.resources]),
        bom=ground.of_items(bom),
        alternates=_alternates(ground),
        storage_site=site[items],
        storage_use=policy.room[items],
        storage_limit=room,
    )
    return problem, value[items]


def _with_room_for(fixed: Numbers, routing: Numbers, of: Hours) -> Numbers:
    """The most overtime [r, t], raised where production that is fixed takes more: it is shown as an overload then."""
    taken = load(fixed, routing, len(of.regular))
    return np.maximum(of.overtime, np.where(fixed.any(), taken - of.regular, 0.0))


def _demand(sales_plan: SalesPlan, pk: Indices) -> Numbers:
    """Consensus [all products, t] over all markets."""
    demand = np.zeros((pk.size, sales_plan.horizon))
    series, product = bulk.columns(Series.objects.order_by("pk"), "pk", "product_id")
    leaves = SalesPlanLine.objects.filter(plan=sales_plan, series__isnull=False)
    for key, consensus in bulk.blocks(leaves, "series_id", "consensus"):
        row = np.searchsorted(pk, product[np.searchsorted(series, key)])
        np.add.at(demand, row, consensus)
    return np.maximum(demand, 0.0)


def average_price(price: Numbers, demand: Numbers) -> Numbers:
    """What a unit earns [n] on average of the plan's months, weighted by their demand."""
    units = demand.sum(axis=1)
    average: Numbers = np.divide((price * demand).sum(axis=1), units, out=price.mean(axis=1), where=units > 0)
    return average


def _plan_price(ground: _Ground) -> Numbers:
    """What a unit earns in each month of the plan [all products, t].

    In a month without sales it is the average of the others; the list price where it earns nothing at all.
    """
    pk, sales_plan = ground.catalogue.pk, ground.sales_plan
    series, product = bulk.columns(Series.objects.order_by("pk"), "pk", "product_id")
    leaves = SalesPlanLine.objects.filter(plan=sales_plan, series__isnull=False)
    units, revenue = np.zeros((2, pk.size, sales_plan.horizon))
    for key, consensus, earned in bulk.blocks(leaves, "series_id", "consensus", "revenue"):
        row = np.searchsorted(pk, product[np.searchsorted(series, key)])
        np.add.at(units, row, consensus)
        np.add.at(revenue, row, np.nan_to_num(earned))
    of_all, sold = revenue.sum(axis=1), units.sum(axis=1)
    average = np.divide(of_all, sold, out=_list_price(ground), where=(sold > 0) & (of_all > 0))
    repeated = np.repeat(average[:, None], sales_plan.horizon, axis=1)
    price: Numbers = np.divide(revenue, units, out=repeated, where=(units > 0) & (revenue > 0))
    return price


def _opening(ground: _Ground) -> Numbers:
    """Stock at the end of the last complete month, all sites together; negative is backlog, no row is nothing."""
    pk = ground.catalogue.pk
    balances = InventoryBalance.objects.filter(month=ground.sales_plan.cycle.as_of)
    stock = np.zeros(pk.size)
    for product, on_hand in balances.values_list("product_id").annotate(Sum("on_hand")):
        stock[np.searchsorted(pk, product)] = on_hand
    return stock


def _receipts(ground: _Ground) -> Numbers:
    """What is on order to come in, by plan month."""
    pk, start, horizon = ground.catalogue.pk, ground.sales_plan.start, ground.sales_plan.horizon
    expected = Receipt.objects.filter(month__gte=start, month__lt=months.add(start, horizon), quantity__gt=0)
    product, month, quantity = bulk.columns(expected, "product_id", "month", "quantity")
    receipts = np.zeros((pk.size, horizon))
    np.add.at(receipts, (np.searchsorted(pk, product), months.numbers(month) - months.number(start)), quantity)
    return receipts


def _release_routing(ground: _Ground) -> Numbers:
    routing = ground.structure.routing
    product = routing[:, 0].astype(np.int64)
    offset = _after_release(ground, product, routing[:, 3])
    return np.column_stack([ground.position[product], routing[:, 1:3], offset])


def _alternates(ground: _Ground) -> Numbers:
    """Rows (row of the routing, resource, hours per unit, months after release)."""
    rows, _ = faults.alternates(ground.structure)
    product = ground.structure.routing[rows[:, 0].astype(np.int64), 0].astype(np.int64)
    return np.column_stack([rows[:, :3], _after_release(ground, product, rows[:, 3])])


def _after_release(ground: _Ground, product: Indices, before_ready: Numbers) -> Numbers:
    """Routings count months back from when a unit is ready, the engine forward from its release."""
    after: Numbers = np.maximum(ground.lead_time[product] - before_ready, 0)
    return after
