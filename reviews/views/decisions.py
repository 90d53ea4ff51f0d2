"""Proposing, taking and deferring decisions."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from reviews import forms
from reviews.actions import decisions
from reviews.models import Decision, Stage
from reviews.queries import outcomes
from reviews.views.frame import SignedIn, answer, cycle_page, stage_of, viewer_page
from sop.models import Cycle, User
from sop.permissions import Verb, can, scope


@viewer_page
@require_GET
def log(request: SignedIn) -> HttpResponse:
    state = request.GET.get("state", "")
    return render(request, "reviews/decisions.html", {"decisions": outcomes.log(request.user, state), "state": state})


@viewer_page
@require_GET
def show(request: SignedIn, pk: int) -> HttpResponse:
    decision, mine = _decision(pk, request.user), scope(request.user)
    whole = mine.markets is None
    context = {
        "decision": decision,
        "outcome": outcomes.outcome(decision) if whole else None,
        "scenarios": {each.option: each.scenario for each in decision.option_scenarios.select_related("scenario")},
        "actions": decision.action_items.select_related("owner"),
        "sees_figures": whole,
        "sees_money": whole and mine.sees_money,
        "may_decide": can(request.user, Verb.DECIDE) and decision.cycle.state != Cycle.State.CLOSED,
    }
    return render(request, "reviews/decision.html", context)


@cycle_page
@require_POST
def propose(request: SignedIn, cycle: Cycle) -> HttpResponse:
    stage = stage_of(cycle, request.POST.get("stage", Stage.Key.EXECUTIVE))

    def do(issue: str, options: list[str], recommendation: str, owner: User, due: dt.date, **change: float) -> str:
        expected = decisions.Expected(**change)
        proposal = decisions.Proposal(issue, owner, due, options, recommendation, stage, expected=expected)
        decision = decisions.propose(cycle=cycle, proposal=proposal, by=request.user)
        return f"{decision.number} is on the table."

    return answer(request, forms.DecisionForm(request.POST), do, "reviews:stage", cycle.code, stage.key)


@viewer_page
@require_POST
def decide(request: SignedIn, pk: int) -> HttpResponse:
    decision = _decision(pk, request.user)

    def do(choice: str) -> str:
        return f"Decided: {decisions.decide(decision=decision, choice=choice, by=request.user).choice}."

    return answer(request, forms.ChoiceForm(request.POST), do, *_page(decision))


@viewer_page
@require_POST
def defer(request: SignedIn, pk: int) -> HttpResponse:
    decision = _decision(pk, request.user)

    def do(reason: str, due: dt.date) -> str:
        decisions.defer(decision=decision, due=due, reason=reason, by=request.user)
        return f"{decision.number} waits."

    return answer(request, forms.DeferForm(request.POST), do, *_page(decision))


def _decision(pk: int, by: User) -> Decision:
    return get_object_or_404(outcomes.seen(by), pk=pk)


def _page(decision: Decision) -> tuple[str, str, str]:
    return "reviews:stage", decision.cycle.code, decision.stage.key if decision.stage else Stage.Key.EXECUTIVE.value
