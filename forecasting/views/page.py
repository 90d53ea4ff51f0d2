"""The Forecast page: “why this number, and which need me?”"""

from typing import Any

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from forecasting.models import Correction
from forecasting.queries import fan
from forecasting.queries.below import below
from forecasting.queries.corrections import suspects
from forecasting.queries.exceptions import SHOWN, exceptions
from forecasting.queries.lines import TOTAL, row
from forecasting.queries.opinions import EVENT_KINDS, event, event_choices, newest, opinions
from forecasting.queries.portfolio import portfolio
from forecasting.queries.published import published
from forecasting.queries.reasons import why
from forecasting.queries.segments import accuracy, segments
from sop import months
from sop.errors import NotFound
from sop.models import Run
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles
from sop.queries.runs import failures

SUSPECTS_SHOWN = 50
MARKETS_SHOWN = 200
State = Correction.State


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Why the number of `?row=` is what it is; for the whole portfolio also what needs a person, and classes."""
    require(request.user, Verb.VIEW)
    cycle = cycles.current(request)
    context: dict[str, Any] = {"cycle": cycle, "forecast": published(cycle) if cycle else None}
    if cycle is None or context["forecast"] is None:
        return render(request, "forecasting/index.html", context)
    mine = scope(request.user)
    chosen = row(request.GET.get("row", TOTAL), mine)
    series = portfolio(cycle, chosen)
    history = suspects(chosen, *State.values)
    waiting = [each for each in history if each.correction.state == State.PROPOSED]
    context |= {
        "row": chosen,
        "why": why(cycle, chosen, fan(cycle, chosen.key, mine), series),
        "rows": below(series, chosen),
        "waiting": waiting[:SUSPECTS_SHOWN],
        "waiting_count": len(waiting),
        "decided": [each for each in history if each.correction.state != State.PROPOSED][:SUSPECTS_SHOWN],
        "sees_money": mine.sees_money,
        "can_decide": can(request.user, Verb.RUN_FORECAST),
        "check": cycle.runs.filter(kind="cleansing", state__in=Run.ACTIVE).first(),
        "run": cycle.runs.filter(kind="forecast", state__in=Run.ACTIVE).first(),
        "markets": sorted(set(zip(series.series["market_code"], series.series["market"], strict=True)))[:MARKETS_SHOWN],
        "can_select": can(request.user, Verb.RUN_FORECAST) and cycle.editable,
        "failures": failures(cycle, "cleansing", "forecast"),
    }
    if chosen.kind == "series":
        asked = newest(cycle, chosen.series_pk)
        given = opinions(asked) if asked and asked.state == Run.State.DONE else []
        context |= {"series_pk": chosen.series_pk, "opinion": asked, "opinions": given}
        context |= {"event": event(asked, cycle) if given and asked else None, "event_kinds": EVENT_KINDS}
        context["event_months"] = event_choices(cycle)
    if chosen.kind == TOTAL:
        context |= {
            "findings": exceptions(series, chosen, mine)[:SHOWN],
            "segments": segments(series, mine),
            "accuracy": accuracy(series),
        }
    return render(request, "forecasting/index.html", context)


@login_required
@require_GET
def series(request: HttpRequest, pk: int) -> HttpResponse:
    """The short address of a series."""
    return redirect(f"{reverse('forecasting:index')}?row=series:{pk}")


@login_required
@require_GET
def chart(request: HttpRequest) -> JsonResponse:
    """History, forecast with its interval, and the members of a single series."""
    require(request.user, Verb.VIEW)
    cycle = cycles.current(request)
    if cycle is None:
        raise NotFound("No cycle is open.")
    mine = scope(request.user)
    chosen = row(request.GET.get("row", TOTAL), mine)
    drawn = fan(cycle, chosen.key, mine)
    lines = [("history", "History", drawn.history)]
    lines += [("member", name.replace("_", " ").capitalize(), values) for name, values in sorted(drawn.members.items())]
    lines += [("baseline", "Forecast", drawn.mean)]
    return JsonResponse(
        {
            "title": chosen.label,
            "unit": "units",
            "months": [months.code(month) for month in drawn.months],
            "labels": [months.short(month) for month in drawn.months],
            "now": drawn.now,
            "series": [{"key": key, "name": name, "values": _numbers(values)} for key, name, values in lines],
            "interval": {"name": "80 % range", "lower": _numbers(drawn.lower), "upper": _numbers(drawn.upper)},
        }
    )


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in values]
