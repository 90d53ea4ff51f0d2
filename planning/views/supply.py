"""The Supply page: “can we make it, and when not, what then?”"""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from planning import forms
from planning.actions import levers as lever_actions
from planning.actions import supply as supply_actions
from planning.models import ProductionPlan
from planning.queries import levers, load, outlook, plans, risk, rough, supply_sides, trials
from planning.queries.concerns import concerns
from planning.queries.scenarios import visible
from planning.queries.supply_problems import supply_problems
from planning.queries.supply_rows import UNITS, SupplyGrid
from planning.views.toolbar import supply_toolbar
from sop import tasks
from sop.errors import NotFound
from sop.http import signed_in, whole
from sop.models import Cycle, User
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles
from sop.queries.runs import failures

PAGE_ROWS = 100


@login_required
@require_GET
def supply(request: HttpRequest) -> HttpResponse:
    """Heat map, production grid, strategies and what hurts most; says what to do while there is no plan."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    cycle = cycles.current(request)
    mine, base = scope(user), outlook.current(cycle)
    asked = request.GET.get("scenario", "")
    trial = trials.trial(whole(asked), base, user, mine) if asked else None
    plan = (trial and trial.plan) or base
    context: dict[str, Any] = {
        "cycle": cycle,
        "sales_plan": plans.working(cycle),
        "plan": plan,
        "base": base,
        "trial": trial,
        "sees_money": mine.sees_money,
        "strategies": ProductionPlan.Strategy.choices,
        "can_plan": can(user, Verb.PLAN_SUPPLY) and cycle is not None and cycle.editable,
        "can_edit": plan is not None and _editable(user, plan),
        "run": (trial and trial.run) or (outlook.active_run(cycle) if cycle else None),
        "failures": failures(cycle, "supply", "capacity", "scenario"),
        "check": outlook.last_capacity_check(cycle) if cycle else None,
    }
    if plan and cycle:
        context |= {
            "heat": _heat(request, plan),
            "tiles": outlook.tiles(cycle),
            "concerns": concerns(plan, mine),
            "problems": supply_problems(plan, mine),
            "risk": risk.read(plan, mine),
            "dearest": load.dearest_hour(plan) if mine.sees_money else None,
            "sees_totals": mine.sees_money and mine.everything,
            "start_path": json.dumps(_grid(request, plan).path(request.GET.get("row", ""))),
            "start_month": request.GET.get("month", ""),
        }
    return render(request, "planning/supply.html", context | supply_toolbar(request, plan, mine))


def _heat(request: HttpRequest, plan: ProductionPlan) -> list[load.HeatRow]:
    """The load of the plan, or its rough cut by the method asked for."""
    method = request.GET.get("load", rough.PLAN)
    if method == rough.PLAN:
        return load.heat_map(plan)
    return rough.rough_map(plan, method, request.GET.get("against", rough.DEMONSTRATED))


@login_required
@require_GET
def supply_rows(request: HttpRequest, pk: int) -> JsonResponse:
    """A rectangle of the grid: the rows under `parent`, or the rows of `keys`."""
    plan = _plan(request, pk)
    grid = _grid(request, plan)
    if keys := request.GET.get("keys"):
        rows = grid.rows(keys.split(","))
        total = len(rows)
    else:
        limit = min(whole(request.GET.get("limit", str(PAGE_ROWS))), PAGE_ROWS)
        total, rows = grid.children(request.GET.get("parent", ""), whole(request.GET.get("offset", "0")), limit)
    return JsonResponse({"columns": grid.columns_json(), "total": total, "rows": rows, "version": plan.demand_version})


@login_required
@require_GET
def load_chart(request: HttpRequest, pk: int) -> JsonResponse:
    """The load of a resource against its hours, for the chart."""
    return JsonResponse(load.chart(_plan(request, pk), request.GET.get("resource", "")))


@login_required
@require_GET
def supply_row(request: HttpRequest, pk: int) -> HttpResponse:
    """The selected row, as a fragment: its projected stock against its target, and why it is short."""
    grid = SupplyGrid(_plan(request, pk), scope(signed_in(request)))
    side = supply_sides.side(grid, request.GET.get("row", ""), request.GET.get("month", ""))
    context = {"plan": grid.plan, "side": side, "sees_money": grid.scope.sees_money}
    return render(request, "planning/_supply_row.html", context)


@login_required
@require_GET
def stock_chart(request: HttpRequest, pk: int) -> JsonResponse:
    """The projected stock of a row, for the chart; beside a scenario's the plan in use."""
    grid = SupplyGrid(_plan(request, pk), scope(signed_in(request)))
    base = outlook.current(grid.plan.cycle) if grid.plan.scenario_id else None
    beside = SupplyGrid(base, grid.scope) if base and base.start == grid.plan.start else None
    return JsonResponse(supply_sides.stock_chart(grid, request.GET.get("row", ""), beside))


