"""Files of tables as rows of text: CSV as spreadsheets and systems write it, plain or compressed."""

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from sop.errors import PlanningError

SUFFIXES = (".csv.gz", ".csv")
DELIMITERS = (",", ";", "\t")
LONGEST_HEADER = 64 * 1024
MEBIBYTE = 2**20
PIECE = 64 * 1024


@dataclass(frozen=True)
class Source:
    """A file that holds one table: `products.csv` holds the products."""

    name: str
    open: Callable[[], BinaryIO]

    @property
    def table(self) -> str:
        stem = self.name.rsplit("/", 1)[-1].lower()
        return next((stem.removesuffix(suffix) for suffix in SUFFIXES if stem.endswith(suffix)), stem)


@dataclass(frozen=True)
class Sheet:
    """The header of a table and its rows with their line numbers."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    decimal_comma: bool


def folder(path: Path) -> list[Source]:
    """The tables of a folder."""
    if not path.is_dir():
        raise PlanningError(
            f"There is no folder “{path}”. Name a folder that holds products.csv, actuals.csv and so on."
        )
    return [file(each) for each in sorted(path.iterdir()) if each.name.lower().endswith(SUFFIXES)]


def file(path: Path) -> Source:
    """One table, plain or compressed."""
    if not path.is_file():
        raise PlanningError(f"There is no file “{path}”.")
    opener = gzip.open if path.name.lower().endswith(".gz") else Path.open
    return Source(path.name, lambda: opener(path, "rb"))  # type: ignore[arg-type,return-value]


def upload(name: str, content: bytes, *, limit: int) -> list[Source]:
    """The tables of an uploaded file: one table, or a zip of several. Nothing may unpack to more than `limit` bytes."""
    lower = name.lower()
    if lower.endswith(".zip"):
        return _unzipped(name, content, limit)
    if lower.endswith(".gz"):
        unpacked = inflate(content, limit, name)
        return [Source(name, lambda: io.BytesIO(unpacked))]
    if lower.endswith((".xlsx", ".xls", ".ods")):
        raise PlanningError(f"{name} is a workbook. Save its sheet as “CSV UTF-8” and import that file.")
    return [Source(name, lambda: io.BytesIO(content))]


def _unzipped(name: str, content: bytes, limit: int) -> list[Source]:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            members = [
                each
                for each in archive.infolist()
                if not each.is_dir() and not each.filename.startswith("__MACOSX") and "/." not in f"/{each.filename}"
            ]
            if sum(each.file_size for each in members) > limit:
                raise too_large(name, limit)
            found: list[Source] = []
            for each in members:
                with archive.open(each) as member:
                    inner = member.read(limit + 1)
                if len(inner) > limit:
                    raise too_large(name, limit)
                if not each.filename.lower().endswith(".zip"):
                    found += upload(each.filename.rsplit("/", 1)[-1], inner, limit=limit)
            return found
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise PlanningError(f"{name} cannot be unpacked: it is damaged or protected by a password.") from error


def inflate(content: bytes, limit: int, name: str = "The request") -> bytes:
    """Unpack gzip, but never more than `limit` bytes."""
    pieces, size, rest = [], 0, content
    try:
        while rest:
            stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = stream.decompress(rest, limit + 1 - size)
            size += len(piece)
            if size > limit:
                raise too_large(name, limit)
            if not stream.eof:
                raise PlanningError(f"{name} is not complete: its compressed content breaks off.", status=400)
            pieces.append(piece)
            rest = stream.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise PlanningError(f"{name} is not compressed with gzip, or damaged.", status=400) from error
    return b"".join(pieces)


def too_large(name: str, limit: int) -> PlanningError:
    return PlanningError(
        f"{name} is larger than {limit // MEBIBYTE} MB. Send it in parts, or import it with “manage.py import_data”.",
        status=413,
    )


@contextmanager
def sheet(source: Source) -> Iterator[Sheet]:
    """Open a table. Rows are read as they are asked for, so a large file takes no memory."""
    with source.open() as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        first = _first_line(source, text)
        delimiter = max(DELIMITERS, key=first.count)
        if not first.strip():
            raise PlanningError(f"{source.name} is empty; it needs a first row with the names of the columns.")
        header = [_column_name(cell) for cell in next(csv.reader([first], delimiter=delimiter))]
        while header and not header[-1]:
            header.pop()
        reader = csv.reader(text, delimiter=delimiter)
        yield Sheet(header, _rows(source, reader, len(header)), decimal_comma=delimiter == ";")


def _first_line(source: Source, text: io.TextIOWrapper) -> str:
    try:
        return text.readline(LONGEST_HEADER)
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise _unreadable(source, error, 1) from error


def _column_name(cell: str) -> str:
    return cell.strip().lower().replace(" ", "_").replace("-", "_")


def _rows(source: Source, reader: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if any(row):
                while len(row) > width and not row[-1]:
                    row.pop()
                yield reader.line_num + 1, row
    except (UnicodeDecodeError, csv.Error, OSError, EOFError, zlib.error) as error:
        raise _unreadable(source, error, reader.line_num + 2) from error


def _unreadable(source: Source, error: Exception, line: int) -> PlanningError:
    if isinstance(error, UnicodeDecodeError):
        number, byte = _undecodable(source)
        return PlanningError(
            f"{source.name} is not UTF-8: in row {number} there is the byte {byte:#04x}. "
            "Save it as “CSV UTF-8” and import it again."
        )
    if isinstance(error, csv.Error):
        return PlanningError(f"{source.name}, row {line}: {error}. Is a quotation mark not closed?")
    return PlanningError(f"{source.name} cannot be unpacked; it is damaged. Make it again and import it once more.")


def _undecodable(source: Source) -> tuple[int, int]:
    """The first row that is not UTF-8, and its byte; text is decoded in blocks, so the error itself does not know."""
    with source.open() as binary:
        for number, line in enumerate(binary, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    return 1, 0


def did_you_mean(given: str, known: Iterator[str] | list[str]) -> str:
    """`; did you mean “X”?`, or nothing."""
    close = difflib.get_close_matches(given, known, n=1, cutoff=0.7)
    return f"; did you mean “{close[0]}”?" if close else ""
