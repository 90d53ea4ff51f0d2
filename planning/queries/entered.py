"""What the departments said of a row in a month, and how it was decided, in words."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Q, QuerySet, Sum

from planning.engine.blend import among
from planning.models import ConsensusDecision, Input, Method, SalesPlanLine
from planning.queries import compare, records, rows, splits, voices
from planning.queries.grid import LEAF_KINDS, Grid
from planning.queries.rows import CONSENSUS, RowKey
from planning.queries.steps import MARKS, Step
from sop import bulk, months
from sop.models import Product, Series
from sop.words import counted, hundredths

COUNTED = {
    "total": Sum("quantity"),
    "count": Count("pk"),
    "locks": Count("pk", filter=Q(locked=True)),
}


@dataclass(frozen=True)
class Cell:
    """A row in a month; of a product or a series with what each series was expected to sell and is planned to."""

    grid: Grid
    row: RowKey
    month: dt.date
    usual: dict[int, float] = field(default_factory=dict)
    planned: float = 0.0

    @property
    def column(self) -> int:
        return months.distance(self.grid.plan.start, self.month)

    @property
    def series(self) -> QuerySet[Series]:
        return Series.objects.filter(rows.below(self.row) & self.grid.filters.series())

    @property
    def entries(self) -> QuerySet[Input]:
        """All that was entered here, summed and counted in the database."""
        found = Input.objects.filter(plan=self.grid.plan, month=self.month)
        if self.row.kind == "total":
            return found.filter(self.grid.filters.series_of("series__"))
        return found.filter(series__in=self.series)


def opened(grid: Grid, row: RowKey, month: dt.date) -> Cell:
    """The cell, with its leaves where they are few. Two queries at most."""
    if row.kind not in LEAF_KINDS:
        return Cell(grid, row, month)
    column = months.distance(grid.plan.start, month)
    lines = SalesPlanLine.objects.filter(plan=grid.plan, series__in=Cell(grid, row, month).series)
    read = list(bulk.read(lines, "series_id", "baseline", "events", "consensus"))
    usual = {key: max(float(base[column] + events[column]), 0.0) for key, base, events, _ in read}
    return Cell(grid, row, month, usual, float(sum(line[3][column] for line in read)))


def steps(cell: Cell) -> list[Step]:
    """Each department's entries, the blend of a product or series, and the decision."""
    grouped = {code or CONSENSUS: rest for code, *rest in cell.entries.values_list("stream__code").annotate(**COUNTED)}
    names = {stream.code: stream.name for stream in cell.grid.streams}
    told = [
        step for code, name in names.items() if code in grouped and (step := _step(cell, code, name, grouped[code]))
    ]
    if told and cell.row.kind in LEAF_KINDS:
        told += _blend(cell, names)
    decided = _step(cell, CONSENSUS, "Decided", grouped[CONSENSUS]) if CONSENSUS in grouped else None
    return [*told, decided] if decided else told


def _step(cell: Cell, voice: str, name: str, figures: list[Any]) -> Step | None:
    """None when the entries were taken back since they were counted."""
    total, count, locks = figures
    mine = cell.entries.filter(stream=None) if voice == CONSENSUS else cell.entries.filter(stream__code=voice)
    last = mine.select_related("author", "assumption", "stream").order_by("-updated_at", "pk").first()
    if last is None:
        return None
    decision = _decision(cell, last) if voice == CONSENSUS else None
    few = cell.row.kind in LEAF_KINDS
    many = "" if few and count == len(cell.usual) else f" for {counted(count, 'series', 'series')}"
    words = [
        _method(cell, last, decision),
        splits.told(cell.grid, cell.row, last, mine) if few else _level(cell, last),
        f"cites {last.assumption.code} {last.assumption.name}" if last.assumption else "",
        "locked" if locks and locks == count else f"{locks} locked" if locks else "",
    ]
    if few:
        total = cell.planned if voice == CONSENSUS else total + _silent(cell, mine)
    who = (last.author.display_name if last.author else "") + many
    how = ", ".join(filter(None, words))
    return Step(MARKS.get(voice, voice), name, total, who, last.updated_at, last.reason, how[:1].upper() + how[1:])


