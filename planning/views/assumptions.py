"""The register of assumptions: what is taken to be true, what it is worth, and what came of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning import register_forms as forms
from planning.actions import assumptions as actions
from planning.models import Assumption, SalesPlan
from planning.queries import assumptions as queries
from planning.queries import plans
from planning.queries.rows import Filters
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.http import back, signed_in, whole
from sop.models import User
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles

State = Assumption.State
STATES = {"open": Q(state=State.OPEN), "settled": ~Q(state=State.OPEN), "all": Q()}


@login_required
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register: what moves most money first, and the range around the plan."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    mine, plan = scope(user), plans.working(cycles.current(request))
    chosen = forms.RegisterFilters({"state": "open", **request.GET.dict()}, scope=mine)
    told: dict[str, Any] = chosen.cleaned_data if chosen.is_valid() else {"state": "open"}
    filters = Filters(mine, *(told[name].code if told.get(name) else "" for name in ("family", "market")))
    entries = queries.register(plan, filters, _chosen(told))
    all_open = told.get("state") == "open" and not told.get("kind") and not told.get("included")
    context = {
        "entries": entries,
        "form": chosen,
        "plan": plan,
        "range": queries.outlook(plan, filters, entries if all_open else None) if plan else None,
        "record": queries.record(filters),
        "sees_money": mine.sees_money,
        "may_assume": can(user, Verb.ASSUME),
    }
    return render(request, "planning/assumptions.html", context)


def _chosen(told: dict[str, Any]) -> Q:
    clause = STATES.get(told.get("state") or "open", Q())
    if told.get("kind"):
        clause &= Q(kind=told["kind"])
    if told.get("included"):
        clause &= Q(included=told["included"] == "yes")
    return clause


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A form to add an assumption."""
    user = signed_in(request)
    require(user, Verb.ASSUME)
    initial = {"owner": user.username, "probability": 100, "included": True, **request.GET.dict()}
    form = forms.AssumptionForm(request.POST or None, initial=initial, scope=scope(user))
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.add(facts=form.facts(), by=user)
        except PlanningError as refusal:
            return _refused(request, form, refusal, {})
        messages.success(request, kept.note)
        return redirect("planning:assumptions")
    form.mark_errors() if form.is_bound else None
    return render(request, "planning/assumption.html", {"form": form, "may_write": True})


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One assumption: its form, where it is cited, what came of it, and its history."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    assumption, filters = _visible(user, pk), Filters(scope(user))
    context = _context(user, assumption, filters)
    told = forms.AssumptionForm.told(assumption)
    form = forms.AssumptionForm(request.POST or None, initial=told, scope=filters.scope)
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data["row_version"]
            kept = actions.change(assumption=assumption, facts=form.facts(), by=user, row_version=seen)
        except PlanningError as refusal:
            return _refused(request, form, refusal, context)
        messages.success(request, kept.note)
        return redirect("planning:assumptions")
    form.mark_errors() if form.is_bound else None
    return render(request, "planning/assumption.html", {"form": form, **context})


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Include, leave out, withdraw or judge an assumption, and go back to where the button was."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    assumption = _visible(user, pk)
    seen = request.POST.get("row_version")
    try:
        messages.success(request, _act(assumption, verb, user, whole(seen) if seen else None, request).note)
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, refusal.detail)
    return back(request, "planning:assumptions")


def _act(assumption: Assumption, verb: str, by: User, seen: int | None, request: HttpRequest) -> actions.Kept:
    if verb in ("include", "leave-out"):
        return actions.include(assumption=assumption, included=verb == "include", by=by, row_version=seen)
    if verb == "withdraw":
        reason = request.POST.get("reason", "")[:500]
        return actions.withdraw(assumption=assumption, by=by, row_version=seen, reason=reason)
    if verb == "judge":
        return actions.judge(assumption=assumption, by=by)
    raise NotFound(f"Nothing is done to an assumption by “{verb}”.")


@login_required
@require_GET
def of_row(request: HttpRequest, pk: int) -> HttpResponse:
    """The assumptions that touch a row of the Demand page, as a fragment for its side panel."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    plan = get_object_or_404(SalesPlan.objects.select_related("cycle"), pk=pk)
    mine = scope(user)
    filters = Filters(mine, family=request.GET.get("family", ""), market=request.GET.get("market", ""))
    listed = queries.of_row(plan, request.GET.get("row", "total"), filters)
    context = {"entries": listed, "sees_money": mine.sees_money, "may_assume": can(user, Verb.ASSUME)}
    return render(request, "planning/_assumptions_of_row.html", context)


def _visible(user: User, pk: int) -> Assumption:
    found = queries.visible(Filters(scope(user))).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no assumption A-{pk}, or it lies outside your families and markets.")
    return found


def _context(user: User, assumption: Assumption, filters: Filters) -> dict[str, Any]:
    writes = can(user, Verb.ASSUME) and queries.writable(assumption, filters.scope)
    newest = cycles.newest()
    return {
        "assumption": assumption,
        "citations": queries.citations(assumption, filters),
        "changes": queries.changes_of(assumption)[:20],
        "may_write": writes and assumption.state == State.OPEN,
        "due": bool(newest and assumption.due <= newest.as_of),
    }


def _refused(request: HttpRequest, form: forms.Scoped, refusal: PlanningError, context: dict[str, Any]) -> HttpResponse:
    """The form again with what was typed, and why it was not kept."""
    if isinstance(refusal, NotAllowed):
        raise refusal
    form.show_errors(refusal.errors)
    told = {"form": form, "may_write": True, "problem": {"detail": refusal.detail}, **context}
    return render(request, "planning/assumption.html", told, status=refusal.status)
