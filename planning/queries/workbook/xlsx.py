"""The plan as an Excel workbook.

The first row and column of a sheet are hidden and say, for machines, which row and month is which; a hidden sheet holds
what every cell was at export. So labels may be renamed, rows sorted and columns moved before the file comes back.
"""

import json
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from planning.queries.columns import Column, spread
from planning.queries.grid import Grid
from planning.queries.valuation import COST, MARGIN, REVENUE, WRITABLE
from planning.queries.workbook import content
from planning.queries.workbook.content import KEY, LABELS, ROLES, Row
from planning.queries.workbook.sheets import Formula, Line, Value, save, style
from sop import months
from sop.errors import PlanningError

# 38,550 rows of 24 months take 8 s, 14 MB of file and 50 MB of memory.
MOST_ROWS = 40_000
MOST_LINES = 50_000
MOST_CHILDREN = 250
PLAN_SHEET, BASE_SHEET, HELP_SHEET = "Plan", "evenkeel", "Read me"
DEEPEST = 7  # Excel knows no more levels of an outline
WIDTHS = (18, 14, 28, 16, 14)
DECIMALS = 4
INK, QUIET, HEAD, CALCULATED, INPUT, TOTAL, LINE = (
    "FF1B2430", "FF5B6672", "FFE9EDF1", "FFF4F6F8", "FFFFF8E1", "FFEEF1F4", "FFD5DBE1",
)  # fmt: skip
HELP = (
    "Enter numbers in the yellow cells. Grey cells are calculated or shown for comparison; they are not read back.",
    "Totals of quarters, years, products and families are formulas: they follow what you enter below them.",
    "Rows may be sorted, filtered, inserted and deleted, columns moved, headers renamed. Nothing is deleted by a "
    "row or a cell that is missing: a blank cell means “leave as it is”.",
    "Formulas are welcome; the file must have been saved by a spreadsheet program so that their results are in it.",
    "A cell typed as +10% changes by a share. To write +500 or *1.1 as in the grid, put an apostrophe before it.",
    "A file of more than 10 MB or 700,000 cells cannot be imported: export a family or a market to enter numbers.",
    "Then: Demand, the menu with three dots, Import a workbook. You see every difference, also what others have "
    "changed meanwhile, before anything is written.",
)


# What a sheet in money says besides; margin is all grey.
IN_MONEY = {
    REVENUE: "Numbers are revenue at plan price. What you enter becomes the units that bring it; a product without a "
    "plan price takes none.",
    COST: "Numbers are standard cost. What you enter becomes the units that cost it; a product without a cost takes "
    "none.",
    MARGIN: "Margin is for reading only: this workbook cannot be imported. Export units, revenue or cost to enter "
    "numbers.",
}


def grid_layout(grid: Grid, target: IO[bytes]) -> None:
    """Rows of the hierarchy, months in columns with totals of quarters and years."""
    series = content.members(grid)
    expected = len(series) * len(content.measures(grid))
    if expected > MOST_ROWS:
        raise _too_many(f"{expected:,} rows", f"{MOST_ROWS:,} rows")
    rows = content.hierarchy(grid, series)
    _Book(grid).save_grid(rows, target)


def list_layout(grid: Grid, target: IO[bytes]) -> None:
    """One line for each series, measure and plan month."""
    series = content.members(grid)
    expected = len(series) * len(content.measures(grid)) * (grid.window.until - grid.window.now)
    if expected > MOST_LINES:
        raise _too_many(f"{expected:,} lines", f"{MOST_LINES:,} lines")
    rows = [row for part in content.portions(grid, series) for row in part]
    _Book(grid).save_list(rows, target)


def _too_many(asked: str, most: str) -> PlanningError:
    return PlanningError(
        f"This would be {asked}; a workbook holds at most {most}. Choose a family or a market above the grid, "
        "or export the list as CSV, which has no limit.",
        status=413,
    )


