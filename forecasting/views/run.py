"""The button that starts the forecast."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from sop import permissions, tasks
from sop.errors import NotFound
from sop.http import back
from sop.permissions import Verb
from sop.queries import cycles


@login_required
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Start the forecast of the current cycle; scripts get the run, forms go back to where they came from."""
    permissions.require(request.user, Verb.RUN_FORECAST)
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("There is no cycle to forecast. Open one first.")
    started = tasks.launch(kind="forecast", cycle=cycle, by=request.user)  # type: ignore[arg-type]
    if request.accepts("text/html"):
        messages.info(request, f"The forecast of {cycle} is being computed.")
        return back(request, "planning:demand")
    return JsonResponse({"run": started.pk}, status=202)
