"""Writing large sheets: openpyxl makes the workbook with its styles, the rows are written into it as text.

Cell by cell openpyxl takes forty times as long, and it writes no result beside a formula, so that totals would show
nothing until a spreadsheet program has calculated them.
"""

import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

NO_ROWS = re.compile(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
PORTION = 200
EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet’s calendar


@dataclass(frozen=True)
class Formula:
    """A formula without its equals sign, and what it comes to."""

    text: str
    result: float


Value = str | float | dt.date | Formula | None


@dataclass(frozen=True)
class Line:
    """A row to write: values with the numbers of their styles."""

    cells: list[tuple[Value, int]]
    level: int = 0
    hidden: bool = False


def style(
    sheet: Any, *, font: Font | None = None, fill: str = "", number: str = "General", align: str = "", edge: str = ""
) -> int:
    """The number of a style in the sheet’s workbook."""
    model: Any = WriteOnlyCell(sheet)
    if font:
        model.font = font
    if fill:
        model.fill = PatternFill("solid", fgColor=fill)
    if align:
        model.alignment = Alignment(horizontal=align)
    if edge:
        model.border = Border(bottom=Side("thin", color=edge))
    model.number_format = number
    return int(model.style_id)


def save(book: Workbook, rows: dict[str, Iterable[Line]], target: IO[bytes]) -> None:
    """Save a workbook with these rows in its sheets, by title. The sheets themselves must have none."""
    parts = {f"xl/worksheets/sheet{number}.xml": title for number, title in enumerate(book.sheetnames, start=1)}
    with tempfile.TemporaryFile() as frame:
        book.save(frame)
        with ZipFile(frame) as source, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=4) as result:
            for name in source.namelist():
                title = parts.get(name, "")
                content = source.read(name)
                if title not in rows:
                    result.writestr(name, content)
                    continue
                before, after = NO_ROWS.split(content)
                with result.open(name, "w") as part:
                    part.write(before + b"<sheetData>")
                    for text in _portions(rows[title]):
                        part.write(text.encode())
                    part.write(b"</sheetData>" + after)


def _portions(rows: Iterable[Line]) -> Iterator[str]:
    letters: list[str] = []
    written: list[str] = []
    for number, line in enumerate(rows, start=1):
        while len(letters) < len(line.cells):
            letters.append(get_column_letter(len(letters) + 1))
        cells = "".join([_cell(letters[at], number, *cell) for at, cell in enumerate(line.cells)])
        level = f' outlineLevel="{line.level}"' if line.level else ""
        hidden = ' hidden="1"' if line.hidden else ""
        written.append(f'<row r="{number}"{level}{hidden}>{cells}</row>')
        if len(written) == PORTION:
            yield "".join(written)
            written.clear()
    yield "".join(written)


def _cell(letter: str, number: int, value: Value, look: int) -> str:
    start = f'<c r="{letter}{number}" s="{look}"'
    if value is None:
        return start + "/>"
    if isinstance(value, Formula):
        return f"{start}><f>{escape(value.text)}</f><v>{value.result!r}</v></c>"
    if isinstance(value, str):
        text = escape(UNPRINTABLE.sub("", value))
        return f'{start} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if text else start + "/>"
    if isinstance(value, dt.date):
        value = (value - EPOCH).days
    return f"{start}><v>{value!r}</v></c>"
