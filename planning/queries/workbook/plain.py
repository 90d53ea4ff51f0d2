"""The plan as CSV, streamed: memory does not grow with the portfolio."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from planning.queries.columns import Column, spread
from planning.queries.grid import Grid
from planning.queries.workbook import content
from planning.queries.workbook.content import Row
from sop import months

LABELS = ("family", "product", "product_name", "market", "market_name", "measure")
DECIMALS = 4
RISKY = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """A spreadsheet takes a cell that starts like this for a formula."""
    return f"'{text}" if text.startswith(RISKY) else text


def list_layout(grid: Grid) -> Iterator[str]:
    """One line for each series, measure and plan month; cells that can be entered carry what they were."""
    yield _lines([(*LABELS, "month", "quantity", f"base ({_about(grid)})", "entry_version")])
    codes = [months.code(month) for month in grid.window.months]
    plan_months = range(grid.window.now, grid.window.until)
    for part in content.portions(grid, content.members(grid)):
        yield _lines(line for row in part for line in _list_of(row, codes, plan_months))


def grid_layout(grid: Grid) -> Iterator[str]:
    """One line for each series and measure, months and totals in columns; the last column is for coming back."""
    columns = grid.window.columns()
    yield _lines([(*LABELS, *(_head(column) for column in columns), f"evenkeel ({_about(grid)})")])
    for part in content.portions(grid, content.members(grid)):
        cells = spread(np.vstack([row.values for row in part]), columns)
        yield _lines(
            (*_labels(row), *("" if value is None else _number(value) for value in values), row.seen(grid.window.now))
            for row, values in zip(part, cells, strict=True)
        )


def _list_of(row: Row, codes: list[str], positions: range) -> Iterator[tuple[str, ...]]:
    labels, values = _labels(row), row.values.tolist()
    for position in positions:
        value = values[position]
        if value == value:
            number = _number(value)
            base = (repr(value), str(row.versions.get(position, 0))) if row.editable else ("", "")
            yield (*labels, codes[position], number, *base)


def _labels(row: Row) -> tuple[str, ...]:
    family, product, product_name, market_name, _ = row.labels
    _, market, measure = row.key
    return tuple(harmless(text) for text in (family, product, product_name, market, market_name, measure))


def _number(value: float) -> str:
    rounded = round(value, DECIMALS)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _head(column: Column) -> str:
    return f"{column.label} {column.year}" if column.kind == "quarter" else column.id


def _about(grid: Grid) -> str:
    about = content.about(grid.plan, grid.unit)
    return f"plan {about['plan']}, cycle {about['cycle']}, version {about['version']}, {about['unit']}"


def _lines(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
