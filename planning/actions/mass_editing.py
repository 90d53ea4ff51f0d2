"""Changing many cells in one gesture: the rows selected, or all that the page's filter shows, over a span of months."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from planning.actions import streams
from planning.actions.demand import refuse_unless_open
from planning.actions.editing import groups_of, require_entering, stream_of
from planning.actions.sheets import Cause, Edited, How, Sheet, narrow, open_sheet, save_sheet, zones_of
from planning.engine import mass
from planning.engine.mass import Kind
from planning.models import Input, SalesPlan
from planning.queries.rows import CONSENSUS, Filters, RowKey
from sop import months
from sop.errors import PlanningError
from sop.models import History, Market, Product, User
from sop.permissions import scope
from sop.queries.windows import align
from sop.vectors import Vector

LARGEST_SHOWN = 5
MODES = {Kind.ADD: Input.Mode.QUANTITY, Kind.PERCENT: Input.Mode.PERCENT}


@dataclass(frozen=True)
class MassEdit:
    """What to do, by how much, in which months. Without rows: each series that the page's filter shows."""

    kind: Kind
    first: dt.date
    last: dt.date
    amount: float = 0.0
    rows: Sequence[str] = ()
    measure: str = CONSENSUS


@dataclass(frozen=True)
class Effect:
    """What a mass edit would do, or did."""

    series: int
    cells: int
    before: float
    after: float
    locked: int
    frozen: int
    largest: list[dict[str, Any]] = field(default_factory=list)


def preview_mass_edit(*, plan: SalesPlan, what: MassEdit, by: User, filters: Filters | None = None) -> Effect:
    """What it would do; nothing is written."""
    return _applied(plan, what, by, filters)[1]


@transaction.atomic
def mass_edit(
    *, plan: SalesPlan, what: MassEdit, by: User, cause: Cause, filters: Filters | None = None
) -> tuple[Edited, Effect]:
    """Change the cells as one change set. Locked cells and frozen months stay as they are; it always says why."""
    if not (cause.reason or cause.assumption):
        raise PlanningError("Say why so many cells change.", extra={"reason_required": []})
    plan = SalesPlan.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=plan.pk)
    sheet, effect = _applied(plan, what, by, filters)
    if effect.cells == 0:
        raise PlanningError("Nothing would change: every cell is locked, frozen, or as you want it already.")
    note = f"Changed {effect.cells} cells of {effect.series} series.{_left_alone(effect)}"
    return save_sheet(sheet, by=by, cause=cause, note=note, kind="plan.mass_edited"), effect


def _applied(plan: SalesPlan, what: MassEdit, by: User, filters: Filters | None) -> tuple[Sheet, Effect]:
    refuse_unless_open(plan)
    stream = stream_of(what.rows or [f"total/measure:{what.measure}"])
    require_entering(by, stream)
    streams.take_entries(plan, stream, by)
    filters = filters or Filters(scope(by))
    span = _span(plan, what)
    members = groups_of(what.rows or ["total"], filters)
    series = next(iter(members.values())) if len(members) == 1 else _joined(members)
    sheet = open_sheet(plan, stream, series, span)
    groups = _groups(sheet, members) if what.rows else np.arange(len(series), dtype=np.intp)
    closed, frozen = sheet.locked[:, span], zones_of(sheet)[0][:, span]
    sheet.values[:, span] = _changed(sheet, what, span, closed | frozen, groups)
    _touch(sheet, what)
    return sheet, _effect(sheet, span, closed, frozen)


def _span(plan: SalesPlan, what: MassEdit) -> list[int]:
    first, last = (months.distance(plan.start, month) for month in (what.first, what.last))
    if not 0 <= first <= last < plan.horizon:
        end = months.add(plan.start, plan.horizon - 1)
        raise PlanningError(f"Choose months from {months.short(plan.start)} to {months.short(end)}, in that order.")
    return list(range(first, last + 1))


def _joined(members: dict[RowKey, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(members.values()).drop_duplicates("series").sort_values("series")


def _groups(sheet: Sheet, members: dict[RowKey, pd.DataFrame]) -> np.ndarray:
    """The row each series counts for: the first that holds it, so that a family speaks for the products below it."""
    groups = np.full(len(sheet.series), -1, dtype=np.intp)
    for number, frame in enumerate(members.values()):
        own = sheet.rows_of(frame["series"])
        groups[own[groups[own] < 0]] = number
    return groups


def _changed(sheet: Sheet, what: MassEdit, span: list[int], closed: np.ndarray, groups: np.ndarray) -> Vector:
    if what.kind not in (Kind.COPY_LAST_YEAR, Kind.SHIFT):
        return mass.change(what.kind, what.amount, sheet.values[:, span], closed, groups, sheet.baseline[:, span])
    shut = np.ones(sheet.values.shape, dtype=bool)
    shut[:, span] = closed
    return mass.moved(what.kind, what.amount, _past(sheet), sheet.values, shut)[:, span]


def _past(sheet: Sheet) -> Vector:
    """What each series sold in the year before the plan; NaN where nothing is known."""
    keys = sheet.series["series"].tolist()
    start = months.add(sheet.plan.start, -mass.MONTHS_PER_YEAR)
    lines = History.objects.filter(narrow(sheet.series), series__isnull=False)
    found = {key: (first, sold) for key, first, sold in lines.values_list("series_id", "start", "ordered")}
    none = (start, np.empty(0))
    history = [found.get(key, none) for key in keys]
    return align([row[0] for row in history], [row[1] for row in history], start, mass.MONTHS_PER_YEAR)


def _touch(sheet: Sheet, what: MassEdit) -> None:
    """The cells that changed become entries."""
    how = How(MODES.get(what.kind, Input.Mode.ABSOLUTE), "", f"mass:{what.kind}")
    sheet.touch(sheet.moved, how)


def _effect(sheet: Sheet, span: list[int], locked: np.ndarray, frozen: np.ndarray) -> Effect:
    before, after = sheet.seen[:, span].sum(axis=1), sheet.values[:, span].sum(axis=1)
    order = np.argsort(-np.abs(after - before), kind="stable")[:LARGEST_SHOWN]
    order = order[after[order] != before[order]]
    found = sheet.series.iloc[order]
    products = dict(Product.objects.filter(pk__in=found["product"].tolist()).values_list("pk", "name"))
    markets = dict(Market.objects.filter(pk__in=found["market"].tolist()).values_list("pk", "name"))
    largest = [
        {"name": f"{products[p]}, {markets[m]}", "before": float(before[at]), "after": float(after[at])}
        for at, p, m in zip(order, found["product"], found["market"], strict=True)
    ]
    moved = sheet.moved
    return Effect(
        int(moved.any(axis=1).sum()),
        int(moved.sum()),
        float(before.sum()),
        float(after.sum()),
        int(locked.sum()),
        int((frozen & ~locked).sum()),
        largest,
    )


def _left_alone(effect: Effect) -> str:
    parts = [f"{count} {what}" for count, what in ((effect.locked, "locked"), (effect.frozen, "frozen")) if count]
    return f" Left alone: {' and '.join(parts)}." if parts else ""
