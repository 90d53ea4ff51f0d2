"""What a planner does to the production rows of the Supply page."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from planning import forms
from planning.actions import production
from planning.actions.sheets import Edited
from planning.models import ProductionPlan
from planning.queries import supply_rows
from planning.views.demand import PAGE_ROWS, _body
from planning.views.supply import _plan
from sop.errors import PlanningError
from sop.http import signed_in
from sop.permissions import scope


@login_required
@require_POST
def edit(request: HttpRequest, pk: int) -> JsonResponse:
    """Save one gesture: every cell of it, or none."""
    plan, body = _plan(request, pk), _body(request)
    edited = production.edit_production(
        plan=plan,
        edits=forms.cell_edits(body),
        by=signed_in(request),
        reason=forms.cause(body).reason,
        force=bool(body.get("force")),
    )
    return _answer(request, plan, edited, body)


@login_required
@require_POST
def lock(request: HttpRequest, pk: int) -> JsonResponse:
    """Lock or unlock the selected cells."""
    plan, body = _plan(request, pk), _body(request)
    locked = bool(body.get("locked", True))
    edited = production.lock_production(plan=plan, cells=forms.places(body), locked=locked, by=signed_in(request))
    return _answer(request, plan, edited, body)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> JsonResponse:
    """Put a change set back."""
    plan, body = _plan(request, pk), _body(request)
    try:
        change_set = uuid.UUID(str(body.get("change_set")))
    except ValueError as error:
        raise PlanningError("Name the change set to undo.") from error
    return _answer(
        request, plan, production.undo_production(plan=plan, change_set=change_set, by=signed_in(request)), body
    )


@login_required
@require_GET
def why(request: HttpRequest, pk: int) -> JsonResponse:
    """The reasons given for production by hand lately."""
    plan = _plan(request, pk)
    return JsonResponse(
        {"recent": supply_rows.reasons(plan, scope(signed_in(request))), "assumptions": [], "cycles": []}
    )


def _answer(request: HttpRequest, plan: ProductionPlan, edited: Edited, body: dict[str, object]) -> JsonResponse:
    named = body.get("refresh")
    refresh = [str(key) for key in named][: 5 * PAGE_ROWS] if isinstance(named, list) else []
    grid = supply_rows.SupplyGrid(plan, scope(signed_in(request)), editable=True)
    return JsonResponse(
        {
            "change_set": str(edited.change_set),
            "version": edited.version,
            "cells": edited.cells,
            "note": edited.note,
            "rows": grid.rows(refresh),
        }
    )
