"""Bringing the layer of events of the working plan up to date, in the transaction of what has changed it.

Only lines that come out different are written, with their totals; what people entered and what is frozen stays.
"""

import uuid
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planning.actions.demand import MEASURES, store_lines, worth
from planning.actions.lines import add_to_totals
from planning.actions.moved import demand_moved
from planning.models import Input, SalesPlan, SalesPlanLine
from planning.queries import fences, plans
from planning.queries.events import Events
from planning.queries.reach import Mask
from planning.queries.rows import near
from sop import bulk, months
from sop.actions import changes
from sop.models import Family, Market, User
from sop.queries import cycles
from sop.queries import series as series_queries
from sop.vectors import Vector

VALUES = ("baseline", "events", "consensus", "price", "unit_cost")


@dataclass(frozen=True)
class Moved:
    """What a change did to the working plan, in all its months; `refused` says why it did nothing."""

    plan: SalesPlan | None = None
    lines: int = 0
    units: float = 0.0
    revenue: float = 0.0
    families: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    refused: str = ""

    def as_data(self) -> dict[str, object]:
        """For the change log."""
        plan = f"sales-plan:{self.plan.pk}" if self.plan else ""
        return {"plan": plan, "lines": self.lines, "units": round(self.units, 2), "revenue": round(self.revenue, 2)}


def working_plan() -> tuple[SalesPlan | None, str]:
    """The plan that is being worked on, held for this transaction, or why there is none that changes."""
    cycle = cycles.newest()
    plan = plans.working(cycle)
    if plan is None:
        return None, ""
    plan = SalesPlan.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=plan.pk)
    if not plan.cycle.editable:
        return None, f"The cycle {plan.cycle} is {plan.cycle.state}, so its plan stays as it is."
    if plan.locked_at:
        return None, "The sales plan is signed off and locked, so its numbers stay until the review is reopened."
    return plan, ""


def catch_up(plan: SalesPlan | None, series: pd.DataFrame, touched: Mask) -> Moved:
    """Compute the events of the touched series, and of all that hang together with them, and write what differs."""
    if plan is None:
        return Moved()
    events = Events(plan)
    part = series[events.closed(series, touched)].reset_index(drop=True)
    if part.empty:
        return Moved(plan)
    before = _read(plan, part, series)
    layer = events.layer(part, before["baseline"])
    new = before["new"][:, 0] > 0
    frozen = fences.frozen(part["family"].to_numpy(), plan.horizon) & ~new[:, None]
    after = _value(before, layer.events, _entered(plan, part) | frozen)
    rows = np.flatnonzero(new | (after["events"] != before["events"]).any(axis=1))
    return _write(plan, part, rows, before, after) if rows.size else Moved(plan)


def everything(plan: SalesPlan) -> Moved:
    """Bring the whole plan up to date, as after it was reopened."""
    series = series_queries.frame()
    return catch_up(plan, series, np.ones(len(series), dtype=bool))


def _read(plan: SalesPlan, part: pd.DataFrame, series: pd.DataFrame) -> dict[str, Vector]:
    """The lines of some series; a series that the plan does not have yet begins with an empty baseline."""
    keys = part["series"].tolist()
    rows = bulk.read(SalesPlanLine.objects.filter(near(keys), plan=plan), "series_id", *VALUES)
    found = {row[0]: row[1:] for row in rows}
    nothing = (np.zeros(plan.horizon),) * len(VALUES)
    read = {
        name: np.vstack([found.get(key, nothing)[number] for key in keys]).astype(np.float64)
        for number, name in enumerate(VALUES)
    }
    missing = np.array([key not in found for key in keys])
    if missing.any():
        price, cost = worth(plan, series)
        at = series["series"].isin(part["series"][missing]).to_numpy()
        read["price"][missing], read["unit_cost"][missing] = price[at], cost[at]
    read["new"] = np.broadcast_to(missing[:, None], read["baseline"].shape).astype(np.float64)
    return read


def _entered(plan: SalesPlan, part: pd.DataFrame) -> Mask:
    """The cells in which somebody decided a number."""
    entered = np.zeros((len(part), plan.horizon), dtype=bool)
    row = {int(key): position for position, key in enumerate(part["series"])}
    decided = Input.objects.filter(near(row), plan=plan, stream=None)
    for key, month in decided.values_list("series_id", "month"):
        column = months.distance(plan.start, month)
        if key in row and 0 <= column < plan.horizon:
            entered[row[key], column] = True
    return entered


def _value(before: dict[str, Vector], events: Vector, kept: Mask) -> dict[str, Vector]:
    consensus = np.where(kept, before["consensus"], np.maximum(before["baseline"] + events, 0.0))
    return {
        "baseline": before["baseline"],
        "events": events,
        "consensus": consensus,
        "price": before["price"],
        "unit_cost": before["unit_cost"],
        "revenue": consensus * before["price"],
        "cost": consensus * before["unit_cost"],
    }


def _write(
    plan: SalesPlan, part: pd.DataFrame, rows: NDArray[np.intp], before: dict[str, Vector], after: dict[str, Vector]
) -> Moved:
    changed = part.iloc[rows]
    new = {measure: after[measure][rows] for measure in MEASURES}
    difference = {"events": new["events"] - before["events"][rows]}
    difference["consensus"] = new["consensus"] - before["consensus"][rows]
    difference["revenue"] = difference["consensus"] * new["price"]
    difference["cost"] = difference["consensus"] * new["unit_cost"]
    store_lines(plan, "series_id", [(int(key),) for key in changed["series"]], new)
    add_to_totals(plan, changed, difference)
    plan.version += 1
    plan.save(update_fields=["version"])
    demand_moved(plan, by=None)
    return Moved(
        plan,
        len(changed),
        float(difference["consensus"].sum()),
        float(difference["revenue"].sum()),
        tuple(Family.objects.filter(pk__in=changed["family"].unique().tolist()).values_list("code", flat=True)),
        tuple(Market.objects.filter(pk__in=changed["market"].unique().tolist()).values_list("code", flat=True)),
    )


def record(moved: Moved, summary: str, *, by: User | None, change_set: uuid.UUID | None = None) -> None:
    """Tell the pages that show the plan; nothing where no line moved."""
    if moved.plan is None or not moved.lines:
        return
    what = changes.What(
        "plan.events_moved",
        summary,
        object=f"sales-plan:{moved.plan.pk}",
        data={**moved.as_data(), "version": moved.plan.version},
        families=moved.families,
        markets=moved.markets,
    )
    changes.record(what, by=by, cycle=moved.plan.cycle, change_set=change_set)
