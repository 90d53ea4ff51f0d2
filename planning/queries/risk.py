"""What a production plan meets when demand is not as planned: a simulation with the forecast's own errors.

The engine draws the paths of demand (docs/planning.md); here each product gets its errors, and what was found is kept
with the plan as figures, families and months apart, so that everybody reads what they may see.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from planning import engine
from planning.engine import SupplyPlan
from planning.models import ProductionPlan
from planning.queries.supply import SupplyCase
from planning.queries.supply.catalogue import Numbers
from planning.queries.supply.targets import product_error
from sop import months
from sop.models import Family, Product
from sop.permissions import Scope

# Enough for a P10 to stand within a point or two; fewer where there are many products, so that it takes seconds.
MOST_PATHS, FEWEST_PATHS, DRAWS = 1_000, 200, 3_000_000
# Classes of relative errors, a class being as many equally likely errors.
CLASSES, ERRORS = 32, 99
WIDEST = 3.0


Triple = tuple[float, float, float]


@dataclass(frozen=True)
class FamilyRisk:
    name: str
    fill_rate: Triple


@dataclass(frozen=True)
class PlanRisk:
    """Triples are P10, P50, P90 over the paths; money is None for whoever sees none or only a part of the company."""

    paths: int
    fill_rate: Triple
    families: list[FamilyRisk]
    revenue_chance: float
    revenue_at_risk: float | None
    revenue: Triple | None
    stock: list[tuple[str, Triple]] | None  # by month


def simulated(case: SupplyCase, plan: SupplyPlan) -> dict[str, Any] | None:
    """Fill rates, revenue and stock over many paths of demand, as `ProductionPlan.risk` keeps them. Four queries.

    None where nothing that is sold has a price: everything here is by value.

    `revenue_chance` is the chance to earn what the plan says; `revenue_at_risk` the mean value of what cannot be
    delivered in its month.
    """
    error = relative_error(case)
    klass, table = _classes(error)
    family, group = np.unique(_families(case), return_inverse=True)
    demand = case.problem.demand.sum(axis=1)
    # What has no price earns nothing.
    earned = (np.nan_to_num(case.price) * case.problem.demand).sum(axis=1)
    found = engine.risk(
        case.problem,
        plan,
        table,
        paths=int(np.clip(DRAWS // case.items.size, FEWEST_PATHS, MOST_PATHS)),
        error_class=klass,
        price=np.divide(earned, demand, out=np.zeros_like(earned), where=demand > 0),
        unit_cost=case.catalogue.unit_cost[case.items],
        group=group,
    )
    if not np.isfinite(found.fill_rate).all():
        return None
    filled = zip(family.tolist(), found.fill_rate_by_group, strict=True)
    return {
        "paths": found.paths,
        "fill_rate": _told(found.fill_rate, 4),
        "families": {str(key): _told(rate, 4) for key, rate in filled if key and np.isfinite(rate).all()},
        "revenue": _told(found.revenue, 2),
        "revenue_target": round(found.revenue_target, 2),
        "revenue_chance": round(found.revenue_chance, 4),
        "revenue_at_risk": round(found.revenue_at_risk, 2),
        "stock_value": [_told(row, 2) for row in found.stock_value],
    }


def relative_error(case: SupplyCase) -> Numbers:
    """[items] standard deviation of a month's demand as a share of it; the median one where a product has no forecast.

    None at all where nothing has: then what is planned is what comes.
    """
    sigma, mean = product_error(case.catalogue, case.sales_plan)
    known = mean > 0
    share = np.divide(sigma, mean, out=np.zeros_like(sigma), where=known)
    usual = float(np.median(share[known])) if known.any() else 0.0
    of_items: Numbers = np.minimum(np.where(known, share, usual), WIDEST)[case.items]
    return of_items


def read(plan: ProductionPlan, mine: Scope) -> PlanRisk | None:
    """A plan's risk for somebody; None before it was simulated. One query."""
    kept = plan.risk
    if not kept:
        return None
    names = Family.objects.filter(pk__in=[int(key) for key in kept["families"]])
    seen = names if mine.families is None else names.filter(pk__in=mine.families)
    rated = [FamilyRisk(each.name, tuple(kept["families"][str(each.pk)])) for each in seen]
    money = mine.sees_money and mine.everything
    span = [months.short(month) for month in plan.months]
    return PlanRisk(
        paths=kept["paths"],
        fill_rate=tuple(kept["fill_rate"]),
        families=sorted(rated, key=lambda each: each.fill_rate),
        revenue_chance=kept["revenue_chance"],
        revenue_at_risk=kept["revenue_at_risk"] if money else None,
        revenue=tuple(kept["revenue"]) if money else None,
        stock=[(name, tuple(row)) for name, row in zip(span, kept["stock_value"], strict=True)] if money else None,
    )


def _classes(error: Numbers) -> tuple[Numbers, Numbers]:
    """The class [items] of each error and the relative errors [classes, errors] of each.

    A class is lognormal with mean 0 and its standard deviation: demand never falls below nothing, and surprises are
    larger upwards than downwards.
    """
    edges = np.quantile(error, np.linspace(0, 1, CLASSES + 1)[1:-1])
    klass = np.searchsorted(edges, error, side="left")
    count = np.bincount(klass, minlength=CLASSES)
    share = np.divide(np.bincount(klass, error, CLASSES), count, out=np.zeros(CLASSES), where=count > 0)
    spread = np.sqrt(np.log1p(share**2))[:, None]
    rank = scipy.special.ndtri((np.arange(ERRORS) + 0.5) / ERRORS)
    return klass.astype(np.float64), np.exp(spread * rank - spread**2 / 2) - 1


def _families(case: SupplyCase) -> np.ndarray:
    """[items] family keys, 0 for parts."""
    family = dict(Product.objects.values_list("pk", "family_id"))
    return np.array([family.get(pk) or 0 for pk in case.catalogue.pk[case.items].tolist()], dtype=np.int64)


def _told(values: Numbers, digits: int) -> list[float]:
    told: list[float] = np.round(values, digits).tolist()
    return told
