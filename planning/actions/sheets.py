"""The part of a sales plan that one gesture touches: read, changed in memory, written back in one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np
import pandas as pd
from django.db.models import BigIntegerField, Q, Window
from django.db.models.functions import DenseRank
from django.utils import timezone
from numpy.typing import NDArray

from planning.actions.follows import tell_followers
from planning.actions.lines import Moved, write_lines
from planning.actions.moved import demand_moved
from planning.models import Assumption, Input, SalesPlan, SalesPlanLine, Stream
from planning.queries import fences
from planning.queries.edited import EditedCells
from planning.queries.fences import Cells
from planning.queries.leaves import Ints, find
from planning.queries.rows import FEW
from sop import bulk, months
from sop.actions import changes
from sop.errors import PlanningError
from sop.models import Family, Market, User
from sop.vectors import Vector

ABOUT = ["locked", "reason", "mode", "level", "method", "assumption_id", "expires", "author_id"]
VECTORS = ("baseline", "events", "consensus", "price", "unit_cost")
MANY = 5_000


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

    @property
    def columns(self) -> dict[str, Any]:
        """By the columns of the table."""
        return dict(zip(ABOUT, (getattr(self, each.name) for each in fields(self)), strict=True))

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


@dataclass(frozen=True, eq=False)
class Entries:
    """The entries that stand in a sheet, as columns; `place[row, column]` is where a cell's entry is, −1 without one.

    `carried` is the position in `abouts` of what an entry carries, `changed` when it was last written.
    """

    place: NDArray[np.int32]
    pk: Ints
    quantity: Vector
    version: Ints
    locked: NDArray[np.bool_]
    changed: NDArray[np.datetime64]
    carried: Ints
    abouts: list[About]

    def about(self, row: int, column: int) -> About | None:
        """What the entry of a cell carries; None where there is none."""
        at = self.place[row, column]
        return self.abouts[self.carried[at]] if at >= 0 else None

    def of(self, rows: NDArray[np.intp], column: int) -> Ints:
        """The entries of some rows in a month."""
        at: Ints = self.place[rows, column].astype(np.int64)
        return at[at >= 0]


@dataclass
class Sheet:
    """The part of a plan that a gesture touches, in one stream: series × the plan's months, and who entered what.

    `touched` are the cells that the gesture writes, `cleared` those of them that return to the baseline; `marks` are
    positions in `carrying`: how the quantity came about, or all that its entry is to carry.
    """

    plan: SalesPlan
    stream: Stream | None
    series: pd.DataFrame
    values: Vector
    baseline: Vector
    price: Vector
    unit_cost: Vector
    seen: Vector = field(init=False)
    locked: NDArray[np.bool_] = field(init=False)
    entries: Entries = field(init=False)
    touched: NDArray[np.bool_] = field(init=False)
    cleared: NDArray[np.bool_] = field(init=False)
    marks: NDArray[np.int32] = field(init=False)
    carrying: dict[How | About, int] = field(init=False)

    def __post_init__(self) -> None:
        shape = self.values.shape
        self.locked, self.touched, self.cleared = np.zeros((3, *shape), dtype=bool)
        self.marks = np.zeros(shape, dtype=np.int32)
        self.carrying = {How(): 0}

    @property
    def moved(self) -> np.ndarray:
        """Which cells have another quantity than before."""
        moved: np.ndarray = self.values != self.seen
        return moved

    def returned(self, members: NDArray[np.intp], column: int) -> bool:
        """Whether these cells of a month went back to the baseline."""
        return bool(self.cleared[members, column].all())

    def rows_of(self, series: Any) -> NDArray[np.intp]:
        """The rows of these series, −1 for one that is not in the sheet."""
        return find(self.series["series"].to_numpy(), np.asarray(series, dtype=np.int64)).astype(np.intp)

    def put(self, members: np.ndarray, column: int, quantities: Vector | None, how: How | None = None) -> None:
        """Set, or with None return to the baseline, the members' cells of a month; locked cells stay."""
        free = members[~self.locked[members, column]]
        if quantities is None:
            self.values[free, column] = self.baseline[free, column]
        else:
            self.values[members, column] = quantities
        self.touch((free, column), how or How(), cleared=quantities is None)

    def touch(self, cells: Any, carried: How | About, *, cleared: bool = False) -> None:
        """The gesture writes these cells, given as an index of the sheet."""
        self.touched[cells], self.cleared[cells] = True, cleared
        self.marks[cells] = self.carrying.setdefault(carried, len(self.carrying))


def open_sheet(plan: SalesPlan, stream: Stream | None, series: pd.DataFrame, columns: Collection[int]) -> Sheet:
    """Read what a gesture in these columns of the plan needs. Three queries.

    The caller holds the plan's row for this transaction; so does everything else that writes its lines.
    """
    baseline, events, values, price, cost = _vectors(plan, series)
    baseline += events
    np.maximum(baseline, 0, out=baseline)
    if stream is not None:
        np.copyto(values, baseline)
    sheet = Sheet(plan, stream, series, values, baseline, price, cost)
    _enter(sheet, [months.add(plan.start, column) for column in columns if 0 <= column < plan.horizon])
    sheet.seen = values.copy()
    return sheet


