"""The part of a sales plan that one gesture touches: read, changed in memory, written back in one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from planning.actions.follows import tell_followers
from planning.actions.lines import Moved, write_lines
from planning.models import Assumption, Input, SalesPlan, SalesPlanLine, Stream
from planning.queries import fences
from planning.queries.fences import Cells
from planning.queries.rows import FEW
from sop import bulk, months
from sop.actions import changes
from sop.errors import PlanningError
from sop.models import Family, Market, User
from sop.vectors import Vector

ABOUT = ["locked", "reason", "mode", "level", "method", "assumption_id", "expires", "author_id"]
VECTORS = ("baseline", "events", "consensus", "price", "unit_cost")
MANY = 5_000
ENTRY = ["quantity", *ABOUT, "row_version", "updated_at"]


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
    row_version: int
    updated_at: dt.datetime
    locked: bool
    reason: str
    mode: str
    level: str
    method: str
    assumption_id: int | None
    expires: dt.date | None
    author_id: int | None


@dataclass(frozen=True)
class About:
    """What an entry carries beside its quantity."""

    locked: bool
    reason: str
    mode: str
    level: str
    method: str
    assumption: int | None
    expires: dt.date | None
    author: int | None

    @classmethod
    def of(cls, entry: Entered) -> Self:
        return cls(*(getattr(entry, name) for name in ABOUT))

    @cached_property
    def columns(self) -> tuple[Any, ...]:
        """In the order of `ABOUT`."""
        return tuple(getattr(self, each.name) for each in fields(self))

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value} | (
            {"expires": months.code(self.expires)} if self.expires else {}
        )

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """What `as_json` made of it; an assumption that is no longer there is left out."""
        until, assumption = kept.get("expires"), kept.get("assumption")
        return cls(
            kept.get("locked", False),
            kept.get("reason", ""),
            kept.get("mode", Input.Mode.ABSOLUTE),
            kept.get("level", ""),
            kept.get("method", ""),
            assumption if assumption and Assumption.objects.filter(pk=assumption).exists() else None,
            months.parse(until) if until else None,
            kept.get("author"),
        )


@dataclass
class Written:
    """What a gesture does to the entries: rows to write, keys to delete, and what the log keeps.

    `cells`: series, month, quantity before and after, row version. `was`: what each replaced entry carried. `locks`:
    whether a lock was set or lifted.
    """

    upserts: list[tuple[Any, ...]] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)
    cells: list[list[Any]] = field(default_factory=list)
    was: list[list[Any]] = field(default_factory=list)
    locks: bool = False


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
    kept: dict[tuple[int, int], About] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = self.values.copy()
        self.position = {int(key): row for row, key in enumerate(self.series["series"])}

    @property
    def moved(self) -> np.ndarray:
        """Which cells have another quantity than before."""
        moved: np.ndarray = self.values != self.seen
        return moved

    def returned(self, members: NDArray[np.intp], column: int) -> bool:
        """Whether these cells of a month went back to the baseline."""
        return all(self.touched.get((row, column), 0.0) is None for row in members.tolist())

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
    baseline, events, consensus, price, cost = _vectors(plan, series)
    usual = np.maximum(baseline + events, 0)
    values = consensus if stream is None else usual.copy()
    sheet = Sheet(plan, stream, series, values, usual, np.zeros(values.shape, dtype=bool), {}, price, cost)
    touched = [months.add(plan.start, column) for column in columns if 0 <= column < plan.horizon]
    entries = Input.objects.filter(narrow(series), plan=plan, stream=stream, month__in=touched)
    for row in entries.values_list(*Entered._fields):
        entry = Entered(*row)
        column = months.distance(plan.start, entry.month)
        if entry.series_id in sheet.position:
            sheet.inputs[entry.series_id, column] = entry
            sheet.values[sheet.position[entry.series_id], column] = entry.quantity
            sheet.locked[sheet.position[entry.series_id], column] = entry.locked
    sheet.seen = sheet.values.copy()
    return sheet


def _vectors(plan: SalesPlan, series: pd.DataFrame) -> list[Vector]:
    """Baseline, events, consensus, price and unit cost of the series, in their order."""
    lines = SalesPlanLine.objects.filter(plan=plan, series__isnull=False)
    wanted = pd.Index(series["series"])
    result = [np.zeros((len(wanted), plan.horizon)) for _ in VECTORS]
    found = 0
    # Market by market where they are many, so that not all of them are in memory twice.
    parts = [part for _, part in series.groupby("market")] if len(series) > MANY else [series]
    for part in parts:
        for keys, *vectors in bulk.blocks(lines.filter(narrow(part)), "series_id", *VECTORS):
            at = wanted.get_indexer(keys)
            found += int((at >= 0).sum())
            for matrix, values in zip(result, vectors, strict=True):
                matrix[at[at >= 0]] = values[at >= 0]
    if found < len(wanted):
        raise PlanningError("A series is new since this plan was made. Make the plan again to include it.")
    return result


def narrow(series: pd.DataFrame) -> Q:
    """A filter on what points at series: these, or when they are many all in their families and markets."""
    if len(series) <= FEW:
        return Q(series__in=series["series"].tolist())
    return Q(
        series__product__family__in=series["family"].unique().tolist(),
        series__market__in=series["market"].unique().tolist(),
    )


def save_sheet(
    sheet: Sheet, *, by: User, cause: Cause, note: str, kind: str, approved_by: User | None = None
) -> Edited:
    """Write entries, lines and totals, log it, and count the plan's version up when the consensus moved.

    Frozen cells of the consensus change only when somebody approved it.
    """
    if approved_by is None:
        refuse_frozen(sheet)
    plan = sheet.plan
    written = _entries(sheet, by, cause)
    _write_inputs(sheet.stream, written.upserts, written.deletes)
    if sheet.stream is None and sheet.moved.any():
        rows = np.flatnonzero(sheet.moved.any(axis=1))
        moved = Moved(sheet.seen[rows], sheet.values[rows], sheet.price[rows], sheet.unit_cost[rows])
        write_lines(plan, sheet.series.iloc[rows], moved)
        plan.version += 1
        plan.save(update_fields=["version"])
    touched = sheet.series.iloc[sorted({row for row, _ in sheet.touched})]
    counts = np.bincount(np.array([row for row, _ in sheet.touched], dtype=np.intp), minlength=len(sheet.series))
    voice = sheet.stream.name if sheet.stream else ""
    tell_followers(cycle=plan.cycle, series=sheet.series, cells=counts, by=by, kind=kind, stream=voice)
    change = changes.record(
        changes.What(
            kind,
            _summary(sheet, len(touched), kind) + (f", approved by {approved_by.display_name}" if approved_by else ""),
            object=f"sales-plan:{plan.pk}",
            reason=cause.reason,
            data={
                "stream": sheet.stream.code if sheet.stream else None,
                "cells": written.cells,
                "was": written.was,
                "locks": written.locks,
                "version": plan.version,
            },
            families=Family.objects.filter(pk__in=touched["family"].unique().tolist()).values_list("code", flat=True),
            markets=Market.objects.filter(pk__in=touched["market"].unique().tolist()).values_list("code", flat=True),
        ),
        by=by,
        cycle=plan.cycle,
    )
    return Edited(change.change_set, plan.version, len(written.cells), note)


def _entries(sheet: Sheet, by: User, cause: Cause) -> Written:
    """Rows to write, entries to delete, and what the log keeps of each cell."""
    keys, now, span = sheet.series["series"].tolist(), timezone.now(), sheet.plan.months
    codes = [months.code(month) for month in span]
    stream = sheet.stream.pk if sheet.stream else None
    usual = {how: _about(how, by, cause) for how in {How(), *sheet.how.values()}}
    written = Written()
    for (row, column), quantity in sorted(sheet.touched.items()):
        key, code = int(keys[row]), codes[column]
        entry = sheet.inputs.get((key, column))
        version = None
        if quantity is not None:
            version = (entry.row_version if entry else 0) + 1
            about = sheet.kept.get((row, column)) or usual[sheet.how.get((row, column), How())]
            written.locks |= about.locked != (entry.locked if entry else False)
            written.upserts.append((sheet.plan.pk, stream, key, span[column], quantity, *about.columns, version, now))
        elif entry:
            written.deletes.append(entry.pk)
        written.cells.append([key, code, entry.quantity if entry else None, quantity, version])
        if entry:
            written.was.append([key, code, About.of(entry).as_json()])
    return written


def _about(how: How, by: User, cause: Cause) -> About:
    assumption = cause.assumption.pk if cause.assumption else None
    return About(False, cause.reason, how.mode, how.level, how.method, assumption, cause.expires, by.pk)


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


VERBS = {
    "plan.edited": "Changed",
    "plan.mass_edited": "Changed",
    "plan.undone": "Undid a change of",
    "plan.locked": "Locked cells of",
    "plan.unlocked": "Unlocked cells of",
}


def _summary(sheet: Sheet, series: int, kind: str) -> str:
    what = f"{sheet.stream.name}’s numbers" if sheet.stream else "the sales plan"
    cells = len(sheet.touched)
    difference = float((sheet.values - sheet.seen).sum())
    moved = f", {difference:+,.0f} units" if sheet.moved.any() else ""
    return f"{VERBS.get(kind, 'Changed')} {what}: {cells} cell{'s'[: cells != 1]} of {series} series{moved}"


def zones_of(sheet: Sheet) -> tuple[Cells, Cells]:
    """Which cells of a sheet are frozen, and which slushy; none in a department's stream."""
    if sheet.stream is not None:
        nothing = np.zeros(sheet.values.shape, dtype=bool)
        return nothing, nothing
    return fences.zones().masks(sheet.series["family"].to_numpy(), sheet.plan.horizon)


def refuse_frozen(sheet: Sheet) -> None:
    """The last word: nothing that was not approved changes a frozen cell, by whichever way it came."""
    frozen = zones_of(sheet)[0] & sheet.moved
    if frozen.any():
        column = int(np.flatnonzero(frozen.any(axis=0))[0])
        raise PlanningError(
            f"{months.short(months.add(sheet.plan.start, column))} is frozen for {frozen[:, column].sum()} of these"
            " series. Edit it on the Demand page and ask for approval, or leave the frozen months out."
        )
