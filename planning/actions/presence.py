"""Saying where one is in a plan; whoever stops saying so is soon forgotten."""

from django.utils import timezone

from planning.models import Presence, SalesPlan
from sop.models import User
from sop.permissions import Verb, require

ROW, MONTH = 80, 7


def be_at(*, plan: SalesPlan, by: User, row: str = "", month: str = "") -> None:
    """Be seen at a row and month of a plan, or with neither somewhere in it. Leaves no trace in the change log."""
    require(by, Verb.VIEW)
    Presence.objects.update_or_create(
        plan=plan, user=by, defaults={"row": row[:ROW], "month": month[:MONTH], "at": timezone.now()}
    )


def leave(*, plan: SalesPlan, by: User) -> None:
    """Be gone from a plan."""
    Presence.objects.filter(plan=plan, user=by).delete()
