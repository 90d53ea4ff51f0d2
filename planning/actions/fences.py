"""The time fence: setting it, asking for a change inside the frozen months, and answering such a request."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from planning.actions import guards
from planning.actions.demand import hold
from planning.actions.editing import CellEdit, draft, edit_cells, require_entering, stream_of
from planning.actions.sheets import Cause, Edited, Sheet
from planning.models import Fence, FenceRequest, SalesPlan
from planning.queries import fences
from planning.queries.rows import Filters
from planning.queries.valuation import UNITS
from sop import months
from sop.actions import changes
from sop.actions.notify import notify
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Family, Market, User
from sop.permissions import Verb, require, scope

MOST_MONTHS = 36
State = FenceRequest.State


@transaction.atomic
def set_fences(*, wanted: Mapping[str, tuple[int, int] | None], by: User) -> None:
    """Frozen and slushy months by family code (empty: all others); None takes a fence away."""
    require(by, Verb.EDIT_CONSENSUS)
    covered = scope(by).families
    families = {family.code: family for family in Family.objects.filter(code__in=[code for code in wanted if code])}
    for code, given in wanted.items():
        family = families[code] if code else None
        if covered is not None and (family is None or family.pk not in covered):
            raise NotAllowed(f"The fence of {family or 'all families'} lies outside your families.")
        if given is None:
            Fence.objects.filter(family=family).delete()
            continue
        if not all(0 <= number <= MOST_MONTHS for number in given):
            raise PlanningError(f"A fence has from 0 to {MOST_MONTHS} months.")
        frozen, slushy = given
        Fence.objects.update_or_create(family=family, defaults={"frozen_months": frozen, "slushy_months": slushy})
    changes.record(
        changes.What("fence.set", "Set the time fences", data={"fences": dict(wanted)}, families=families), by=by
    )


@transaction.atomic
def ask_approval(
    *, plan: SalesPlan, edits: Sequence[CellEdit], by: User, cause: Cause, filters: Filters | None = None
) -> tuple[FenceRequest, Edited | None]:
    """Save what of a gesture lies outside the frozen months, and ask for the rest: the request, and what was saved."""
    if not cause.reason:
        raise PlanningError("Say why the frozen months should change; the approver reads it.")
    filters = filters or Filters(scope(by))
    plan = hold(plan)
    stream = stream_of(edit.row for edit in edits)
    require_entering(by, stream)
    made = draft(plan, stream, edits, filters)
    sheet, touches = made.sheet, made.touches
    frozen = guards.frozen_touches(sheet, touches)
    if not frozen:
        raise PlanningError("None of these cells is frozen; save them directly.")
    asked = [edits[at] for at in frozen]
    rest = [edit for at, edit in enumerate(edits) if at not in set(frozen)]
    members = sorted({row for at in frozen for row in touches[at][1].tolist()})
    series = sheet.series.iloc[members]
    request = FenceRequest.objects.create(
        plan=plan,
        cells=[_stored(edit, filters) for edit in asked],
        summary=_summary(sheet, [touches[at] for at in frozen]),
        reason=cause.reason,
        families=_codes(Family, series["family"]),
        markets=_codes(Market, series["market"]),
        by=by,
    )
    edited = edit_cells(plan=plan, edits=rest, by=by, cause=cause, filters=filters) if rest else None
    notify(
        fences.approvers(request),
        kind="fence.requested",
        text=f"{by.display_name} asks to change frozen months: {request.summary}. “{cause.reason}”",
        url=f"{reverse('planning:demand')}#request-{request.pk}",
        actor=by,
    )
    _log(request, "plan.fence_requested", f"Asked for approval: {request.summary}", by, cause.reason)
    return request, edited


@transaction.atomic
def approve(*, request: FenceRequest, by: User, answer: str = "") -> Edited:
    """Make the edit as the requester's own, with the name of who approved it. Nobody approves what they asked for."""
    request = _open_for(request, by)
    edits = [_restored(cell) for cell in request.cells]
    filters = Filters(scope(request.by), family=request.cells[0]["family"], market=request.cells[0]["market"])
    try:
        edited = edit_cells(
            plan=request.plan, edits=edits, by=request.by, cause=Cause(request.reason), filters=filters, approved_by=by
        )
    except Conflict as error:
        raise Conflict(
            f"These cells have changed since {request.by.display_name} asked. Refuse, and let them ask again."
        ) from error
    _answer(request, State.APPROVED, by, answer, edited.change_set)
    return edited


