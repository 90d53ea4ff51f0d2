"""The Scenarios page: “what if?”"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning.actions import scenario_adoption as adoption
from planning.actions import scenarios as actions
from planning.models import Scenario, ScenarioChange
from planning.queries.scenarios import page as pages
from planning.queries.scenarios import visible
from planning.scenario_forms import ChangeForm, ScenarioForm
from sop import tasks
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.http import signed_in
from sop.models import User
from sop.permissions import Verb, require, scope
from sop.queries import cycles

MOVES = {"share": actions.share, "propose": actions.propose, "withdraw": actions.withdraw}


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The scenarios side by side, the changes of one, and how it came to where it is."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    asked = pages.Asked(
        cycle=cycles.current(request),
        selected=request.GET.get("scenario", ""),
        compared=request.GET.getlist("with"),
        year=request.GET.get("year", ""),
    )
    context = pages.context(asked, user) | {"new_form": ScenarioForm()}
    return render(request, "planning/scenarios.html", context)


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make a scenario from the plan."""
    cycle, form = cycles.current(request), ScenarioForm(request.POST)
    if cycle is None:
        raise NotFound("There is no cycle to model. Open one first.")
    form.is_valid()
    name, description = form.data.get("name", ""), form.data.get("description", "")
    try:
        made = actions.create(cycle=cycle, name=name, description=description, by=signed_in(request))
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, refusal.detail)
        return redirect("planning:scenarios")
    return _to(made)


@login_required
@require_http_methods(["GET", "POST"])
def add_change(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for one more change."""
    user = signed_in(request)
    scenario = visible.one(user, pk)
    initial = {"target": "demand", "operation": "add", **request.GET.dict()}
    form = ChangeForm(request.POST or None, initial=initial, scope=scope(user))
    return _form(request, form, scenario, None)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """A change, to write anew."""
    user = signed_in(request)
    found = _change(user, pk)
    form = ChangeForm(request.POST or None, initial=ChangeForm.told(found), scope=scope(user))
    return _form(request, form, found.scenario, found)


def _form(request: HttpRequest, form: ChangeForm, scenario: Scenario, old: ScenarioChange | None) -> HttpResponse:
    user = signed_in(request)
    context: dict[str, Any] = {"form": form, "scenario": scenario, "change": old}
    if request.method == "POST" and form.is_valid():
        try:
            if old:
                actions.change_change(change=old, proposed=form.proposed(), by=user)
            else:
                actions.add_changes(scenario=scenario, changes=[form.proposed()], by=user)
        except NotAllowed:
            raise
        except PlanningError as refusal:
            form.show_errors(refusal.errors)
            context["problem"] = {"detail": refusal.detail}
            return render(request, "planning/scenario_change.html", context, status=refusal.status)
        return _to(scenario)
    form.mark_errors() if form.is_bound else None
    return render(request, "planning/scenario_change.html", context)


@login_required
@require_POST
def remove_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change out."""
    user = signed_in(request)
    found = _change(user, pk)
    return _done(request, found.scenario, lambda: actions.remove_change(change=found, by=user))


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Share, propose, take back, reject, adopt, work out, delete."""
    user = signed_in(request)
    scenario = visible.one(user, pk)
    if verb == "delete":
        return _done(request, None, lambda: actions.delete(scenario=scenario, by=user))
    return _done(request, scenario, lambda: _act(request, scenario, verb, user))


def _act(request: HttpRequest, scenario: Scenario, verb: str, user: User) -> None:
    reason = request.POST.get("reason", "")
    if verb in MOVES:
        MOVES[verb](scenario=scenario, by=user)
    elif verb == "reject":
        actions.reject(scenario=scenario, reason=reason, by=user)
    elif verb == "adopt":
        chosen = [int(pk) for pk in request.POST.getlist("change") if pk.isdecimal()]
        messages.success(request, adoption.adopt(scenario=scenario, chosen=chosen, reason=reason, by=user).note)
    elif verb == "evaluate":
        require(user, Verb.MODEL)
        about, parameters = f"scenario-{scenario.pk}", {"scenario": scenario.pk}
        tasks.launch(kind="scenario", cycle=scenario.cycle, parameters=parameters, by=user, about=about)
    else:
        raise NotFound(f"A scenario cannot be told to “{verb}”.")


def _done(request: HttpRequest, scenario: Scenario | None, do: Any) -> HttpResponse:
    try:
        do()
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, refusal.detail)
    return _to(scenario) if scenario else redirect("planning:scenarios")


def _to(scenario: Scenario) -> HttpResponse:
    return redirect(f"{reverse('planning:scenarios')}?scenario={scenario.pk}")


def _change(user: User, pk: int) -> ScenarioChange:
    found = get_object_or_404(ScenarioChange.objects.select_related("scenario", *visible.RELATED), pk=pk)
    visible.one(user, found.scenario_id)
    return found
