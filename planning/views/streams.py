"""The line above the grid that says how far the departments are, and its buttons."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from planning.actions import streams as actions
from planning.models import SalesPlan, Stream, StreamSubmission
from planning.queries import streams
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.http import back, signed_in
from sop.models import User
from sop.permissions import Verb, require, scope

Move = Callable[[SalesPlan, Stream, User, str], StreamSubmission]
MOVES: dict[str, tuple[Move, str]] = {
    "submit": (lambda plan, stream, by, said: actions.submit(plan=plan, stream=stream, by=by, note=said), "submitted"),
    "withdraw": (lambda plan, stream, by, _: actions.withdraw(plan=plan, stream=stream, by=by), "open again"),
    "accept": (lambda plan, stream, by, said: actions.accept(plan=plan, stream=stream, by=by, note=said), "accepted"),
    "return": (lambda plan, stream, by, why: actions.return_(plan=plan, stream=stream, by=by, reason=why), "returned"),
}


def board(user: User, plan: SalesPlan | None, code: str) -> dict[str, Any]:
    """What the line shows: the stream that is entered with its progress, else every stream."""
    voices = streams.voices(plan, user) if plan else []
    voice = next((each for each in voices if each.stream.code == code), None)
    if plan is None or voice is None:
        return {"voices": voices, "voice": None}
    done, rows = streams.progress(plan, voice.stream, scope(user))
    choices = [each for each in voices if each.mine] if voice.mine else voices
    shown = {"voices": voices, "voice": voice, "voice_choices": choices if len(choices) > 1 else []}
    return shown | {"rows_done": done, "rows_all": rows, "streams_due": streams.due(plan.cycle)}


@login_required
@require_POST
def move(request: HttpRequest, pk: int, code: str, verb: str) -> HttpResponse:
    """Submit, withdraw, accept or return a stream, and go back to the page the button was on."""
    by = signed_in(request)
    require(by, Verb.VIEW)
    plan = get_object_or_404(SalesPlan.objects.select_related("cycle"), pk=pk)
    stream = streams.named(code)
    if verb not in MOVES:
        raise NotFound(f"Nothing is done to a stream by “{verb}”.")
    do, done = MOVES[verb]
    try:
        submission = do(plan, stream, by, request.POST.get("reason", ""))
        part = verb == "submit" and submission.state != StreamSubmission.State.SUBMITTED
        said = f"Your part of {stream.name} is in; others are still to come." if part else ""
        messages.success(request, said or f"{stream.name}’s numbers are {done}.")
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, refusal.detail)
    return back(request, "planning:demand")
