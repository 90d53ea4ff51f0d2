"""My entry: the salesperson's page, one product in one market at a time."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from planning import forms
from planning.actions import entry as actions
from planning.models import SalesPlan, Stream
from planning.queries import charts, entry, plans, streams
from planning.queries.grid import Grid
from planning.queries.rows import Filters
from planning.views.demand import _body
from planning.views.streams import board
from sop import months
from sop.errors import NotAllowed
from sop.http import signed_in, whole
from sop.models import User
from sop.permissions import Verb, require, scope
from sop.queries import cycles
from sop.words import counted

END = "end"
LISTED = 200
KEPT_FOR = (3, 6, 12)
PAST_MONTHS = 7


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The next row to look at, or the one asked for; after the last one the sum, and the button to submit.

    Once it is handed in, what was said."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    stream = _stream(user, request.GET.get("stream", ""))
    plan = plans.working(cycles.current(request))
    if plan is None:
        return render(request, "planning/entry_none.html")
    rows = entry.rows(plan, stream, scope(user), everything="all" in request.GET)
    context = board(user, plan, stream.code) | {"plan": plan, "rows": rows, "listed": rows.main[:LISTED], "end": END}
    closed = not context["voice"].takes_entries
    at = request.GET.get("row") or str(row.pk if not closed and (row := rows.next_open()) else END)
    if at == END and closed:
        context["said"] = entry.said(plan, stream, scope(user))
        return render(request, "planning/entry_closed.html", context)
    if at == END:
        return render(request, "planning/entry_end.html", context)
    return render(request, "planning/entry.html", context | _row(request, plan, stream, rows, whole(at)))


@login_required
@require_POST
def save(request: HttpRequest, pk: int, code: str, series: int) -> JsonResponse:
    """Save a row's months, all or none; without any it is left as the baseline. Answers how far it is."""
    user, plan, stream = _asked(request, pk, code)
    body, row = _body(request), entry.series_of(series, scope(user))
    edits = forms.cell_edits(body) if body.get("cells") else []
    how = {name: bool(body.get(name)) for name in ("force", "skip")}
    actions.enter_row(plan=plan, stream=stream, series=row, edits=edits, by=user, cause=forms.cause(body), **how)
    done, total = streams.progress(plan, stream, scope(user))
    return JsonResponse({"done": done, "rows": total})


@login_required
@require_POST
def leave_rest(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The small rows that nobody looked at stay as the baseline, all at once."""
    user, plan, stream = _asked(request, pk, code)
    tiny = entry.rows(plan, stream, scope(user)).tiny
    if tiny:
        left = actions.leave_rows(plan=plan, stream=stream, series=[row.pk for row in tiny], by=user)
        messages.success(request, f"{counted(left, 'row')} left as the baseline.")
    return redirect(f"{reverse('planning:entry')}?stream={stream.code}")


@login_required
@require_GET
def chart(request: HttpRequest, pk: int, code: str, series: int) -> JsonResponse:
    """The row's chart: what was sold, the baseline with its range, mine, and last year."""
    user, plan, stream = _asked(request, pk, code)
    row = entry.series_of(series, scope(user))
    drawn = charts.demand(Grid(plan, user, Filters(scope(user))), f"series:{row.pk}")
    return JsonResponse(_cut(drawn, stream, _first(request, plan)))


def _row(request: HttpRequest, plan: SalesPlan, stream: Stream, rows: entry.Rows, pk: int) -> dict[str, Any]:
    user, first = signed_in(request), _first(request, plan)
    series = entry.series_of(pk, scope(user))
    cells = entry.cells(plan, stream, series, first)
    place, before, after = rows.beside(pk)
    total, expected = sum(cell.value for cell in cells), sum(cell.baseline for cell in cells)
    last_year = None if any(cell.last_year is None for cell in cells) else sum(cell.last_year or 0 for cell in cells)
    return {
        "series": series,
        "cells": cells,
        "first": first,
        "parts": _parts(plan, first),
        "place": place,
        "before": before,
        "after": after,
        "total": total,
        "on_baseline": total / expected - 1 if expected else None,
        "on_last_year": total / last_year - 1 if last_year else None,
        "chips": entry.chips(plan, stream, series, user),
        "kept": [(months.code(end), months.short(end)) for end in (months.add(plan.start, n) for n in KEPT_FOR)],
    }


def _cut(drawn: dict[str, Any], stream: Stream, first: int) -> dict[str, Any]:
    """The lines that a salesperson needs, over half a year back and the months on the page."""
    names = {"history": "Sold", "baseline": "Baseline", stream.code: "Mine", "lastyear": "Last year"}
    past = drawn["now"] + first
    span = slice(max(past - PAST_MONTHS, 0), past + entry.MONTHS_SHOWN)
    lines = [
        {"key": "sales" if each["key"] == stream.code else each["key"], "name": names[each["key"]]}
        | {"values": each["values"][span]}
        for each in drawn["series"]
        if each["key"] in names
    ]
    interval = drawn["interval"] | {side: drawn["interval"][side][span] for side in ("lower", "upper")}
    cut = {name: drawn[name][span] for name in ("months", "labels")}
    return drawn | cut | {"now": drawn["now"] - span.start, "series": lines, "interval": interval}


def _parts(plan: SalesPlan, first: int) -> list[tuple[int, str, bool]]:
    """The plan's months by twelve: where each part begins, its name, and whether it is on the page."""
    starts = range(0, plan.horizon, entry.MONTHS_SHOWN)
    spans = [plan.months[start : start + entry.MONTHS_SHOWN] for start in starts]
    names = [f"{months.short(span[0])} – {months.short(span[-1])}" for span in spans]
    return [(start, name, start == first) for start, name in zip(starts, names, strict=True)]


def _first(request: HttpRequest, plan: SalesPlan) -> int:
    return min(whole(request.GET.get("from", "0")), plan.horizon - 1) // entry.MONTHS_SHOWN * entry.MONTHS_SHOWN


def _stream(user: User, code: str) -> Stream:
    """The stream asked for, else one's own; NotAllowed to who enters none."""
    mine = streams.own(user)
    if code:
        stream = streams.named(code)
        require(user, Verb.ENTER_STREAM, department=stream.department)
        return stream
    if not mine:
        raise NotAllowed("You enter no department’s forecast. Ask your S&OP coordinator for the role that does.")
    return mine[0]


def _asked(request: HttpRequest, pk: int, code: str) -> tuple[User, SalesPlan, Stream]:
    user = signed_in(request)
    require(user, Verb.VIEW)
    plan = get_object_or_404(SalesPlan.objects.select_related("cycle", "forecast"), pk=pk)
    return user, plan, _stream(user, code)
