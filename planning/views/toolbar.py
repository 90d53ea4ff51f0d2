"""What the toolbars of Demand and Supply offer: units, months and measures, each an address that keeps the rest."""

from typing import Any

from django.http import HttpRequest

from planning import forms
from planning.models import ProductionPlan, SalesPlan
from planning.queries import columns, rough, supply_rows, valuation
from sop import months
from sop.permissions import Scope

IN_THE_FORM = {"family", "market", "past", "ahead", "measures"}
PAST_CHOICES, AHEAD_CHOICES = (3, 6, 9, 12), (6, 12, 18, 24)


def toolbar(request: HttpRequest, plan: SalesPlan | None, scope: Scope) -> dict[str, Any]:
    """The context of the toolbar's filters."""
    unit = valuation.checked(request.GET.get("unit", valuation.UNITS), scope)
    shown = forms.shown(request.GET)
    return {
        "unit": unit,
        "unit_name": valuation.NAMES[unit],
        "units": [(each, name, _with(request, unit=each)) for each, name in valuation.NAMES.items()]
        if scope.sees_money
        else [],
        "shown": shown,
        "period": _period(columns.Window(plan, shown.past, shown.ahead)) if plan else "",
        "past_choices": sorted({*PAST_CHOICES, shown.past}),
        "ahead_choices": sorted({*AHEAD_CHOICES, shown.ahead} - {0}),
        "kept": [(name, value) for name, value in request.GET.items() if name not in IN_THE_FORM],
    }


def supply_toolbar(request: HttpRequest, plan: ProductionPlan | None, scope: Scope) -> dict[str, Any]:
    """The context of the Supply page's filters: family, months, unit, and how the load is reckoned."""
    view = forms.supply_view(request.GET, scope)
    names = {name: label for name, label in supply_rows.UNIT_NAMES.items() if scope.sees_money or name != "cost"}
    method = request.GET.get("load", rough.PLAN)
    methods = {rough.PLAN: "Plan"} | rough.METHODS
    against = request.GET.get("against", rough.DEMONSTRATED)
    return {
        "view": view,
        "filters": forms.DemandFilters(request.GET, scope=scope),
        "query": request.GET.urlencode(),
        "unit_label": names[view.unit],
        "units": [(name, label, _with(request, unit=name)) for name, label in names.items()],
        "ahead_choices": [count for count in AHEAD_CHOICES if plan and count < plan.horizon],
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("family", "ahead")],
        "method": method,
        "methods": [(name, label, _with(request, load=name)) for name, label in methods.items()],
        "against": against,
        "hours_of": [(name, _with(request, against=name)) for name in (rough.DEMONSTRATED, rough.RATED)],
    }


def _with(request: HttpRequest, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _period(window: columns.Window) -> str:
    """Sep 26 – Nov 28"""
    last = months.add(window.start, window.until - 1)
    return f"{months.short(window.shown_from)} – {months.short(last)}"
