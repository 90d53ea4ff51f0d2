"""A month of a resource as the ways out of its overload see it, and what such a way out is."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

import numpy as np

from planning.models import ProductionPlan, Resource, ResourceLoad, SupplyPolicy
from planning.queries import load, prices
from planning.queries.load import Loaded
from planning.queries.production_marks import production_fences
from planning.queries.supply.costs import BACKORDER_RATE_PER_MONTH, HOLDING_RATE_PER_YEAR
from sop import months
from sop.models import Product
from sop.permissions import Scope
from sop.words import units

NOISE = 1e-6
HALF = 0.5  # of an hour: less over is none


@dataclass(frozen=True)
class Step:
    """A change of a scenario, as `planning.actions.scenarios.Proposed` takes it."""

    target: str
    operation: str
    value: float
    product: Product | None = None
    resource: Resource | None = None
    other: Resource | None = None
    first_month: dt.date | None = None
    last_month: dt.date | None = None
    to_month: dt.date | None = None


@dataclass(frozen=True)
class Lever:
    """A way out. Without steps it cannot be tried; `why` then says why. A cost of None is not known."""

    key: str
    name: str
    icon: str
    what: str = ""
    hours: float = 0.0
    cost: float | None = None
    remains: float = 0.0
    why: str = ""
    steps: tuple[Step, ...] = ()
    planned: bool = False
    suggested: bool = False

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Cheapest first; what leaves an overload after it, what is not possible last."""
        return bool(self.why), self.remains > HALF, np.inf if self.cost is None else self.cost


@dataclass
class Relief:
    """Hours taken off the cell so far, part by part."""

    over: float
    hours: float = 0.0
    cost: float = 0.0
    moved: list[tuple[Loaded, float]] = field(default_factory=list)

    @property
    def open(self) -> float:
        return max(0.0, self.over - self.hours)

    def take(self, part: Loaded, most_hours: float, unit_cost: float) -> float:
        """Whole units of a part, up to what is open and what there is room for; how many."""
        room = min(self.open, most_hours)
        number = min(float(ceil(room / part.hours_per_unit - NOISE)), part.units, most_hours / part.hours_per_unit)
        if number <= NOISE:
            return 0.0
        self.hours += number * part.hours_per_unit
        self.cost += number * unit_cost
        self.moved.append((part, number))
        return number

    def words(self) -> str:
        """505 Fjell 300 and 12 more"""
        if not self.moved:
            return ""
        part, number = max(self.moved, key=lambda each: each[1])
        others = len({each.product.pk for each, _ in self.moved}) - 1
        more = f" and {others} more product{'s'[: others != 1]}" if others else ""
        return f"{units(number)} {part.product.name}{more}"


@dataclass(frozen=True)
class Cell:
    """A month of a resource in a plan, as one user sees it."""

    plan: ProductionPlan
    load: ResourceLoad
    position: int
    scope: Scope

    @property
    def resource(self) -> Resource:
        return self.load.resource

    @property
    def over(self) -> float:
        """Hours beyond regular time."""
        return float(self.load.load[self.position] - self.load.regular[self.position])

    @cached_property
    def parts(self) -> list[Loaded]:
        """What loads it and may be named to the user."""
        found = load.loaded(self.plan, self.resource, self.position)
        return [part for part in found if load.visible(part.product, self.scope)]

    @cached_property
    def policies(self) -> dict[int, SupplyPolicy]:
        found = SupplyPolicy.objects.filter(product__in=[part.product.pk for part in self.parts])
        return {policy.product_id: policy for policy in found}

    @cached_property
    def unit_cost(self) -> dict[int, float]:
        keys = [part.product.pk for part in self.parts]
        known = np.nan_to_num(prices.unit_costs(keys, self.plan.start, self.plan.horizon))
        return dict(zip(keys, known[:, self.position].tolist(), strict=True)) if keys else {}

    @cached_property
    def frozen(self) -> dict[int, int]:
        products = [part.product for part in self.parts]
        return {each.pk: until for each, until in zip(products, production_fences(products), strict=True)}

    def month(self, position: int) -> dt.date:
        return self.plan.months[position]

    def free(self, position: int) -> float:
        """Regular hours of the resource that nothing takes in a month."""
        return max(0.0, float(self.load.regular[position] - self.load.load[position]))

    def holding(self, product: int) -> float:
        """What a unit in stock costs a month."""
        policy = self.policies.get(product)
        rate = policy.holding_cost_rate_per_year if policy else HOLDING_RATE_PER_YEAR
        return rate / months.MONTHS_PER_YEAR * self.unit_cost[product]

    def lateness(self, product: int) -> float:
        """What a unit that a customer waits for costs a month."""
        policy = self.policies.get(product)
        told = policy.backorder_cost_per_unit_month if policy else None
        return BACKORDER_RATE_PER_MONTH * self.unit_cost[product] if told is None else told


def cell_of(plan: ProductionPlan, resource: str, month: str, scope: Scope) -> Cell:
    """A month of a resource; NotFound where the plan has none."""
    return Cell(plan, load.of_resource(plan, resource), load.position_of(plan, month), scope)
