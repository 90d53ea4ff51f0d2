"""The Demand page: “what will we sell?”"""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from forecasting.queries.published import published
from planning import forms
from planning.actions import editing, undoing
from planning.actions.demand import plan_demand
from planning.actions.sheets import Edited
from planning.models import SalesPlan
from planning.queries import charts, edges, fences, finding, inspector, plans, postings, streams, valuation
from planning.queries.grid import Grid
from planning.queries.paths import path
from planning.queries.rows import Filters
from planning.views.compare import comparison
from planning.views.streams import board
from planning.views.toolbar import toolbar
from sop.errors import NotFound, PlanningError
from sop.http import signed_in, whole
from sop.models import Run, User
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles
from sop.queries.runs import failures

PAGE_ROWS = 100
ENTER, COMPARE, DECIDE = "enter", "compare", "decide"
MODES = {ENTER: "Enter", COMPARE: "Compare", DECIDE: "Decide"}
KEPT = ("family", "market", "unit")


@login_required
@require_GET
def demand(request: HttpRequest) -> HttpResponse:
    """The planning grid with chart and inspector; says what to do while there is no plan."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    cycle = cycles.current(request)
    plan = plans.working(cycle)
    mine = scope(user)
    mode = _mode(request, user)
    stream = streams.shown(user, request.GET.get("stream", "")) if mode == ENTER else ""
    context = {
        "cycle": cycle,
        "mode": mode,
        "modes": _modes(request, user),
        "plan": plan,
        "forecast": published(cycle) if cycle else None,
        "run": cycle.runs.filter(kind="forecast", state__in=Run.ACTIVE).first() if cycle else None,
        "failures": failures(cycle, "forecast"),
        "filters": forms.DemandFilters(request.GET, scope=mine),
        "query": _query(request, mode, stream),
        "fence_requests": fences.requests(plan, user) if plan else [],
        "can_forecast": can(user, Verb.RUN_FORECAST),
        "start_path": _start(request, plan),
        "start_month": request.GET.get("month", ""),
    }
    if plan and mode == COMPARE:
        return render(request, "planning/compare.html", context | comparison(request, plan))
    return render(request, "planning/demand.html", context | toolbar(request, plan, mine) | board(user, plan, stream))


def _start(request: HttpRequest, plan: SalesPlan | None) -> str:
    """The way to the row that the address names, for the grid to open."""
    row = request.GET.get("row", "")
    return json.dumps(path(_grid(request, plan.pk), row)) if plan and row else ""


@login_required
@require_GET
def demand_rows(request: HttpRequest, pk: int) -> JsonResponse:
    """A rectangle of the grid: the rows under `parent`, or the rows of `keys`."""
    grid = _grid(request, pk)
    if keys := request.GET.get("keys"):
        nodes = grid.nodes(keys.split(","))
        total = len(nodes)
    else:
        offset = whole(request.GET.get("offset", "0"))
        limit = min(whole(request.GET.get("limit", str(PAGE_ROWS))), PAGE_ROWS)
        total, nodes = grid.children(request.GET.get("parent", ""), offset, limit)
    columns = [column.as_json() for column in grid.window.columns()]
    head = {"columns": columns, "edge": edges.columns(grid.window.full_year, grid.filters.totals())}
    return JsonResponse(head | {"total": total, "rows": grid.fill(nodes), "version": grid.plan.version})


@login_required
@require_GET
def demand_find(request: HttpRequest, pk: int) -> JsonResponse:
    """The rows that a text names, from the top down; or the way to one of them."""
    grid = _grid(request, pk)
    if row := request.GET.get("row"):
        return JsonResponse({"path": path(grid, row)})
    hits = finding.find(grid, request.GET.get("text", ""))
    return JsonResponse({"keys": hits.keys, "more": hits.more})


@login_required
@require_POST
def demand_edit(request: HttpRequest, pk: int) -> JsonResponse:
    """Save one gesture: every cell of it, or none."""
    grid, body = _grid(request, pk), _body(request)
    edited = editing.edit_cells(
        plan=grid.plan,
        edits=forms.cell_edits(body, grid.unit),
        by=signed_in(request),
        cause=forms.cause(body),
        force=bool(body.get("force")),
        filters=grid.filters,
    )
    return _answer(request, grid, edited, body)


@login_required
@require_POST
def demand_undo(request: HttpRequest, pk: int) -> JsonResponse:
    """Put a change set back."""
    grid, body = _grid(request, pk), _body(request)
    try:
        change_set = uuid.UUID(str(body.get("change_set")))
    except ValueError as error:
        raise PlanningError("Name the change set to undo.") from error
    return _answer(request, grid, undoing.undo(plan=grid.plan, change_set=change_set, by=signed_in(request)), body)


@login_required
@require_GET
def demand_chart(request: HttpRequest, pk: int) -> JsonResponse:
    """History, baseline with its interval, streams, consensus, budget and last year of a row."""
    return JsonResponse(charts.demand(_grid(request, pk), request.GET.get("row", "total")))


@login_required
@require_GET
def demand_cell(request: HttpRequest, pk: int) -> HttpResponse:
    """How a number came about, as a fragment for the side panel."""
    grid = _grid(request, pk)
    story = inspector.story(grid, request.GET.get("row", "total"), request.GET.get("month", ""))
    context = {
        "plan": grid.plan,
        "story": story,
        "unit_name": valuation.NAMES[grid.unit],
        "keep": _filters_of(request),
        "may_undo": can(grid.user, Verb.EDIT_CONSENSUS),
    }
    return render(request, "planning/_cell.html", context)


@login_required
@require_GET
def demand_postings(request: HttpRequest, pk: int) -> HttpResponse:
    """The postings behind what a row sold in a month."""
    grid = _grid(request, pk)
    row, month = request.GET.get("row", "total"), request.GET.get("month", "")
    found = postings.behind(grid, row, month, whole(request.GET.get("page", "1")))
    sees_money = grid.filters.scope.sees_money
    context = {"plan": grid.plan, "found": found, "keep": _filters_of(request), "sees_money": sees_money}
    return render(request, "planning/postings.html", context)


def _filters_of(request: HttpRequest) -> str:
    """The filters and the unit of the page, for a link from it."""
    return urlencode({name: value for name in KEPT if (value := request.GET.get(name))})


@login_required
@require_POST
def make_plan(request: HttpRequest) -> HttpResponse:
    """Make or remake the sales plan from the published forecast."""
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("No cycle is open.")
    plan_demand(cycle=cycle, by=signed_in(request))
    return redirect("planning:demand")


def _mode(request: HttpRequest, user: User) -> str:
    """The mode asked for, else the one a person works in."""
    asked = request.GET.get("mode", "")
    return asked if asked in MODES else (DECIDE if can(user, Verb.EDIT_CONSENSUS) else ENTER)


def _modes(request: HttpRequest, user: User) -> list[tuple[str, str, str]]:
    """The modes open to this person: value, name, and the address that keeps the filters."""
    shown = MODES if can(user, Verb.ENTER_STREAM) or can(user, Verb.EDIT_CONSENSUS) else {}
    return [(value, name, f"?{_query(request, value)}") for value, name in shown.items()]


def _query(request: HttpRequest, mode: str, stream: str = "") -> str:
    query = request.GET.copy()
    query["mode"] = mode
    query.pop("stream", None)
    if stream:
        query["stream"] = stream
    return query.urlencode()


def _grid(request: HttpRequest, pk: int) -> Grid:
    user = signed_in(request)
    require(user, Verb.VIEW)
    plan = get_object_or_404(SalesPlan.objects.select_related("cycle", "forecast"), pk=pk)
    mine = scope(user)
    unit = valuation.checked(request.GET.get("unit", valuation.UNITS), mine)
    filters = Filters(mine, family=request.GET.get("family", ""), market=request.GET.get("market", ""))
    return Grid(plan, user, filters, unit, streams.entered(request.GET), shown=forms.shown(request.GET))


def _answer(request: HttpRequest, grid: Grid, edited: Edited, body: dict[str, Any], note: str = "") -> JsonResponse:
    fresh = _grid(request, grid.plan.pk)
    refresh = [str(key) for key in body.get("refresh", [])][: 5 * PAGE_ROWS]
    return JsonResponse(
        {
            "change_set": str(edited.change_set),
            "version": edited.version,
            "cells": edited.cells,
            "note": " ".join(filter(None, [edited.note, note])),
            "rows": fresh.fill(fresh.nodes(refresh)),
        }
    )


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise PlanningError("The request is not JSON.", status=400) from error
    if not isinstance(body, dict):
        raise PlanningError("The request is not a JSON object.", status=400)
    return body
