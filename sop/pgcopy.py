"""Rows in PostgreSQL's binary COPY format: vectors pass as bytes, neither side reads or writes decimal digits.

A file is a signature, rows of (int16 fields, then int32 length and bytes of each field; −1 for NULL), and int16 −1.
An array is int32 dimensions, int32 "has NULLs", int32 element type, int32 length, int32 lower bound, and for each
element int32 length and bytes. Numbers are big-endian. Source: PostgreSQL manual, COPY, "Binary Format".
"""

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from sop.vectors import Vector

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
FLOAT8 = 701  # the type number of double precision
ELEMENT = np.dtype([("size", ">i4"), ("value", ">f8")])
ARRAY = struct.Struct(">iiiii")
SIZE = struct.Struct(">i")
EPOCH_DAY = dt.date(2000, 1, 1)
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
VECTOR = "double precision[]"

Encoder = Callable[[Any], bytes]
Decoder = Callable[[bytes], Any]


def encoder(db_type: str) -> Encoder | None:
    """How a value of a column of this type is written, its length first; None when this is not known."""
    if db_type.startswith(("varchar", "text")):
        return _text
    return _ENCODERS.get(db_type)


def decoder(db_type: str) -> Decoder | None:
    """How the bytes of a column of this type are read; None when this is not known."""
    return _DECODERS.get(db_type)


def encode(rows: Iterable[Sequence[Any]], encoders: Sequence[Encoder]) -> bytes:
    """A whole file."""
    count = struct.pack(">h", len(encoders))
    parts = [SIGNATURE]
    for row in rows:
        parts.append(count)
        parts += [NULL if value is None else write(value) for value, write in zip(row, encoders, strict=True)]
    parts.append(END)
    return b"".join(parts)


def encode_block(values: Sequence[Any], types: Sequence[str]) -> bytes:
    """A whole file of rows that are laid out alike: for each column an array of numbers or days, a matrix of vectors,
    or one value that all rows have."""
    rows = next(len(value) for value in values if isinstance(value, np.ndarray))
    parts: list[tuple[Any, ...]] = [("fields", ">i2")]
    for at, (value, kind) in enumerate(zip(values, types, strict=True)):
        if not isinstance(value, np.ndarray):
            parts.append((f"value{at}", f"V{len(_alike(value, kind))}"))
        elif kind == VECTOR:
            parts += [(f"size{at}", ">i4"), (f"head{at}", f"V{ARRAY.size}"), (f"value{at}", ELEMENT, value.shape[1:])]
        else:
            parts += [(f"size{at}", ">i4"), (f"value{at}", SENT[kind])]
    found = np.empty(rows, dtype=np.dtype(parts))
    found["fields"] = len(values)
    for at, (value, kind) in enumerate(zip(values, types, strict=True)):
        if not isinstance(value, np.ndarray):
            found[f"value{at}"] = np.void(_alike(value, kind))
        elif kind == VECTOR:
            elements = found[f"value{at}"]
            found[f"size{at}"] = ARRAY.size + elements[0].nbytes
            found[f"head{at}"] = np.void(ARRAY.pack(1, 0, FLOAT8, value.shape[1], 1))
            elements["size"], elements["value"] = 8, value
        else:
            days = value.astype("datetime64[D]") - np.datetime64(EPOCH_DAY) if kind == "date" else value
            found[f"size{at}"], found[f"value{at}"] = np.dtype(SENT[kind]).itemsize, days.astype(SENT[kind])
    return b"".join((SIGNATURE, found.tobytes(), END))


def _alike(value: Any, kind: str) -> bytes:
    """A value that all rows of a block have, as it is sent."""
    write = encoder(kind)
    if write is None:
        raise ValueError(f"A block has no column of the type {kind}.")
    return NULL if value is None else write(value)


