"""The part of a sales plan that one gesture touches: read, changed in memory, written back in one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from planning.actions.demand import divide, sum_rows
from planning.models import Assumption, Input, SalesPlan, SalesPlanLine, Stream
from planning.queries.rows import FEW
from sop import bulk, months
from sop.actions import changes
from sop.errors import PlanningError
from sop.models import Family, Market, User
from sop.vectors import Vector

VALUED = ["consensus", "revenue", "cost"]
ENTRY = ["quantity", "locked", "reason", "mode", "level", "method", "assumption_id", "expires"]
ENTRY += ["author_id", "row_version", "updated_at"]


@dataclass(frozen=True)
class Edited:
    """What a gesture did; `change_set` undoes it."""

    change_set: uuid.UUID
    version: int
    cells: int
    note: str = ""


@dataclass(frozen=True)
class Cause:
    """Why a gesture was made: in words, by an assumption, and up to which cycle its entries are taken over."""

    reason: str = ""
    assumption: Assumption | None = None
    expires: dt.date | None = None


@dataclass(frozen=True)
class How:
    """How a quantity came about: what was typed (a number, a difference, a share), at which row, by which method."""

    mode: str = Input.Mode.ABSOLUTE
    level: str = ""
    method: str = ""


class Entered(NamedTuple):
    """An entry as it stands."""

    pk: int
    series_id: int
    month: dt.date
    quantity: float
    locked: bool
    row_version: int
    author_id: int | None
    updated_at: dt.datetime


@dataclass
class Sheet:
    """The part of a plan that a gesture touches, in one stream: series × the plan's months, and who entered what."""

    plan: SalesPlan
    stream: Stream | None
    series: pd.DataFrame
    values: Vector
    baseline: Vector
    locked: np.ndarray
    inputs: dict[tuple[int, int], Entered]
    price: Vector
    unit_cost: Vector
    seen: Vector = field(init=False)
    touched: dict[tuple[int, int], float | None] = field(default_factory=dict)
    how: dict[tuple[int, int], How] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = self.values.copy()
        self.position = {int(key): row for row, key in enumerate(self.series["series"])}

    def keys(self, members: NDArray[np.intp]) -> list[int]:
        """The series in these rows."""
        return [int(key) for key in self.series["series"].to_numpy()[members]]

    def put(self, members: np.ndarray, column: int, quantities: Vector | None, how: How | None = None) -> None:
        """Set, or with None return to the baseline, the members' cells of a month; locked cells stay."""
        free = members[~self.locked[members, column]]
        if quantities is None:
            self.values[free, column] = self.baseline[free, column]
            self.touched.update({(int(row), column): None for row in free})
            return
        self.values[members, column] = quantities
        given = dict(zip(members.tolist(), quantities.tolist(), strict=True))
        self.touched.update({(int(row), column): given[int(row)] for row in free})
        if how:
            self.how.update({(int(row), column): how for row in free})


def open_sheet(plan: SalesPlan, stream: Stream | None, series: pd.DataFrame, columns: Collection[int]) -> Sheet:
    """Read what a gesture in these columns of the plan needs. Two queries.

    The caller holds the plan's row for this transaction; so does everything else that writes its lines.
    """
    keys = series["series"].tolist()
    lines = SalesPlanLine.objects.filter(_narrow(series), plan=plan, series__isnull=False)
    vectors = ("baseline", "events", "consensus", "price", "unit_cost")
    read = {key: row for key, *row in bulk.read(lines, "series_id", *vectors)}
    if any(key not in read for key in keys):
        raise PlanningError("A series is new since this plan was made. Make the plan again to include it.")
    baseline, events, consensus, price, cost = (np.vstack([read[key][n] for key in keys]) for n in range(len(vectors)))
    usual = np.maximum(baseline + events, 0)
    values = consensus if stream is None else usual.copy()
    sheet = Sheet(plan, stream, series, values, usual, np.zeros(values.shape, dtype=bool), {}, price, cost)
    touched = [months.add(plan.start, column) for column in columns if 0 <= column < plan.horizon]
    entries = Input.objects.filter(_narrow(series), plan=plan, stream=stream, month__in=touched)
    for row in entries.values_list(*Entered._fields):
        entry = Entered(*row)
        column = months.distance(plan.start, entry.month)
        if entry.series_id in sheet.position:
            sheet.inputs[entry.series_id, column] = entry
            sheet.values[sheet.position[entry.series_id], column] = entry.quantity
            sheet.locked[sheet.position[entry.series_id], column] = entry.locked
    sheet.seen = sheet.values.copy()
    return sheet


def _narrow(series: pd.DataFrame) -> Q:
    """A filter on what points at series: these, or when they are many all in their families and markets."""
    if len(series) <= FEW:
        return Q(series__in=series["series"].tolist())
    return Q(
        series__product__family__in=series["family"].unique().tolist(),
        series__market__in=series["market"].unique().tolist(),
    )


