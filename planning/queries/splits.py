"""How an entry made above a row came down to it: “14 % of +10 % for Bikes, in proportion to the plan as it was”."""

import datetime as dt
import math

from django.db.models import Count, Q, QuerySet, Sum

from planning.models import Input, SalesPlanLine
from planning.queries import rows
from planning.queries.edited import EditedCells
from planning.queries.grid import Grid
from planning.queries.rows import FEW, RowKey
from sop import bulk, months
from sop.errors import NotFound
from sop.models import Change
from sop.words import counted, difference, percent, units

MEANT = {Input.Mode.PERCENT: "change in %", Input.Mode.QUANTITY: "change", Input.Mode.ABSOLUTE: "number"}

# A typed share that comes out with these crumbs was a whole one.
CLOSE = 0.0005
MOMENT = dt.timedelta(milliseconds=1)


def told(grid: Grid, row: RowKey, entry: Input, here: QuerySet[Input]) -> str:
    """The share of a product's or a series' cell in the entry that was split over it; empty when it was made here."""
    if not entry.level:
        return f"as {entry.get_mode_display()}" if entry.mode != Input.Mode.ABSOLUTE else ""
    # The entries of one gesture are of one moment.
    gesture = Q(level=entry.level, updated_at__range=(entry.updated_at - MOMENT, entry.updated_at + MOMENT))
    whole = Input.objects.filter(gesture, plan=entry.plan_id, stream=entry.stream_id, month=entry.month)
    seen = whole.filter(grid.filters.scope.series("series__")).aggregate(count=Count("pk"), total=Sum("quantity"))
    name = title(grid, entry.level)
    if not name or whole.count() > seen["count"] or not seen["total"]:
        return f"a part of the {MEANT[Input.Mode(entry.mode)]} entered at {name or 'a row above'}"
    meant, proportional = _meant(grid, entry, whole, seen)
    basis = " in proportion to the plan as it was" if proportional else ""
    if rows.parse(entry.level).base == row:
        return f"{meant}, split over {counted(seen['count'], 'series', 'series')}{basis}"
    share = (here.filter(gesture).aggregate(total=Sum("quantity"))["total"] or 0.0) / seen["total"]
    return f"{percent(share, 0)} of {meant} for {name}{',' if basis else ''}{basis}"


def title(grid: Grid, level: str) -> str:
    """What the row of an entry is called; empty where it is out of sight."""
    if not level:
        return ""
    try:
        return grid.title(level)
    except NotFound:
        return ""


def _meant(grid: Grid, entry: Input, whole: QuerySet[Input], seen: dict[str, float]) -> tuple[str, bool]:
    """What was typed, and whether it was split in proportion to what stood there before."""
    before = _before(grid, entry, whole) if seen["count"] <= FEW else None
    total = seen["total"]
    if before is None:
        return f"{units(total)} as a {MEANT[Input.Mode(entry.mode)]}", False
    if entry.mode == Input.Mode.PERCENT and before:
        moved = total / before - 1
        return difference(moved, percent(moved, 0 if abs(moved * 100 - round(moved * 100)) < 0.05 else 1)), True
    if entry.mode == Input.Mode.QUANTITY:
        return difference(total - before, units(total - before)), before > 0
    return units(total), before > 0


def _before(grid: Grid, entry: Input, whole: QuerySet[Input]) -> float | None:
    """The sum of the cells before the gesture: by the log, else by the baseline with its events; None if unknown."""
    log = Change.objects.filter(object=f"sales-plan:{grid.plan.pk}", by=entry.author_id, at__gte=entry.updated_at)
    cells = EditedCells.of(log.order_by("pk").values_list("data", flat=True).first() or {})
    if cells is None:
        return None
    column, here = months.distance(grid.plan.start, entry.month), cells.month == months.number(entry.month)
    was: dict[int, float] = dict(zip(cells.series[here].tolist(), cells.before[here].tolist(), strict=True))
    keys = set(whole.values_list("series_id", flat=True))
    if not keys <= set(was):
        return None
    fresh = [key for key in keys if math.isnan(was[key])]
    lines = SalesPlanLine.objects.filter(plan=grid.plan, series__in=fresh)
    expected = bulk.read(lines, "baseline", "events")
    usual = sum(max(float(base[column] + events[column]), 0.0) for base, events in expected)
    return usual + sum(was[key] for key in keys if not math.isnan(was[key]))
