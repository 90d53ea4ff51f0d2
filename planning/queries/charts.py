"""What the Demand page's chart draws for a row."""

from typing import Any

import numpy as np
from django.db.models import Q

from forecasting.queries.fans import fan
from planning.queries import grid as grid_queries
from planning.queries import rows
from planning.queries.grid import Grid
from planning.queries.lines import budget_by_month
from planning.queries.rows import CONSENSUS
from sop import months
from sop.models import Family
from sop.permissions import descendants
from sop.vectors import Vector

PAST_MONTHS = 24


def demand(grid: Grid, key: str) -> dict[str, Any]:
    """The chart's JSON: months, series by key, and the forecast's interval."""
    base = rows.parse(key).base
    drawn = fan(grid.plan.cycle, str(base), grid.filters.scope)
    skip = max(drawn.now - PAST_MONTHS, 0)
    shown = drawn.months[skip:]
    window = grid.window
    measures = _measures(grid, str(base))
    series = [
        _series("history", "History", drawn.history[skip:]),
        _series("baseline", "Baseline", drawn.mean[skip:]),
    ]
    for name, values in measures.items():
        offset = months.distance(shown[0], window.start)
        aligned = np.full(len(shown), np.nan)
        first = max(window.now, -offset)
        aligned[offset + first : offset + window.count] = values[first : window.count]
        series.append(_series(name, grid_queries.NAMES.get(name, name.capitalize()), aligned))
    return {
        "title": grid.title(key),
        "unit": "units",
        "months": [months.code(month) for month in shown],
        "labels": [months.short(month) for month in shown],
        "now": drawn.now - skip,
        "series": [entry for entry in series if any(value is not None for value in entry["values"])],
        "interval": {
            "name": "80 % interval",
            "lower": _numbers(drawn.lower[skip:]),
            "upper": _numbers(drawn.upper[skip:]),
        },
    }


def _measures(grid: Grid, key: str) -> dict[str, Vector]:
    """Consensus, last year and, where the row has them, streams and budget, over the grid's window."""
    units = Grid(grid.plan, grid.user, grid.filters)
    base = rows.parse(key)
    names = [CONSENSUS, "lastyear"]
    if base.kind in ("product", "series"):
        names += [stream.code for stream in grid.streams]
    nodes = units.nodes([key if name == CONSENSUS else f"{key}/measure:{name}" for name in names])
    found = {node.key.measure: values for node, values in zip(nodes, units.monthly(nodes), strict=True)}
    if base.kind in ("total", "family"):
        where = grid.filters.totals()
        if base.kind == "family":
            roots = Family.objects.filter(code=base.name).values_list("pk", flat=True)
            where &= Q(family__in=descendants(Family, roots))
        found["budget"] = budget_by_month(where, "quantity", grid.window)
    return found


def _series(key: str, name: str, values: Vector) -> dict[str, Any]:
    return {"key": key, "name": name, "values": _numbers(values)}


def _numbers(values: Vector) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in values]