def save_sheet(sheet: Sheet, *, by: User, cause: Cause, note: str, kind: str) -> Edited:
    """Write entries, lines and totals, log it, and count the plan's version up when the consensus moved."""
    plan = sheet.plan
    upserts, deletes, cells = _entries(sheet, by, cause)
    _write_inputs(sheet.stream, upserts, deletes)
    if sheet.stream is None:
        _write_lines(sheet)
        plan.version += 1
        plan.save(update_fields=["version"])
    touched = sheet.series.iloc[sorted({row for row, _ in sheet.touched})]
    change = changes.record(
        changes.What(
            kind,
            _summary(sheet, len(touched), kind),
            object=f"sales-plan:{plan.pk}",
            reason=cause.reason,
            data={"stream": sheet.stream.code if sheet.stream else None, "cells": cells, "version": plan.version},
            families=Family.objects.filter(pk__in=touched["family"].unique().tolist()).values_list("code", flat=True),
            markets=Market.objects.filter(pk__in=touched["market"].unique().tolist()).values_list("code", flat=True),
        ),
        by=by,
        cycle=plan.cycle,
    )
    return Edited(change.change_set, plan.version, len(cells), note)


def _entries(sheet: Sheet, by: User, cause: Cause) -> tuple[list[tuple[Any, ...]], list[int], list[list[Any]]]:
    """Rows to write, entries to delete, and for the log: series, month, quantity before and after, row version."""
    keys, now = sheet.series["series"].to_numpy(), timezone.now()
    stream = sheet.stream.pk if sheet.stream else None
    assumption = cause.assumption.pk if cause.assumption else None
    upserts, deletes, cells = [], [], []
    for (row, column), quantity in sorted(sheet.touched.items()):
        key, month = int(keys[row]), months.add(sheet.plan.start, column)
        entry = sheet.inputs.get((key, column))
        version = None
        if quantity is not None:
            version = (entry.row_version if entry else 0) + 1
            how = sheet.how.get((row, column), How())
            why = (cause.reason, how.mode, how.level, how.method, assumption, cause.expires)
            upserts.append((sheet.plan.pk, stream, key, month, quantity, False, *why, by.pk, version, now))
        elif entry:
            deletes.append(entry.pk)
        cells.append([key, months.code(month), entry.quantity if entry else None, quantity, version])
    return upserts, deletes, cells


def _write_inputs(stream: Stream | None, upserts: Sequence[tuple[Any, ...]], deletes: list[int]) -> None:
    """Entries by key; the consensus has no stream, so its rows are known by the constraint of their own."""
    Input.objects.filter(pk__in=deletes).delete()
    key = ["plan_id", "stream_id", "series_id", "month"]
    bulk.upsert(
        Input,
        key=key if stream else ["plan_id", "series_id", "month"],
        columns=[*key, *ENTRY],
        rows=upserts,
        update=ENTRY,
        where="" if stream else "stream_id IS NULL",
    )


def _write_lines(sheet: Sheet) -> None:
    """Consensus and its value on the leaves that changed, and the same differences on their totals."""
    changed = sorted({row for row, _ in sheet.touched})
    if not changed:
        return
    part = sheet.series.iloc[changed]
    keys = [(key,) for key in part["series"].tolist()]
    price, cost, after = sheet.price[changed], sheet.unit_cost[changed], sheet.values[changed]
    _replace(sheet.plan, ["series_id"], keys, [after, after * price, after * cost], VALUED)
    _write_totals(sheet.plan, part, after - sheet.seen[changed], price, cost)


def _write_totals(plan: SalesPlan, series: pd.DataFrame, change: Vector, price: Vector, cost: Vector) -> None:
    """Add the leaves' differences to their family × market totals, held in key order."""
    pairs, position = np.unique(series[["family", "market"]].to_numpy(), axis=0, return_inverse=True)
    row = {(int(family), int(market)): number for number, (family, market) in enumerate(pairs)}
    totals = (
        SalesPlanLine.objects.select_for_update()
        .filter(plan=plan, family__in=np.unique(pairs[:, 0]).tolist(), market__in=np.unique(pairs[:, 1]).tolist())
        .order_by("family_id", "market_id")
        .values_list("family_id", "market_id", *VALUED)
    )
    held = [(key, vectors) for *key, a, b, c in totals if tuple(key) in row for vectors in [(a, b, c)]]
    order = [row[key[0], key[1]] for key, _ in held]
    sums = [sum_rows(change * worth, position, len(pairs))[order] for worth in (np.ones_like(price), price, cost)]
    units, revenue, spent = (
        np.vstack([vectors[n] for _, vectors in held]) + difference for n, difference in enumerate(sums)
    )
    units = np.maximum(units, 0)
    values = [units, revenue, spent, divide(revenue, units), divide(spent, units)]
    _replace(plan, ["family_id", "market_id"], [tuple(key) for key, _ in held], values, [*VALUED, "price", "unit_cost"])


def _replace(
    plan: SalesPlan, key: list[str], keys: Sequence[tuple[Any, ...]], values: list[Vector], columns: list[str]
) -> None:
    """Replace some vectors of existing lines."""
    # An upsert needs every column that may not be null, also those it leaves alone.
    rest = [name for name in ("baseline", "events", "price", "unit_cost") if name not in columns]
    nothing = [np.empty(0)] * len(rest)
    bulk.upsert(
        SalesPlanLine,
        key=["plan_id", *key],
        columns=["plan_id", *key, *columns, *rest],
        rows=((plan.pk, *pk, *(vector[row] for vector in values), *nothing) for row, pk in enumerate(keys)),
        update=columns,
    )


def _summary(sheet: Sheet, series: int, kind: str) -> str:
    verb = "Undid an edit of" if kind == "plan.undone" else "Changed"
    what = f"{sheet.stream.name}’s numbers" if sheet.stream else "the sales plan"
    cells = len(sheet.touched)
    difference = float((sheet.values - sheet.seen).sum())
    return f"{verb} {what}: {cells} cell{'s'[: cells != 1]} of {series} series, {difference:+,.0f} units"
