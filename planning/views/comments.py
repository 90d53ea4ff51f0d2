"""Comments beside the demand grid: the section of the selected row, and what is done in it."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning.actions import comments, follows
from planning.models import Comment, SalesPlan
from planning.queries import mentions
from planning.queries.comments import talk
from planning.queries.places import Atlas
from planning.queries.rows import Filters
from sop import months
from sop.errors import PlanningError
from sop.http import signed_in
from sop.models import User
from sop.permissions import Verb, can, require, scope


@dataclass(frozen=True)
class Section:
    """Which row's comments a request is about; all that it needs stands in the address."""

    plan: SalesPlan
    user: User
    filters: Filters
    row: str
    month: dt.date | None


@login_required
@require_http_methods(["GET", "POST"])
def row_comments(request: HttpRequest, pk: int) -> HttpResponse:
    """The comments of a row; a POST adds one, or a reply, and answers the section as it is now."""
    section = _section(request, pk)
    if request.method == "POST":
        body, parent = request.POST.get("body", ""), request.POST.get("parent", "")
        if parent.isdecimal():
            comments.reply(to=_comment(section, int(parent)), body=body, by=section.user)
        else:
            month = None if "whole" in request.POST else section.month
            comments.add(
                cycle=section.plan.cycle,
                row=section.row,
                month=month,
                body=body,
                by=section.user,
                filters=section.filters,
            )
    return _answer(request, section)


@login_required
@require_POST
def one_comment(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Change one's own comment, or remove it (`remove`)."""
    section = _section(request, pk)
    found = _comment(section, comment)
    if "remove" in request.POST:
        comments.remove(comment=found, by=section.user)
    else:
        comments.edit(comment=found, body=request.POST.get("body", ""), by=section.user)
    return _answer(request, section)


@login_required
@require_POST
def follow_row(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow the row, or no longer (`stop`)."""
    section = _section(request, pk)
    wanted = "stop" not in request.POST
    follows.follow(row=section.row, by=section.user, wanted=wanted, filters=section.filters)
    return _answer(request, section)


@login_required
@require_GET
def people(request: HttpRequest, pk: int) -> JsonResponse:
    """Who sees the row, to be named in a comment on it."""
    section = _section(request, pk)
    require(section.user, Verb.COMMENT)
    atlas = Atlas()
    found = mentions.who_sees(atlas, atlas.place(section.row, section.filters))
    return JsonResponse({"people": [{"username": user.username, "name": user.display_name} for user in found]})


def _section(request: HttpRequest, pk: int) -> Section:
    user = signed_in(request)
    require(user, Verb.VIEW)
    plan = get_object_or_404(SalesPlan.objects.select_related("cycle"), pk=pk)
    asked = request.GET
    filters = Filters(scope(user), family=asked.get("family", ""), market=asked.get("market", ""))
    try:
        month = months.parse(asked["month"]) if asked.get("month") else None
    except ValueError as error:
        raise PlanningError(f"{error}.", status=400) from error
    return Section(plan, user, filters, asked.get("row", "total"), month)


def _comment(section: Section, pk: int) -> Comment:
    return get_object_or_404(Comment.objects.select_related("cycle"), pk=pk)


def _answer(request: HttpRequest, section: Section) -> HttpResponse:
    everything = "all" in request.GET
    said = talk(section.plan.cycle, section.user, section.filters, section.row, section.month, everything=everything)
    context = {
        "talk": said,
        "plan": section.plan,
        "month": months.short(section.month) if section.month else "",
        "query": request.GET.urlencode(),
        "may_comment": can(section.user, Verb.COMMENT),
    }
    return render(request, "planning/_comments.html", context)
