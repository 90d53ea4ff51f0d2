"""Taking back what a gesture changed, as a whole, unless somebody has changed one of its cells since."""

import uuid

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from planning.actions import streams
from planning.actions.demand import hold
from planning.actions.editing import require_entering
from planning.actions.sheets import About, Cause, Edited, How, Sheet, open_sheet, save_sheet
from planning.models import ConsensusDecision, SalesPlan, Stream
from planning.queries import rows
from planning.queries.edited import EditedCells
from planning.queries.latest import UNDOABLE
from planning.queries.leaves import Ints
from planning.queries.rows import Filters
from sop import months
from sop.errors import Conflict, Locked, NotFound
from sop.models import User
from sop.permissions import Verb, require, scope


@transaction.atomic
def undo(*, plan: SalesPlan, change_set: uuid.UUID, by: User) -> Edited:
    """Put back every cell that a change set changed; its author may, and whoever may edit the sales plan.

    An undo is a change set of its own: undoing that does again what was undone.
    """
    plan = hold(plan)
    change = plan.cycle.changes.filter(change_set=change_set, kind__in=UNDOABLE, object=f"sales-plan:{plan.pk}").first()
    if change is None:
        raise NotFound("There is no such edit of this plan.")
    if change.by_id != by.pk:
        require(by, Verb.EDIT_CONSENSUS)
    stream = Stream.objects.filter(code=change.data["stream"]).first() if change.data["stream"] else None
    require_entering(by, stream)
    streams.take_entries(plan, stream, by)
    cells = EditedCells.of(change.data)
    assert cells is not None  # all that can be undone is of cells
    series = rows.named(set(cells.series.tolist()), Filters(scope(by)))
    if series.empty:
        raise NotFound("What this edit changed lies outside your families and markets.")
    columns = cells.month - months.number(plan.start)
    sheet = open_sheet(plan, stream, series, set(columns.tolist()))
    _put_back(sheet, cells, columns, locks=bool(change.data.get("locks")))
    ConsensusDecision.objects.filter(plan=plan, change_set=change_set).update(undone=True)
    return save_sheet(sheet, by=by, cause=Cause(), note="Undone.", kind="plan.undone")


def _put_back(sheet: Sheet, cells: EditedCells, column: Ints, *, locks: bool) -> None:
    """The cells as they were before a change, with all that their entries carried."""
    row = sheet.rows_of(cells.series)
    inside = (row >= 0) & (column >= 0) & (column < sheet.plan.horizon)
    at = np.where(inside, sheet.entries.place[row * inside, column * inside], -1)
    stands = np.full(len(cells), np.nan)
    stands[at >= 0] = sheet.entries.quantity[at[at >= 0]]
    if (moved := ~inside | ~((stands == cells.after) | (np.isnan(stands) & np.isnan(cells.after)))).any():
        raise Conflict(f"Somebody has changed {_month(cells, moved)} since; undo their change first.")
    if not locks and (shut := sheet.locked[row, column]).any():
        raise Locked(f"{_month(cells, shut)} has been locked since; unlock it first.")
    gone = np.isnan(cells.before)
    sheet.values[row, column] = np.where(gone, sheet.baseline[row, column], cells.before)
    sheet.touch((row[gone], column[gone]), How(), cleared=True)
    sheet.touch((row[~gone & (cells.carried < 0)], column[~gone & (cells.carried < 0)]), How())
    for number, kept in enumerate(cells.abouts):
        if (mine := ~gone & (cells.carried == number)).any():
            sheet.touch((row[mine], column[mine]), About.from_json(kept))


def _month(cells: EditedCells, chosen: NDArray[np.bool_]) -> str:
    return months.short(months.from_number(int(cells.month[chosen][0])))
