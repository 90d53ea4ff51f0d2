"""Production by hand: what a planner types, locks and takes back in the grid of the Supply page.

An entry above the product is spread over the products below it in proportion to what the plan makes, else to their
demand, else equally; locked cells keep their number. Every plan of the cycle keeps to what was entered.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from planning.actions import shorthand
from planning.actions.editing import TOLERANCE, CellEdit
from planning.actions.production_sheet import Said, Sheet, open_sheet, save_sheet
from planning.actions.sheets import Edited
from planning.actions.supply import refuse_unless_open
from planning.engine import disaggregate_first
from planning.models import ProductionPlan
from planning.queries.supply_rows import SupplyGrid
from sop import months
from sop.errors import Conflict, Locked, NotFound, PlanningError
from sop.models import User
from sop.permissions import Verb, require, scope

MEASURE = "/measure:production"
UNDOABLE = ("plan.production_edited", "plan.production_locked", "plan.production_undone")
Rows = np.ndarray
Place = tuple[str, dt.date]


@transaction.atomic
def edit_production(
    *, plan: ProductionPlan, edits: Sequence[CellEdit], by: User, reason: str = "", force: bool = False
) -> Edited:
    """Apply a gesture's edits: all of them or none. None as an entry takes back what was said.

    Raises Conflict with `conflicts` (theirs, mine and the base of each stale cell) unless `force`; Locked when the plan
    is; PlanningError with an error per cell for what cannot be done, `reason_required` when a large change gives none.
    """
    plan = _hold(plan, by)
    sheet, touches = _open(plan, by, edits)
    clashes = _draft(sheet, touches, Said(0.0, by.pk, reason=reason))
    if clashes and not force:
        raise Conflict("Somebody else changed this meanwhile. Choose which value stands.", extra={"conflicts": clashes})
    if not sheet.wanted:
        raise PlanningError("Nothing was entered here that could be taken back.")
    if not reason:
        _need_reason(sheet, touches)
    return save_sheet(sheet, by=by, kind="plan.production_edited", verb="Changed", reason=reason)


@transaction.atomic
def lock_production(*, plan: ProductionPlan, cells: Sequence[Place], locked: bool, by: User) -> Edited:
    """Lock or unlock cells; numbers stay as they are, and the next plan keeps what is locked."""
    plan = _hold(plan, by)
    sheet, touches = _open(plan, by, [CellEdit(row, month, None) for row, month in cells])
    for touch in touches:
        touch.refuse_outside(plan)
        rows, column = touch.rows, touch.column
        for row in rows[~sheet.decided(rows, column)].tolist():
            entry = sheet.entries.get((row, column))
            if bool(entry and entry.locked) != locked:
                quantity = float(sheet.values[row, column] - sheet.least[row, column])
                kept = Said.of(entry) if entry else Said(quantity, by.pk)
                sheet.wanted[row, column] = replace(kept, locked=locked)
    if not sheet.wanted:
        raise PlanningError(f"There is nothing to {'lock' if locked else 'unlock'} here.")
    verb = "Locked" if locked else "Unlocked"
    note = f"{verb} {len(sheet.wanted)} cell{'s'[: len(sheet.wanted) != 1]}."
    return save_sheet(sheet, by=by, kind="plan.production_locked", verb=verb, note=note)


@transaction.atomic
def undo_production(*, plan: ProductionPlan, change_set: uuid.UUID, by: User) -> Edited:
    """Put back every cell that a change set changed, unless somebody changed one since; an undo can be undone."""
    plan = _hold(plan, by)
    log = plan.cycle.changes.filter(change_set=change_set, kind__in=UNDOABLE)
    change = log.filter(object=f"production-plan:{plan.pk}").first()
    if change is None:
        raise NotFound("There is no such change of this plan. After planning anew, enter the number again.")
    cells = change.data["cells"]
    mine = {product.pk for product in SupplyGrid(plan, scope(by)).products}
    if not mine.issuperset(product for product, *_ in cells):
        raise NotFound("What this change touched lies outside your families.")
    sheet = open_sheet(plan, (product for product, *_ in cells))
    for product, month, before, after in cells:
        row = sheet.position[product]
        column = months.distance(plan.start, months.parse(month)) + int(sheet.lead[row])
        entry = sheet.entries.get((row, column))
        if (vars(Said.of(entry)) if entry else None) != after:
            raise Conflict(f"Somebody has changed {month} since; undo their change first.")
        sheet.put(row, column, Said(**before) if before else None)
    return save_sheet(sheet, by=by, kind="plan.production_undone", verb="Undid a change of", note="Undone.")


def _hold(plan: ProductionPlan, by: User) -> ProductionPlan:
    """The plan, held for this transaction; Locked when it takes no changes by hand."""
    require(by, Verb.PLAN_SUPPLY)
    plan = ProductionPlan.objects.select_for_update(of=("self",)).select_related("cycle", "sales_plan").get(pk=plan.pk)
    refuse_unless_open(plan.cycle)
    if plan.frozen_at or not plan.current:
        raise Locked("Only the plan that is in use takes changes by hand. Choose Use first.")
    return plan


@dataclass(frozen=True)
class _Touch:
    """An edit, where its products stand in the sheet, and what a unit of each counts in the row's own unit."""

    edit: CellEdit
    rows: Rows
    column: int
    weights: np.ndarray

    def refuse_outside(self, plan: ProductionPlan) -> None:
        if not 0 <= self.column < plan.horizon:
            raise PlanningError(f"{months.short(self.edit.month)} is not a month of this plan.")


