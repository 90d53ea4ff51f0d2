"""What the views of the reviews share: which cycle, who may look, and how an answer to a form is given."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reviews.models import Stage
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.http import back
from sop.models import Cycle, User
from sop.permissions import Verb, require
from sop.queries import cycles

Page = Callable[..., HttpResponse]


class SignedIn(HttpRequest):
    """The request of a page that only people who are logged in reach."""

    user: User


def viewer_page(view: Page) -> Page:
    """Logged in, and with a role that sees the plans."""

    @login_required
    @wraps(view)
    def guarded(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, Verb.VIEW)
        return view(request, *args, **kwargs)

    return guarded


def cycle_page(view: Page) -> Page:
    """Of the cycle in the address; the cycle picker (`?cycle=`) leads to the same page of another one."""

    @viewer_page
    @wraps(view)
    def of_cycle(request: SignedIn, code: str, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("cycle", code)
        if wanted != code and request.resolver_match:
            return redirect(request.resolver_match.view_name, code=cycles.by_code(wanted).code, **kwargs)
        cycle = cycles.by_code(code)
        request.session[cycles.SESSION_KEY] = cycle.code
        return view(request, cycle, **kwargs)

    return of_cycle


def stage_of(cycle: Cycle, key: str) -> Stage:
    stage = cycle.stages.select_related("owner", "signed_by", "cycle").filter(key=key).first()
    if stage is None:
        raise NotFound(f"{cycle} has no review named “{key}”.")
    return stage


def answer(request: SignedIn, form: Form, do: Callable[..., str], *page: str) -> HttpResponse:
    """Do it with what the form says, tell what was done or why not, and go back to where the form was, else to `page`.

    Who may not do it at all gets the page that says so.
    """
    if not form.is_valid():
        messages.error(request, _told("Not done", form.errors))
        return back(request, *page)
    try:
        messages.success(request, do(**form.cleaned_data))
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, _told(refusal.detail.rstrip("."), refusal.errors))
    return back(request, *page)


def _told(detail: str, errors: Any) -> str:
    reasons = [str(reason) for field in errors.values() for reason in field if str(reason) not in detail]
    return ". ".join([detail, *(reason.rstrip(".") for reason in reasons)]) + "."
