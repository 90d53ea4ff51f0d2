"""Asking for a second opinion on a series, and the chart of what it said."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.queries.lines import row
from forecasting.queries.opinions import KIND, decomposition, newest
from sop import tasks
from sop.errors import NotFound
from sop.models import Run, User
from sop.permissions import Verb, require, scope
from sop.queries import cycles


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
    run = tasks.launch(kind=KIND, cycle=cycle, parameters={"series": pk}, by=request.user)
    if run.parameters.get("series") != pk:
        messages.warning(request, "A second opinion on another series is being made. Ask again when it is done.")
    return redirect(f"{reverse('forecasting:index')}?row=series:{pk}#opinion")


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
