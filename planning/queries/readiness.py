"""“Can we trust it?”: what data there is, up to when, and what is wrong with it, the worst first."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q, QuerySet, Sum

from planning.models import Budget, Component, InventoryBalance, Receipt, Resource, Routing, SalesPlan, SupplyPolicy
from planning.queries import plans
from planning.queries.supply import faults, faults_of
from sop import months
from sop.models import (
    Cycle,
    History,
    Market,
    PostingBatch,
    Product,
    ProductCost,
    ProductPrice,
    RejectedPosting,
    Series,
)
from sop.permissions import Scope
from sop.queries.history import first_actual_month, last_actual_month, totals

NAMED = 4
# Source, weight and name of what can be wrong with the master data of supply.
SUPPLY = {
    faults.NO_HOURS: ("Resources", "warn", "Needs a resource without any hours"),
    faults.CIRCLE: ("Bills of material", "warn", "Would need itself"),
    faults.NO_ROUTING: ("Routings", "warn", "A part that is made, but without a routing"),
    faults.LEAD_TIME: ("Products", "warn", "A lead time beyond the plan"),
    faults.NO_COST: ("Costs", "warn", "A part without cost"),
    faults.UNKNOWN_PART: ("Bills of material", "info", "A part of which nothing is known"),
    faults.ALTERNATE: ("Routings", "warn", "An alternate for nothing"),
}
BATCHES_SHOWN = 8


@dataclass(frozen=True)
class Problem:
    """Something wrong with a source's data; `bad` stops planning, `warn` needs a fix or a reason, `info` is told."""

    source: str
    tone: str
    what: str
    which: str
    count: int
    mend: str = ""


@dataclass(frozen=True)
class Source:
    """A table: how much there is of it, and up to when."""

    name: str
    file: str
    rows: int
    up_to: str
    problems: int = 0
    worst: str = ""

    @property
    def missing(self) -> bool:
        return self.rows == 0


@dataclass(frozen=True)
class Readiness:
    sources: list[Source]
    problems: list[Problem]

    @property
    def ready(self) -> int:
        return sum(not source.problems and not source.missing for source in self.sources)

    @property
    def stopping(self) -> int:
        return sum(problem.tone == "bad" for problem in self.problems)


def readiness(mine: Scope, cycle: Cycle | None) -> Readiness:
    """Sources and problems, as far as the user's scope reaches."""
    problems = sorted(_problems(mine, cycle), key=lambda each: (("bad", "warn", "info").index(each.tone), -each.count))
    return Readiness([_with_problems(source, problems) for source in _sources()], problems)


def recent_batches() -> QuerySet[PostingBatch]:
    """The latest deliveries of actuals."""
    return PostingBatch.objects.select_related("by")[:BATCHES_SHOWN]


# --- Sources ----------------------------------------------------------------------------------------------------------


def _sources() -> list[Source]:
    # Counted from the deliveries: there can be millions of postings.
    posted = PostingBatch.objects.aggregate(rows=Sum("accepted"))["rows"] or 0
    stock = InventoryBalance.objects.aggregate(rows=Count("pk"), last=Max("month"))
    receipts = Receipt.objects.aggregate(rows=Count("pk"), last=Max("month"))
    budget = Budget.objects.aggregate(rows=Count("pk"), last=Max("month"))
    prices = ProductPrice.objects.aggregate(rows=Count("pk"), last=Max("valid_from"))
    costs = ProductCost.objects.aggregate(rows=Count("pk"), last=Max("valid_from"))
    return [
        Source("Sales actuals", "actuals.csv", posted, _month(last_actual_month())),
        Source("Products", "products.csv", Product.objects.filter(sold=True).count(), ""),
        Source("Markets", "markets.csv", Market.objects.count(), ""),
        Source("Prices", "prices.csv", prices["rows"], _month(prices["last"])),
        Source("Costs", "costs.csv", costs["rows"], _month(costs["last"])),
        Source("Inventory", "inventory.csv", stock["rows"], _month(stock["last"])),
        Source("Receipts", "receipts.csv", receipts["rows"], _month(receipts["last"])),
        Source("Resources", "resources.csv", Resource.objects.count(), ""),
        Source("Routings", "routings.csv", Routing.objects.count(), ""),
        Source("Bills of material", "bom.csv", Component.objects.count(), ""),
        Source("Supply costs", "supply_costs.csv", SupplyPolicy.objects.count(), ""),
        Source("Budget", "budget.csv", budget["rows"], _month(budget["last"])),
    ]


def _month(day: dt.date | None) -> str:
    return months.short(day) if day else ""


def _with_problems(source: Source, problems: Iterable[Problem]) -> Source:
    mine = [problem for problem in problems if problem.source == source.name]
    return Source(source.name, source.file, source.rows, source.up_to, len(mine), mine[0].tone if mine else "")


