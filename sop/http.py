"""What pages of every app ask of a request, and the small answers they all give."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from sop.errors import PlanningError
from sop.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a view behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def whole(text: str) -> int:
    """A number of the address that is not negative; PlanningError says what was there instead."""
    if not text.isdecimal():
        raise PlanningError(f"“{text}” is not a whole number.", status=400)
    return int(text)


def back(request: HttpRequest, *otherwise: str) -> HttpResponseRedirect:
    """To the page that the form was on, if it is one of ours; else to the page of that name."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(came_from)
    return redirect(*otherwise)
