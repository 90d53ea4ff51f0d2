"""The register of assumptions: which ones somebody may see, what they are worth, and the range around the plan."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Model, Q, QuerySet, Sum

from planning.models import Assumption, Input, SalesPlan, SalesPlanLine
from planning.queries import rows
from planning.queries.rows import Filters, RowKey
from planning.queries.worth import Worth, worth
from sop import bulk, months
from sop.models import Change, Family, Market, Product
from sop.permissions import Scope, descendants
from sop.vectors import Vector

State = Assumption.State
CITATIONS_SHOWN = 12


@dataclass(frozen=True)
class Entry:
    """An assumption as the register shows it; no worth where its months lie outside the plan."""

    assumption: Assumption
    worth: Worth | None
    cited: int
    writable: bool

    @property
    def size(self) -> tuple[float, float]:
        """For sorting: money first, else units."""
        return (abs(self.worth.money), abs(self.worth.total)) if self.worth else (0.0, 0.0)


@dataclass(frozen=True)
class Range:
    """The plan, and what would come on top if what is not in it came true: in units and revenue, by month.

    `risks` and `opportunities` are the full effects, `weighted` counts each by its chance.
    """

    months: list[dt.date]
    plan: Vector
    plan_revenue: Vector
    risks: Vector
    risks_revenue: Vector
    opportunities: Vector
    opportunities_revenue: Vector
    weighted: Vector
    weighted_revenue: Vector
    entries: list[Entry] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def totals(self) -> dict[str, float]:
        """Over all months, by name: plan, risks, opportunities, weighted, low and high, and each with `_revenue`."""
        found = {name: float(values.sum()) for name, values in self.__dict__.items() if isinstance(values, np.ndarray)}
        ends = {"low": "risks", "high": "opportunities"}
        return found | {
            end + suffix: found["plan" + suffix] + found[side + suffix]
            for end, side in ends.items()
            for suffix in ("", "_revenue")
        }


def touching(filters: Filters) -> Q:
    """A filter on assumptions: those that have a say in what somebody sees, wider ones included."""
    families = _covered(Family, filters.scope.families, filters.family)
    markets = _covered(Market, filters.scope.markets, filters.market)
    clause = Q()
    if families is not None:
        anywhere = Q(family__isnull=True, product__isnull=True)
        clause &= anywhere | Q(product__family__in=families) | Q(family__in=families | _above(Family, families))
    if markets is not None:
        clause &= Q(market__isnull=True) | Q(market__in=markets | _above(Market, markets))
    return clause


def _covered(tree: type[Model], mine: frozenset[int] | None, code: str) -> frozenset[int] | None:
    if not code:
        return mine
    chosen = descendants(tree, tree._default_manager.filter(code=code).values_list("pk", flat=True))
    return chosen if mine is None else chosen & mine


def _above(tree: type[Model], nodes: frozenset[int]) -> frozenset[int]:
    """What lies above some nodes of a tree."""
    parents = dict(tree._default_manager.values_list("pk", "parent_id"))
    found, above = set(nodes), set[int]()
    while found := {parent for node in found if (parent := parents.get(node))}:
        above |= found
    return frozenset(above)


def visible(filters: Filters) -> QuerySet[Assumption]:
    """The assumptions that somebody may see, with what a table needs of them."""
    related = ("family", "product", "product__family", "market", "owner", "cycle")
    return Assumption.objects.filter(touching(filters)).select_related(*related)


def writable(assumption: Assumption, scope: Scope) -> bool:
    """Whether it lies within a scope altogether."""
    family = assumption.product.family_id if assumption.product else assumption.family_id
    inside = scope.families is None or family in scope.families
    return inside and (scope.markets is None or assumption.market_id in scope.markets)


def register(plan: SalesPlan | None, filters: Filters, chosen: Q | None = None) -> list[Entry]:
    """The register, what moves most money first. Its number of queries does not grow with it."""
    found = list(visible(filters).filter(chosen or Q()))
    values = worth(plan, found, filters.series())
    entries = Input.objects.filter(filters.series_of("series__"), assumption__in=found, plan__frozen_at__isnull=True)
    cited = dict(entries.order_by().values_list("assumption").annotate(Count("pk")))
    listed = [Entry(each, values.get(each.pk), cited.get(each.pk, 0), writable(each, filters.scope)) for each in found]
    return sorted(listed, key=lambda entry: (*(-size for size in entry.size), entry.assumption.first_month))


def outlook(plan: SalesPlan, filters: Filters, listed: list[Entry] | None = None) -> Range:
    """The range around the plan of what somebody sees: of the assumptions that are open and not in it.

    `listed` spares computing the register's worth again.
    """
    if listed is None:
        listed = register(plan, filters, Q(included=False, state=State.OPEN))
    lines = SalesPlanLine.objects.filter(filters.totals(), plan=plan, family__isnull=False)
    planned = bulk.read(lines, "consensus", "revenue")
    nothing = np.zeros(plan.horizon)

    def total(column: int) -> Vector:
        return np.sum([row[column] for row in planned], axis=0) if planned else nothing

    return Range(plan.months, total(0), total(1), **_beside(plan, listed))


def around(plan: SalesPlan, row: str, filters: Filters) -> Range:
    """What would come on top of a row of the grid; the plan itself is left at zero."""
    nothing = np.zeros(plan.horizon)
    listed = of_row(plan, row, filters, Q(included=False))
    return Range(plan.months, nothing, nothing, **_beside(plan, listed))


def _beside(plan: SalesPlan, listed: list[Entry]) -> dict[str, Any]:
    """The parts of a range that are not the plan."""
    range_of = [entry for entry in listed if _outside(entry.assumption) and entry.worth]
    names = ("risks", "opportunities", "weighted")
    sums = {name + suffix: np.zeros(plan.horizon) for name in names for suffix in ("", "_revenue")}
    for entry in range_of:
        assert entry.worth
        side = "risks" if entry.assumption.effect < 0 else "opportunities"
        for suffix, values in (("", entry.worth.units), ("_revenue", entry.worth.revenue)):
            sums[side + suffix] += values
            sums["weighted" + suffix] += entry.assumption.probability * values
    return {**sums, "entries": range_of}


def _outside(assumption: Assumption) -> bool:
    return not assumption.included and assumption.state == State.OPEN


def of_row(plan: SalesPlan, row: str, filters: Filters, chosen: Q | None = None) -> list[Entry]:
    """The open assumptions that touch a row of the grid in the plan's months, what moves most there first."""
    key = rows.parse(row).base
    inside = rows.below(key) & filters.series()
    ahead = Q(state=State.OPEN, last_month__gte=plan.start)
    found = list(visible(filters).filter(ahead & _about(key) & (chosen or Q())))
    values = worth(plan, found, inside)
    listed = [
        Entry(each, values[each.pk], 0, writable(each, filters.scope))
        for each in found
        if each.pk in values and np.any(values[each.pk].units)
    ]
    return sorted(listed, key=lambda entry: tuple(-size for size in entry.size))


