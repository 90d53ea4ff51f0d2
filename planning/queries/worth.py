"""What assumptions are worth: the units and the revenue that each would move in a plan, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from planning.engine.events import moved
from planning.models import Assumption, SalesPlan, SalesPlanLine
from planning.queries.events import Events
from planning.queries.reach import Reach
from planning.queries.rows import near
from sop import bulk
from sop.models import Series
from sop.queries import series as series_queries
from sop.vectors import Vector


@dataclass(frozen=True)
class Worth:
    """Units and revenue by plan month; `low` and `high` are the units at the ends of the interval, where known."""

    units: Vector
    revenue: Vector
    low: float | None = None
    high: float | None = None

    @property
    def total(self) -> float:
        return float(self.units.sum())

    @property
    def money(self) -> float:
        return float(self.revenue.sum())


def worth(plan: SalesPlan | None, assumptions: Sequence[Assumption], where: Q | None = None) -> dict[int, Worth]:
    """By key of the assumption, in the series of a filter only. At most 17 queries, whatever the number."""
    ahead = [each for each in assumptions if plan and each.last_month >= plan.start]
    if plan is None or not ahead:
        return {}
    series = series_queries.frame()
    reach, events = Reach(series), Events(plan, assumptions=ahead)
    covered = {each.pk: reach.of(each) for each in ahead}
    wanted = np.ones(len(series), dtype=bool)
    if where:
        wanted = series["series"].isin(list(Series.objects.filter(where).values_list("pk", flat=True))).to_numpy()
    # What is not seen is read only as far as it has a say in what is.
    closed = events.closed(series, np.logical_or.reduce(list(covered.values())) & wanted)
    part, seen = series[closed].reset_index(drop=True), wanted[closed]
    baseline, price = _lines(plan, part["series"].tolist())
    layer = events.layer(part, baseline)

    def amount(each: Assumption, value: float) -> tuple[Vector, Vector]:
        effect = events.effect(each, covered[each.pk][closed], value)
        units = np.zeros(baseline.shape)
        units[effect.rows, effect.first : effect.end] = moved(layer.volume, layer.alive, effect)
        return units[seen].sum(axis=0), (units * price)[seen].sum(axis=0)

    def bound(each: Assumption, value: float | None) -> float | None:
        return None if value is None else float(amount(each, value)[0].sum())

    return {each.pk: Worth(*amount(each, each.effect), bound(each, each.low), bound(each, each.high)) for each in ahead}


def _lines(plan: SalesPlan, keys: list[int]) -> tuple[Vector, Vector]:
    """Baseline and price of some series; zeros for one that the plan does not have."""
    rows = bulk.read(SalesPlanLine.objects.filter(near(keys), plan=plan), "series_id", "baseline", "price")
    found = {row[0]: row[1:] for row in rows}
    nothing = (np.zeros(plan.horizon), np.zeros(plan.horizon))
    read = [found.get(key, nothing) for key in keys]
    shape = (len(keys), plan.horizon)
    return np.array([row[0] for row in read]).reshape(shape), np.array([row[1] for row in read]).reshape(shape)
