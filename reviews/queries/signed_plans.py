"""The plans that accuracy is measured against: what each finished cycle signed, and which months can be judged."""

import datetime as dt

from planning.queries.said import SignedPlans
from reviews.models import Snapshot, Stage
from sop.models import Cycle
from sop.queries.history import last_actual_month


def signed_plans() -> SignedPlans:
    """Three queries. Of a cycle: what its last sign-off of the demand review froze, else its last signature at all.

    A cycle counts once it is no longer worked on. A month counts once the company has its sales and the next cycle has
    been opened on them; until then postings are still coming in.
    """
    signed = (
        Snapshot.objects.filter(sales_plan__isnull=False)
        .exclude(cycle__state__in=(Cycle.State.PLANNED, Cycle.State.OPEN))
        .select_related("sales_plan__cycle", "stage", "cycle")
        .order_by("id")
    )
    found: dict[dt.date, Snapshot] = {}
    for snapshot in signed:
        before = found.get(snapshot.cycle.first_month)
        demand = snapshot.stage.key == Stage.Key.DEMAND_REVIEW
        if demand or before is None or before.stage.key != Stage.Key.DEMAND_REVIEW:
            found[snapshot.cycle.first_month] = snapshot
    newest = Cycle.objects.exclude(state=Cycle.State.PLANNED).first()
    known = last_actual_month()
    complete = min(known, newest.as_of) if known and newest else None
    plans = {month: snapshot.sales_plan for month, snapshot in sorted(found.items()) if snapshot.sales_plan}
    return SignedPlans(plans, complete)
