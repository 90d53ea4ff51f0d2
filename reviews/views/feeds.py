"""The calendar feed: its address is made and taken back by its owner, and read by a calendar program."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import feeds as actions
from reviews.queries import feeds
from reviews.views.frame import SignedIn, viewer_page
from sop.errors import NotFound


@require_GET
def show(request: HttpRequest, secret: str) -> HttpResponse:
    user = feeds.owner(secret)
    if user is None:
        raise NotFound("There is no such calendar.")
    return HttpResponse(
        feeds.calendar(user),
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="sop.ics"'},
    )


@viewer_page
@require_POST
def make(request: SignedIn) -> HttpResponse:
    address = request.build_absolute_uri(reverse("reviews:calendar-feed", args=[actions.make(by=request.user)]))
    messages.success(request, f"Subscribe in your calendar to {address} – it is shown only now, so copy it.")
    return redirect("reviews:index")


@viewer_page
@require_POST
def revoke(request: SignedIn) -> HttpResponse:
    actions.revoke(by=request.user)
    messages.success(request, "The calendar address leads nowhere any more.")
    return redirect("reviews:index")