def _silent(cell: Cell, entries: QuerySet[Input]) -> float:
    """What the series without an entry are expected to sell; a department's number is that with its entries."""
    spoke = set(entries.values_list("series_id", flat=True))
    return sum(value for key, value in cell.usual.items() if key not in spoke)


def _level(cell: Cell, last: Input) -> str:
    """At which row the last of many entries was made, and whether as a difference or a share."""
    where = splits.title(cell.grid, last.level)
    mode = f"as {last.get_mode_display()}" if last.mode != Input.Mode.ABSOLUTE else ""
    return ", ".join(filter(None, [f"the last entered at {where}" if where else "", mode]))


# --- How it was decided --------------------


def _decision(cell: Cell, last: Input) -> ConsensusDecision | None:
    """The newest decision that covers the cell, when the entry still comes from it."""
    method, _, stream = last.method.partition(":")
    if method not in Method.values:
        return None
    found = ConsensusDecision.objects.filter(
        plan=cell.grid.plan,
        row__in=_rows_above(cell),
        first_month__lte=cell.month,
        last_month__gte=cell.month,
        method=method,
        undone=False,
    )
    return (found.filter(stream__code=stream) if stream else found).order_by("-pk").first()


def _rows_above(cell: Cell) -> list[str]:
    """The row and those it is part of."""
    if cell.row.kind not in LEAF_KINDS:
        return [str(cell.row)]
    product, family = Product.objects.filter(series__in=cell.series).values_list("code", "family")[0]
    above = [f"family:{code}" for code in cell.grid.ancestry[family]]
    return [str(cell.row), f"product:{product}", *above, "total"]


def _method(cell: Cell, last: Input, decision: ConsensusDecision | None) -> str:
    """“Blend by record: Sales 46 / Marketing 31”; empty for a number that was typed."""
    method, _, stream = last.method.partition(":")
    if method == Method.STREAM:
        return f"the number of {cell.grid.name(stream)}"
    if method == Method.BLEND:
        names = {stream.code: stream.name for stream in cell.grid.streams}
        return f"blend by record {_weights(decision.weights, names) if decision else ''}".strip()
    known = {Input.LOCK: "locked as it was", "mass": "one of many cells changed at once"}
    known |= {Method.BASELINE: "the baseline with its events", Method.NUMBER: "a number"}
    return str(known.get(method, ""))


def _weights(weights: dict[str, float], names: dict[str, str]) -> str:
    told = [(name, weights[code]) for code, name in names.items() if weights.get(code)]
    parts = zip(told, hundredths([share for _, share in told]), strict=True)
    return " / ".join(f"{name} {part}" for (name, _), part in parts)


def _blend(cell: Cell, names: dict[str, str]) -> list[Step]:
    """What the blend by record would be now."""
    found = voices.voices(cell.grid.plan, cell.grid.filters, rows.below(cell.row))
    if found.frame.empty:
        return []
    product, family = int(found.frame["product"].iloc[0]), int(found.frame["family"].iloc[0])
    share = records.standing(cell.grid.filters.scope).shares([product], [family])
    weights = np.repeat(share, len(found.frame), axis=0)
    mixed = compare.proposed(found, Method.BLEND, "", weights)[:, cell.column]
    blended = np.where(np.isfinite(mixed), mixed, found.usual[:, cell.column])
    rest = sum(value for key, value in cell.usual.items() if key not in set(found.frame["series"]))
    spoke = np.asarray(np.isfinite(found.said[:, :, cell.column]).any(axis=0))
    told = dict(zip(found.streams, among(share[0], spoke).tolist(), strict=True))
    return [Step("ring", "Blend by record", float(blended.sum()) + rest, how=_weights(told, names))]