@login_required
@require_GET
def load_cell(request: HttpRequest, pk: int) -> HttpResponse:
    """What loads a resource in a month and what can be done about it, as a fragment for the side panel."""
    plan, user = _plan(request, pk), signed_in(request)
    mine = scope(user)
    cell = request.GET.get("resource", ""), request.GET.get("month", "")
    may_try = can(user, Verb.MODEL) and plan.cycle.editable and not plan.frozen_at
    context = {
        "plan": plan,
        "story": load.cell_story(plan, *cell, mine),
        "levers": levers.levers(plan, *cell, mine),
        "scenarios": trials.open_scenarios(plan.cycle, user) if may_try else [],
        "may_try": may_try,
        "sees_money": mine.sees_money,
    }
    return render(request, "planning/_load_cell.html", context)


@login_required
@require_POST
def try_lever(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a way out into a scenario, have it worked out, and show it."""
    plan, user, sent = _plan(request, pk), signed_in(request), request.POST
    named = sent.get("scenario", "")
    scenario = lever_actions.try_lever(
        plan=plan,
        resource=sent.get("resource", ""),
        month=sent.get("month", ""),
        key=sent.get("lever", ""),
        by=user,
        scenario=visible.one(user, whole(named)) if named else None,
    )
    about, parameters = f"scenario-{scenario.pk}", {"scenario": scenario.pk}
    tasks.launch(kind="scenario", cycle=plan.cycle, parameters=parameters, by=user, about=about)
    return redirect(f"{reverse('planning:supply')}?{urlencode({'scenario': scenario.pk})}")


@login_required
@require_POST
def plan_supply(request: HttpRequest) -> HttpResponse:
    """Start the supply job with the strategy chosen."""
    strategy = request.POST.get("strategy", ProductionPlan.Strategy.OPTIMAL)
    return _launch(request, "supply", {"strategy": strategy})


@login_required
@require_POST
def check_capacity(request: HttpRequest) -> HttpResponse:
    """Start the rough-cut capacity check."""
    return _launch(request, "capacity", {})


@login_required
@require_POST
def use_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a strategy's plan the current one."""
    user = signed_in(request)
    require(user, Verb.PLAN_SUPPLY)
    supply_actions.choose(plan=_plan(request, pk), by=user)
    return redirect("planning:supply")


def _launch(request: HttpRequest, kind: str, parameters: dict[str, str]) -> HttpResponse:
    """Scripts get the run; forms go back to the page, which shows its progress."""
    user = signed_in(request)
    require(user, Verb.PLAN_SUPPLY)
    run = tasks.launch(kind=kind, cycle=_cycle(request), parameters=parameters, by=user)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"run": run.pk}, status=202)
    if run.parameters != parameters:
        messages.warning(request, "A supply plan with another strategy is being made. Start yours when it is done.")
    return redirect("planning:supply")


def _grid(request: HttpRequest, plan: ProductionPlan) -> SupplyGrid:
    """The grid as the address asks for it; entries are in units."""
    user = signed_in(request)
    view = forms.supply_view(request.GET, scope(user))
    return SupplyGrid(plan, scope(user), editable=_editable(user, plan) and view.unit == UNITS, view=view)


def _editable(user: User, plan: ProductionPlan) -> bool:
    """Whether production may be entered by hand."""
    return can(user, Verb.PLAN_SUPPLY) and plan.current and not plan.locked_at and plan.cycle.editable


def _cycle(request: HttpRequest) -> Cycle:
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("There is no cycle to plan. Open one first.")
    return cycle


def _plan(request: HttpRequest, pk: int) -> ProductionPlan:
    """A plan that the user may see; a scenario's only where the scenario may be seen."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    related = ("cycle", "sales_plan", "sales_plan__cycle", "run", "scenario")
    plan = get_object_or_404(ProductionPlan.objects.select_related(*related), pk=pk)
    if plan.scenario_id:
        visible.one(user, plan.scenario_id)
    return plan
