"""Product changes: what comes, takes over or goes, and what that does to the plan before it is kept."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning import register_forms as forms
from planning.actions import product_changes as actions
from planning.models import ProductChange, SalesPlan
from planning.queries import plans
from planning.queries import product_changes as queries
from planning.queries.events import Move
from planning.queries.product_changes import UNKNOWN, Preview
from sop import months
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.http import back, signed_in, whole
from sop.models import Product, User
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles
from sop.vectors import Vector

Kind, State = ProductChange.Kind, ProductChange.State


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every planned launch, succession and end of life, the next one first."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    mine = scope(user)
    found = list(queries.visible(mine))
    context = {
        "planned": [each for each in found if each.state == State.PLANNED],
        "withdrawn": [each for each in found if each.state == State.WITHDRAWN],
        "may_assume": can(user, Verb.ASSUME),
        "plan": plans.working(cycles.current(request)),
    }
    return render(request, "planning/product_changes.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A form to plan a product change, with what it does beside it."""
    user = signed_in(request)
    require(user, Verb.ASSUME)
    initial = {"kind": Kind.LAUNCH, "owner": user.username, "level": 100, "ramp_months": 3, **request.GET.dict()}
    form = forms.ProductChangeForm(request.POST or None, initial=initial, scope=scope(user))
    return _form(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A product change, to read or to write anew."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    change = _visible(user, pk)
    told = forms.ProductChangeForm.told(change)
    return _form(request, forms.ProductChangeForm(request.POST or None, initial=told, scope=scope(user)), change)


def _form(request: HttpRequest, form: forms.ProductChangeForm, change: ProductChange | None) -> HttpResponse:
    user = signed_in(request)
    plan = plans.working(cycles.newest())
    writes = can(user, Verb.ASSUME) and (change is None or queries.writable(change, scope(user)))
    planned = change is None or change.state == State.PLANNED
    context: dict[str, Any] = {"form": form, "change": change, "plan": plan, "may_write": writes and planned}
    if request.method == "POST" and form.is_valid():
        try:
            kept = _keep(form, change, user)
        except NotAllowed:
            raise
        except PlanningError as refusal:
            form.show_errors(refusal.errors)
            context["problem"] = {"detail": refusal.detail}
            return render(request, "planning/product_change.html", context, status=refusal.status)
        messages.success(request, kept.note)
        return redirect("planning:product-changes")
    form.mark_errors() if form.is_bound else None
    return render(request, "planning/product_change.html", context)


def _keep(form: forms.ProductChangeForm, change: ProductChange | None, by: User) -> actions.Kept:
    if change is None:
        return actions.add(facts=form.facts(), by=by)
    seen = form.cleaned_data["row_version"]
    return actions.change(change=change, facts=form.facts(), by=by, row_version=seen)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a product change up."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    seen = request.POST.get("row_version")
    try:
        kept = actions.withdraw(change=_visible(user, pk), by=user, row_version=whole(seen) if seen else None)
        messages.success(request, kept.note)
    except NotAllowed:
        raise
    except PlanningError as refusal:
        messages.error(request, refusal.detail)
    return back(request, "planning:product-changes")


@login_required
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would do, as a fragment."""
    shown, problem = _preview(request)
    context = {"preview": shown, "problem": problem, "query": request.GET.urlencode()}
    return render(request, "planning/_product_change_preview.html", context)


@login_required
@require_GET
def preview_chart(request: HttpRequest) -> JsonResponse:
    """The curve of the product before and after, for the chart."""
    shown, problem = _preview(request)
    if shown is None:
        raise PlanningError(problem or "There is nothing to show.")
    labels = [months.short(month) for month in shown.months]
    lines = [("baseline", "As planned now", shown.product.before), ("consensus", "With this", shown.product.after)]
    series = [{"key": key, "name": name, "values": _numbers(values)} for key, name, values in lines]
    chart = {"title": shown.product.name, "unit": "units", "labels": labels, "now": -1, "series": series}
    return JsonResponse({**chart, "months": [months.code(month) for month in shown.months]})


def _numbers(values: Vector) -> list[float]:
    return [round(float(value), 2) for value in values]


def _preview(request: HttpRequest) -> tuple[Preview | None, str]:
    user = signed_in(request)
    require(user, Verb.VIEW)
    mine, plan = scope(user), plans.working(cycles.newest())
    if plan is None:
        return None, "There is no sales plan yet, so there is nothing to compare with."
    form = forms.ProductChangeForm(request.GET, scope=mine)
    if not form.is_valid():
        return None, "Say which product, when and like which one; the curve then appears here."
    return _shown(plan, form.facts(), user, request.GET.get("change", ""))


def _shown(plan: SalesPlan, facts: actions.Facts, user: User, replaced: str) -> tuple[Preview | None, str]:
    if facts.kind != Kind.END_OF_LIFE and facts.follows is None:
        return None, "Name the product whose volume it follows; the curve then appears here."
    known = isinstance(facts.product, Product)
    move = Move(
        kind=facts.kind,
        product=facts.product.pk if isinstance(facts.product, Product) else UNKNOWN,
        month=facts.month,
        follows=facts.follows.pk if facts.follows else None,
        market=facts.market.pk if facts.market else None,
        ramp_months=facts.ramp_months,
        level=facts.level,
        run_out=facts.run_out,
        losers=tuple((product.pk, share) for product, share in facts.losers),
        pk=_visible(user, int(replaced)).pk if replaced.isdecimal() else 0,
    )
    name = "" if known else facts.product.name
    return queries.preview(plan, move, name, scope(user).series()), ""


def _visible(user: User, pk: int) -> ProductChange:
    found = queries.visible(scope(user)).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such product change, or it lies outside your families and markets.")
    return found
