"""Freezing what was on the table when somebody put their name to it."""

from planning.actions import freezing
from planning.queries import plans
from reviews.models import Snapshot, Stage
from reviews.queries import digests
from reviews.queries.stages import production_plan
from sop.models import User


def take(*, stage: Stage, by: User) -> Snapshot | None:
    """An immutable copy of the cycle's plans, in the caller's transaction; nothing while there is no sales plan."""
    working = plans.working(stage.cycle)
    if working is None:
        return None
    sales = freezing.freeze_sales_plan(working)
    supply = production_plan(stage.cycle)
    production = freezing.freeze_production_plan(supply, sales) if supply else None
    return Snapshot.objects.create(
        cycle=stage.cycle,
        stage=stage,
        sales_plan=sales,
        production_plan=production,
        digest=digests.digest(sales, production),
        by=by,
    )
