"""A forecast from a file to a file, for anybody's data: nothing here asks the database.

Every row of the file is checked before anything is forecast, and nothing is written unless all of them are good.
"""

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting import engine
from forecasting.queries.histories import LONGEST_MEMORY
from sop import months
from sop.actions import cells, reading
from sop.actions.cells import Codes, Parser
from sop.errors import PlanningError

LEVELS = (0.8, 0.9)
BOUNDS = ("lower80", "upper80", "lower90", "upper90")
LARGEST_HORIZON = 60
ERRORS_SHOWN = 20
YEAR = 12

Numbers = NDArray[np.float64]
Entry = tuple[str, dt.date, float]


@dataclass(frozen=True, eq=False)
class Past:
    """Row i of `quantity` belongs to `names[i]`; its columns are the months from `start` on, NaN where no row was."""

    names: list[str]
    start: dt.date
    quantity: Numbers

    @property
    def end(self) -> dt.date:
        """The first month that is forecast."""
        return months.add(self.start, self.quantity.shape[1])


@dataclass
class Complaints:
    """What is wrong with a file; the first of it is told."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, row: int, column: str, message: str) -> None:
        self.count += 1
        if self.count <= ERRORS_SHOWN:
            self.shown.append(f"row {row}, {column}: {message}")


def forecast_file(
    *, source: Path, target: Path, horizon: int, members: bool = False, boosted: bool = False
) -> dict[str, Any]:
    """Forecast every series of `source` for the `horizon` months after its last month, into `target`.

    With `boosted`, the boosted model joins where there are enough series and its own test shows that it helps.
    """
    if not 1 <= horizon <= LARGEST_HORIZON:
        raise PlanningError(f"The horizon is 1 to {LARGEST_HORIZON} months, not {horizon}.")
    if target.resolve() == source.resolve():
        raise PlanningError("The forecast would overwrite the file it is made of. Name another file for it.")
    if boosted and not engine.boosting_is_installed():
        raise PlanningError("The boosted model needs LightGBM, which is not installed: see requirements-extra.txt.")
    past = read(source)
    shared = engine.learn(past.quantity, horizon, levels=LEVELS, boost=True) if boosted else None
    found = engine.forecast(past.quantity, horizon, first_month=past.start.month, levels=LEVELS, shared=shared)
    write(target, past, found, members=members)
    return {
        "series": len(past.names),
        "from": months.code(past.end),
        "horizon": horizon,
        "rows": len(past.names) * horizon,
        "patterns": dict(sorted(Counter(found.pattern.tolist()).items())),
        **accuracy(past, found),
        **({"boosted": _joined(shared)} if shared else {}),
        "engine_version": engine.ENGINE_VERSION,
    }


def _joined(shared: engine.Shared) -> bool:
    return shared.boosted is not None and shared.boosted.earned


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(path: Path) -> Past:
    """The histories of a CSV file with the columns series, month and quantity, in any order of rows."""
    complaints = Complaints()
    with reading.sheet(reading.file(path)) as sheet:
        entries = _entries(sheet, _columns(path, sheet.header), complaints)
    if complaints.count:
        more = complaints.count - len(complaints.shown)
        lines = "\n".join(complaints.shown) + (f"\nand {more:,} more" if more else "")
        raise PlanningError(f"{path.name} was not forecast. Correct these rows and run it again:\n{lines}")
    if not entries:
        raise PlanningError(f"{path.name} has no rows below its header. It needs one for each series and month.")
    return _past(entries)


def _columns(path: Path, header: list[str]) -> list[tuple[str, int, Parser]]:
    """Where each column stands and how its cells are read; other columns are left alone."""
    parsers = {"series": cells.text(200), "month": cells.month, "quantity": cells.number()}
    for name in parsers:
        if header.count(name) != 1:
            what = f"has no column “{name}”{reading.did_you_mean(name, header)}"
            if name in header:
                what = f"has more than one column “{name}”"
            raise PlanningError(f"{path.name} {what}. Its first row must name the columns series, month and quantity.")
    return [(name, header.index(name), parser) for name, parser in parsers.items()]


def _entries(
    sheet: reading.Sheet, columns: list[tuple[str, int, Parser]], complaints: Complaints
) -> dict[tuple[str, dt.date], tuple[int, float]]:
    """Series and month → the row it stands in and its quantity."""
    codes = Codes(decimal_comma=sheet.decimal_comma)
    entries: dict[tuple[str, dt.date], tuple[int, float]] = {}
    for number, row in sheet.rows:
        if len(row) > len(sheet.header):
            complaints.add(number, "cells", f"has {len(row)} cells, but there are {len(sheet.header)} columns")
            continue
        values = _parsed(number, row, columns, codes, complaints)
        if values is None:
            continue
        name, month, quantity = values
        earlier, _ = entries.setdefault((name, month), (number, quantity))
        if earlier != number:
            complaints.add(
                number,
                "month",
                f"“{name}” has its {months.code(month)} in row {earlier} already; keep one row, or their sum",
            )
    return entries


def _parsed(
    number: int, row: list[str], columns: list[tuple[str, int, Parser]], codes: Codes, complaints: Complaints
) -> Entry | None:
    values: list[Any] = []
    for name, position, parser in columns:
        cell = row[position] if position < len(row) else ""
        try:
            _refuse_blank(name, cell)
            values.append(parser(cell, codes))
        except ValueError as error:
            complaints.add(number, name, str(error))
    return (values[0], values[1], values[2]) if len(values) == len(columns) else None


def _refuse_blank(name: str, cell: str) -> None:
    if not cell:
        unknown = "; write 0 where nothing was sold, and leave the row out where it is not known"
        raise ValueError(f"is blank{unknown if name == 'quantity' else ''}")


def _past(entries: dict[tuple[str, dt.date], tuple[int, float]]) -> Past:
    """Series in the order of their names, months without a row as missing, no longer than the engine's memory."""
    names = sorted({name for name, _ in entries})
    position = {name: row for row, name in enumerate(names)}
    end = max(month for _, month in entries)
    first = min(month for _, month in entries)
    start = max(first, months.add(end, 1 - LONGEST_MEMORY))
    quantity = np.full((len(names), months.distance(start, end) + 1), np.nan)
    for (name, month), (_, value) in entries.items():
        if month >= start:
            quantity[position[name], months.distance(start, month)] = value
    return Past(names, start, quantity)


