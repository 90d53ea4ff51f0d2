"""Writing the plan as an Excel workbook: line by line, so that memory does not grow with the number of cells.

The first row and column of a sheet are hidden and say, for machines, which row and month is which; a hidden sheet holds
what every cell was at export. So labels may be renamed, rows sorted and columns moved before the file comes back.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from planning.queries.columns import Column, spread
from planning.queries.grid import Grid
from planning.queries.workbook import content
from planning.queries.workbook.content import KEY, LABELS, ROLES, Row
from sop import months
from sop.errors import PlanningError

MOST_ROWS = 5_000
MOST_LINES = 200_000
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
    "Then: Demand, the menu with three dots, Import a workbook. You see every difference, also what others have "
    "changed meanwhile, before anything is written.",
)


def grid_layout(grid: Grid, target: IO[bytes]) -> None:
    """Rows of the hierarchy, months in columns with totals of quarters and years."""
    series = content.members(grid)
    expected = len(series) * len(content.measures(grid))
    if expected > MOST_ROWS:
        raise _too_many(f"{expected:,} rows", f"{MOST_ROWS:,} rows")
    rows = content.hierarchy(grid, series)
    book = _Book(grid)
    book.write_grid(rows)
    book.write_base(rows)
    book.save(target)


def list_layout(grid: Grid, target: IO[bytes]) -> None:
    """One line for each series, measure and plan month."""
    series = content.members(grid)
    expected = len(series) * len(content.measures(grid)) * (grid.window.until - grid.window.now)
    if expected > MOST_LINES:
        raise _too_many(f"{expected:,} lines", f"{MOST_LINES:,} lines")
    rows = [row for part in content.portions(grid, series) for row in part]
    book = _Book(grid)
    book.write_list(rows)
    book.write_base(rows)
    book.save(target)


def _too_many(asked: str, most: str) -> PlanningError:
    return PlanningError(
        f"This would be {asked}; a workbook holds at most {most}. Choose a family or a market above the grid, "
        "or export the list as CSV, which has no limit.",
        status=413,
    )


class _Book:
    """A workbook that is written from the first row to the last."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.book = Workbook(write_only=True)
        self.now = grid.window.now
        help_sheet = self.book.create_sheet(HELP_SHEET)
        help_sheet.column_dimensions["A"].width = 110
        title, wrapped = _Style(help_sheet, font=Font(bold=True, size=14)), _Style(help_sheet, wrap=True)
        plan = grid.plan
        help_sheet.append([title(f"Sales plan {plan.cycle}, version {plan.version}, {grid.unit}")])
        help_sheet.append([])
        for sentence in HELP:
            help_sheet.append([wrapped(sentence)])

    def save(self, target: IO[bytes]) -> None:
        self.book.active = 1
        self.book.save(target)

    # --- The two layouts ---

    def write_grid(self, rows: list[Row]) -> None:
        columns = self.grid.window.columns()
        sheet = self.book.create_sheet(PLAN_SHEET)
        first = len(LABELS) + 2
        letters = {column.id: get_column_letter(first + at) for at, column in enumerate(columns)}
        codes = [column.id if column.kind in ("past", "now", "plan") else "total" for column in columns]
        heads = [f"{column.label} {column.year}" if column.kind == "quarter" else _head(column) for column in columns]
        self._dress(sheet, len(rows), [9.5] * len(columns))
        sheet.sheet_properties.outlinePr.summaryBelow = False
        for number, row in enumerate(rows, start=3):
            sheet.row_dimensions[number].outlineLevel = min(row.depth, DEEPEST)
        self._heads(sheet, codes, heads)
        sums = self._sums(columns, letters)
        styles = _Styles(sheet)
        for number, (row, cells) in enumerate(zip(rows, self._cells(rows, columns), strict=True), start=3):
            bold = not row.is_series
            out: list[Any] = [styles.key(row.code), *(styles.label(text, bold=bold) for text in row.labels)]
            for column, value in zip(columns, cells, strict=True):
                out.append(self._cell(styles, row, column, sums[column.id](row, number, value), letters[column.id]))
            sheet.append(out)

    def _cells(self, rows: list[Row], columns: list[Column]) -> Iterator[list[float | None]]:
        for start in range(0, len(rows), 500):
            yield from spread(np.vstack([row.values for row in rows[start : start + 500]]), columns)

    def _cell(self, styles: "_Styles", row: Row, column: Column, value: Any, letter: str) -> Any:
        if column.kind in ("quarter", "year"):
            return styles.total(value)
        if row.children and 0 < len(row.children) <= MOST_CHILDREN and value is not None:
            value = "=SUM(" + ",".join(f"{letter}{child + 3}" for child in row.children) + ")"
        if row.editable and column.first >= self.now and column.first not in row.closed:
            return styles.input(value)
        return styles.strong(value) if not row.is_series else styles.calculated(value)

    def _sums(self, columns: list[Column], letters: dict[str, str]) -> dict[str, Callable[..., Any]]:
        """For each column the value to write: for a total the formula over its months on the sheet."""
        shown = {column.first: letters[column.id] for column in columns if column.kind in ("past", "now", "plan")}

        def plain(row: Row, number: int, value: float | None) -> Any:
            return value

        def total(column: Column) -> Callable[..., Any]:
            inside = range(column.first, column.last + 1)
            months_shown = [shown[at] for at in inside if at in shown]
            hidden = [at for at in inside if at not in shown]

            def formula(row: Row, number: int, value: float | None) -> Any:
                if value is None or not months_shown:
                    return value
                before = float(np.nansum(row.values[hidden])) if hidden else 0.0
                more = f"+{round(before, DECIMALS):.{DECIMALS}f}" if before > 0 else ""
                return "=SUM(" + ",".join(f"{letter}{number}" for letter in months_shown) + f"){more}"

            return formula

        return {column.id: total(column) if column.kind in ("quarter", "year") else plain for column in columns}

    def write_list(self, rows: list[Row]) -> None:
        sheet = self.book.create_sheet(PLAN_SHEET)
        window = self.grid.window
        self._dress(sheet, len(rows) * self.grid.plan.horizon, [10, 12])
        self._heads(sheet, ["month", "quantity"], ["Month", _quantity(self.grid)])
        styles = _Styles(sheet)
        for row in rows:
            for position in range(self.now, window.until):
                known = not np.isnan(row.values[position])
                value = round(float(row.values[position]), DECIMALS) if known else None
                free = row.editable and position not in row.closed
                if value is None and not free:
                    continue
                number = styles.input(value) if free else styles.calculated(value)
                labels = [styles.label(text) for text in row.labels]
                sheet.append([styles.key(row.code), *labels, styles.month(window.months[position]), number])

    # --- What machines read ---

    def write_base(self, rows: Iterable[Row]) -> None:
        sheet = self.book.create_sheet(BASE_SHEET)
        sheet.sheet_state = "veryHidden"
        text = _Style(sheet)
        sheet.append([text(json.dumps(content.about(self.grid.plan, self.grid.unit)))])
        for row in rows:
            if row.is_series:
                sheet.append([text(row.code), text(row.seen(self.now))])

    def _dress(self, sheet: Any, rows: int, widths: list[float]) -> None:
        """Widths, the hidden key column and machine row, frozen labels, a filter: all before the first row."""
        sheet.column_dimensions["A"].hidden = True
        for at, width in enumerate((*WIDTHS, *widths), start=2):
            sheet.column_dimensions[get_column_letter(at)].width = width
        sheet.row_dimensions[1].hidden = True
        sheet.freeze_panes = f"{get_column_letter(len(LABELS) + 2)}3"
        last = get_column_letter(1 + len(LABELS) + len(widths))
        sheet.auto_filter.ref = f"B2:{last}{rows + 2}"

    def _heads(self, sheet: Any, codes: list[str], heads: list[str]) -> None:
        text = _Style(sheet)
        sheet.append([text(KEY), *map(text, ROLES), *map(text, codes)])
        left = _Style(sheet, font=Font(bold=True, color=INK), fill=HEAD, edge=True)
        right = _Style(sheet, font=Font(bold=True, color=INK), fill=HEAD, edge=True, align="right")
        sheet.append([text(""), *map(left, LABELS), *map(right, heads)])