# --- Problems ---------------------------------------------------------------------------------------------------------


def _problems(mine: Scope, cycle: Cycle | None) -> list[Problem]:
    last = last_actual_month()
    products = Product.objects.filter(Q() if mine.families is None else Q(family__in=mine.families), sold=True)
    active = products.filter(Q(last_month__isnull=True) | Q(last_month__gte=last or dt.date.min))
    found = [
        *_late(last, cycle),
        *_rejected(),
        *_missing_months(last),
        *_named("Prices", "warn", "No price", active.filter(prices__isnull=True), "Import prices.csv."),
        *_named("Costs", "warn", "No cost", active.filter(costs__isnull=True), "Import costs.csv."),
        *_named(
            "Routings",
            "warn",
            "Made, but without a routing",
            active.filter(make_or_buy=Product.Source.MAKE, routings__isnull=True),
            "Import routings.csv, or their load is not seen.",
        ),
        *_stock(products, active),
        *_of_supply(mine, plans.working(cycle)),
        *_without_history(mine),
    ]
    return [problem for problem in found if problem.count]


def _late(last: dt.date | None, cycle: Cycle | None) -> list[Problem]:
    if cycle is None or (last and last >= cycle.as_of):
        return []
    until = f"actuals end in {months.short(last)}" if last else "there are no actuals"
    behind = months.distance(last, cycle.as_of) if last else 1
    which = f"{cycle} plans on actuals up to {months.short(cycle.as_of)}; {until}"
    return [Problem("Sales actuals", "bad", "Months to come", which, behind, "Post or import the missing months.")]


def _rejected() -> list[Problem]:
    return [
        Problem("Sales actuals", "warn", "Actuals not taken", f"from {source}, kept until they can be", count, "retry")
        for source, count in RejectedPosting.objects.order_by("source").values_list("source").annotate(Count("pk"))
    ]


def _missing_months(last: dt.date | None) -> list[Problem]:
    if last is None:
        return []
    first = first_actual_month() or last
    count = months.distance(first, last) + 1
    sold = sum(np.abs(totals(first, count, measure)[1]).sum(axis=0) for measure in ("ordered", "shipped"))
    missing = [months.short(month) for month, units in zip(months.span(first, count), sold, strict=True) if not units]
    mend = "A month without any sale is read as 0; import it if it was not."
    return [Problem("Sales actuals", "bad", "Months without any actuals", _some(missing), len(missing), mend)]


def _named(source: str, tone: str, what: str, products: QuerySet[Product], mend: str) -> list[Problem]:
    codes = list(products.order_by("code").values_list("code", flat=True).distinct())
    return [Problem(source, tone, what, _some(codes), len(codes), mend)]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _stock(products: QuerySet[Product], active: QuerySet[Product]) -> list[Problem]:
    """Stock at the last month of stock. Negative stock is backlog, and worth a look."""
    last = InventoryBalance.objects.aggregate(last=Max("month"))["last"]
    if last is None:
        return []
    there = InventoryBalance.objects.filter(month=last, product__in=products)
    negative = list(
        there.values_list("product__code").annotate(units=Sum("on_hand")).filter(units__lt=0).order_by("units")
    )
    named = [f"{code} \u2212{-units:,.0f}" for code, units in negative]
    uncounted = active.exclude(pk__in=there.values("product"))
    month = months.short(last)
    look = "Orders that stock could not cover, or a wrong count."
    return [
        Problem("Inventory", "warn", f"Negative stock in {month}", _some(named), len(negative), look),
        *_named("Inventory", "info", f"Stock not counted in {month}", uncounted, "Read as no stock."),
    ]


def _of_supply(mine: Scope, plan: SalesPlan | None) -> list[Problem]:
    """What the supply plan cannot take as it stands; products without routing or cost are told above."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for fault in faults_of(plan) if plan else ():
        told = fault.kind in (faults.NO_ROUTING, faults.NO_COST) and fault.family is not None
        if not told and (mine.families is None or fault.family is None or fault.family in mine.families):
            by_kind[fault.kind].append(fault.product)
    return [
        Problem(*SUPPLY[kind], _some(list(dict.fromkeys(codes))), len(set(codes)), faults.MEND[kind])
        for kind, codes in by_kind.items()
    ]


def _without_history(mine: Scope) -> list[Problem]:
    silent = Series.objects.filter(mine.series()).exclude(
        pk__in=History.objects.filter(series__isnull=False).values("series")
    )
    pairs: list[Any] = list(silent.order_by("pk").values_list("product__code", "market__code"))
    names = [f"{product} in {market}" for product, market in pairs[:NAMED]] + [""] * max(len(pairs) - NAMED, 0)
    return [Problem("Sales actuals", "info", "Series without history", _some(names), len(pairs), "New, or never sold.")]
