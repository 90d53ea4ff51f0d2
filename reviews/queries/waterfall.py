"""What each cycle said for the months ahead, and what was then sold."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.models import SalesPlan, SalesPlanLine
from planning.queries.rows import Filters
from planning.queries.said import SignedPlans
from reviews.queries.signed_plans import signed_plans
from sop import bulk, months
from sop.models import Cycle, History
from sop.queries import history

CYCLES_SHOWN, MONTHS_SHOWN = 6, 9


@dataclass(frozen=True)
class Said:
    """A cycle's consensus by month of the window, NaN outside its plan; `signed` is false while it is worked on."""

    cycle: Cycle
    signed: bool
    units: NDArray[np.float64]


@dataclass(frozen=True)
class Waterfall:
    months: list[dt.date]
    cycles: list[Said]
    actual: NDArray[np.float64]


def waterfall(filters: Filters, plans: SignedPlans | None = None) -> Waterfall | None:
    """The last cycles, the one in work last, over the families and markets of the filters. At most nine queries."""
    signed = signed_plans() if plans is None else plans
    shown = list(signed.by_month.values())[-CYCLES_SHOWN:]
    if not shown or signed.complete is None:
        return None
    working = SalesPlan.objects.filter(frozen_at__isnull=True, cycle__state=Cycle.State.OPEN).select_related("cycle")
    shown += [plan for plan in working.order_by("cycle__first_month") if plan.start > shown[-1].start][:1]
    window = months.span(shown[0].start, max(MONTHS_SHOWN, len(shown) + 2))
    spoken = _spoken(shown, window, filters)
    _, by_total = history.totals(window[0], len(window), lines=History.objects.filter(filters.totals()))
    actual = by_total.sum(axis=0) if len(by_total) else np.zeros(len(window))
    actual[[month > signed.complete for month in window]] = np.nan
    return Waterfall(window, [Said(plan.cycle, plan.frozen_at is not None, spoken[plan.pk]) for plan in shown], actual)


def _spoken(plans: list[SalesPlan], window: list[dt.date], filters: Filters) -> dict[int, NDArray[np.float64]]:
    """Plan → the sum of its totals by month of the window."""
    sums = {plan.pk: np.zeros(plan.horizon) for plan in plans}
    totals = SalesPlanLine.objects.filter(filters.totals(), plan__in=plans, series__isnull=True)
    for plan, consensus in bulk.read(totals, "plan_id", "consensus"):
        sums[plan] += consensus
    result = {}
    for plan in plans:
        column = months.distance(window[0], plan.start)
        inside = sums[plan.pk][: max(len(window) - column, 0)]
        result[plan.pk] = np.full(len(window), np.nan)
        result[plan.pk][column : column + inside.size] = inside
    return result
