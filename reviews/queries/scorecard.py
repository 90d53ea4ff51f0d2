"""Plan against budget and targets: the tiles of Home and the scorecard of the executive review."""

import datetime as dt
from dataclasses import dataclass

from reviews.models import ActionItem
from reviews.queries import figures
from reviews.queries.addresses import address
from reviews.queries.sight import Sight
from sop import months
from sop.models import Cycle
from sop.words import THIN, difference, money, percent, units

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


def scorecard(sight: Sight) -> list[Tile]:
    """The figures that can be computed truly today; one that cannot is absent. At most twelve queries."""
    tiles = [*_forecast(sight), *_supply(sight), *_budget(sight), _actions(sight.cycle)]
    return [tile for tile in tiles if tile is not None]


def _forecast(sight: Sight) -> list[Tile | None]:
    record = sight.accuracy
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


def _supply(sight: Sight) -> list[Tile | None]:
    if sight.production is None:
        return []
    stale = " (before the last change of demand)" if sight.production.stale else ""
    return [_peak(sight, sight.production.start, stale), _cover(sight, stale), _short(sight, stale)]


def _peak(sight: Sight, start: dt.date, stale: str) -> Tile | None:
    if not sight.peaks:
        return None
    worst = sight.peaks[0]
    over = any(peak.hours_over > 0 for peak in sight.peaks)
    tone = "bad" if over else "warn" if worst.load > FULL_LOAD else "good"
    note = f"{worst.resource}, {months.short(months.add(start, worst.month))}{stale}"
    limit = f"limit {percent(FULL_LOAD, 0)}"
    return Tile("load", "Capacity peak", percent(worst.load, 0), note, limit, tone, address("planning:supply"))


def _cover(sight: Sight, stale: str) -> Tile | None:
    if sight.cover is None:
        return None
    note = f"average of the plan{stale}"
    return Tile("cover", "Stock cover", f"{units(sight.cover, 1)} months", note, url=address("planning:supply"))


def _short(sight: Sight, stale: str) -> Tile:
    short = sight.shortages
    note = f"{short[0].name} first{stale}" if short else f"all demand is met on time{stale}"
    tone = "bad" if short else "good"
    return Tile("short", "Products short", units(len(short)), note, "target 0", tone, address("planning:supply"))


def _budget(sight: Sight) -> list[Tile | None]:
    gap = figures.total(sight.gaps)
    if gap is None:
        return []
    if sight.scope.sees_money:
        share, note = gap.share, difference(gap.money, money(gap.money))
        budget = f"{money(gap.budget_revenue)} budget"
    else:
        share, note = gap.units_share, "in units"
        budget = f"{units(gap.budget_units)} units budget"
    tone = "good" if share >= 0 else "bad"
    text = difference(share, percent(share))
    return [Tile("gap", "Gap to budget", text, note, budget, tone, address("planning:demand"))]


def _actions(cycle: Cycle) -> Tile | None:
    states = list(cycle.action_items.exclude(state=ActionItem.State.CANCELLED).values_list("state", flat=True))
    if not states:
        return None
    done = sum(state == ActionItem.State.DONE for state in states)
    tone = "good" if done == len(states) else ""
    return Tile(
        "actions", "Actions done", f"{done} of {len(states)}", "of this cycle", "", tone, address("reviews:actions")
    )