# --- Writing ----------------------------------------------------------------------------------------------------------


def write(path: Path, past: Past, found: engine.Forecast, *, members: bool) -> None:
    """One row for each series and month; the file appears when it is complete."""
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            names = sorted(found.members) if members else []
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["series", "month", "mean", *BOUNDS, "pattern", *names])
            writer.writerows(_rows(past, found, names))
        unfinished.replace(path)
    except OSError as error:
        raise PlanningError(f"{path} cannot be written ({error.strerror}). Name a file in another folder.") from error


def _rows(past: Past, found: engine.Forecast, names: list[str]) -> Iterable[list[str]]:
    horizon = found.mean.shape[1]
    codes = [months.code(month) for month in months.span(past.end, horizon)]
    bounds = [side[:, :, level] for level in range(len(LEVELS)) for side in (found.lower, found.upper)]
    columns = [found.mean, *bounds, *(found.members[name] for name in names)]
    for row, series in enumerate(past.names):
        figures = np.stack([values[row] for values in columns], axis=1).tolist()
        pattern = str(found.pattern[row])
        for code, (mean, lower80, upper80, lower90, upper90, *others) in zip(codes, figures, strict=True):
            shown = map(_shown, (mean, lower80, upper80, lower90, upper90))
            yield [series, code, *shown, pattern, *map(_shown, others)]


def _shown(value: float) -> str:
    """Nine digits, which is more than any forecast knows; blank for a member that the series does not use."""
    return "" if np.isnan(value) else f"{value:.9g}"


def accuracy(past: Past, found: engine.Forecast) -> dict[str, float | None]:
    """Of the backtest, each series weighted with what it sold in the last year; None where nothing could be tested."""
    sold = np.nansum(np.maximum(past.quantity[:, -YEAR:], 0.0), axis=1)
    tested = np.isfinite(found.wape) & np.isfinite(found.naive_wape) & np.isfinite(found.bias)
    total = float(sold[tested].sum())
    return {
        name: round(float(sold[tested] @ getattr(found, name)[tested]) / total, 6) if total else None
        for name in ("wape", "naive_wape", "bias")
    }
