"""Asking for a second opinion on a series, and the chart of what it said."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.queries.lines import row
from forecasting.queries.opinions import EVENT_KINDS, KIND, decomposition, event_choices, newest
from sop import tasks
from sop.errors import NotFound, PlanningError
from sop.models import Run, User
from sop.permissions import Verb, require, scope
from sop.queries import cycles

MOST_LETTERS = 200


@login_required
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the job; one at a time in a cycle."""
    assert isinstance(request.user, User)
    require(request.user, Verb.RUN_FORECAST)
    row(f"series:{pk}", scope(request.user))
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("No cycle is open.")
    parameters = {"series": pk} | _event(request, event_choices(cycle))
    run = tasks.launch(kind=KIND, cycle=cycle, parameters=parameters, by=request.user)
    if run.parameters != parameters:
        messages.warning(request, "Another second opinion is being made. Ask again when it is done.")
    return redirect(f"{reverse('forecasting:index')}?row=series:{pk}#opinion")


def _event(request: HttpRequest, choices: list[tuple[str, str]]) -> dict[str, Any]:
    """The event that is asked about, if any: its name, its kind and its months."""
    asked = request.POST.getlist("month")
    if "event" not in request.POST:
        return {}
    chosen = sorted(code for code, _ in choices if code in asked)
    if not chosen or len(chosen) < len(asked):
        raise PlanningError("Choose the months that the event was in.", status=400)
    kind = request.POST.get("kind", "")
    if kind not in EVENT_KINDS:
        raise PlanningError("An event is a promotion or a price change.", status=400)
    name = request.POST.get("name", "").strip()[:MOST_LETTERS] or EVENT_KINDS[kind]
    return {"event": {"name": name, "kind": kind, "months": chosen}}


@login_required
@require_GET
def chart(request: HttpRequest, pk: int) -> JsonResponse:
    """Trend, season and remainder of the newest opinion."""
    require(request.user, Verb.VIEW)
    row(f"series:{pk}", scope(request.user))
    cycle = cycles.current(request)
    run = newest(cycle, pk) if cycle else None
    if run is None or run.state != Run.State.DONE:
        raise NotFound("No second opinion was given on this series.")
    return JsonResponse(decomposition(run))
