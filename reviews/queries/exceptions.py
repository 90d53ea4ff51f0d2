"""What is out of line, dearest first, each with the page that settles it."""

from dataclasses import dataclass

from django.utils import timezone

from planning.models import ProductionPlan, SalesPlan
from reviews.models import Decision
from reviews.queries import figures
from reviews.queries.action_items import overdue
from reviews.queries.addresses import address
from reviews.queries.sight import Sight
from reviews.queries.stages import stage_url
from sop import months
from sop.models import Cycle
from sop.permissions import Scope
from sop.words import day, difference, money, percent, units

NOTICEABLE_GAP = 0.005
SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """`worth` orders; `stake` is what the user may read of it."""

    worth: float
    stake: str
    what: str
    why: str
    when: str
    kind: str
    action: str
    url: str


def exceptions(sight: Sight) -> list[Finding]:
    """All open exceptions of a cycle that lie in the scope. At most eleven queries."""
    found = [*_gaps(sight), *_supply(sight), *_people(sight.cycle)]
    return sorted(found, key=lambda each: -abs(each.worth))


def _gaps(sight: Sight) -> list[Finding]:
    plan = sight.plan
    if plan is None:
        return []
    return [_gap(plan, gap, sight.scope) for gap in sight.gaps if abs(gap.share) > NOTICEABLE_GAP]


def _gap(plan: SalesPlan, gap: figures.Gap, scope: Scope) -> Finding:
    fraction = gap.share if scope.sees_money else gap.units_share
    share, above = difference(fraction, percent(fraction)), "above" if fraction > 0 else "below"
    return Finding(
        worth=gap.money,
        stake=difference(gap.money, money(gap.money)) if scope.sees_money else share,
        what=f"{gap.name} is {above} budget",
        why=f"{share} over the budgeted months; {units(gap.plan_units)} planned, {units(gap.budget_units)} budgeted",
        when=f"{months.short(plan.start)} – {months.short(plan.months[-1])}",
        kind="Budget gap",
        action="Open the plan",
        url=f"{address('planning:demand')}?family={gap.family}",
    )


def _supply(sight: Sight) -> list[Finding]:
    plan, scope = sight.production, sight.scope
    if plan is None:
        return []
    overloads = [_overload(plan, peak, scope) for peak in sight.peaks if peak.hours_over > 0]
    return overloads + [_shortage(plan, shortage, scope) for shortage in sight.shortages]


def _overload(plan: ProductionPlan, peak: figures.Peak, scope: Scope) -> Finding:
    over = f"{units(peak.hours_over)} h"
    return Finding(
        worth=peak.worth,
        stake=money(peak.worth) if scope.sees_money and peak.worth else over,
        what=f"{peak.resource} is loaded to {percent(peak.load, 0)}",
        why=f"{over} more than regular time and overtime have",
        when=months.short(months.add(plan.start, peak.month)),
        kind="Overload",
        action="Relieve",
        url=address("planning:supply"),
    )


def _shortage(plan: ProductionPlan, shortage: figures.Shortage, scope: Scope) -> Finding:
    return Finding(
        worth=shortage.worth,
        stake=money(shortage.worth) if scope.sees_money and shortage.worth else f"{units(shortage.units)} units",
        what=f"{shortage.name} runs short",
        why=f"{units(shortage.units)} units late or lost",
        when=f"from {months.short(months.add(plan.start, shortage.month))}",
        kind="Shortage",
        action="Open supply",
        url=f"{address('planning:supply')}?product={shortage.product}",
    )


def _people(cycle: Cycle) -> list[Finding]:
    """What waits for somebody's word; it has no amount, so it comes after what has."""
    today = timezone.localdate()
    waiting = cycle.decisions.filter(due__lte=today).exclude(state=Decision.State.DECIDED)
    due = waiting.select_related("owner", "stage").order_by("due")
    decisions = [
        Finding(
            worth=0.0,
            stake="",
            what=each.issue,
            why=f"Decision {each.number}, {each.owner.display_name}",
            when=f"due {day(each.due)}",
            kind="Decision due",
            action="Decide",
            url=stage_url(cycle, each.stage.key if each.stage else "executive"),
        )
        for each in due
    ]
    late = [
        Finding(
            worth=0.0,
            stake="",
            what=item.text,
            why=item.owner.display_name,
            when=f"was due {day(item.due)}",
            kind="Action overdue",
            action="Open actions",
            url=address("reviews:actions"),
        )
        for item in overdue(today)
    ]
    return decisions + late
