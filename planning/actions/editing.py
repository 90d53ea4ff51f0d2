"""Editing the sales plan in the grid: one call per gesture, all of it or nothing.

An entry above the leaf is spread over the series below it (see `planning.engine.disaggregation`) in proportion to the
current plan, else the baseline, else last year's sales, else equally. Locked cells keep their value.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from planning.actions import guards, money, shorthand, splits, streams
from planning.actions.demand import hold
from planning.actions.guards import Touch
from planning.actions.sheets import Cause, Edited, How, Sheet, open_sheet, save_sheet
from planning.actions.splits import Split
from planning.engine import disaggregate_first
from planning.models import SalesPlan, Stream
from planning.queries import rows, valuation
from planning.queries.rows import CONSENSUS, Filters, RowKey
from planning.queries.valuation import UNITS
from sop import months
from sop.errors import Conflict, NotFound, PlanningError
from sop.models import History, User
from sop.permissions import Verb, require, scope
from sop.queries.windows import align
from sop.vectors import Vector

TOLERANCE = 0.006


@dataclass(frozen=True)
class CellEdit:
    """What was typed into a cell: `entry` in shorthand, None for the baseline; `base` and `version` as the page saw.

    Entry and base are in `unit`; money becomes units at plan price (see `planning.actions.money`).
    """

    row: str
    month: dt.date
    entry: str | float | None
    base: float | None = None
    version: int | None = None
    unit: str = UNITS


@transaction.atomic
def edit_cells(
    *,
    plan: SalesPlan,
    edits: Sequence[CellEdit],
    by: User,
    cause: Cause | None = None,
    force: bool = False,
    filters: Filters | None = None,
    approved_by: User | None = None,
) -> Edited:
    """Apply a gesture's edits in order. All edits of a call belong to one measure: the consensus or one stream.

    Raises Conflict with `conflicts` (theirs, mine and the base of each stale cell) unless `force`; Locked when the plan
    is; PlanningError with an error per cell for what cannot be done, with `approval_required` for frozen months unless
    somebody approved them, and with `reason_required` when a change that needs one gives no reason.
    """
    if not edits:
        raise PlanningError("There is nothing to save.")
    plan = hold(plan)
    stream = stream_of(edit.row for edit in edits)
    require_entering(by, stream)
    unit = valuation.checked(edits[0].unit, scope(by))
    streams.take_entries(plan, stream, by)
    cause = cause or Cause()
    made = draft(plan, stream, edits, filters or Filters(scope(by)))
    if made.conflicts and not force:
        raise Conflict(_conflict_words(len(made.conflicts)), extra={"conflicts": made.conflicts})
    if approved_by is None:
        guards.need_approval(made.sheet, made.touches)
        guards.need_reason(made.sheet, made.touches, cause)
    touched = [(own, column) for _, own, column in made.touches]
    note = f"{money.in_words(made.sheet, unit, touched)} {splits.in_words(made.sheet, made.splits)}".strip()
    return save_sheet(made.sheet, by=by, cause=cause, note=note, kind="plan.edited", approved_by=approved_by)


@dataclass(frozen=True)
class Draft:
    """A gesture applied in memory: nothing is written yet."""

    sheet: Sheet
    touches: list[Touch]
    splits: list[Split]
    conflicts: list[dict[str, Any]]


def draft(plan: SalesPlan, stream: Stream | None, edits: Sequence[CellEdit], filters: Filters) -> Draft:
    """Apply the edits in order to the part of the plan they touch; PlanningError names each cell that cannot be."""
    columns = [months.distance(plan.start, edit.month) for edit in edits]
    sheet, members = open_rows(plan, stream, (edit.row for edit in edits), set(columns), filters)
    touches = [(e.row, members[rows.parse(e.row)], column) for e, column in zip(edits, columns, strict=True)]
    made = Draft(sheet, touches, [], [])
    errors: dict[str, list[str]] = {}
    for number, (edit, (_, own, column)) in enumerate(zip(edits, touches, strict=True)):
        try:
            if not 0 <= column < sheet.plan.horizon:
                raise PlanningError(f"{months.short(edit.month)} is not a month of this plan.")
            if clash := _clash(sheet, edit, own, column):
                made.conflicts.append(clash)
            made.splits.extend(_apply_one(sheet, edit, own, column))
        except PlanningError as error:
            errors[f"cells.{number}"] = [error.detail]
    if errors:
        first = next(iter(errors.values()))[0]
        more = f" ({len(errors) - 1} more cells could not be saved either.)" if len(errors) > 1 else ""
        raise PlanningError(first + more, errors=errors)
    return made


def stream_of(named: Iterable[str]) -> Stream | None:
    """The stream whose cells these rows hold, none for the consensus; PlanningError when they hold several."""
    measures = {rows.parse(row).measure for row in named}
    if len(measures) > 1:
        raise PlanningError("Edit one measure at a time: the selection covers " + ", ".join(sorted(measures)) + ".")
    [measure] = measures
    if measure == CONSENSUS:
        return None
    stream = Stream.objects.select_related("department").filter(code=measure).first()
    if stream is None:
        raise PlanningError(f"“{measure}” is calculated; enter the consensus or your department’s own numbers.")
    return stream


def require_entering(by: User, stream: Stream | None) -> None:
    """Raise NotAllowed unless the person enters this stream, or the consensus when it is none."""
    if stream:
        require(by, Verb.ENTER_STREAM, department=stream.department)
    else:
        require(by, Verb.EDIT_CONSENSUS)


def open_rows(
    plan: SalesPlan, stream: Stream | None, named: Iterable[str], columns: Collection[int], filters: Filters
) -> tuple[Sheet, dict[RowKey, np.ndarray]]:
    """The sheet of all series under these rows, and where each row's series stand in it."""
    groups = groups_of(named, filters)
    series = pd.concat(groups.values()).drop_duplicates("series").sort_values("series")
    sheet = open_sheet(plan, stream, series, columns)
    return sheet, {key: sheet.rows_of(frame["series"]) for key, frame in groups.items()}


