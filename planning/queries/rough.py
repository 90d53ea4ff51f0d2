"""The rough cut of a production plan: what it takes of every resource by three methods, at once and without a solver.

By overall factors: all standard hours of a month, shared among the resources as what was made in the year before. By
bill of resources: each product's hours on each resource, its components included, in the month it is ready. By resource
profile: the same, each step as long before as lead times put it. Sources and golden numbers: docs/planning.md.
"""

from dataclasses import replace

import numpy as np

from planning.models import ProductionLine, ProductionPlan, Receipt, Resource
from planning.queries.capacity import Numbers, hours_per_unit, rough_cut
from planning.queries.load import HeatCell, HeatRow, percent_and_band
from planning.queries.supply import SupplyCase, rough_case
from sop import bulk, months
from sop.errors import PlanningError

PLAN, OVERALL, BILL, PROFILE = "plan", "overall", "bill", "profile"
METHODS = {OVERALL: "Overall factors", BILL: "Bill of resources", PROFILE: "Resource profile"}
DEMONSTRATED, RATED = "demonstrated", "rated"


def rough_map(plan: ProductionPlan, method: str, against: str = DEMONSTRATED) -> list[HeatRow]:
    """Every resource's rough-cut load in percent of its demonstrated or rated hours."""
    if method not in METHODS or against not in (DEMONSTRATED, RATED):
        raise PlanningError("Choose overall, bill or profile, against demonstrated or rated hours.", status=400)
    case = rough_case(plan.sales_plan)
    hours = rough_hours(plan, case, method)
    available = case.hours.rated if against == RATED else case.hours.regular
    resources = Resource.objects.in_bulk(case.resources.tolist())
    names = [(months.code(month), months.short(month)) for month in plan.months]
    rows = []
    for row, pk in enumerate(case.resources.tolist()):
        pairs = zip(names, hours[row].tolist(), available[row].tolist(), strict=True)
        cells = [HeatCell(*name, *percent_and_band(load, most)) for name, load, most in pairs]
        rows.append(HeatRow(resources[pk], cells))
    return sorted(rows, key=lambda row: row.resource.code)


def rough_hours(plan: ProductionPlan, case: SupplyCase, method: str) -> Numbers:
    """Hours [resource, month] that the plan's production for customers takes by a method."""
    made = _for_customers(plan, case)
    if method == PROFILE:
        return rough_cut(replace(case, problem=replace(case.problem, demand=made))).load
    bill = hours_per_unit(case)
    if method == BILL:
        return bill @ made
    return np.outer(_shares(plan, case, bill, made), bill.sum(axis=0) @ made)


def _for_customers(plan: ProductionPlan, case: SupplyCase) -> Numbers:
    """Units [item, month] ready beyond what goes into other products: the bills count those with their parents."""
    position = {int(case.catalogue.pk[product]): item for item, product in enumerate(case.items)}
    made = np.zeros((case.items.size, plan.horizon))
    for product, arrivals, dependent in bulk.read(
        ProductionLine.objects.filter(plan=plan), "product_id", "arrivals", "dependent"
    ):
        if product in position:
            made[position[product]] = np.maximum(arrivals - dependent, 0.0)
    return made


def _shares(plan: ProductionPlan, case: SupplyCase, bill: Numbers, made: Numbers) -> Numbers:
    """Each resource's part of all hours in the year before the plan; of the plan itself where nothing is recorded."""
    since = months.add(plan.start, -months.MONTHS_PER_YEAR)
    past = np.zeros(case.items.size)
    position = {int(case.catalogue.pk[product]): item for item, product in enumerate(case.items)}
    received = Receipt.objects.filter(month__gte=since, month__lt=plan.start, quantity__gt=0)
    for product, quantity in received.values_list("product_id", "quantity"):
        if product in position:
            past[position[product]] += quantity
    own = _own_hours(case)
    hours = own @ past
    if not hours.sum():
        hours = (bill @ made).sum(axis=1)
    return hours / (hours.sum() or 1.0)


def _own_hours(case: SupplyCase) -> Numbers:
    """Hours of a unit [resource, item] at its own level: what was made in the past was received level by level."""
    own = np.zeros((case.problem.resources, case.items.size))
    routing = case.problem.routing
    np.add.at(own, (routing[:, 1].astype(np.int64), routing[:, 0].astype(np.int64)), routing[:, 2])
    return own