def _about(key: RowKey) -> Q:
    """Narrows what is looked at before its worth is computed: assumptions on another product or family have none."""
    if key.kind not in ("product", "series"):
        return Q()
    product = Q(code=key.name) if key.kind == "product" else Q(series=int(key.name))
    found = Product.objects.filter(product).values_list("pk", "family_id").first()
    pk, family = found or (0, 0)
    above = _above(Family, frozenset([family or 0])) | {family or 0}
    return Q(product=pk) | Q(product__isnull=True, family__isnull=True) | Q(family__in=above)


@dataclass(frozen=True)
class Citation:
    """Entries that name an assumption as their reason: by plan, product, market and stream."""

    plan: str
    product: str
    market: str
    stream: str
    first_month: dt.date
    last_month: dt.date
    units: float


def citations(assumption: Assumption, filters: Filters) -> list[Citation]:
    """Where an assumption is cited in the working plans. One query."""
    entries = (
        Input.objects.filter(filters.series_of("series__"), assumption=assumption, plan__frozen_at__isnull=True)
        .values("plan__cycle__first_month", "series__product__name", "series__market__name", "stream__name", "month")
        .annotate(units=Sum("quantity"))
        .order_by("-plan__cycle__first_month", "series__product__name", "series__market__name", "month")
    )
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for entry in entries:
        key = (entry["plan__cycle__first_month"], *list(entry.values())[1:4])
        groups.setdefault(key, []).append(entry)
    return [
        Citation(
            months.long(key[0]), key[1], key[2], key[3] or "Consensus", parts[0]["month"], parts[-1]["month"],
            sum(part["units"] for part in parts),
        )
        for key, parts in list(groups.items())[:CITATIONS_SHOWN]
    ]  # fmt: skip


def changes_of(assumption: Assumption) -> QuerySet[Change]:
    """What was done with an assumption, the latest first."""
    return Change.objects.filter(object=f"assumption:{assumption.pk}").select_related("by").order_by("-id")


@dataclass(frozen=True)
class Record:
    """How the past assumptions of somebody, or of a kind, turned out; `came` is realised over expected, on average."""

    who: str
    judged: int
    held: int
    came: float | None


def record(filters: Filters) -> dict[str, list[Record]]:
    """The record of what was judged, by owner and by kind. One query, plus those of the scope."""
    judged = list(visible(filters).filter(state__in=(State.HELD, State.FAILED)))
    by_owner: dict[str, list[Assumption]] = {}
    by_kind: dict[str, list[Assumption]] = {}
    for each in judged:
        by_owner.setdefault(each.owner.display_name if each.owner else "Nobody", []).append(each)
        by_kind.setdefault(each.get_kind_display().capitalize(), []).append(each)
    return {"owners": _records(by_owner), "kinds": _records(by_kind)}


def _records(groups: dict[str, list[Assumption]]) -> list[Record]:
    found = []
    for who, members in groups.items():
        ratios = [each.outcome / each.effect for each in members if each.outcome is not None and each.effect]
        held = sum(each.state == State.HELD for each in members)
        found.append(Record(who, len(members), held, sum(ratios) / len(ratios) if ratios else None))
    return sorted(found, key=lambda record: (-record.judged, record.who))
