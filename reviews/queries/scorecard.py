"""Plan against budget and targets: the tiles of Home and the scorecard of the executive review."""

from dataclasses import dataclass

from forecasting.models import Forecast
from planning.models import ProductionPlan
from planning.queries import plans
from reviews.models import ActionItem
from reviews.queries import figures
from reviews.queries.stages import production_plan
from reviews.queries.words import THIN, address, difference, money, percent, units
from sop import months
from sop.models import Cycle
from sop.permissions import Scope

BIAS_LIMIT = 0.02
FULL_LOAD = 1.0


@dataclass(frozen=True)
class Tile:
    """One figure: what it is now, against what, and whether that is well (`good`, `warn`, `bad`, or nothing said)."""

    key: str
    label: str
    value: str
    note: str = ""
    target: str = ""
    tone: str = ""
    url: str = ""


def scorecard(cycle: Cycle, scope: Scope) -> list[Tile]:
    """The figures that can be computed truly today; one that cannot is absent. At most twelve queries."""
    tiles = [*_forecast(cycle, scope), *_supply(cycle, scope), *_budget(cycle, scope), _actions(cycle)]
    return [tile for tile in tiles if tile is not None]


def _forecast(cycle: Cycle, scope: Scope) -> list[Tile | None]:
    forecast = cycle.forecasts.filter(state=Forecast.State.PUBLISHED).first()
    record = figures.accuracy(forecast, scope) if forecast else None
    if record is None:
        return []
    url = address("planning:demand")
    gain = record.naive_wape - record.wape
    side = "over" if record.bias > 0 else "under" if record.bias < 0 else "neither over nor under"
    return [
        Tile(
            "accuracy",
            "Accuracy, backtest",
            percent(record.accuracy),
            f"{difference(gain, units(100 * gain, 1))}{THIN}pp on seasonal naive",
            f"naive {percent(max(0.0, 1 - record.naive_wape))}",
            "good" if gain > 0 else "warn",
            url,
        ),
        Tile(
            "bias",
            "Bias, backtest",
            difference(record.bias, percent(record.bias)),
            side,
            f"target ±{percent(BIAS_LIMIT, 0)}",
            "good" if abs(record.bias) <= BIAS_LIMIT else "warn",
            url,
        ),
    ]


def _supply(cycle: Cycle, scope: Scope) -> list[Tile | None]:
    """Production numbers are the company's, not a market's: who sees only some markets does not see them."""
    plan = production_plan(cycle)
    if plan is None or scope.markets is not None:
        return []
    stale = " (before the last change of demand)" if plan.stale else ""
    return [_peak(plan, stale), _cover(plan, scope, stale), _short(plan, scope, stale)]


def _peak(plan: ProductionPlan, stale: str) -> Tile | None:
    peaks = figures.peaks(plan)
    if not peaks:
        return None
    worst = peaks[0]
    tone = "bad" if any(peak.hours_over > 0 for peak in peaks) else "warn" if worst.load > FULL_LOAD else "good"
    note = f"{worst.resource}, {months.short(months.add(plan.start, worst.month))}{stale}"
    limit = f"limit {percent(FULL_LOAD, 0)}"
    return Tile("load", "Capacity peak", percent(worst.load, 0), note, limit, tone, address("planning:supply"))


def _cover(plan: ProductionPlan, scope: Scope, stale: str) -> Tile | None:
    cover = figures.cover(plan, scope)
    if cover is None:
        return None
    note = f"average of the plan{stale}"
    return Tile("cover", "Stock cover", f"{units(cover, 1)} months", note, url=address("planning:supply"))


def _short(plan: ProductionPlan, scope: Scope, stale: str) -> Tile | None:
    short = figures.shortages(plan, scope)
    note = f"{short[0].name} first{stale}" if short else f"all demand is met on time{stale}"
    tone = "bad" if short else "good"
    return Tile("short", "Products short", units(len(short)), note, "target 0", tone, address("planning:supply"))


def _budget(cycle: Cycle, scope: Scope) -> list[Tile | None]:
    plan = plans.working(cycle)
    gap = figures.total(figures.gaps(plan, scope)) if plan else None
    if gap is None:
        return []
    tone = "good" if gap.share >= 0 else "bad"
    share = difference(gap.share, percent(gap.share))
    if not scope.sees_money:
        units_share = gap.plan_units / gap.budget_units - 1 if gap.budget_units else 0.0
        tone = "good" if units_share >= 0 else "bad"
        text = difference(units_share, percent(units_share))
        budget = f"{units(gap.budget_units)} units budget"
        return [Tile("gap", "Gap to budget", text, "in units", budget, tone, address("planning:demand"))]
    note, budget = difference(gap.money, money(gap.money)), f"{money(gap.budget_revenue)} budget"
    return [Tile("gap", "Gap to budget", share, note, budget, tone, address("planning:demand"))]


def _actions(cycle: Cycle) -> Tile | None:
    states = list(cycle.action_items.exclude(state=ActionItem.State.CANCELLED).values_list("state", flat=True))
    if not states:
        return None
    done = sum(state == ActionItem.State.DONE for state in states)
    tone = "good" if done == len(states) else ""
    return Tile(
        "actions", "Actions done", f"{done} of {len(states)}", "of this cycle", "", tone, address("reviews:actions")
    )
