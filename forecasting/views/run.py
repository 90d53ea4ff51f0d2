"""The buttons that start the forecast, whole or in part."""

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from forecasting.queries.lines import part_again
from sop import permissions, tasks
from sop.errors import NotFound
from sop.http import back, signed_in
from sop.permissions import Verb
from sop.queries import cycles


@login_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Forecast the series of a row again, or of rows ticked below it; the other lines stay as they are published."""
    user = signed_in(request)
    permissions.require(user, Verb.RUN_FORECAST)
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("There is no cycle to forecast. Open one first.")
    page = request.POST.get("row", "")
    rows = request.POST.getlist("selected") if "selecting" in request.POST else [page]
    parameters = part_again(rows, request.POST.get("market", ""), permissions.scope(user))
    started = tasks.launch(kind="forecast", cycle=cycle, parameters=parameters, by=user)
    if started.parameters != parameters:
        messages.warning(request, "Another forecast is being computed. Ask again when it is done.")
    else:
        messages.info(request, f"{parameters['label']}: being forecast again.")
    return redirect(f"{reverse('forecasting:index')}?row={quote(page)}")


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
