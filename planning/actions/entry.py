"""My entry: what a salesperson says about one row at a time."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from planning.actions.demand import hold
from planning.actions.editing import CellEdit, edit_cells
from planning.actions.sheets import Cause
from planning.actions.streams import take_entries
from planning.models import Input, SalesPlan, Skip, Stream
from planning.queries.rows import Filters
from sop import bulk
from sop.actions import changes
from sop.errors import NotFound, PlanningError
from sop.models import Family, Market, Series, User
from sop.permissions import Verb, require, scope
from sop.words import counted


@transaction.atomic
def enter_row(
    *,
    plan: SalesPlan,
    stream: Stream,
    series: Series,
    edits: Sequence[CellEdit],
    by: User,
    cause: Cause | None = None,
    force: bool = False,
    skip: bool = False,
) -> None:
    """Save what was said about a row; a row without entries then counts as left as the baseline.

    `skip` takes back what the stream says of the row in every other month of the plan too, but for what is locked.
    """
    row = f"series:{series.pk}/measure:{stream.code}"
    if any(edit.row != row for edit in edits):
        raise PlanningError("Save one row at a time.", status=400)
    if skip:
        edits = [*edits, *_taken_back(plan, stream, series, {edit.month for edit in edits})]
    if edits:
        edit_cells(plan=plan, edits=edits, by=by, cause=cause, force=force, filters=Filters(scope(by)))
    if not Input.objects.filter(plan=plan, stream=stream, series=series).exists():
        leave_rows(plan=plan, stream=stream, series=[series.pk], by=by)


def _taken_back(plan: SalesPlan, stream: Stream, series: Series, named: set[dt.date]) -> list[CellEdit]:
    entered = Input.objects.filter(plan=plan, stream=stream, series=series, locked=False).exclude(month__in=named)
    row = f"series:{series.pk}/measure:{stream.code}"
    return [CellEdit(row, month, None) for month in entered.values_list("month", flat=True)]


@transaction.atomic
def leave_rows(*, plan: SalesPlan, stream: Stream, series: Collection[int], by: User) -> int:
    """Note that somebody looked at rows and leaves them as the baseline; how many were not noted before."""
    require(by, Verb.ENTER_STREAM, department=stream.department)
    plan = hold(plan)
    take_entries(plan, stream, by)
    wanted = Series.objects.filter(scope(by).series(), pk__in=series)
    noted = Skip.objects.filter(plan=plan, stream=stream).values_list("series", flat=True)
    left = list(wanted.exclude(pk__in=noted).values_list("pk", "product__family", "market"))
    if not wanted.exists():
        raise NotFound("There is no such row, or it lies outside your families and markets.")
    if not left:
        return 0
    now = timezone.now()
    columns = ["plan_id", "stream_id", "series_id", "by_id", "at"]
    bulk.insert(Skip, columns, ((plan.pk, stream.pk, pk, by.pk, now) for pk, *_ in left))
    changes.record(
        changes.What(
            "stream.left",
            f"Left {counted(len(left), 'row')} of {stream.name}’s numbers as the baseline",
            object=f"sales-plan:{plan.pk}",
            data={"stream": stream.code},
            families=Family.objects.filter(pk__in={row[1] for row in left}).values_list("code", flat=True),
            markets=Market.objects.filter(pk__in={row[2] for row in left}).values_list("code", flat=True),
        ),
        by=by,
        cycle=plan.cycle,
    )
    return len(left)
