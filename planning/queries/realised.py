"""What came of an assumption: actuals against the baseline that was frozen before its first month.

It **held** when actuals moved to the expected side, by at least half of what was expected; else it did not hold.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import F, Q

from planning.models import Assumption, SalesPlan, SalesPlanLine
from planning.queries.reach import Reach
from planning.queries.rows import near
from sop import bulk, months
from sop.models import Cycle
from sop.queries import history
from sop.queries import series as series_queries
from sop.vectors import Vector

HALF = 0.5
# Months for which a verdict follows corrected actuals.
LATELY = 3


@dataclass(frozen=True)
class Realised:
    """Over the months with actuals: what was sold, what the baseline had said, and the plan that said it."""

    months: list[dt.date]
    actual: float
    baseline: float
    plan: SalesPlan
    outcome: float

    def held(self, expected: float) -> bool:
        return self.outcome * expected > 0 and abs(self.outcome) >= HALF * abs(expected)


def expired(as_of: dt.date) -> list[Assumption]:
    """The open ones whose time is over once a month's sales are in. One query."""
    over = Q(expires__lte=as_of) | Q(expires__isnull=True, last_month__lte=as_of)
    return list(Assumption.objects.filter(over, state=Assumption.State.OPEN).order_by("pk"))


def judged_lately(as_of: dt.date) -> list[Assumption]:
    """Those with a verdict that late or corrected actuals may still turn. One query."""
    since = months.add(as_of, -LATELY)
    over = Q(expires__lte=as_of, expires__gt=since) | Q(
        expires__isnull=True, last_month__lte=as_of, last_month__gt=since
    )
    states = (Assumption.State.HELD, Assumption.State.FAILED)
    return list(Assumption.objects.filter(over, state__in=states).order_by("pk"))


def realised(assumption: Assumption) -> Realised | None:
    """The effect that actuals show, in the assumption's own unit; None without actuals or a plan for its months."""
    last = history.last_actual_month()
    until = min(assumption.due, assumption.last_month)
    if last is None or min(last, until) < assumption.first_month:
        return None
    span = months.span(assumption.first_month, months.distance(assumption.first_month, min(last, until)) + 1)
    by_plan = _plans(assumption.first_month, span)
    if not by_plan:
        return None
    series = series_queries.frame()
    keys = series["series"][Reach(series).of(assumption)].tolist()
    sold = np.nan_to_num(history.matrix(keys, span[0], len(span))).sum(axis=0)
    told = _baselines(keys, by_plan)
    judged = [month for month in span if month in told]
    actual = float(sum(sold[months.distance(span[0], month)] for month in judged))
    baseline = sum(told[month] for month in judged)
    in_units = assumption.unit == Assumption.Unit.UNITS
    base = float(len(judged)) if in_units else baseline
    outcome = (actual - baseline) / base if base > 0 else 0.0
    return Realised(judged, actual, baseline, by_plan[judged[0]], outcome)


def _plans(first: dt.date, span: list[dt.date]) -> dict[dt.date, SalesPlan]:
    """For each month the newest frozen plan made before the first; else the last plan of all that has the month."""
    made = SalesPlan.objects.exclude(cycle__state=Cycle.State.PLANNED).select_related("cycle")
    order = list(made.order_by(F("start").desc(), F("frozen_at").desc(nulls_last=True), "-pk"))
    before = [plan for plan in order if plan.frozen_at and plan.start <= first]
    found = {}
    for month in span:
        having = [plan for plan in (*before, *order) if 0 <= months.distance(plan.start, month) < plan.horizon]
        if having:
            found[month] = having[0]
    return found


def _baselines(keys: list[int], by_plan: dict[dt.date, SalesPlan]) -> dict[dt.date, float]:
    """The baseline of some series by month, each from its plan."""
    wanted = set(keys)
    sums: dict[int, Vector] = {}
    for plan in {plan.pk: plan for plan in by_plan.values()}.values():
        lines = bulk.read(SalesPlanLine.objects.filter(near(keys), plan=plan), "series_id", "baseline")
        sums[plan.pk] = sum((line for key, line in lines if key in wanted), start=np.zeros(plan.horizon))
    return {month: float(sums[plan.pk][months.distance(plan.start, month)]) for month, plan in by_plan.items()}