class Rows:
    """A file that a COPY writes into: it keeps the rows, not the bytes, so that a large read needs no second copy."""

    def __init__(self, decoders: Sequence[Decoder]) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._decoders = decoders
        self._rest = b""
        self._begun = False

    def write(self, data: bytes) -> int:
        """PostgreSQL sends whole rows; a part of one would wait for the rest."""
        self._rest += data
        at = 0
        if not self._begun:
            if len(self._rest) < len(SIGNATURE):
                return len(data)
            self._begun, at = True, len(SIGNATURE)
        while (row := self._row(at)) is not None:
            values, at = row
            self.rows.append(values)
        self._rest = self._rest[at:]
        return len(data)

    def _row(self, at: int) -> tuple[tuple[Any, ...], int] | None:
        """The row that begins here and where the next one does; None at the end, or before the whole row is there."""
        data, end, row = self._rest, len(self._rest), []
        if end - at <= len(END):
            return None
        at += 2
        for read in self._decoders:
            if end - at < SIZE.size:
                return None
            (size,) = SIZE.unpack_from(data, at)
            at += SIZE.size
            if size > end - at:
                return None
            row.append(None if size < 0 else read(data[at : at + size]))
            at += max(size, 0)
        return tuple(row), at


def decode_columns(file: bytes, types: Sequence[str]) -> list[np.ndarray]:
    """A whole file whose columns are numbers or days and never NULL, one array each."""
    sent = [("fields", ">i2")]
    for at, kind in enumerate(types):
        sent += [(f"size{at}", ">i4"), (f"value{at}", COLUMNS[kind][0])]
    row = np.dtype(sent)
    count = (len(file) - len(SIGNATURE) - len(END)) // row.itemsize
    rows = np.frombuffer(file, dtype=row, count=count, offset=len(SIGNATURE))
    return [_column(rows[f"value{at}"], kind) for at, kind in enumerate(types)]


def decode_blocks(file: bytes, types: Sequence[str]) -> Iterator[list[np.ndarray]]:
    """The rows of a whole file without NULL, those whose vectors have the same lengths together: an array of each
    number or day, a matrix of each vector."""
    if alike := _as_first(file, len(types)):
        count, sizes = alike
        yield _block(np.frombuffer(file, dtype=_row_type(types, sizes), count=count, offset=len(SIGNATURE)), types)
        return
    every = np.frombuffer(file, dtype=np.uint8)
    for sizes, starts in _layouts(file, len(types)).items():
        row = _row_type(types, sizes)
        yield _block(np.lib.stride_tricks.sliding_window_view(every, row.itemsize)[starts].view(row)[:, 0], types)


def _block(rows: np.ndarray, types: Sequence[str]) -> list[np.ndarray]:
    return [
        rows[f"value{at}"]["value"].astype(np.float64) if kind == VECTOR else _column(rows[f"value{at}"], kind)
        for at, kind in enumerate(types)
    ]


def _as_first(file: bytes, fields: int) -> tuple[int, tuple[int, ...]] | None:
    """How many rows there are and the sizes of their fields, when all are laid out as the first; most files are."""
    begin, places, sizes = len(SIGNATURE), [], []
    if file[begin : begin + 2] == END:
        return None
    at = begin + 2
    for _ in range(fields):
        (size,) = SIZE.unpack_from(file, at)
        places.append(at - begin)
        sizes.append(size)
        at += SIZE.size + max(size, 0)
    count, over = divmod(len(file) - begin - len(END), at - begin)
    if over or min(sizes) < 0:
        return None
    rows = np.frombuffer(file, dtype=np.uint8, count=count * (at - begin), offset=begin).reshape(count, at - begin)
    for place, size in zip(places, sizes, strict=True):
        if (rows[:, place : place + 4] != np.frombuffer(SIZE.pack(size), dtype=np.uint8)).any():
            return None
    return count, tuple(sizes)


def _layouts(file: bytes, fields: int) -> dict[tuple[int, ...], list[int]]:
    """Where rows begin, by the sizes of their fields."""
    result: dict[tuple[int, ...], list[int]] = {}
    at, length = len(SIGNATURE), struct.Struct(">i").unpack_from
    while file[at : at + 2] != END:
        start, sizes = at, []
        at += 2
        for _ in range(fields):
            (size,) = length(file, at)
            if size < 0:
                raise ValueError("A block has no NULL.")
            sizes.append(size)
            at += 4 + size
        result.setdefault(tuple(sizes), []).append(start)
    return result


