"""The load of a production plan: the heat map, and what stands behind one of its cells."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.models import ProductionLine, ProductionPlan, Resource, ResourceLoad, Routing
from planning.queries.making import Workshop
from sop import months
from sop.errors import NotFound
from sop.models import Product
from sop.permissions import Scope

# Upper ends of the bands, in percent of regular hours: ○ slack, two quiet ones, ◆ tight; above the last ▲ overload.
BANDS = (50, 70, 90, 100)
MARKS = ("○", "", "", "◆", "▲")
PERCENT = 100
ROUNDING = 1e-6
SHOWN = 8

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class HeatCell:
    """One resource in one month; `percent` of regular hours, None where there are none but some are needed."""

    month: str
    name: str
    percent: int | None
    band: int

    @property
    def mark(self) -> str:
        return MARKS[self.band]


@dataclass(frozen=True)
class HeatRow:
    resource: Resource
    cells: list[HeatCell]

    @property
    def peak(self) -> HeatCell:
        return max(self.cells, key=lambda cell: PERCENT * PERCENT if cell.percent is None else cell.percent)


@dataclass(frozen=True)
class Part:
    """What loads a cell, and how much of it is its."""

    name: str
    units: float
    hours: float
    share: float


@dataclass(frozen=True)
class CellStory:
    """A cell of the heat map, explained."""

    resource: Resource
    month: dt.date
    percent: int | None
    band: int
    hours: float
    regular: float
    overtime: float
    overtime_limit: float
    price: float
    families: list[Part]
    products: list[Part]

    @property
    def over(self) -> float:
        """Hours above regular time; negative is what is free."""
        return self.hours - self.regular

    @property
    def impossible(self) -> float:
        """Hours that not even overtime provides."""
        return max(0.0, self.over - self.overtime_limit)

    @property
    def overtime_cost(self) -> float:
        return self.overtime * self.resource.overtime_hourly_cost


def heat_map(plan: ProductionPlan) -> list[HeatRow]:
    """Every resource's load in percent of its regular hours. One query."""
    loads = ResourceLoad.objects.filter(plan=plan).select_related("resource").order_by("resource__code")
    return [HeatRow(load.resource, _cells(plan, load)) for load in loads]


def cell_story(plan: ProductionPlan, resource: str, month: str, scope: Scope) -> CellStory:
    """What loads a resource in a month; families outside the scope are summed up as others. Eight queries."""
    load = of_resource(plan, resource)
    position = position_of(plan, month)
    percent, band = percent_and_band(float(load.load[position]), float(load.regular[position]))
    parts = loaded(plan, load.resource, position)
    hours = float(load.load[position])
    return CellStory(
        resource=load.resource,
        month=plan.months[position],
        percent=percent,
        band=band,
        hours=hours,
        regular=float(load.regular[position]),
        overtime=float(load.overtime[position]),
        overtime_limit=float(load.overtime_limit[position]),
        price=float(load.price[position]),
        families=_by_family(parts, hours, scope),
        products=_by_product(parts, hours, scope),
    )


def chart(plan: ProductionPlan, resource: str) -> dict[str, object]:
    """What `<capacity-chart>` draws of a resource. One query."""
    load = of_resource(plan, resource)
    return {
        "title": f"{load.resource.name}, hours",
        "unit": "h",
        "labels": [months.short(month) for month in plan.months],
        "load": np.round(load.load, 2).tolist(),
        "regular": np.round(load.regular, 2).tolist(),
        "overtime": np.round(load.overtime_limit, 2).tolist(),
    }


def dearest_hour(plan: ProductionPlan) -> tuple[Resource, dt.date, float] | None:
    """Where one more hour is worth most, and how much; None where none is worth anything. One query."""
    loads = [load for load in ResourceLoad.objects.filter(plan=plan).select_related("resource") if load.price.size]
    best = max(loads, key=lambda load: float(load.price.max()), default=None)
    if best is None or best.price.max() <= ROUNDING:
        return None
    month = int(best.price.argmax())
    return best.resource, plan.months[month], float(best.price[month])


def of_resource(plan: ProductionPlan, resource: str) -> ResourceLoad:
    load = ResourceLoad.objects.filter(plan=plan, resource__code=resource).select_related("resource").first()
    if load is None:
        raise NotFound(f"This plan has no resource “{resource}”.")
    return load


