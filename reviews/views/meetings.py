"""A meeting: the room that every participant's page shows, the steps taken in it, and its minutes."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import agenda
from reviews.actions import meetings as actions
from reviews.models import Meeting
from reviews.queries.action_line import parse
from reviews.queries.agenda import seen_by
from reviews.queries.meeting import room
from reviews.queries.minutes import minutes
from reviews.views.frame import SignedIn, answer, cycle_page, stage_of, viewer_page
from sop.errors import NotFound, PlanningError
from sop.models import Cycle, User
from sop.words import day


@cycle_page
@require_POST
def start(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)
    running = stage.meetings.filter(state=Meeting.State.RUNNING).first()
    if running:
        return redirect("reviews:meeting", running.pk)

    def do(**_: Any) -> str:
        return f"The meeting is open, {actions.start(stage=stage, by=request.user).presenter.display_name} presents."

    answer(request, forms.NoteForm(request.POST), do, "reviews:agenda", cycle.code, key)
    opened = stage.meetings.filter(state=Meeting.State.RUNNING).first()
    return redirect("reviews:meeting", opened.pk) if opened else redirect("reviews:agenda", cycle.code, key)


@viewer_page
@require_GET
def show(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(pk)
    if meeting.state == Meeting.State.ENDED:
        return redirect("reviews:minutes", pk)
    return render(
        request, "reviews/meeting.html", _context(actions.here(meeting=meeting, by=request.user), request.user)
    )


@viewer_page
@require_GET
def live(request: SignedIn, pk: int) -> HttpResponse:
    """What the room shows now, in the parts that a page replaces."""
    return render(request, "reviews/_meeting_parts.html", _context(_meeting(pk), request.user))


@viewer_page
@require_POST
def here(request: SignedIn, pk: int) -> JsonResponse:
    meeting = actions.here(meeting=_meeting(pk), by=request.user)
    return JsonResponse({"version": meeting.version, "state": meeting.state})


@viewer_page
@require_GET
def preview(request: SignedIn, pk: int) -> JsonResponse:
    """What a line of the action field would become."""
    told = parse(request.GET.get("line", ""), timezone.localdate())
    who = told.owner.display_name if told.owner else ""
    words = " · ".join(filter(None, [who, day(told.due) if told.due else "", told.text]))
    return JsonResponse({"missing": told.missing, "words": words})


@viewer_page
@require_POST
def step(request: SignedIn, pk: int, verb: str) -> JsonResponse:
    meeting, form = _meeting(pk), forms.MeetingForm(request.POST)
    if verb not in STEPS:
        raise NotFound(f"Nothing called “{verb}” can be done in a meeting.")
    if not form.is_valid():
        raise PlanningError("This is not understood.", errors=_mistakes(form))
    told = form.cleaned_data
    told["item"] = told["item"] or meeting.item
    if verb in OF_ITEM and not (told["item"] and seen_by(request.user).filter(pk=told["item"].pk).exists()):
        raise NotFound("There is no such item on the agenda.")
    body = STEPS[verb](meeting, request.user, told) or {}
    meeting.refresh_from_db()
    return JsonResponse({"version": meeting.version} | body)


@viewer_page
@require_GET
def show_minutes(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(pk)
    context = {"page": minutes(meeting, request.user), "meeting": meeting, "cycle": meeting.stage.cycle}
    return render(request, "reviews/minutes.html", context)


def _meeting(pk: int) -> Meeting:
    known = Meeting.objects.select_related("stage__cycle", "stage__owner", "presenter", "item")
    return get_object_or_404(known, pk=pk)


def _context(meeting: Meeting, user: User) -> dict[str, Any]:
    stage = meeting.stage
    later = stage.cycle.stages.filter(key__in=agenda.FURTHER, position__gt=stage.position)
    return {"room": room(meeting, user), "meeting": meeting, "stage": stage, "cycle": stage.cycle, "later": later}


def _mistakes(form: forms.MeetingForm) -> dict[str, list[str]]:
    return {field: [str(mistake) for mistake in told] for field, told in form.errors.items()}


# --- The steps --------------------------------------------------------------------------------------------------------
def _go(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    actions.go(meeting=meeting, item=told["item"], by=by)


def _present(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    actions.present(meeting=meeting, by=by)


def _answer(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    if told["department"] is None:
        raise PlanningError("Say for which department.", errors={"department": ["This is needed."]})
    said = actions.Said(told["agrees"], told["number"], told["why"])
    actions.answer(meeting=meeting, item=told["item"], department=told["department"], said=said, by=by)


def _decide(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    verdict = actions.Verdict(told["choice"], told["reason"], told["method"], told["number"])
    actions.decide(meeting=meeting, item=told["item"], verdict=verdict, by=by)


def _defer(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    actions.settle(meeting=meeting, item=told["item"], how=agenda.defer, reason=told["reason"], by=by)


def _escalate(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    handed = {"reason": told["reason"], "to_stage": told["to_stage"]}
    actions.settle(meeting=meeting, item=told["item"], how=agenda.escalate, by=by, **handed)


def _reopen(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    actions.settle(meeting=meeting, item=told["item"], how=agenda.reopen, by=by)


def _note(meeting: Meeting, by: User, told: dict[str, Any]) -> dict[str, Any]:
    version = told["version"] or 0
    talk = actions.note(meeting=meeting, item=told["item"], text=told["text"], version=version, by=by)
    return {"notes_version": talk.version}


def _act(meeting: Meeting, by: User, told: dict[str, Any]) -> dict[str, Any]:
    item = actions.act(meeting=meeting, line=told["line"], by=by)
    return {"words": f"{item.owner.display_name} has it, by {day(item.due)}."}


def _end(meeting: Meeting, by: User, told: dict[str, Any]) -> None:
    actions.end(meeting=meeting, by=by)


STEPS: dict[str, Callable[[Meeting, User, dict[str, Any]], dict[str, Any] | None]] = {
    "go": _go,
    "present": _present,
    "answer": _answer,
    "decide": _decide,
    "defer": _defer,
    "escalate": _escalate,
    "reopen": _reopen,
    "note": _note,
    "act": _act,
    "end": _end,
}
OF_ITEM = set(STEPS) - {"present", "act", "end"}
