"""Compare mode of the Demand page, and deciding: one stream, the blend, the baseline or a number."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning import forms
from planning.actions import consensus, undoing
from planning.models import SalesPlan, Stream
from planning.queries import compare, decisions, rules
from planning.queries.rows import Filters
from sop.errors import PlanningError
from sop.http import signed_in
from sop.models import Family, User
from sop.permissions import Verb, can, require, scope

CHANGED = {"HX-Trigger": "ek:plan-changed"}


def comparison(request: HttpRequest, plan: SalesPlan) -> dict[str, Any]:
    """What the page and its list show: rows, what was decided, and the row that is selected."""
    user = signed_in(request)
    filters = _filters(request)
    found = compare.compared(plan, filters, forms.compare_question(request.GET))
    asked = request.GET.get("row", "")
    row = next((each for each in found.rows if each.key == asked), found.rows[0] if found.rows else None)
    return {
        "compared": found,
        "question": forms.compare_question(request.GET),
        "limits": forms.LIMITS_MONEY if filters.scope.sees_money else forms.LIMITS_UNITS,
        "selected": row,
        "decided": decisions.decided(plan, filters),
        "may_decide": _may_decide(user, plan),
        "plan": plan,
        "narrow": request.GET.urlencode(),
        "rules": rules.settings_of(filters.scope) if can(user, Verb.EDIT_CONSENSUS) else [],
        "streams": found.streams,
    }


@login_required
@require_GET
def compare_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The left side again, after somebody changed something."""
    plan = _plan(request, pk)
    return render(request, "planning/_compare_list.html", comparison(request, plan))


@login_required
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The selected row's voices with their records, and the three ways to decide; POST decides."""
    plan, user, error, note = _plan(request, pk), signed_in(request), "", ""
    filters = _filters(request)
    key = (request.POST.get("row") or request.GET.get("row", "")).split("/")[0]
    if request.method == "POST":
        try:
            edited = consensus.decide(plan=plan, row=key, choice=forms.choice(request.POST), by=user, filters=filters)
            note = f"Decided. {edited.note}".strip()
        except PlanningError as refusal:
            if refusal.status != PlanningError.status:
                raise
            error = refusal.detail
    row, standing = compare.row_of(plan, filters, key)
    context = {
        "row": row,
        "standing": standing,
        "plan": plan,
        "may_decide": _may_decide(user, plan),
        "error": error,
        "note": note,
        "why": compare.why(row, standing) if row else [],
        "narrow": request.GET.urlencode(),
        "in_money": filters.scope.sees_money,
        "currency": settings.CURRENCY,
    }
    answer = render(request, "planning/_decide.html", context)
    if note:
        answer["HX-Trigger"] = "ek:plan-changed"
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def accept_by_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """How many rows the rules would decide and what that moves; POST does it."""
    plan, user, filters = _plan(request, pk), signed_in(request), _filters(request)
    under = forms.limit(request.POST.get("under") or request.GET.get("under", ""))
    if request.method == "POST":
        consensus.apply_rules(plan=plan, by=user, under=under, filters=filters)
        return HttpResponse("Accepted.", headers=CHANGED)
    preview = consensus.preview_rules(plan=plan, by=user, under=under, filters=filters)
    context = {"preview": preview, "under": under, "in_money": filters.scope.sees_money}
    return render(request, "planning/_rules_preview.html", context)


@login_required
@require_POST
def undo_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what a decision changed, with all rows that were decided with it."""
    plan = _plan(request, pk)
    try:
        change_set = uuid.UUID(request.POST.get("change_set", ""))
    except ValueError as error:
        raise PlanningError("Name the decision to undo.", status=400) from error
    undoing.undo(plan=plan, change_set=change_set, by=signed_in(request))
    return HttpResponse("Undone.", headers=CHANGED)


@login_required
@require_POST
def set_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep how a family is decided; the method `stream:sales` names the stream, none inherits."""
    plan, code = _plan(request, pk), request.POST.get("family", "")
    family = get_object_or_404(Family, code=code) if code else None
    method, _, stream = request.POST.get("method", "").partition(":")
    consensus.set_rule(family=family, method=method, stream=stream, by=signed_in(request))
    context = {"rules": rules.settings_of(scope(signed_in(request))), "plan": plan, "streams": Stream.objects.all()}
    return render(request, "planning/_rules.html", context)


def _plan(request: HttpRequest, pk: int) -> SalesPlan:
    require(signed_in(request), Verb.VIEW)
    return get_object_or_404(SalesPlan.objects.select_related("cycle"), pk=pk)


def _filters(request: HttpRequest) -> Filters:
    return Filters(scope(signed_in(request)), request.GET.get("family", ""), request.GET.get("market", ""))


def _may_decide(user: User, plan: SalesPlan) -> bool:
    open_plan = plan.frozen_at is None and plan.locked_at is None and plan.cycle.editable
    return open_plan and can(user, Verb.EDIT_CONSENSUS)
