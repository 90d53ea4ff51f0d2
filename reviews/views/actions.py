"""Action items: who does what by when."""

import datetime as dt
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import action_items
from reviews.models import ActionItem, Decision
from reviews.queries.action_items import board, filtered
from reviews.views.frame import SignedIn, answer, cycle_page, viewer_page
from sop.errors import NotFound
from sop.models import Cycle, User
from sop.permissions import Verb, can
from sop.queries import cycles


@viewer_page
@require_GET
def show(request: SignedIn) -> HttpResponse:
    today = timezone.localdate()
    mine, state = "mine" in request.GET, request.GET.get("state", "open")
    items = list(filtered(today=today, owner=request.user if mine else None, state=state))
    context = {
        "items": items,
        "columns": board(items),
        "today": today,
        "mine": mine,
        "state": state,
        "as_board": request.GET.get("view") == "board",
        "cycle": cycles.current(request),
        "action_form": forms.ActionForm(auto_id="action_%s"),
        "people": forms.people(),
        "may_act": can(request.user, Verb.ACT),
    }
    return render(request, "reviews/actions.html", context)


@cycle_page
@require_POST
def add(request: SignedIn, cycle: Cycle) -> HttpResponse:
    def do(text: str, owner: User, due: dt.date, decision: int | None) -> str:
        source = get_object_or_404(Decision, pk=decision) if decision else None
        task = action_items.Task(text, owner, due, source)
        action_items.add(cycle=cycle, task=task, by=request.user)
        return f"{owner.display_name} has it."

    return answer(request, forms.ActionForm(request.POST), do, "reviews:actions")


@viewer_page
@require_POST
def change(request: SignedIn, pk: int, verb: str) -> HttpResponse:
    item = get_object_or_404(ActionItem, pk=pk)
    if verb not in VERBS:
        raise NotFound(f"Nothing called “{verb}” can be done with an action.")

    def do(**told: object) -> str:
        return VERBS[verb](item, request.user, told)

    return answer(request, forms.ChangeForm(request.POST), do, "reviews:actions")


def _start(item: ActionItem, by: User, told: dict[str, object]) -> str:
    action_items.start(item=item, by=by)
    return "Started."


def _finish(item: ActionItem, by: User, told: dict[str, object]) -> str:
    action_items.finish(item=item, by=by, result=str(told["result"]))
    return "Done."


def _cancel(item: ActionItem, by: User, told: dict[str, object]) -> str:
    action_items.cancel(item=item, by=by, reason=str(told["reason"]))
    return "Cancelled."


def _reassign(item: ActionItem, by: User, told: dict[str, object]) -> str:
    handed = action_items.reassign(item=item, by=by, owner=told["owner"], due=told["due"])  # type: ignore[arg-type]
    return f"{handed.owner.display_name} has it now."


VERBS: dict[str, Callable[[ActionItem, User, dict[str, object]], str]] = {
    "start": _start,
    "finish": _finish,
    "cancel": _cancel,
    "reassign": _reassign,
}
