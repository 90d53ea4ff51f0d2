"""What a planner does to cells of the Demand page beside typing into them."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning import forms
from planning.actions import fences, lock_cells
from planning.actions import presence as presence_actions
from planning.actions.mass_editing import mass_edit, preview_mass_edit
from planning.actions.previewing import preview_edit
from planning.models import FenceRequest
from planning.queries import causes
from planning.queries import fences as fence_queries
from planning.queries import presence as presence_queries
from planning.views.demand import _answer, _body, _grid
from sop.errors import PlanningError
from sop.http import signed_in
from sop.permissions import Verb, require, scope


@login_required
@require_POST
def lock(request: HttpRequest, pk: int) -> JsonResponse:
    """Lock or unlock the selected cells."""
    grid, body = _grid(request, pk), _body(request)
    edited = lock_cells(
        plan=grid.plan,
        cells=forms.places(body),
        locked=bool(body.get("locked", True)),
        by=signed_in(request),
        filters=grid.filters,
    )
    return _answer(request, grid, edited, body)


@login_required
@require_POST
def mass(request: HttpRequest, pk: int) -> JsonResponse:
    """Change many cells at once, or with `dry` say what that would do."""
    grid, body = _grid(request, pk), _body(request)
    what = forms.mass_edit(body, grid.primary)
    given: dict[str, Any] = {"plan": grid.plan, "what": what, "by": signed_in(request), "filters": grid.filters}
    if body.get("dry"):
        return JsonResponse(asdict(preview_mass_edit(**given)))
    edited, _ = mass_edit(**given, cause=forms.cause(body))
    return _answer(request, grid, edited, body)


@login_required
@require_POST
def ask_approval(request: HttpRequest, pk: int) -> JsonResponse:
    """Save what of a gesture is free, and ask for approval of the rest."""
    grid, body = _grid(request, pk), _body(request)
    asked, edited = fences.ask_approval(
        plan=grid.plan,
        edits=forms.cell_edits(body, grid.unit),
        by=signed_in(request),
        cause=forms.cause(body),
        filters=grid.filters,
    )
    note = f"Asked for approval: {asked.summary}."
    if edited is None:
        return JsonResponse({"request": asked.pk, "note": note})
    return _answer(request, grid, edited, body, note)


@login_required
@require_POST
def answer_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a change of frozen months."""
    user = signed_in(request)
    asked = get_object_or_404(FenceRequest.objects.select_related("plan", "by"), pk=pk)
    answer = request.POST.get("answer", "").strip()[:500]
    if request.POST.get("verdict") == "approve":
        fences.approve(request=asked, by=user, answer=answer)
        messages.success(request, f"Approved, and changed in the plan: {asked.summary}.")
    else:
        fences.refuse(request=asked, by=user, answer=answer)
        messages.success(request, f"Refused: {asked.summary}.")
    return redirect("planning:demand")


@login_required
@require_POST
def presence(request: HttpRequest, pk: int) -> JsonResponse:
    """Say where one is, and hear who else is there."""
    grid, body = _grid(request, pk), _body(request)
    if body.get("gone"):
        presence_actions.leave(plan=grid.plan, by=grid.user)
        return JsonResponse({"others": []})
    presence_actions.be_at(
        plan=grid.plan, by=grid.user, row=str(body.get("row") or ""), month=str(body.get("month") or "")
    )
    return JsonResponse({"others": presence_queries.others(grid)})


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What an entry would do to the rows below, as a fragment; nothing is saved."""
    grid = _grid(request, pk)
    [edit] = forms.cell_edits({"cells": [request.GET.dict()]}, grid.unit)
    found = preview_edit(plan=grid.plan, edit=edit, by=grid.user, filters=grid.filters)
    return render(request, "planning/_split.html", {"preview": found})


@login_required
@require_GET
def why(request: HttpRequest, pk: int) -> JsonResponse:
    """What a planner may give as the reason of a change: recent reasons, assumptions that touch the row, cycles."""
    grid = _grid(request, pk)
    return JsonResponse(causes.offered(grid, request.GET.get("row", "total")))


@login_required
@require_http_methods(["GET", "POST"])
def set_fences(request: HttpRequest) -> HttpResponse:
    """The fences of all families."""
    user = signed_in(request)
    require(user, Verb.EDIT_CONSENSUS)
    shown = fence_queries.settings_of(scope(user))
    context: dict[str, Any] = {"fences": shown}
    if request.method == "POST":
        try:
            fences.set_fences(wanted=forms.fences(request.POST, [row.code for row in shown]), by=user)
            messages.success(request, "The fences are saved.")
            return redirect("planning:fences")
        except PlanningError as error:
            context["problem"] = error.detail
    return render(request, "planning/fences.html", context, status=422 if "problem" in context else 200)
