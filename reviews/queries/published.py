"""The plan of record: what an approved snapshot holds, and nothing that is still being worked on."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from planning.models import ProductionLine, ResourceLoad, SalesPlanLine
from reviews.models import Approval, Snapshot
from sop import months
from sop.errors import NotFound
from sop.models import Cycle, Family, Market
from sop.permissions import Scope, descendants

PRODUCTION = (
    *("demand", "production", "arrivals", "subcontract", "receipts"),
    *("inventory", "backorder", "lost", "safety_stock"),
)
LOAD = ("load", "regular", "overtime")


@dataclass(frozen=True)
class Part:
    """Which part of a plan is asked for, by codes; a family or market stands for all below it; empty: all of it."""

    product: str = ""
    market: str = ""
    family: str = ""


def approvals() -> QuerySet[Approval]:
    """Approved and published plans, newest cycle first."""
    over = (Cycle.State.PUBLISHED, Cycle.State.CLOSED)
    approved = Approval.objects.filter(approved=True, cycle__state__in=over).annotate(
        first_month=F("cycle__first_month")
    )
    return approved.select_related(
        "cycle", "by", "snapshot__sales_plan", "snapshot__production_plan__sales_plan"
    ).order_by("-first_month", "-id")


def approval_of(cycle: Cycle) -> Approval:
    """The approval that made a cycle's plan the plan of record; NotFound while there is none."""
    found = approvals().filter(cycle=cycle).first()
    if found is None:
        raise NotFound(f"The plan of {cycle} is not approved; only an approved plan is published.")
    return found


def head(approval: Approval) -> dict[str, Any]:
    """Which plan it is, who approved it, and the digest that identifies its numbers."""
    snapshot = _snapshot(approval)
    return {
        "cycle": approval.cycle.code,
        "approved_by": approval.by.username,
        "approved_at": approval.at,
        "comment": approval.comment,
        "digest": snapshot.digest,
        "version": snapshot.sales_plan.version if snapshot.sales_plan else None,
    }


def plan_of_record(approval: Approval, scope: Scope, part: Part) -> dict[str, Any]:
    """The numbers as month vectors beside `months`. At most seven queries.

    Production is planned for all markets together, so it is shown only to who sees all of them, and not when one market
    is asked for; loads are the company's, and left out when a part is asked for.
    """
    snapshot = _snapshot(approval)
    families = _families(part.family)
    plan = snapshot.sales_plan
    whole_markets = scope.markets is None and not part.market
    return head(approval) | {
        "months": [months.code(month) for month in plan.months] if plan else [],
        "sales": _sales(snapshot, scope, part, families),
        "production": _production(snapshot, scope, part, families) if whole_markets else [],
        "loads": _loads(snapshot) if scope.everything and part == Part() else [],
    }


def _snapshot(approval: Approval) -> Snapshot:
    if approval.snapshot is None:  # the database constraint rules it out
        raise NotFound("This approval holds no plan.")
    return approval.snapshot


def _families(code: str) -> frozenset[int] | None:
    return _below(Family, code) if code else None


def _below(tree: type[Family] | type[Market], code: str) -> frozenset[int]:
    return descendants(tree, tree.objects.filter(code=code).values_list("pk", flat=True))


def _sales(snapshot: Snapshot, scope: Scope, part: Part, families: frozenset[int] | None) -> list[dict[str, Any]]:
    wanted = scope.series("series__") & _wanted("series__product__", part, families)
    if part.market:
        wanted &= Q(series__market__in=_below(Market, part.market))
    lines = SalesPlanLine.objects.filter(wanted, plan=snapshot.sales_plan_id, series__isnull=False)
    fields = ["series__product__code", "series__market__code", "consensus", *(["revenue"] if scope.sees_money else [])]
    names = ["product", "market", "units", "revenue"]
    rows = lines.order_by("series__product__code", "series__market__code").values_list(*fields)
    return [_named(names, row) for row in rows]


def _production(snapshot: Snapshot, scope: Scope, part: Part, families: frozenset[int] | None) -> list[dict[str, Any]]:
    wanted = _wanted("product__", part, families)
    if scope.families is not None:
        wanted &= Q(product__family__in=scope.families)
    lines = ProductionLine.objects.filter(wanted, plan=snapshot.production_plan_id).order_by("product__code")
    return [
        _named(["product", "opening", *PRODUCTION], row)
        for row in lines.values_list("product__code", "opening", *PRODUCTION)
    ]


def _loads(snapshot: Snapshot) -> list[dict[str, Any]]:
    loads = ResourceLoad.objects.filter(plan=snapshot.production_plan_id).order_by("resource__code")
    return [_named(["resource", *LOAD], row) for row in loads.values_list("resource__code", *LOAD)]


def _wanted(path: str, part: Part, families: frozenset[int] | None) -> Q:
    wanted = Q(**{f"{path}code": part.product}) if part.product else Q()
    return wanted & Q(**{f"{path}family__in": families}) if families is not None else wanted


def _named(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        name: value.tolist() if hasattr(value, "tolist") else value for name, value in zip(names, row, strict=False)
    }