def _row_type(types: Sequence[str], sizes: Sequence[int]) -> np.dtype:
    """How a row is laid out whose fields have these sizes."""
    parts: list[tuple[Any, ...]] = [("fields", ">i2")]
    for at, (kind, size) in enumerate(zip(types, sizes, strict=True)):
        parts.append((f"size{at}", ">i4"))
        if kind == VECTOR:
            head = min(size, ARRAY.size)  # an empty array has a shorter one
            parts += [(f"head{at}", f"V{head}"), (f"value{at}", ELEMENT, ((size - head) // ELEMENT.itemsize,))]
        else:
            parts.append((f"value{at}", COLUMNS[kind][0]))
    return np.dtype(parts)


def _column(values: np.ndarray, kind: str) -> np.ndarray:
    if kind == "date":
        return np.datetime64(EPOCH_DAY) + values.astype("timedelta64[D]")
    if kind == "timestamp with time zone":
        return np.datetime64(EPOCH_DAY, "us") + values.astype("timedelta64[us]")
    return values.astype(COLUMNS[kind][1])


def _vector(value: Any) -> bytes:
    values = np.asarray(value, dtype=np.float64)
    if not values.size:
        return struct.pack(">iiii", 12, 0, 0, FLOAT8)
    elements = np.empty(values.size, dtype=ELEMENT)
    elements["size"], elements["value"] = 8, values
    return struct.pack(">i", 20 + elements.nbytes) + ARRAY.pack(1, 0, FLOAT8, values.size, 1) + elements.tobytes()


def _read_vector(data: bytes) -> Vector:
    if len(data) <= ARRAY.size:
        return np.empty(0)
    dimensions, nulls, *_ = ARRAY.unpack_from(data)
    if dimensions != 1 or nulls:
        raise ValueError("A vector has one dimension and no NULL.")
    elements = np.frombuffer(data, dtype=ELEMENT, offset=ARRAY.size)
    return elements["value"].astype(np.float64)


def _text(value: Any) -> bytes:
    data = str(value).encode()
    return struct.pack(">i", len(data)) + data


def _number(code: str) -> Encoder:
    pack, size = struct.Struct(f">i{code}").pack, struct.calcsize(f">{code}")
    return lambda value: pack(size, value)


def _read_number(code: str) -> Decoder:
    unpack = struct.Struct(f">{code}").unpack
    return lambda data: unpack(data)[0]


def _day(value: dt.date | str) -> bytes:
    day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return struct.pack(">ii", 4, (day - EPOCH_DAY).days)


def _read_day(data: bytes) -> dt.date:
    return EPOCH_DAY + dt.timedelta(days=SIZE.unpack(data)[0])


def _moment(value: dt.datetime) -> bytes:
    return struct.pack(">iq", 8, (value - EPOCH) // MICROSECOND)


# What is sent for a column of fixed width, and the array it becomes.
COLUMNS = {
    "bigint": (">i8", "int64"),
    "integer": (">i4", "int64"),
    "smallint": (">i2", "int64"),
    "boolean": ("?", "bool"),
    "double precision": (">f8", "float64"),
    "date": (">i4", "datetime64[D]"),
    "timestamp with time zone": (">i8", "datetime64[us]"),
}
SENT = {name: sent for name, (sent, _) in COLUMNS.items()}
_CODES = {"bigint": "q", "integer": "i", "smallint": "h", "double precision": "d", "boolean": "?"}
_ENCODERS: dict[str, Encoder] = {
    **{name: _number(code) for name, code in _CODES.items()},
    "date": _day,
    "timestamp with time zone": _moment,
    VECTOR: _vector,
}
_DECODERS: dict[str, Decoder] = {
    **{name: _read_number(code) for name, code in _CODES.items()},
    "date": _read_day,
    VECTOR: _read_vector,
}
