"""What the Demand page's chart draws for a row: the grid's own numbers, and the forecast's interval and members."""

from typing import Any

import numpy as np

from forecasting.queries.fans import Fan, fan
from planning.queries import assumptions, rows
from planning.queries.grid import Grid, Node, Shown
from planning.queries.rows import CONSENSUS, RowKey
from planning.queries.valuation import REVENUE, UNITS
from sop import months
from sop.vectors import Vector

PAST_MONTHS = 24
FROM_PLAN_ON = (CONSENSUS, "lastyear", "lastcycle", "budget")
WIDE = Shown(past=PAST_MONTHS, measures=True)


def demand(grid: Grid, key: str) -> dict[str, Any]:
    """The chart's JSON in the grid's unit: months, series by key in legend order, interval and members."""
    wide = Grid(grid.plan, grid.user, grid.filters, grid.unit, shown=WIDE)
    base = rows.parse(key).base
    title = wide.node(str(base)).label
    found = _measures(wide, base)
    window = wide.window
    first = window.now - PAST_MONTHS
    shown = window.months[first:]
    drawn = fan(grid.plan.cycle, str(base), grid.filters.scope)
    range_ = _range(grid, str(base), found[CONSENSUS][window.now :])
    worth = _worth(drawn, found["baseline"][window.now :], grid.unit)
    return {
        "title": title,
        "unit": grid.unit,
        "months": [months.code(month) for month in shown],
        "labels": [months.short(month) for month in shown],
        "now": window.now - first,
        "series": [
            _series(name, wide.name(name), values[first:])
            for name, values in found.items()
            if not np.isnan(values[first:]).all()
        ]
        + [_series(key, name, _behind_the_past(values)) for key, name, values in range_],
        "interval": {
            "name": "80 % interval",
            "lower": _numbers(_placed(drawn, drawn.lower, worth)),
            "upper": _numbers(_placed(drawn, drawn.upper, worth)),
        },
        "members": [_series("member", name, _placed(drawn, values, worth)) for name, values in drawn.members.items()],
    }


def _measures(grid: Grid, base: RowKey) -> dict[str, Vector]:
    """The row's measures over the grid's window, in the order of the legend."""
    streams = [stream.code for stream in grid.streams]
    names = ["history", "baseline", CONSENSUS, *streams, "budget", "lastyear", "lastcycle", "events"]
    if base.kind not in ("total", "family"):
        names.remove("budget")
    values = grid.monthly([Node(RowKey(base.kind, base.name, name), "", 0) for name in names])
    found = dict(zip(names, values, strict=True))
    for name in FROM_PLAN_ON:
        if name in found:
            found[name][: grid.window.now] = np.nan
    return found


def _worth(drawn: Fan, baseline: Vector, unit: str) -> Vector:
    """What a forecast unit is worth in the grid's unit, by plan month: as much as one of the baseline."""
    if unit == UNITS:
        return np.ones(baseline.size)
    mean = drawn.mean[drawn.now :][: baseline.size]
    worth = np.full(baseline.size, np.nan)
    worth[: mean.size] = np.divide(baseline[: mean.size], mean, out=np.zeros(mean.size), where=mean > 0)
    return worth


def _range(grid: Grid, row: str, planned: Vector) -> list[tuple[str, str, Vector]]:
    """The plan if every risk came true, and if every opportunity did; nothing where the register has neither."""
    if grid.unit not in (UNITS, REVENUE):
        return []
    found = assumptions.around(grid.plan, row, grid.filters)
    sides = {"risks": found.risks, "opportunities": found.opportunities}
    if grid.unit == REVENUE:
        sides = {"risks": found.risks_revenue, "opportunities": found.opportunities_revenue}
    return [(key, f"With all {key}", planned + values) for key, values in sides.items() if values.any()]


def _behind_the_past(values: Vector) -> Vector:
    return np.concatenate([np.full(PAST_MONTHS, np.nan), values])


def _placed(drawn: Fan, values: Vector, worth: Vector) -> Vector:
    """A line of the forecast, valued, behind the past months of the chart."""
    ahead = values[drawn.now :][: worth.size]
    result = np.full(PAST_MONTHS + worth.size, np.nan)
    result[PAST_MONTHS : PAST_MONTHS + ahead.size] = ahead * worth[: ahead.size]
    return result


def _series(key: str, name: str, values: Vector) -> dict[str, Any]:
    return {"key": key, "name": name, "values": _numbers(values)}


def _numbers(values: Vector) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in values]
