"""Taking back what a gesture changed, as a whole, unless somebody has changed one of its cells since."""

import uuid

from django.db import transaction

from planning.actions import streams
from planning.actions.demand import hold
from planning.actions.editing import require_entering
from planning.actions.sheets import About, Cause, Edited, Sheet, open_sheet, save_sheet
from planning.models import ConsensusDecision, SalesPlan, Stream
from planning.queries import rows
from planning.queries.latest import UNDOABLE
from planning.queries.rows import Filters
from sop import months
from sop.errors import Conflict, Locked, NotFound
from sop.models import Change, User
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
    cells = change.data["cells"]
    series = rows.named({cell[0] for cell in cells}, Filters(scope(by)))
    if series.empty:
        raise NotFound("What this edit changed lies outside your families and markets.")
    sheet = open_sheet(plan, stream, series, {months.distance(plan.start, months.parse(cell[1])) for cell in cells})
    _put_back(sheet, change)
    ConsensusDecision.objects.filter(plan=plan, change_set=change_set).update(undone=True)
    return save_sheet(sheet, by=by, cause=Cause(), note="Undone.", kind="plan.undone")


def _put_back(sheet: Sheet, change: Change) -> None:
    """The cells as they were before a change, with all that their entries carried."""
    was = {(key, code): About.from_json(kept) for key, code, kept in change.data.get("was", [])}
    for key, code, before, after, _ in change.data["cells"]:
        row, column = sheet.position.get(key, -1), months.distance(sheet.plan.start, months.parse(code))
        entered = sheet.inputs.get((key, column))
        if row < 0 or (entered.quantity if entered else None) != after:
            raise Conflict(f"Somebody has changed {months.short(months.parse(code))} since; undo their change first.")
        if entered and entered.locked and not change.data.get("locks"):
            raise Locked(f"{months.short(months.parse(code))} has been locked since; unlock it first.")
        sheet.values[row, column] = sheet.baseline[row, column] if before is None else before
        sheet.touched[row, column] = before
        if before is not None and (key, code) in was:
            sheet.kept[row, column] = was[key, code]
