"""The list of cycles, and the calendar of one."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import cycles as actions
from reviews.models import CalendarFeed
from reviews.queries.cycles import calendar, cycles, following
from reviews.queries.home import recent
from reviews.views.frame import SignedIn, answer, cycle_page, viewer_page
from sop.models import Cycle
from sop.permissions import Verb, can

SHOWN = 36


@viewer_page
@require_GET
def index(request: SignedIn) -> HttpResponse:
    context = {
        "cycles": cycles()[:SHOWN],
        "next": following(),
        "has_feed": CalendarFeed.objects.filter(user=request.user).exists(),
        "may_open": can(request.user, Verb.OPEN_CYCLE),
    }
    return render(request, "reviews/index.html", context)


@viewer_page
@require_POST
def open_next(request: SignedIn) -> HttpResponse:
    def do(month: dt.date, horizon: int) -> str:
        cycle = actions.open_cycle(first_month=month, horizon=horizon, by=request.user)
        return f"{cycle} is open."

    return answer(request, forms.OpenForm(request.POST), do, "reviews:index")


@cycle_page
@require_GET
def show(request: SignedIn, cycle: Cycle) -> HttpResponse:
    context = {
        "cycle": cycle,
        "calendar": calendar(cycle),
        "changes": recent(request.user, cycle),
        "approval": cycle.approvals.filter(approved=True).select_related("by", "snapshot").last(),
        "may_close": can(request.user, Verb.OPEN_CYCLE) and cycle.state != Cycle.State.CLOSED,
    }
    return render(request, "reviews/cycle.html", context)


@cycle_page
@require_POST
def close(request: SignedIn, cycle: Cycle) -> HttpResponse:
    def do(reason: str) -> str:
        actions.close_cycle(cycle=cycle, by=request.user, reason=reason)
        return f"{cycle} is closed."

    return answer(request, forms.ReasonForm(request.POST), do, "reviews:cycle", cycle.code)
