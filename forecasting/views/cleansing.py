"""Buttons of the history's section: look for months that do not fit, accept or reject what was found."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from forecasting.actions import cleansing
from sop import permissions, tasks
from sop.errors import NotFound, PlanningError
from sop.http import signed_in
from sop.permissions import Verb
from sop.queries import cycles
from sop.words import counted


@login_required
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Start the job that looks through the history."""
    permissions.require(request.user, Verb.RUN_FORECAST)
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("There is no cycle to check the history for. Open one first.")
    tasks.launch(kind="cleansing", cycle=cycle, by=signed_in(request))
    return _back(request)


@login_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Accept or reject the corrections named, or all that wait."""
    named = request.POST.getlist("correction")
    if not all(pk.isdecimal() for pk in named):
        raise PlanningError("A correction is named by its number.", status=400)
    if not named and "all" not in request.POST:
        raise PlanningError("Name a correction, or ask for all.", status=400)
    state = request.POST.get("state", "")
    chosen = None if "all" in request.POST else [int(pk) for pk in named]
    reason = request.POST.get("reason", "").strip()
    count = cleansing.decide(corrections=chosen, state=state, by=signed_in(request), reason=reason)
    after = " The next forecast reads the history with it." if state == "accepted" else ""
    messages.success(request, f"{counted(count, 'correction')} {state}.{after}")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    back = request.headers.get("Referer", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "forecasting:index")
