"""What a supply plan comes to, year by year and family by family: the figures that plans and scenarios are compared by.

Sold is what reaches customers: demand less what is refused and what is put off. Gross margin is revenue less the
standard cost of what is sold; supply cost is overtime, holding stock, people and what buying in costs more than making.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.engine import SupplyPlan
from planning.queries.supply import SupplyCase
from sop import months
from sop.models import Product
from sop.permissions import Scope

Numbers = NDArray[np.float64]
ALL, SAFE, LOADS = "all", "safe", "loads"
# Of each family and year, in this order.
OF_FAMILY = ("units", "demand", "unserved", "revenue", "goods", "stock")
ROUNDING = 1e-6
PERCENT = 100
# What makes a plan more than a low risk; see docs/scenarios.md.
SHORT, TIGHT, SERVED, LIKELY = 0.01, 0.95, 0.98, 0.9


@dataclass(frozen=True)
class Figures:
    """A plan in one year, or in all its months, as somebody may see it; money is None for whoever sees none."""

    units: float
    service: float | None
    overtime: float
    load: float | None  # the highest of a resource and month, in percent of regular hours
    overloads: int
    revenue: float | None
    margin: float | None
    cost: float | None
    stock: float | None
    safe: float | None  # share of demand shipped in its month in nine of ten futures, once the plan was worked out
    risk: str


def told(case: SupplyCase, plan: SupplyPlan, simulated: dict[str, Any] | None = None) -> dict[str, Any]:
    """The figures for the run's result: by year and for all of it; `simulated` is the plan's risk. One query."""
    by_month = _by_month(case, plan)
    family = _families(case)
    span = months.span(case.start, case.months)
    years = [str(month.year) for month in span]
    periods = {year: np.array([each == year for each in years]) for year in dict.fromkeys(years)}
    every = [*periods.items(), (ALL, np.ones(len(span), bool))]
    found: dict[str, Any] = {name: _period(by_month, family, mask) for name, mask in every}
    found[LOADS] = _loads(case, plan)
    return found | {SAFE: simulated["fill_rate"][0]} if simulated else found


def years(kept: dict[str, Any]) -> list[str]:
    """The years that figures were kept of."""
    return [name for name in kept if name not in (ALL, SAFE, LOADS)]


def read(kept: dict[str, Any], year: str, mine: Scope) -> Figures:
    """One period's figures: units and money of the families that somebody sees, hours and loads of the company."""
    period = kept.get(year) or kept[ALL]
    families = period["families"]
    seen = [values for key, values in families.items() if mine.families is None or int(key) in mine.families]
    units, demand, unserved, revenue, goods, stock = (
        sum(each) for each in (zip(*seen, strict=True) if seen else ([0.0],) * len(OF_FAMILY))
    )
    money = mine.sees_money
    return Figures(
        units=units,
        service=max(0.0, 1 - unserved / demand) if demand else None,
        overtime=period["overtime"],
        load=period["load"],
        overloads=period["overloads"],
        revenue=revenue if money else None,
        margin=revenue - goods if money else None,
        cost=period["cost"] if money and mine.everything else None,
        stock=stock if money else None,
        safe=kept.get(SAFE),
        risk=risk(kept),
    )


def risk(kept: dict[str, Any]) -> str:
    """not feasible, medium or low, of the whole plan."""
    every = kept[ALL]
    demand, unserved = (sum(values[place] for values in every["families"].values()) for place in (1, 2))
    missing = every["missing"] / demand if demand else 0.0
    if every["overloads"] or missing > SHORT:
        return "not feasible"
    safe = kept.get(SAFE)
    doubtful = safe is not None and safe < LIKELY
    served = 1 - unserved / demand if demand else 1.0
    return "medium" if every["use"] > TIGHT or served < SERVED or doubtful else "low"


def _by_month(case: SupplyCase, plan: SupplyPlan) -> dict[str, Numbers]:
    problem = case.problem
    cost = case.catalogue.unit_cost[case.items][:, None]
    put_off = np.diff(plan.backorder, axis=1, prepend=problem.backlog[:, None])
    units = problem.demand - plan.lost - put_off
    regular, overtime = case.hours.regular, case.hours.overtime
    extra = np.where(np.isfinite(problem.subcontract_cost), problem.subcontract_cost, 0.0)[:, None]
    crews = problem.crews
    return {
        "units": units,
        "demand": problem.demand,
        "unserved": plan.lost + np.maximum(put_off, 0.0),
        "revenue": units * case.price,
        "goods": units * cost,
        "stock": plan.inventory * cost,
        "missing": plan.lost.sum(axis=0) + _last(plan.backorder),
        "overtime": np.maximum(plan.load - regular, 0.0).sum(axis=0),
        "cost": (plan.overtime * problem.overtime_cost[:, None]).sum(axis=0)
        + (plan.inventory * problem.holding_cost[:, None]).sum(axis=0)
        + (plan.subcontract * extra).sum(axis=0)
        + (plan.workers * crews.wage + plan.hired * crews.hire + plan.laid_off * crews.lay_off).sum(axis=0),
        "load": _ratio(plan.load, regular),
        "use": _ratio(plan.load, regular + overtime),
        "over": (plan.load > regular + overtime + ROUNDING * (1 + regular)).sum(axis=0).astype(np.float64),
    }


def _loads(case: SupplyCase, plan: SupplyPlan) -> dict[str, list[list[float]]]:
    """Hours needed and regular hours of every resource, month after month."""
    hours = np.stack([plan.load, case.hours.regular], axis=2).round(3)
    return {str(pk): row for pk, row in zip(case.resources.tolist(), hours.tolist(), strict=True)}


def _last(backorder: Numbers) -> Numbers:
    """[t] what is still owed at the end, in the last month."""
    late = np.zeros(backorder.shape[1])
    late[-1] = backorder[:, -1].sum()
    return late


def _ratio(load: Numbers, hours: Numbers) -> Numbers:
    """[t] the highest share of its hours that any resource needs; resources without hours count as overloads only."""
    share = np.divide(load, hours, out=np.zeros_like(load), where=hours > 0)
    highest: Numbers = share.max(axis=0, initial=0.0)
    return highest


def _period(values: dict[str, Numbers], family: NDArray[np.int64], mask: NDArray[np.bool_]) -> dict[str, Any]:
    keys, place = np.unique(family, return_inverse=True)
    table = np.zeros((keys.size, len(OF_FAMILY)))
    for column, name in enumerate(OF_FAMILY):
        chosen = values[name][:, mask]
        np.add.at(table[:, column], place, chosen.mean(axis=1) if name == "stock" else chosen.sum(axis=1))
    rows: Iterable[tuple[int, list[float]]] = zip(keys.tolist(), np.round(table, 4).tolist(), strict=True)
    return {
        "families": {str(key): row for key, row in rows},
        "missing": round(float(values["missing"][mask].sum()), 4),
        "overtime": round(float(values["overtime"][mask].sum()), 3),
        "cost": round(float(values["cost"][mask].sum()), 2),
        "load": round(PERCENT * float(values["load"][mask].max(initial=0.0)), 2),
        "use": round(float(values["use"][mask].max(initial=0.0)), 4),
        "overloads": int(values["over"][mask].sum()),
    }


def _families(case: SupplyCase) -> NDArray[np.int64]:
    """[items] family keys, 0 for none."""
    family = dict(Product.objects.values_list("pk", "family_id"))
    return np.array([family.get(pk) or 0 for pk in case.catalogue.pk[case.items].tolist()], dtype=np.int64)
