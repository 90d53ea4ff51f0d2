"""The inbox: what a person should know of, behind the bell and as a page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from sop.actions.notify import mark_read
from sop.http import back, signed_in
from sop.permissions import Verb, require
from sop.queries import inbox as lines

IN_THE_PANEL = 8


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """All lines of the user's own, as far back as anybody looks."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    return render(request, "sop/inbox.html", {"lines": lines.notifications(user)[: lines.SHOWN]})


@login_required
@require_GET
def latest(request: HttpRequest) -> HttpResponse:
    """The newest lines, for the panel behind the bell."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    return render(request, "sop/_inbox_panel.html", {"lines": lines.notifications(user)[:IN_THE_PANEL]})


@login_required
@require_GET
def open_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a line leads; from then on it is read."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    line = get_object_or_404(lines.notifications(user), pk=pk)
    mark_read(by=user, notification=line)
    ours = url_has_allowed_host_and_scheme(line.url, {request.get_host()}, require_https=request.is_secure())
    return redirect(line.url if line.url and ours else "inbox:inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All of it is read."""
    mark_read(by=signed_in(request))
    return back(request, "inbox:inbox")
