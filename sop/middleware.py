"""What a page answers when what was asked cannot be done."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sop.actions.reading import too_large
from sop.api import problems as documents
from sop.errors import PlanningError

API = "/api/"
TITLES = {
    403: "Not open to you",
    404: "Nothing here",
    409: "Somebody was faster",
    413: "Too large",
    423: "Locked",
}
TITLE = "That cannot be done"

Handler = Callable[[HttpRequest], HttpResponse]


class problems:
    """A `PlanningError` becomes a problem document, a fragment or a page, as was asked; uploads have a limit."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Before anything looks at the form, or the whole of it would be read first.
        if _length(request) > settings.UPLOAD_MAX_BYTES:
            return answer(request, too_large("What you sent", settings.UPLOAD_MAX_BYTES))
        response = self.get_response(request)
        if request.path.startswith(API) and _is_page(response):
            return documents.not_found(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PlanningError):
            return answer(request, exception)
        if isinstance(exception, Http404) and request.path.startswith(API):
            return documents.not_found(request)
        return None


def answer(request: HttpRequest, error: PlanningError) -> HttpResponse:
    """The error in the form that was asked for."""
    if request.path.startswith(API) or not _wants_page(request):
        return documents.response(error)
    context: dict[str, Any] = {"problem": {"title": TITLES.get(error.status, TITLE), "detail": error.detail}}
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "_problem.html" if fragment else "problem.html", context, status=error.status)


def _length(request: HttpRequest) -> int:
    written = request.META.get("CONTENT_LENGTH") or "0"
    return int(written) if written.isdigit() else 0


def _wants_page(request: HttpRequest) -> bool:
    if request.headers.get("HX-Request") == "true":
        return True
    return "text/html" in request.headers.get("Accept", "")


def _is_page(response: HttpResponse) -> bool:
    """Whether Django answered with its own page for an address that does not exist."""
    return response.status_code == 404 and "json" not in response.get("Content-Type", "")
