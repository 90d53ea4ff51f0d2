"""The agenda of a review: drawn up, put in order, and the families nobody disputes."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import agenda as actions
from reviews.models import AgendaItem
from reviews.queries.agenda import agenda, seen_by
from reviews.views.frame import SignedIn, answer, cycle_page, stage_of, viewer_page
from sop.errors import NotFound
from sop.models import Cycle, Department, User
from sop.permissions import scope
from sop.words import counted


@cycle_page
@require_GET
def show(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)
    context = {
        "page": agenda(stage, request.user),
        "cycle": cycle,
        "stage": stage,
        "topic_form": forms.TopicForm(scope=scope(request.user), auto_id="topic_%s"),
        "later": list(cycle.stages.filter(key__in=actions.FURTHER, position__gt=stage.position)),
    }
    return render(request, "reviews/agenda.html", context)


@cycle_page
@require_POST
def draw_up(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)

    def do(**_: Any) -> str:
        return f"{counted(len(actions.draw_up(stage=stage, by=request.user)), 'item')} to settle."

    return answer(request, forms.NoteForm(request.POST), do, "reviews:agenda", cycle.code, key)


@cycle_page
@require_POST
def add(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)

    def do(**told: Any) -> str:
        return f"“{actions.add(stage=stage, topic=actions.Topic(**told), by=request.user)}” is on the agenda."

    form = forms.TopicForm(request.POST, scope=scope(request.user))
    return answer(request, form, do, "reviews:agenda", cycle.code, key)


@cycle_page
@require_POST
def agree(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)

    def do(department: Department, **_: Any) -> str:
        agreed = actions.agree(stage=stage, department=department, by=request.user)
        return f"{department.name} agrees to {counted(len(agreed), 'family', 'families')}."

    return answer(request, forms.SubmissionForm(request.POST), do, "reviews:agenda", cycle.code, key)


@viewer_page
@require_POST
def change(request: SignedIn, pk: int, verb: str) -> HttpResponse:
    item = get_object_or_404(seen_by(request.user), pk=pk)
    if verb not in VERBS:
        raise NotFound(f"Nothing called “{verb}” can be done with an agenda item.")

    def do(**told: Any) -> str:
        return VERBS[verb](item, request.user, told)

    page = "reviews:agenda", item.stage.cycle.code, item.stage.key
    return answer(request, forms.AgendaForm(request.POST), do, *page)


def _defer(item: AgendaItem, by: User, told: dict[str, Any]) -> str:
    actions.defer(item=item, by=by, reason=told["reason"])
    return "It waits for the next cycle."


def _escalate(item: AgendaItem, by: User, told: dict[str, Any]) -> str:
    actions.escalate(item=item, by=by, reason=told["reason"], to_stage=told["to_stage"])
    return "It is handed on."


def _merge(item: AgendaItem, by: User, told: dict[str, Any]) -> str:
    merged = actions.merge(item=item, by=by, into=told["into"])
    return f"Merged into “{merged.merged_into}”."


def _move(item: AgendaItem, by: User, told: dict[str, Any]) -> str:
    return f"Now at place {actions.move(item=item, by=by, to=told['place'] or 1).position}."


def _reopen(item: AgendaItem, by: User, told: dict[str, Any]) -> str:
    actions.reopen(item=item, by=by)
    return "It is on the agenda again."


VERBS: dict[str, Callable[[AgendaItem, User, dict[str, Any]], str]] = {
    "defer": _defer,
    "escalate": _escalate,
    "merge": _merge,
    "move": _move,
    "reopen": _reopen,
}
