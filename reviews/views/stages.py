"""A review: its gates, who has submitted, what was decided, and the signature."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import stages
from reviews.models import Stage, Submission
from reviews.queries.stage_page import stage_page
from reviews.views.frame import SignedIn, answer, cycle_page, stage_of
from sop.models import Cycle, Department
from sop.permissions import Verb, can


@cycle_page
@require_GET
def show(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    if key == Stage.Key.EXECUTIVE:
        return redirect("reviews:executive", cycle.code)
    stage = stage_of(cycle, key)
    context = {
        "page": stage_page(stage, request.user),
        "cycle": cycle,
        "stage": stage,
        "decision_form": forms.DecisionForm(auto_id="decision_%s"),
        "action_form": forms.ActionForm(auto_id="action_%s"),
        "may_decide": can(request.user, Verb.DECIDE),
        "may_act": can(request.user, Verb.ACT),
    }
    return render(request, "reviews/stage.html", context)


@cycle_page
@require_POST
def submit(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    def do(department: Department, note: str, reason: str) -> str:
        submission = stages.submit(stage=stage_of(cycle, key), department=department, by=request.user, note=note)
        if submission.state != Submission.State.SUBMITTED:
            return f"Your part of {department.name} is in; others are still to come."
        return f"{department.name} is in."

    return answer(request, forms.SubmissionForm(request.POST), do, "reviews:stage", cycle.code, key)


@cycle_page
@require_POST
def return_submission(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    def do(department: Department, note: str, reason: str) -> str:
        stages.return_submission(stage=stage_of(cycle, key), department=department, by=request.user, reason=reason)
        return f"Returned to {department.name}."

    return answer(request, forms.SubmissionForm(request.POST), do, "reviews:stage", cycle.code, key)


@cycle_page
@require_POST
def sign_off(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)

    def do(note: str, despite: str) -> str:
        stages.sign_off(stage=stage, by=request.user, note=note, despite=despite)
        return f"The {stages.name(stage)} is signed off."

    return answer(request, forms.NoteForm(request.POST), do, "reviews:stage", cycle.code, key)


@cycle_page
@require_POST
def reopen(request: SignedIn, cycle: Cycle, key: str) -> HttpResponse:
    stage = stage_of(cycle, key)

    def do(reason: str) -> str:
        stages.reopen(stage=stage, by=request.user, reason=reason)
        return f"The {stages.name(stage)} is open again; it and the reviews after it must be signed once more."

    return answer(request, forms.ReasonForm(request.POST), do, "reviews:stage", cycle.code, key)