def position_of(plan: ProductionPlan, month: str) -> int:
    try:
        position = months.distance(plan.start, months.parse(month))
    except ValueError as error:
        raise NotFound(str(error)) from error
    if not 0 <= position < plan.horizon:
        raise NotFound(f"{month} lies outside this plan.")
    return position


def _cells(plan: ProductionPlan, load: ResourceLoad) -> list[HeatCell]:
    pairs = zip(plan.months, load.load.tolist(), load.regular.tolist(), strict=True)
    return [
        HeatCell(months.code(month), months.short(month), *percent_and_band(hours, hours_of))
        for month, hours, hours_of in pairs
    ]


def percent_and_band(hours: float, regular: float) -> tuple[int | None, int]:
    """Percent, and the band it is in; judged before rounding, so that 100.2 % is an overload."""
    if regular <= 0:
        return (None, len(BANDS)) if hours > ROUNDING else (0, 0)
    percent = PERCENT * hours / regular
    bounds = (percent >= BANDS[0], percent >= BANDS[1], percent >= BANDS[2], percent > BANDS[3] + ROUNDING)
    band = sum(bounds)
    # An overload of half a percent would otherwise read “100” like a full load.
    return (max(round(percent), PERCENT + 1) if band == len(BANDS) else round(percent)), band


@dataclass(frozen=True)
class Loaded:
    """A product that takes hours of the cell, begun in the month `release`."""

    product: Product
    units: float
    hours: float
    hours_per_unit: float
    release: int
    lead_time: int
    production: Numbers  # [t] by month of beginning


def loaded(plan: ProductionPlan, resource: Resource, position: int) -> list[Loaded]:
    """The releases behind a cell, largest first; a routing counts back from when a unit is ready. Six queries."""
    steps = Routing.objects.filter(resource=resource)
    routings = {routing.product_id: routing for routing in steps}
    moved = plan.run.result.get("moved", []) if plan.run else []
    making = Workshop(plan.sales_plan, routings).making
    lines = ProductionLine.objects.filter(plan=plan, product__in=routings).select_related("product__family")
    parts = []
    for line in lines:
        routing, made = routings[line.product_id], making[line.product_id]
        release = position - max(0, made.lead_time - routing.offset_months)
        here = _made_here(line.production, routing, moved)
        units = float(here[release]) if release >= 0 and made.made else 0.0
        hours = units * routing.hours_per_unit
        if hours > ROUNDING:
            parts.append(Loaded(line.product, units, hours, routing.hours_per_unit, release, made.lead_time, here))
    return sorted(parts, key=lambda part: -part.hours)


def _made_here(production: Numbers, routing: Routing, moved: list[dict[str, Any]]) -> Numbers:
    """[t] what of a product goes by a routing: all but what goes by its alternates, or what an alternate takes."""
    mine = [each for each in moved if each["product"] == routing.product_id]
    if routing.alternate_of_id:
        return sum((np.array(each["units"]) for each in mine if each["other"] == routing.resource_id), 0 * production)
    return production - sum(
        (np.array(each["units"]) for each in mine if each["resource"] == routing.resource_id), 0 * production
    )


def demanded(plan: ProductionPlan, products: list[int]) -> dict[int, Numbers]:
    """What customers ask for of some products, by month. One query."""
    return dict(ProductionLine.objects.filter(plan=plan, product__in=products).values_list("product_id", "demand"))


def _by_family(parts: list[Loaded], hours: float, scope: Scope) -> list[Part]:
    units: dict[str, float] = defaultdict(float)
    taken: dict[str, float] = defaultdict(float)
    for part in parts:
        family = part.product.family
        name = "Parts" if family is None else family.name if visible(part.product, scope) else "Other families"
        units[name] += part.units
        taken[name] += part.hours
    order = sorted(taken, key=lambda name: -taken[name])
    return [Part(name, units[name], taken[name], taken[name] / hours if hours else 0.0) for name in order]


def _by_product(parts: list[Loaded], hours: float, scope: Scope) -> list[Part]:
    mine = [part for part in parts if visible(part.product, scope)]
    return [Part(f"{p.product.name}", p.units, p.hours, p.hours / hours if hours else 0.0) for p in mine[:SHOWN]]


def visible(product: Product, scope: Scope) -> bool:
    return scope.families is None or product.family_id in scope.families
