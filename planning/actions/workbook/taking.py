"""Accepting parts of a returned workbook, and undoing that."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from planning.actions import editing, undoing
from planning.actions.demand import refuse_unless_open
from planning.actions.editing import CellEdit
from planning.actions.sheets import Cause
from planning.models import SalesPlan, WorkbookImport
from planning.queries.rows import CONSENSUS
from planning.queries.workbook.compare import CLOSED, CONFLICT, Difference, compare, salt_of, same, unit_of
from sop import months
from sop.errors import PlanningError
from sop.models import User


@dataclass(frozen=True)
class Taken:
    """What was accepted, and how many cells had changed since the page was shown and wait for a choice."""

    cells: int
    moved: int


@transaction.atomic
def take(
    *, upload: WorkbookImport, chosen: Collection[int], seen: str, reason: str, by: User, rest: bool = False
) -> Taken:
    """Write the chosen cells as edits of the plan; `rest`: also the proposed ones that the page did not show.

    `seen` says what the page showed. A cell that somebody has changed since is left for another look.
    """
    plan = SalesPlan.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=upload.plan_id)
    upload.plan = plan
    refuse_unless_open(plan)
    fresh = compare(upload, by)
    showed = _showed(upload, seen)
    wanted = set(chosen) | ({each.number for each in fresh.hidden} if rest else set())
    picked = [each for each in fresh.all if each.number in wanted and each.kind != CLOSED]
    standing = [each for each in picked if _as_shown(each, showed)]
    moved = len(picked) - len(standing)
    if not standing and not moved:
        raise PlanningError("Nothing is ticked that could be taken into the plan.")
    edits: dict[str, list[CellEdit]] = {}
    for each in standing:
        edits.setdefault(each.cell.measure, []).append(_edit(each, unit_of(upload)))
    for part in edits.values():
        done = editing.edit_cells(plan=plan, edits=part, by=by, cause=Cause(reason.strip()[:500] or _default(upload)))
        upload.change_sets.append(str(done.change_set))
    upload.save(update_fields=["change_sets"])
    return Taken(len(standing), moved)


def _default(upload: WorkbookImport) -> str:
    return f"From workbook {upload.name}"


def _showed(upload: WorkbookImport, seen: str) -> dict[int, tuple[float | None, int]]:
    try:
        found = signing.loads(seen, salt=salt_of(upload))
    except signing.BadSignature as error:
        raise PlanningError("This page is out of date. Open the comparison again.", status=400) from error
    return {int(number): (value, int(version)) for number, value, version in found}


def _as_shown(difference: Difference, showed: dict[int, tuple[float | None, int]]) -> bool:
    value, version = showed.get(difference.number, (None, -1))
    return version == difference.now.version and same(value, difference.now.value)


def _edit(difference: Difference, unit: str) -> CellEdit:
    cell, now = difference.cell, difference.now
    row = f"series:{cell.series}" + ("" if cell.measure == CONSENSUS else f"/measure:{cell.measure}")
    # Shorthand is meant from what was exported; against another number only its result stands.
    entry = cell.mine if difference.kind == CONFLICT else cell.entry
    return CellEdit(row, months.parse(cell.month), entry, base=now.value, version=now.version, unit=unit)


@transaction.atomic
def undo(*, upload: WorkbookImport, by: User) -> int:
    """Take back what was accepted, all of it; refused when somebody has changed one of its cells since."""
    if not upload.change_sets:
        raise PlanningError("Nothing of this workbook has been taken into the plan.")
    plan = upload.plan
    cells = 0
    for change_set in reversed(upload.change_sets):
        cells += undoing.undo(plan=plan, change_set=uuid.UUID(change_set), by=by).cells
    upload.change_sets = []
    upload.save(update_fields=["change_sets"])
    return cells