def _enter(sheet: Sheet, touched: list[dt.date]) -> None:
    """Put the entries of these months in their places."""
    found = Input.objects.filter(narrow(sheet.series), plan=sheet.plan, stream=sheet.stream, month__in=touched)
    # The same order numbers what entries carry, and lists it: many entries carry the same.
    rank = Window(DenseRank(), order_by=ABOUT, output_field=BigIntegerField())
    numbered = found.annotate(carried=rank).order_by()
    series, month, pk, quantity, version, locked, changed, carried = bulk.columns(
        numbered, "series_id", "month", "pk", "quantity", "row_version", "locked", "updated_at", "carried"
    )
    abouts = [About(*row) for row in found.order_by(*ABOUT).values_list(*ABOUT).distinct()]
    rows, column = sheet.rows_of(series), months.numbers(month) - months.number(sheet.plan.start)
    mine = rows >= 0
    rows, column = rows[mine], column[mine]
    place = np.full(sheet.values.shape, -1, dtype=np.int32)
    place[rows, column] = np.arange(len(rows))
    sheet.entries = Entries(
        place, pk[mine], quantity[mine], version[mine], locked[mine], changed[mine], carried[mine] - 1, abouts
    )
    sheet.values[rows, column] = sheet.entries.quantity
    sheet.locked[rows, column] = sheet.entries.locked


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
    written = _written(sheet, by, cause)
    _write_entries(sheet, written)
    moved = np.flatnonzero(sheet.moved.any(axis=1))
    if sheet.stream is None and moved.size:
        # In parts, so that the differences of all of them are never in memory.
        for low in range(0, moved.size, MANY):
            rows = moved[low : low + MANY]
            part = Moved(sheet.seen[rows], sheet.values[rows], sheet.price[rows], sheet.unit_cost[rows])
            write_lines(plan, sheet.series.iloc[rows], part)
        plan.version += 1
        plan.save(update_fields=["version"])
        demand_moved(plan, by=by)
    counts = sheet.touched.sum(axis=1)
    touched = sheet.series.iloc[np.flatnonzero(counts)]
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
                **_log(sheet, written).as_json(),
                "locks": written.locks,
                "version": plan.version,
            },
            families=Family.objects.filter(pk__in=touched["family"].unique().tolist()).values_list("code", flat=True),
            markets=Market.objects.filter(pk__in=touched["market"].unique().tolist()).values_list("code", flat=True),
        ),
        by=by,
        cycle=plan.cycle,
    )
    return Edited(change.change_set, plan.version, len(written.row), note)


@dataclass(frozen=True, eq=False)
class Written:
    """What a gesture does to the cells it touches: where they are, which entry stands there (−1: none), which are
    written and with what (the rest return to the baseline), and whether a lock is set or lifted."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    place: NDArray[np.int32]
    kept: NDArray[np.bool_]
    quantity: Vector
    version: Ints
    carried: NDArray[np.int32]
    abouts: list[About]
    locks: bool


def _written(sheet: Sheet, by: User, cause: Cause) -> Written:
    row, column = np.nonzero(sheet.touched)
    place, kept = sheet.entries.place[row, column], ~sheet.cleared[row, column]
    abouts = [each if isinstance(each, About) else _about(each, by, cause) for each in sheet.carrying]
    carried = sheet.marks[row, column]
    shut = np.array([about.locked for about in abouts])[carried]
    version = 1 + np.where(place >= 0, _at(sheet.entries.version, place), 0)
    locks = bool((kept & (shut != sheet.locked[row, column])).any())
    return Written(row, column, place, kept, sheet.values[row, column], version, carried, abouts, locks)


def _at(values: Any, place: NDArray[np.int32]) -> Any:
    """The values of entries; anything where there is none."""
    return values[place] if len(values) else np.zeros(len(place), dtype=values.dtype)


def _about(how: How, by: User, cause: Cause) -> About:
    assumption = cause.assumption.pk if cause.assumption else None
    return About(False, cause.reason, how.mode, how.level, how.method, assumption, cause.expires, by.pk)


def _write_entries(sheet: Sheet, written: Written) -> None:
    """Delete, replace and add entries, those that carry the same together."""
    Input.objects.filter(pk__in=sheet.entries.pk[written.place[~written.kept & (written.place >= 0)]].tolist()).delete()
    now = timezone.now()

    def blocks(chosen: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], bulk.Block]]:
        for number, about in enumerate(written.abouts):
            mine = chosen & (written.carried == number)
            if mine.any():
                entered = {"quantity": written.quantity[mine], "row_version": written.version[mine], "updated_at": now}
                yield mine, entered | about.columns

    known = written.kept & (written.place >= 0)
    bulk.update_blocks(
        Input, ["id"], ({"id": sheet.entries.pk[written.place[mine]]} | block for mine, block in blocks(known))
    )
    keys, span = sheet.series["series"].to_numpy(), np.array(sheet.plan.months, dtype="datetime64[D]")
    where = {"plan_id": sheet.plan.pk, "stream_id": sheet.stream.pk if sheet.stream else None}
    bulk.insert_blocks(
        Input,
        (
            where | {"series_id": keys[written.row[mine]], "month": span[written.column[mine]]} | block
            for mine, block in blocks(written.kept & (written.place < 0))
        ),
    )


def _log(sheet: Sheet, written: Written) -> EditedCells:
    """What the log keeps of each cell."""
    stood = written.place >= 0
    return EditedCells(
        series=sheet.series["series"].to_numpy()[written.row],
        month=months.number(sheet.plan.start) + written.column,
        before=np.where(stood, _at(sheet.entries.quantity, written.place), np.nan),
        after=np.where(written.kept, written.quantity, np.nan),
        version=np.where(written.kept, written.version, 0),
        carried=np.where(stood, _at(sheet.entries.carried, written.place), -1),
        abouts=[about.as_json() for about in sheet.entries.abouts],
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
    cells = int(sheet.touched.sum())
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
