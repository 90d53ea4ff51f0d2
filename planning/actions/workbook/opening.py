"""Uploaded workbooks and CSV files as rows of raw cells, within limits that spare memory and time."""

import csv
import datetime as dt
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from planning.queries.workbook.xlsx import BASE_SHEET
from sop.errors import PlanningError

MOST_BYTES = 10 * 2**20
MOST_UNPACKED = 80 * 2**20
MOST_PARTS = 1_000
MOST_ROWS = 250_000
MOST_CELLS = 700_000
MOST_COLUMNS = 400
MOST_SHEETS = 20
MEBIBYTE = 2**20
DELIMITERS = (",", ";", "\t")
POINT_DECIMAL = re.compile(r"-?\d+\.(\d{1,2}|\d{4,})")
DAMAGED = (BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, AttributeError)
BROKEN = (*DAMAGED, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError)


class Raw(NamedTuple):
    """A cell as the file has it. `percent`: a number that is shown as a share."""

    value: Any = None
    percent: bool = False
    formula: bool = False


EMPTY = Raw()
RawRow = tuple[int, list[Raw]]


@dataclass
class Sheet:
    """The rows of a sheet that hold something, with their numbers."""

    name: str
    rows: list[RawRow]


@dataclass
class Opened:
    """A file's sheets, and what it says about itself: `about` and what was `seen` in each row at export.

    Formulas are read as such; `results` reads some rows of a sheet again for what theirs came to.
    """

    sheets: list[Sheet]
    about: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    decimal_comma: bool = False
    is_csv: bool = False
    results: Callable[[str, set[int]], dict[int, list[Raw]]] = lambda title, rows: {}


def open_file(name: str, content: bytes) -> Opened:
    """The sheets of an upload; PlanningError when it is too large, damaged or something else."""
    if len(content) > MOST_BYTES:
        raise PlanningError(f"{name} is larger than {MOST_BYTES // MEBIBYTE} MB. Send it in parts.", status=413)
    lower = name.lower()
    if lower.endswith((".csv", ".txt", ".tsv")):
        return _open_csv(name, content)
    if not lower.endswith((".xlsx", ".xlsm")):
        raise PlanningError(f"{name} is neither an Excel workbook nor a CSV file. Save it as .xlsx and try again.")
    _refuse_bombs(name, content)
    try:
        return _open_workbook(name, content)
    except PlanningError:
        raise
    except BROKEN as error:
        raise _damaged(name) from error


def _damaged(name: str) -> PlanningError:
    return PlanningError(f"{name} cannot be read: it is damaged or protected. Open it in Excel and save it once more.")


def _too_large(name: str, what: str) -> PlanningError:
    return PlanningError(f"{name} has more than {what}. Send it in parts: a family or a market at a time.", status=413)


def _refuse_bombs(name: str, content: bytes) -> None:
    """Sizes are declared, and Python's unpacking never gives more than was declared."""
    try:
        parts = ZipFile(io.BytesIO(content)).infolist()
    except (BadZipFile, ValueError, OSError) as error:
        raise _damaged(name) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise PlanningError(
            f"{name} unpacks to more than {MOST_UNPACKED // MEBIBYTE} MB. Send it in parts: a family or a market at a "
            "time, without pictures.",
            status=413,
        )


def _open_workbook(name: str, content: bytes) -> Opened:
    opened = Opened([], results=lambda title, rows: _results(content, title, rows))
    budget = _Budget(name)
    for sheet in _load(content).worksheets[:MOST_SHEETS]:
        if sheet.title == BASE_SHEET and sheet.sheet_state != "visible":
            _read_base(opened, sheet)
        else:
            opened.sheets.append(Sheet(sheet.title, list(_rows(sheet, budget))))
    return opened


def _load(content: bytes, *, results: bool = False) -> Any:
    return load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)


def _read_base(opened: Opened, sheet: Any) -> None:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS, max_col=2, values_only=True)):
        if number == 0:
            opened.about = str(row[0] or "")
        elif len(row) > 1 and row[0] and row[1]:
            opened.seen[str(row[0])] = str(row[1])


class _Budget:
    """Counts rows and cells over all sheets."""

    def __init__(self, name: str) -> None:
        self.name, self.rows, self.cells = name, 0, 0

    def spend(self, row: list[Raw]) -> None:
        self.rows += 1
        self.cells += len(row)
        if self.rows > MOST_ROWS:
            raise _too_large(self.name, f"{MOST_ROWS:,} rows")
        if self.cells > MOST_CELLS:
            raise _too_large(self.name, f"{MOST_CELLS:,} cells")


def _rows(sheet: Any, budget: _Budget) -> Iterator[RawRow]:
    # What a file says of its own size need not be true.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        row = [_raw(cell) for cell in cells]
        while row and row[-1].value is None:
            row.pop()
        if row:
            budget.spend(row)
            yield number, row


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return Raw(str(value), formula=True)
    return Raw(value, percent=cell.data_type == "n" and "%" in (cell.number_format or ""))


def _results(content: bytes, title: str, rows: set[int]) -> dict[int, list[Raw]]:
    """These rows once more, with what their formulas came to when the file was saved."""
    sheet = _load(content, results=True)[title]
    sheet.reset_dimensions()
    numbered = enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=max(rows)), start=1)
    return {number: [_raw(cell) for cell in cells] for number, cells in numbered if number in rows}


def _open_csv(name: str, content: bytes) -> Opened:
    text = _decoded(name, content)
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(DELIMITERS, key=first.count)
    budget = _Budget(name)
    rows: list[RawRow] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, cells in enumerate(reader, start=1):
            row = [Raw(cell) if cell.strip() else EMPTY for cell in cells]
            if any(raw.value is not None for raw in row):
                budget.spend(row)
                rows.append((number, row))
    except csv.Error as error:
        raise PlanningError(f"{name} cannot be read: {error}. Is a quotation mark not closed?") from error
    comma = delimiter == ";" and not any(
        POINT_DECIMAL.fullmatch(raw.value.strip()) for _, row in rows for raw in row if raw.value
    )
    return Opened([Sheet(name, rows)], decimal_comma=comma, is_csv=True)


def _decoded(name: str, content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if marked else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PlanningError(f"{name} is no text that can be read. Save it as “CSV UTF-8” and import it again.")


def as_month(value: Any) -> dt.date | None:
    """The month a header or cell names, in the spellings of spreadsheets; None when it names none."""
    if isinstance(value, dt.datetime | dt.date):
        return dt.date(value.year, value.month, 1)
    text = str(value).strip().lower() if isinstance(value, str) else ""
    for pattern, order in SPELLINGS:
        if match := pattern.fullmatch(text):
            parts = dict(zip(order, match.groups(), strict=True))
            year, month = int(parts["year"]), _month_number(parts["month"])
            year += 2000 if year < 100 else 0
            return dt.date(year, month, 1) if 1 <= month <= 12 and year > 1900 else None
    return None


NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SPELLINGS = (
    (re.compile(r"(\d{4})[-/. m]{1,2}(\d{1,2})(?:[-/.]0?1)?(?: 00:00:00)?"), ("year", "month")),
    (re.compile(r"(?:0?1[./-])?(\d{1,2})[./-](\d{4})"), ("month", "year")),
    (re.compile(r"([a-z]{3})[a-z]*\.?[ \-/'’]*(\d{4}|\d{2})"), ("month", "year")),
    (re.compile(r"(\d{4})[ \-/]*([a-z]{3})[a-z]*"), ("year", "month")),
)


def _month_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    return NAMES.index(text) + 1 if text in NAMES else 0