def groups_of(named: Iterable[str], filters: Filters) -> dict[RowKey, pd.DataFrame]:
    """The series under each of these rows; a whole block of leaves is read at once."""
    keys = list(dict.fromkeys(rows.parse(row) for row in named))
    single = [key for key in keys if key.kind == "series"]
    groups = {key: rows.leaves(key, filters) for key in keys if key.kind != "series"}
    if single:
        found = rows.named({int(key.name) for key in single}, filters)
        position = {int(pk): number for number, pk in enumerate(found["series"])}
        for key in single:
            if int(key.name) not in position:
                raise NotFound(f"There is no row “{key}”, or it lies outside your families and markets.")
            groups[key] = found.iloc[[position[int(key.name)]]]
    return groups


def _apply_one(sheet: Sheet, edit: CellEdit, own: np.ndarray, column: int) -> list[Split]:
    locked = sheet.locked[own, column]
    if locked.all():
        raise PlanningError(f"{months.short(edit.month)} is locked. Unlock it, or change another cell.")
    if edit.entry is None:
        sheet.put(own, column, None)
        return []
    current = sheet.values[own, column]
    bases = _bases(sheet, own, column)
    wanted = money.target(sheet, edit.unit, edit.entry, own, column, bases)
    how = How(shorthand.mode(edit.entry), edit.row if own.size > 1 else "")
    if own.size == 1:
        sheet.put(own, column, np.array([wanted.units]), how)
        return []
    try:
        parts, basis = disaggregate_first(wanted.units, bases, locked=locked, current=current)
    except ValueError as error:
        raise PlanningError(f"{months.short(edit.month)}: {error}.") from error
    sheet.put(own, column, wanted.settle(parts, locked), how)
    return [Split(edit.row, own, column, int(basis))]


def _bases(sheet: Sheet, own: np.ndarray, column: int) -> list[Vector]:
    """What an entry may be split in proportion to, the first that is not zero; one series takes all of it."""
    if own.size == 1:
        return [np.ones(1)]
    current = np.maximum(sheet.values[own, column], 0)
    return [current, sheet.baseline[own, column], _last_year(sheet, own, column), np.ones(own.size)]


def _last_year(sheet: Sheet, own: np.ndarray, column: int) -> Vector:
    """What the members sold in the same month a year before; read only when plan and baseline are all zero."""
    if sheet.values[own, column].any() or sheet.baseline[own, column].any():
        return np.zeros(own.size)
    keys = sheet.series["series"].to_numpy()[own].tolist()
    found = {
        row[0]: row[1:] for row in History.objects.filter(series__in=keys).values_list("series_id", "start", "ordered")
    }
    month = months.add(sheet.plan.start, column - months.MONTHS_PER_YEAR)
    none = (month, np.empty(0))
    history = [found.get(key, none) for key in keys]
    sold = align([row[0] for row in history], [row[1] for row in history], month, 1)[:, 0]
    return np.maximum(np.nan_to_num(sold), 0)


def _clash(sheet: Sheet, edit: CellEdit, own: np.ndarray, column: int) -> dict[str, Any] | None:
    """Theirs, mine (as it would have been without them) and the base, when the cell is not what the page saw."""
    theirs = money.worth(sheet, edit.unit, own, column)
    entries = sheet.entries.of(own, column)
    version = sheet.entries.version[entries[0]] if len(entries) else 0
    moved = edit.base is not None and abs(theirs - edit.base) > TOLERANCE + 1e-9 * abs(theirs)
    newer = edit.version is not None and own.size == 1 and version != edit.version
    if not (moved or newer):
        return None
    last = entries[np.argmax(sheet.entries.changed[entries])] if len(entries) else None
    seen = theirs if edit.base is None else edit.base
    return {
        "row": edit.row,
        "month": months.code(edit.month),
        "label": months.short(edit.month),
        "base": edit.base,
        "mine": None if edit.entry is None else shorthand.parse(edit.entry, seen),
        "theirs": theirs,
        "by": "" if last is None else _name(sheet.entries.abouts[sheet.entries.carried[last]].author),
        "at": None if last is None else sheet.entries.changed[last].item().replace(tzinfo=dt.UTC).isoformat(),
    }


def _name(user: int | None) -> str:
    found = User.objects.filter(pk=user).first() if user else None
    return found.display_name if found else ""


def _conflict_words(count: int) -> str:
    cells = "One cell was" if count == 1 else f"{count} cells were"
    return (
        f"{cells} changed by somebody else since you opened the page. Nothing is saved yet; choose which value stands."
    )
