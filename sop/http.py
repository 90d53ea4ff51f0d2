"""Small answers that pages of every app give."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, *otherwise: str) -> HttpResponseRedirect:
    """To the page that the form was on, if it is one of ours; else to the page of that name."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(came_from)
    return redirect(*otherwise)
