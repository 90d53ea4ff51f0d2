"""What the data say a review should settle: exceptions as candidates for its agenda, and what earlier cycles left."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from planning.models import SalesPlan
from planning.queries import compare
from planning.queries.rows import Filters
from reviews.models import AgendaItem, Stage
from reviews.queries import figures
from reviews.queries.addresses import address
from reviews.queries.sight import Sight
from sop import months
from sop.models import Family, Product, Series
from sop.permissions import EVERYTHING
from sop.words import difference, listed, percent, units

# Of each kind: what a meeting of an hour or two can settle.
MOST = 6
NOTICEABLE_GAP = 0.03
Kind, State = AgendaItem.Kind, AgendaItem.State


@dataclass(frozen=True)
class Candidate:
    """An exception as an agenda item."""

    key: str
    kind: AgendaItem.Kind
    title: str
    why: str
    worth: float
    owner: str
    family: int | None = None
    row: str = ""
    resource: str = ""
    url: str = ""


def candidates(stage: Stage) -> list[Candidate]:
    """What the data say a review should settle, dearest first; nothing stands there twice. At most forty queries."""
    sight = Sight(stage.cycle, EVERYTHING)
    found = [each for source in SOURCES.get(Stage.Key(stage.key), ()) for each in source(sight)]
    return sorted({each.key: each for each in found}.values(), key=lambda each: (-abs(each.worth), each.key))


def undecided(stage: Stage) -> QuerySet[AgendaItem]:
    """What the same review of an earlier cycle put off, or ended without settling, and nothing took up since."""
    waiting = Q(state=State.DEFERRED) | Q(state=State.OPEN, stage__state=Stage.State.SIGNED_OFF)
    earlier = AgendaItem.objects.filter(
        waiting, stage__key=stage.key, stage__cycle__first_month__lt=stage.cycle.first_month, followers=None
    )
    return earlier.select_related("stage__cycle", "owner")


def _disputes(sight: Sight) -> list[Candidate]:
    plan = sight.plan
    if plan is None or plan.locked_at:
        return []
    rows = compare.compared(plan, Filters(EVERYTHING), compare.Question()).rows[:MOST]
    products = _products([row.key for row in rows])
    return [_dispute(row, *products[row.key]) for row in rows]


def _dispute(row: compare.Row, code: str, family: int) -> Candidate:
    said = [f"{voice.name} {units(voice.units)}" for voice in row.voices if voice.units is not None]
    return Candidate(
        key=f"dispute:{code}",
        kind=Kind.DISPUTE,
        title=f"{row.name}, {row.period}",
        why=f"{listed(said, len(said))}, {row.places}",
        worth=row.apart,
        owner="demand-planning",
        family=family,
        row=row.key,
        url=f"{address('planning:demand')}?mode=compare&row={row.key}",
    )


def _products(keys: list[str]) -> dict[str, tuple[str, int]]:
    """Product and family behind rows of the grid. Two queries."""
    series = [int(key.removeprefix("series:")) for key in keys if key.startswith("series:")]
    codes = [key.removeprefix("product:") for key in keys if key.startswith("product:")]
    of_series = Series.objects.filter(pk__in=series).values_list("pk", "product__code", "product__family_id")
    of_product = Product.objects.filter(code__in=codes).values_list("code", "family_id")
    return {f"series:{pk}": (code, family) for pk, code, family in of_series} | {
        f"product:{code}": (code, family) for code, family in of_product
    }


def _gaps(sight: Sight) -> list[Candidate]:
    plan = sight.plan
    if plan is None:
        return []
    families = dict(Family.objects.values_list("code", "pk"))
    found = [gap for gap in sight.gaps if abs(gap.share) > NOTICEABLE_GAP]
    return [_gap(plan, gap, families[gap.family]) for gap in found[:MOST]]


def _gap(plan: SalesPlan, gap: figures.Gap, family: int) -> Candidate:
    share = difference(gap.units_share, percent(gap.units_share))
    return Candidate(
        key=f"gap:{gap.family}",
        kind=Kind.GAP,
        title=f"{gap.name} against budget",
        why=f"{share} in units; {units(gap.plan_units)} planned, {units(gap.budget_units)} budgeted",
        worth=abs(gap.money),
        owner="finance",
        family=family,
        row=f"family:{gap.family}",
        url=f"{address('planning:demand')}?family={gap.family}",
    )


def _overloads(sight: Sight) -> list[Candidate]:
    plan = sight.production
    if plan is None:
        return []
    names = dict(plan.loads.values_list("resource__name", "resource__code"))
    return [
        Candidate(
            key=f"overload:{names[peak.resource]}",
            kind=Kind.OVERLOAD,
            title=f"{peak.resource} at {percent(peak.load, 0)} in {months.short(months.add(plan.start, peak.month))}",
            why=f"{units(peak.hours_over)} h more than regular time and overtime have",
            worth=peak.worth,
            owner="operations",
            resource=names[peak.resource],
            url=address("planning:supply"),
        )
        for peak in sight.peaks
        if peak.hours_over > 0
    ]


def _shortages(sight: Sight) -> list[Candidate]:
    plan = sight.production
    if plan is None:
        return []
    found = sight.shortages[:MOST]
    families = dict(Product.objects.filter(code__in=[each.product for each in found]).values_list("code", "family_id"))
    return [
        Candidate(
            key=f"shortage:{each.product}",
            kind=Kind.SHORTAGE,
            title=f"{each.name} short from {months.short(months.add(plan.start, each.month))}",
            why=f"{units(each.units)} units late or lost",
            worth=each.worth,
            owner="operations",
            family=families[each.product],
            row=f"product:{each.product}",
            url=f"{address('planning:supply')}?product={each.product}",
        )
        for each in found
    ]


Source = Callable[[Sight], list[Candidate]]
SOURCES: dict[Stage.Key, tuple[Source, ...]] = {
    Stage.Key.DEMAND_REVIEW: (_disputes, _gaps),
    Stage.Key.SUPPLY_REVIEW: (_overloads, _shortages),
    Stage.Key.PRE_SOP: (_gaps, _overloads, _shortages),
    Stage.Key.EXECUTIVE: (),
}