def _head(column: Column) -> str:
    return column.label if column.kind == "year" else months.short(months.parse(column.id))


def _quantity(grid: Grid) -> str:
    return grid.unit.capitalize()


class _Style:
    """Makes cells of one look. One cell serves them all: a written cell is never looked at again."""

    def __init__(
        self,
        sheet: Any,
        *,
        font: Font | None = None,
        fill: str = "",
        number: str = "General",
        align: str = "",
        wrap: bool = False,
        edge: bool = False,
    ) -> None:
        model: Any = WriteOnlyCell(sheet)
        if font:
            model.font = font
        if fill:
            model.fill = PatternFill("solid", fgColor=fill)
        if align or wrap:
            model.alignment = Alignment(horizontal=align or None, wrap_text=wrap, vertical="top")
        if edge:
            model.border = Border(bottom=Side("thin", color=LINE))
        model.number_format = number
        self.sheet, self.look = sheet, model._style

    def __call__(self, value: Any) -> Any:
        cell: Any = WriteOnlyCell(self.sheet, value)
        cell._style = self.look
        if cell.data_type == "f":  # a text that only looks like a formula, in a label
            cell.data_type = "s"
        return cell

    def formula(self, value: Any) -> Any:
        """As a call, but what starts with = is a formula."""
        cell: Any = WriteOnlyCell(self.sheet, value)
        cell._style = self.look
        return cell


class _Styles:
    """The looks of a sheet with numbers."""

    def __init__(self, sheet: Any) -> None:
        units = "#,##0"
        quiet, strong = Font(color=QUIET), Font(bold=True, color=INK)
        self.key = _Style(sheet)
        self._label, self._bold = _Style(sheet, font=Font(color=INK)), _Style(sheet, font=strong)
        self.input = _Style(sheet, font=Font(color=INK), fill=INPUT, number=units, edge=True).formula
        self.calculated = _Style(sheet, font=quiet, fill=CALCULATED, number=units).formula
        self.strong = _Style(sheet, font=strong, fill=CALCULATED, number=units).formula
        self.total = _Style(sheet, font=strong, fill=TOTAL, number=units).formula
        self.month = _Style(sheet, font=Font(color=INK), number="mmm yy", align="right")

    def label(self, text: str, *, bold: bool = False) -> Any:
        return self._bold(text) if bold else self._label(text)
