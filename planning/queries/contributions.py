"""What each assumption and each product change adds to a row in a month: the parts of the layer of events."""

import datetime as dt

import numpy as np
import pandas as pd
from django.db.models import Q

from planning.models import Assumption, ProductChange, SalesPlanLine
from planning.queries import assumptions, product_changes, rows
from planning.queries.events import Cause, Events
from planning.queries.grid import Grid
from planning.queries.rows import RowKey
from planning.queries.steps import Step
from sop import bulk, months
from sop.models import Series
from sop.queries import series as series_queries
from sop.vectors import Vector

# The layer is computed anew for the row's series and all that hang together with them; for more than this only its sum
# is shown.
MOST_SERIES = 2_000
# Less than this, in units, is not worth a line.
CRUMB = 0.005


def by_cause(grid: Grid, row: RowKey, month: dt.date, total: float) -> list[Step]:
    """A step for each cause, and one for what is left; they add up to `total`."""
    events = Events(grid.plan)
    active = [each for each in events.assumptions if each.first_month <= month <= each.last_month]
    if not active and not events.moves:
        return [Step("evt", "Events", total, change=True)] if abs(total) > CRUMB else []
    steps = _parts(grid, row, month, Events(grid.plan, assumptions=active, changes=events.moves))
    if steps is None:
        why = f"{len(active)} assumptions and {len(events.moves)} product changes; open a family to see each"
        return [Step("evt", "Events", total, how=why, change=True)] if abs(total) > CRUMB else []
    left = total - sum(step.value for step in steps)
    if abs(left) > CRUMB:
        steps.append(Step("evt", "Other events", left, how="What has changed since the plan was computed", change=True))
    return steps


def _parts(grid: Grid, row: RowKey, month: dt.date, events: Events) -> list[Step] | None:
    """None where too many series would have to be computed."""
    part = _closed(grid, row, events)
    if part is None:
        return None
    column = months.distance(grid.plan.start, month)
    own = rows.below(row) & grid.filters.series()
    mine = part["series"].isin(list(Series.objects.filter(own).values_list("pk", flat=True))).to_numpy()
    found = [
        (cause, float(values[mine, column].sum()))
        for cause, values in events.parts(part, _baseline(grid, part["series"].tolist()))
    ]
    return _named(grid, [(cause, value) for cause, value in found if abs(value) > CRUMB])


def _closed(grid: Grid, row: RowKey, events: Events) -> pd.DataFrame | None:
    """The row's series with all that have a say in their numbers."""
    own = rows.below(row) & grid.filters.series()
    if Series.objects.filter(own).count() > MOST_SERIES:
        return None
    if not events.moves and not any(each.unit == Assumption.Unit.UNITS for each in events.assumptions):
        return series_queries.frame(where=own)
    series = series_queries.frame()
    touched = series["series"].isin(list(Series.objects.filter(own).values_list("pk", flat=True))).to_numpy()
    part = series[events.closed(series, touched)].reset_index(drop=True)
    return part if len(part) <= MOST_SERIES else None


def _baseline(grid: Grid, keys: list[int]) -> Vector:
    lines = SalesPlanLine.objects.filter(Q(series__in=keys), plan=grid.plan)
    found = dict(bulk.read(lines, "series_id", "baseline"))
    nothing = np.zeros(grid.plan.horizon)
    return np.array([found.get(key, nothing) for key in keys]).reshape(len(keys), grid.plan.horizon)


def _named(grid: Grid, found: list[tuple[Cause, float]]) -> list[Step]:
    """In words, as far as the causes may be seen."""
    assumed = {each.pk: each for each in assumptions.visible(grid.filters)}
    changes = {each.pk: each for each in product_changes.visible(grid.filters.scope)}

    def step(cause: Cause, value: float) -> Step:
        if cause is None:
            return Step("evt", "Product not sold then", value, how="By its launch or last month", change=True)
        if isinstance(cause, Assumption):
            return _assumed(assumed.get(cause.pk), value)
        return _changed(changes.get(cause.pk), value)

    return [step(cause, value) for cause, value in found]


def _assumed(cause: Assumption | None, value: float) -> Step:
    if cause is None:
        return Step("evt", "Another assumption", value, how="It lies outside your families and markets", change=True)
    who = cause.owner.display_name if cause.owner else ""
    page = ("planning:assumption", cause.pk)
    return Step("evt", f"{cause.code} {cause.name}", value, who, how=cause.expected_words, page=page, change=True)


def _changed(cause: ProductChange | None, value: float) -> Step:
    if cause is None:
        return Step("evt", "Another product’s change", value, how="It lies outside your families", change=True)
    who = cause.owner.display_name if cause.owner else ""
    page = ("planning:product-change", cause.pk)
    name = f"{cause.kind.capitalize()} of {cause.product.name}"
    return Step("evt", name, value, who, how=f"From {months.short(cause.month)}", page=page, change=True)
