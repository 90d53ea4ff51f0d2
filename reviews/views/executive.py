"""One plan to approve."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import approval
from reviews.queries.executive import executive
from reviews.views.frame import SignedIn, answer, cycle_page
from sop.models import Cycle
from sop.permissions import Verb, can, scope


@cycle_page
@require_GET
def show(request: SignedIn, cycle: Cycle) -> HttpResponse:
    seen = scope(request.user)
    context = {
        "page": executive(cycle, request.user),
        "cycle": cycle,
        "sees_money": seen.sees_money,
        "decision_form": forms.DecisionForm(auto_id="decision_%s"),
        "may_decide": can(request.user, Verb.DECIDE),
        "may_approve": can(request.user, Verb.APPROVE) and cycle.editable,
    }
    return render(request, "reviews/executive.html", context)


@cycle_page
@require_POST
def approve(request: SignedIn, cycle: Cycle) -> HttpResponse:
    def do(note: str, despite: str) -> str:
        approval.approve(cycle=cycle, by=request.user, comment=note)
        return f"The plan of {cycle} is approved and published."

    return answer(request, forms.NoteForm(request.POST), do, "reviews:executive", cycle.code)


@cycle_page
@require_POST
def return_plan(request: SignedIn, cycle: Cycle) -> HttpResponse:
    def do(reason: str, to_stage: str) -> str:
        approval.return_plan(cycle=cycle, by=request.user, reason=reason, to_stage=to_stage)
        return "The plan is returned; the reviews from there on are open again."

    return answer(request, forms.ReturnForm(request.POST), do, "reviews:executive", cycle.code)
