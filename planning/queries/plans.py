"""The plans of a cycle."""

from planning.models import SalesPlan
from sop.errors import NotFound
from sop.models import Cycle


def working(cycle: Cycle | None) -> SalesPlan | None:
    """The sales plan that is being worked on; None before the first `plan_demand`."""
    return SalesPlan.objects.filter(cycle=cycle, frozen_at__isnull=True).select_related("cycle").first()


def working_or_error(cycle: Cycle) -> SalesPlan:
    """As `working`; NotFound says how to get one."""
    plan = working(cycle)
    if plan is None:
        raise NotFound(f"There is no sales plan for {cycle} yet. Make one with: manage.py plan_demand")
    return plan