def _open(plan: ProductionPlan, by: User, edits: Sequence[CellEdit]) -> tuple[Sheet, list[_Touch]]:
    """The products under the edited rows. A product is entered in its own unit, a family in its planning unit."""
    if not edits:
        raise PlanningError("There is nothing to save.")
    grid = SupplyGrid(plan, scope(by))
    below: dict[str, list[int]] = {}
    for row in dict.fromkeys(edit.row for edit in edits):
        if not row.endswith(MEASURE):
            raise PlanningError("Only production is entered here; the other rows follow from it.")
        below[row] = grid.rows_of(row.removesuffix(MEASURE))
    sheet = open_sheet(plan, {grid.products[at].pk for rows in below.values() for at in rows})
    touches = []
    for edit in edits:
        products = [grid.products[at] for at in below[edit.row]]
        alone = edit.row.startswith("product:")
        weights = np.array([1.0 if alone else product.planning_factor for product in products])
        rows = np.array([sheet.position[product.pk] for product in products])
        touches.append(_Touch(edit, rows, months.distance(plan.start, edit.month), weights))
    return sheet, touches


def _draft(sheet: Sheet, touches: Sequence[_Touch], said: Said) -> list[dict[str, Any]]:
    """Apply the edits in order; the stale cells. PlanningError names each cell that cannot be changed."""
    clashes: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    for number, touch in enumerate(touches):
        try:
            touch.refuse_outside(sheet.plan)
            if clash := _clash(sheet, touch):
                clashes.append(clash)
            _apply(sheet, touch, said)
        except PlanningError as error:
            errors[f"cells.{number}"] = [error.detail]
    if errors:
        raise PlanningError(next(iter(errors.values()))[0], errors=errors)
    return clashes


def _apply(sheet: Sheet, touch: _Touch, said: Said) -> None:
    _refuse_closed(sheet, touch)
    edit, rows, column, weights = touch.edit, touch.rows, touch.column, touch.weights
    kept = sheet.decided(rows, column) | sheet.locked(rows, column)
    if edit.entry is None:
        for row in rows[~kept].tolist():
            sheet.put(row, column, None)
        return
    now = sheet.values[rows, column] * weights
    wanted = shorthand.parse(edit.entry, float(now.sum()))
    bases = [now, sheet.demand[rows, column] * weights, np.ones(rows.size)]
    try:
        step = 1.0 if (weights == 1).all() and rows.size > 1 else 0.0
        parts, _ = disaggregate_first(wanted, bases, locked=kept, current=now, step=step)
    except ValueError as error:
        raise PlanningError(f"{months.short(edit.month)}: {error}.") from error
    for row, units in zip(rows[~kept].tolist(), (parts / weights)[~kept].tolist(), strict=True):
        least = float(sheet.least[row, column])
        if units < least - TOLERANCE:
            name = sheet.shop.making[sheet.products[row]].product.name
            raise PlanningError(f"{name}: at least {least:,.0f} go into other products in {months.short(edit.month)}.")
        sheet.put(row, column, replace(said, quantity=max(units - least, 0.0)))


def _refuse_closed(sheet: Sheet, touch: _Touch) -> None:
    rows, column, month = touch.rows, touch.column, months.short(touch.edit.month)
    if sheet.is_frozen(rows, column).any():
        raise PlanningError(f"{month} is frozen: what is made then stays as the plan of record has it.")
    decided = sheet.decided(rows, column)
    if decided.all():
        lead = int(sheet.lead[rows].min())
        raise PlanningError(
            f"What is ready in {month} was begun before this plan; the lead time is {lead} month{'s'[: lead != 1]}."
            if lead > column
            else "These parts are taken as available; nothing is planned of them."
        )
    if (decided | sheet.locked(rows, column)).all():
        raise PlanningError(f"{month} is locked. Unlock it, or change another cell.")


def _clash(sheet: Sheet, touch: _Touch) -> dict[str, Any] | None:
    """What somebody else made of the cell since the page showed it."""
    edit, rows, column = touch.edit, touch.rows, touch.column
    theirs = float((sheet.seen[rows, column] * touch.weights).sum())
    entries = [entry for row in rows.tolist() if (entry := sheet.entries.get((row, column)))]
    version = entries[0].row_version if rows.size == 1 and entries else None
    moved = edit.base is not None and abs(theirs - edit.base) > TOLERANCE + 1e-9 * abs(theirs)
    if not moved and (edit.version is None or rows.size > 1 or version == edit.version):
        return None
    last = max(entries, key=lambda entry: entry.at, default=None)
    seen = theirs if edit.base is None else edit.base
    return {
        "row": edit.row,
        "month": months.code(edit.month),
        "label": months.short(edit.month),
        "base": edit.base,
        "mine": None if edit.entry is None else shorthand.parse(edit.entry, seen),
        "theirs": theirs,
        "by": last.by.display_name if last else "",
        "at": last.at.isoformat() if last else None,
    }


def _need_reason(sheet: Sheet, touches: Sequence[_Touch]) -> None:
    """Large changes say why, as in the sales plan."""
    percent, units = settings.REASON_THRESHOLD_PERCENT, settings.REASON_THRESHOLD_UNITS
    for touch in touches:
        edit, rows, column = touch.edit, touch.rows, touch.column
        before, after = float(sheet.seen[rows, column].sum()), float(sheet.values[rows, column].sum())
        if edit.entry is not None and abs(after - before) > max(units, before * percent / 100):
            raise PlanningError(
                f"{months.short(edit.month)} changes by more than {percent:g} % and {units:g} units. Say why.",
                extra={"reason_required": [{"row": edit.row, "month": months.code(edit.month)}]},
            )
