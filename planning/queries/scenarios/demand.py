"""A scenario's changes of demand, spread over products and markets as an entry in the grid would be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.engine import disaggregate_first
from planning.models import SalesPlan, SalesPlanLine, ScenarioChange
from planning.queries.scenarios.reach import Reach
from sop import bulk, months
from sop.models import Series
from sop.words import exact

Numbers = NDArray[np.float64]
Operation = ScenarioChange.Operation
NOISE = 1e-9


@dataclass(frozen=True, eq=False)
class Leaves:
    """The series that the changes are about, with their consensus [series, t]."""

    product: NDArray[np.int64]
    market: NDArray[np.int64]
    units: Numbers


def changed(reach: Reach, changes: Sequence[ScenarioChange]) -> Numbers:
    """Demand [items, t] with these changes applied in their order; what none of them touches stays to the last bit."""
    case = reach.case
    if not changes:
        return case.problem.demand
    leaves = _read(case.sales_plan, reach, changes)
    after = leaves.units.copy()
    for change in changes:
        _apply(reach, change, leaves, after)
    demand = case.problem.demand.copy()
    row = np.searchsorted(case.catalogue.pk[case.items], leaves.product)
    moved = np.flatnonzero((after != leaves.units).any(axis=1))
    np.add.at(demand, row[moved], after[moved] - leaves.units[moved])
    return np.maximum(demand, 0.0)


def _read(sales_plan: SalesPlan, reach: Reach, changes: Sequence[ScenarioChange]) -> Leaves:
    """Two queries, however many series there are."""
    wanted = np.unique(np.concatenate([reach.products(change) for change in changes]))
    key, product, market = bulk.columns(Series.objects.order_by("pk"), "pk", "product_id", "market_id")
    inside = np.isin(product, wanted)
    key, product, market = key[inside], product[inside], market[inside]
    units = np.zeros((key.size, sales_plan.horizon))
    lines = SalesPlanLine.objects.filter(plan=sales_plan, series__isnull=False)
    if wanted.size == 1:
        lines = lines.filter(series__product=int(wanted[0]))
    for series, consensus in bulk.blocks(lines, "series_id", "consensus"):
        mine = np.isin(series, key)
        units[np.searchsorted(key, series[mine])] = consensus[mine]
    return Leaves(product, market, units)


def _apply(reach: Reach, change: ScenarioChange, leaves: Leaves, units: Numbers) -> None:
    inside = np.isin(leaves.product, reach.products(change))
    if (markets := reach.markets(change)) is not None:
        inside &= np.isin(leaves.market, list(markets))
    own = np.flatnonzero(inside)
    if not own.size:
        raise reach.fault(change, "nothing of it is planned there. Choose another product or market")
    for place, entry in _entries(reach, change):
        _enter(reach, change, units, own, place, entry)


def _entries(reach: Reach, change: ScenarioChange) -> list[tuple[int, str]]:
    """What the change enters into which months: `=` sets, `+` adds, `%` changes by a share."""
    span = reach.months(change).tolist()
    if change.operation != Operation.MOVE:
        return [(place, change.operation) for place in span]
    by = reach.shift(change)
    return [*((place, "away") for place in span), *((place + by, "here") for place in span)]


def _enter(
    reach: Reach, change: ScenarioChange, units: Numbers, own: NDArray[np.int64], place: int, entry: str
) -> None:
    current = units[own, place]
    total = float(current.sum())
    wanted = {
        Operation.SET: change.value,
        Operation.ADD: total + change.value,
        Operation.PERCENT: total * (1 + change.value / 100),
        "away": total - change.value,
        "here": total + change.value,
    }[entry]
    if wanted < -NOISE:
        month = months.short(months.add(reach.case.start, place))
        raise reach.fault(change, f"only {exact(total)} units are planned in {month}. Take away no more than that")
    wanted = max(wanted, 0.0)
    if own.size == 1:
        units[own, place] = wanted
    else:
        units[own, place] = disaggregate_first(wanted, [current, np.ones(own.size)])[0]