@transaction.atomic
def refuse(*, request: FenceRequest, by: User, answer: str) -> None:
    """Leave the plan as it is, and say why."""
    request = _open_for(request, by)
    if not answer:
        raise PlanningError("Say why not; the person who asked reads it.")
    _answer(request, State.REFUSED, by, answer, None)


def _open_for(request: FenceRequest, by: User) -> FenceRequest:
    """The request, held for this transaction, if this person may answer it."""
    require(by, Verb.BREAK_FENCE)
    request = (
        FenceRequest.objects.select_for_update(of=("self",)).select_related("plan__cycle", "by").get(pk=request.pk)
    )
    if request.by_id == by.pk:
        raise NotAllowed("Somebody else must answer what you asked for yourself.")
    if not fences.covers(by, request):
        raise NotAllowed("This request reaches beyond your families and markets.")
    if request.state != State.OPEN:
        raise PlanningError(f"This request is {request.state} already.")
    return request


def _answer(request: FenceRequest, state: str, by: User, answer: str, change_set: uuid.UUID | None) -> None:
    request.state, request.answer, request.change_set = state, answer, change_set
    request.decided_by, request.decided_at = by, timezone.now()
    request.save()
    said = f" “{answer}”" if answer else ""
    notify(
        [request.by],
        kind="fence.answered",
        text=f"{by.display_name} {state} your change of frozen months: {request.summary}.{said}",
        url=reverse("planning:demand"),
        actor=by,
    )
    _log(request, f"plan.fence_{state}", f"{state.capitalize()}: {request.summary}", by, answer)


def _log(request: FenceRequest, kind: str, words: str, by: User, reason: str) -> None:
    what = changes.What(
        kind,
        words,
        object=f"sales-plan:{request.plan_id}",
        reason=reason,
        data={"request": request.pk, "by": request.by_id},
        families=request.families,
        markets=request.markets,
    )
    changes.record(what, by=by, cycle=request.plan.cycle)


def _codes(tree: type[Family] | type[Market], keys: pd.Series) -> list[str]:
    return sorted(tree.objects.filter(pk__in=keys.unique().tolist()).values_list("code", flat=True))


def _summary(sheet: Sheet, touches: Sequence[guards.Touch]) -> str:
    columns = sorted({column for _, _, column in touches})
    span = [months.short(months.add(sheet.plan.start, column)) for column in (columns[0], columns[-1])]
    series = len({row for _, own, _ in touches for row in own.tolist()})
    difference = sum(float((sheet.values - sheet.seen)[own, column].sum()) for _, own, column in touches)
    when = span[0] if span[0] == span[1] else f"{span[0]} to {span[1]}"
    return f"{difference:+,.0f} units in {when}, {len(touches)} cell{'s'[: len(touches) != 1]} of {series} series"


def _stored(edit: CellEdit, filters: Filters) -> dict[str, Any]:
    """An edit as JSON, with the page's filters: the same row means other series under another filter."""
    return asdict(edit) | {"month": months.code(edit.month), "family": filters.family, "market": filters.market}


def _restored(cell: dict[str, Any]) -> CellEdit:
    month: dt.date = months.parse(cell["month"])
    return CellEdit(cell["row"], month, cell["entry"], cell["base"], cell["version"], cell.get("unit", UNITS))
