"""Locking cells: a locked cell keeps its number through edits, splits from above and new forecasts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from django.db import transaction

from planning.actions import streams
from planning.actions.demand import hold
from planning.actions.editing import open_rows, require_entering, stream_of
from planning.actions.sheets import About, Cause, Edited, Sheet, save_sheet
from planning.models import Input, SalesPlan
from planning.queries import rows
from planning.queries.rows import Filters
from sop import months
from sop.errors import PlanningError
from sop.models import User
from sop.permissions import scope

Place = tuple[str, dt.date]


@transaction.atomic
def lock_cells(
    *, plan: SalesPlan, cells: Sequence[Place], locked: bool, by: User, filters: Filters | None = None
) -> Edited:
    """Lock or unlock cells; a cell of a row above the leaf means every series below it. Numbers stay as they are."""
    if not cells:
        raise PlanningError("Select the cells to lock or unlock first.")
    plan = hold(plan)
    stream = stream_of(row for row, _ in cells)
    require_entering(by, stream)
    streams.take_entries(plan, stream, by)
    columns = {months.distance(plan.start, month) for _, month in cells}
    sheet, members = open_rows(plan, stream, (row for row, _ in cells), columns, filters or Filters(scope(by)))
    for row, month in cells:
        column = months.distance(plan.start, month)
        if not 0 <= column < plan.horizon:
            raise PlanningError(f"{months.short(month)} is not a month of this plan.")
        _mark(sheet, members[rows.parse(row)], column, locked, by)
    cells_changed = int(sheet.touched.sum())
    if not cells_changed:
        raise PlanningError(f"These cells are {'locked' if locked else 'not locked'} already.")
    note = f"{'Locked' if locked else 'Unlocked'} {cells_changed} cell{'s'[: cells_changed != 1]}."
    return save_sheet(sheet, by=by, cause=Cause(), note=note, kind="plan.locked" if locked else "plan.unlocked")


def _mark(sheet: Sheet, own: np.ndarray, column: int, locked: bool, by: User) -> None:
    """Cells that are as wanted already stay untouched; one without an entry gets its present number as its entry."""
    for row in own[sheet.locked[own, column] != locked].tolist():
        fresh = About(False, "", Input.Mode.ABSOLUTE, "", Input.LOCK, None, None, by.pk)
        sheet.touch((row, column), replace(sheet.entries.about(row, column) or fresh, locked=locked))
