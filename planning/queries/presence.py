"""Who else is in a plan right now, and where."""

import datetime as dt
from typing import Any

from django.utils import timezone

from planning.models import Presence
from planning.queries import rows
from planning.queries.grid import Grid
from sop.errors import NotFound

FORGOTTEN = dt.timedelta(seconds=30)


def others(grid: Grid) -> list[dict[str, Any]]:
    """The colleagues seen lately; where they are only when the row is in the viewer's sight."""
    fresh = Presence.objects.filter(plan=grid.plan, at__gt=timezone.now() - FORGOTTEN).exclude(user=grid.user)
    present = list(fresh.select_related("user").order_by("user__first_name", "user__pk"))
    known = {each.row for each in present if each.row and _is_row(each.row)}
    bases = {str(node.key.base) for node in grid.nodes(known)} if known else set()
    return [
        {
            "name": each.user.display_name,
            "initials": each.user.initials,
            **({"row": each.row, "month": each.month} if each.row in known and _base(each.row) in bases else {}),
        }
        for each in present
    ]


def _is_row(key: str) -> bool:
    try:
        rows.parse(key)
    except NotFound:
        return False
    return True


def _base(key: str) -> str:
    return str(rows.parse(key).base)
