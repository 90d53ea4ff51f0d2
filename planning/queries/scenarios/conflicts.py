"""Where a scenario's change contradicts what was decided meanwhile: a row of the sales plan, or production by hand."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q

from planning.models import ConsensusDecision, ProductionOverride, SalesPlan, Scenario, ScenarioChange
from sop.models import Family, Product, Series
from sop.permissions import parents, subtrees
from sop.words import short_day

Target = ScenarioChange.Target


def found(scenario: Scenario, plan: SalesPlan, changes: Sequence[ScenarioChange]) -> dict[int, str]:
    """In words, by the key of the change. Up to six queries, however many changes there are."""
    told: dict[int, str] = {}
    demand = [change for change in changes if change.target == Target.DEMAND]
    made = [change for change in changes if change.target == Target.PRODUCTION]
    if demand:
        told |= _decided(plan, demand)
    if made:
        told |= _by_hand(scenario, made)
    return told


def _decided(plan: SalesPlan, changes: Sequence[ScenarioChange]) -> dict[int, str]:
    decisions = list(ConsensusDecision.objects.filter(plan=plan, undone=False).order_by("-pk"))
    if not decisions:
        return {}
    families = parents(Family)
    family_of = dict(Product.objects.values_list("code", "family_id"))
    codes = dict(Family.objects.values_list("code", "pk"))
    series = {
        f"series:{pk}": (code, family)
        for pk, code, family in Series.objects.filter(
            pk__in=[int(each.row.split(":")[1]) for each in decisions if each.row.startswith("series:")]
        ).values_list("pk", "product__code", "product__family_id")
    }

    def reaches(change: ScenarioChange, row: str) -> bool:
        kind, _, name = row.partition("/")[0].partition(":")
        code, family = series.get(row, (name, family_of.get(name))) if kind != "family" else ("", codes.get(name))
        if kind == "total" or not (change.product or change.family_id):
            return True
        own = change.product.family_id if change.product else change.family_id
        if kind == "family":
            return own in subtrees(families, [family or 0]) or (
                not change.product and family in subtrees(families, [own or 0])
            )
        return code == change.product.code if change.product else family in subtrees(families, [own or 0])

    told = {}
    for change in changes:
        clash = next((e for e in decisions if _overlap(plan, change, e) and reaches(change, e.row)), None)
        if clash:
            told[change.pk] = f"conflicts with a decision of {short_day(clash.at)}"
    return told


def _overlap(plan: SalesPlan, change: ScenarioChange, decision: ConsensusDecision) -> bool:
    first, last = _span(plan.months, change)
    return decision.first_month <= last and decision.last_month >= first


def _span(months: Sequence[dt.date], change: ScenarioChange) -> tuple[dt.date, dt.date]:
    named = [change.first_month or months[0], change.last_month or months[-1], change.to_month]
    known = [month for month in named if month]
    return min(known), max(known)


def _by_hand(scenario: Scenario, changes: Iterable[ScenarioChange]) -> dict[int, str]:
    wanted = list(changes)
    entered = list(
        ProductionOverride.objects.filter(
            Q(product__in=[change.product_id for change in wanted]), cycle=scenario.cycle_id
        ).select_related("by")
    )
    months = scenario.cycle.plan_months
    told = {}
    for change in wanted:
        first, last = _span(months, change)
        for each in entered:
            other = each.quantity != change.value
            if each.product_id == change.product_id and first <= each.month <= last and other:
                told[change.pk] = f"{each.by.display_name} has entered {each.quantity:g} for {each.month:%b %y}"
    return told