class _Book:
    """A workbook that is written from the first row to the last."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.now = grid, grid.window.now
        self.book = Workbook(write_only=True)
        self._help(self.book.create_sheet(HELP_SHEET))
        self.sheet: Any = self.book.create_sheet(PLAN_SHEET)
        self.base: Any = self.book.create_sheet(BASE_SHEET)
        self.base.sheet_state = "veryHidden"
        self.book.active = 1
        self._styles()

    def _help(self, sheet: Any) -> None:
        plan = self.grid.plan
        sheet.column_dimensions["A"].width = 110
        title = WriteOnlyCell(sheet, f"Sales plan {plan.cycle}, version {plan.version}, {self.grid.unit}")
        title.font = Font(bold=True, size=14)
        sheet.append([title])
        sheet.append([])
        money = IN_MONEY.get(self.grid.unit)
        for sentence in (money, *HELP) if money else HELP:
            cell = WriteOnlyCell(sheet, sentence)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.append([cell])

    def _styles(self) -> None:
        sheet, units = self.sheet, "#,##0"
        ink, quiet, strong = Font(color=INK), Font(color=QUIET), Font(bold=True, color=INK)
        self.plain, self.label, self.bold = style(sheet), style(sheet, font=ink), style(sheet, font=strong)
        self.head = style(sheet, font=strong, fill=HEAD, edge=LINE)
        self.head_right = style(sheet, font=strong, fill=HEAD, edge=LINE, align="right")
        self.input = style(sheet, font=ink, fill=INPUT, number=units, edge=LINE)
        self.calculated = style(sheet, font=quiet, fill=CALCULATED, number=units)
        self.strong = style(sheet, font=strong, fill=CALCULATED, number=units)
        self.total = style(sheet, font=strong, fill=TOTAL, number=units)
        self.month = style(sheet, font=ink, number="mmm yy", align="right")

    # --- The two layouts ---

    def save_grid(self, rows: list[Row], target: IO[bytes]) -> None:
        columns = self.grid.window.columns()
        self._dress(len(rows), [9.5] * len(columns))
        self.sheet.sheet_properties.outlinePr.summaryBelow = False
        self.sheet.sheet_format.outlineLevelRow = min(max((row.depth for row in rows), default=0), DEEPEST)
        save(self.book, {PLAN_SHEET: self._grid(rows, columns), BASE_SHEET: self._base(rows)}, target)

    def _grid(self, rows: list[Row], columns: list[Column]) -> Iterator[Line]:
        first = len(LABELS) + 2
        letters = {column.id: get_column_letter(first + at) for at, column in enumerate(columns)}
        sums = self._sums(columns, letters)
        yield from self._heads([_code(column) for column in columns], [_head(column) for column in columns])
        for number, (row, cells) in enumerate(zip(rows, self._cells(rows, columns), strict=True), start=3):
            label = self.label if row.is_series else self.bold
            line: list[tuple[Value, int]] = [(row.code, self.plain), *((text, label) for text in row.labels)]
            for column, value in zip(columns, cells, strict=True):
                if column.kind in ("quarter", "year"):
                    line.append((sums[column.id](row, number, value), self.total))
                else:
                    line.append(self._cell(row, column.first, value, letters[column.id]))
            yield Line(line, level=min(row.depth, DEEPEST))

    def _cells(self, rows: list[Row], columns: list[Column]) -> Iterator[list[float | None]]:
        for start in range(0, len(rows), 500):
            yield from spread(np.vstack([row.values for row in rows[start : start + 500]]), columns)

    def _cell(self, row: Row, position: int, value: float | None, letter: str) -> tuple[Value, int]:
        if row.is_series:
            return value, self._look(row, position)
        if value is None or not 0 < len(row.children) <= MOST_CHILDREN:
            return value, self.strong
        return Formula("SUM(" + ",".join([f"{letter}{child + 3}" for child in row.children]) + ")", value), self.strong

    def _look(self, row: Row, position: int) -> int:
        free = self.grid.unit in WRITABLE and row.editable and position >= self.now and position not in row.closed
        return self.input if free else self.calculated

    def _sums(self, columns: list[Column], letters: dict[str, str]) -> dict[str, Callable[..., Value]]:
        """For each total the formula over its months on the sheet; what of it lies before the sheet is a number."""
        shown = {column.first: letters[column.id] for column in columns if _is_month(column)}

        def total(column: Column) -> Callable[..., Value]:
            inside = range(column.first, column.last + 1)
            on_sheet = [shown[at] for at in inside if at in shown]
            hidden = [at for at in inside if at not in shown]

            def formula(row: Row, number: int, value: float | None) -> Value:
                if value is None or not on_sheet:
                    return value
                before = round(float(np.nansum(row.values[hidden])), DECIMALS) if hidden else 0.0
                cells = ",".join([f"{letter}{number}" for letter in on_sheet])
                return Formula(f"SUM({cells}{f',{before}' if before else ''})", value)

            return formula

        return {column.id: total(column) for column in columns if not _is_month(column)}

    def save_list(self, rows: list[Row], target: IO[bytes]) -> None:
        self._dress(sum(1 for _ in self._list(rows)) - 2, [10, 12])
        save(self.book, {PLAN_SHEET: self._list(rows), BASE_SHEET: self._base(rows)}, target)

    def _list(self, rows: list[Row]) -> Iterator[Line]:
        window = self.grid.window
        yield from self._heads(["month", "quantity"], ["Month", self.grid.unit.capitalize()])
        for row in rows:
            start: list[tuple[Value, int]] = [(row.code, self.plain), *((text, self.label) for text in row.labels)]
            for position in range(self.now, window.until):
                known = not np.isnan(row.values[position])
                value = round(float(row.values[position]), DECIMALS) if known else None
                look = self._look(row, position)
                if known or look == self.input:
                    yield Line([*start, (window.months[position], self.month), (value, look)])

    # --- What machines read ---

    def _base(self, rows: list[Row]) -> Iterator[Line]:
        yield Line([(json.dumps(content.about(self.grid.plan, self.grid.unit)), self.plain)])
        for row in rows:
            if row.is_series:
                yield Line([(row.code, self.plain), (row.seen(self.now), self.plain)])

    def _dress(self, rows: int, widths: list[float]) -> None:
        """Widths, the hidden key column, frozen labels, a filter."""
        sheet = self.sheet
        sheet.column_dimensions["A"].hidden = True
        for at, width in enumerate((*WIDTHS, *widths), start=2):
            sheet.column_dimensions[get_column_letter(at)].width = width
        sheet.freeze_panes = f"{get_column_letter(len(LABELS) + 2)}3"
        last = get_column_letter(1 + len(LABELS) + len(widths))
        sheet.auto_filter.ref = f"B2:{last}{rows + 2}"

    def _heads(self, codes: list[str], heads: list[str]) -> Iterator[Line]:
        yield Line([(text, self.plain) for text in (KEY, *ROLES, *codes)], hidden=True)
        left = [(text, self.head) for text in LABELS]
        yield Line([("", self.plain), *left, *((text, self.head_right) for text in heads)])


def _is_month(column: Column) -> bool:
    return column.kind in ("past", "now", "plan")


def _code(column: Column) -> str:
    return column.id if _is_month(column) else "total"


def _head(column: Column) -> str:
    if _is_month(column):
        return months.short(months.parse(column.id))
    return f"{column.label} {column.year}" if column.kind == "quarter" else column.label
