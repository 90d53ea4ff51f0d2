"""Large sets in and out of the database: COPY on PostgreSQL, `executemany` in chunks on SQLite.

`bulk_create` writes 26,000 rows/s, COPY 186,000. Columns are named as in the database (`series_id`), vectors are NumPy
arrays. Inside a transaction everything is one; outside, each chunk is its own, and on SQLite there is a pause between
chunks because a writer that reopens at once would starve the small writes of the pages.
"""

import datetime as dt
import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction

from sop import pgcopy
from sop.vectors import Vector, VectorField, pack

CHUNK = 2_000
COPY_CHUNK = 5_000
BLOCK_ROWS = 2_500
PAUSE_SECONDS = 0.005
NULL = r"\N"
# What columns of SQLite's types become; all others are whole numbers.
ARRAYS = {"date": "datetime64[D]", "datetime": "datetime64[us]", "real": "float64", "bool": "bool"}
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

Row = Sequence[Any]
Model = type[models.Model]
# Rows by column: an array of numbers or days, a matrix of vectors, or one value that all rows have.
Block = dict[str, Any]


def insert(model: Model, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Add rows and return how many. A clash with a unique key raises IntegrityError and adds none of the chunk."""
    return _write(model, columns, rows, None)


@dataclass(frozen=True)
class Clash:
    """What an upsert does about a row that is there already: which key tells, and which columns it replaces."""

    key: Sequence[str]
    update: Sequence[str]
    where: str = ""


def upsert(
    model: Model,
    *,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Row],
    update: Sequence[str] | None = None,
    where: str = "",
) -> int:
    """Add rows, replacing those with the same key (a unique constraint's columns); returns how many were given.

    `update` names the columns to replace (all but the key), `where` the condition of a partial unique constraint. A key
    may come once in a call: PostgreSQL refuses to touch a row twice.
    """
    replaced = [column for column in columns if column not in key] if update is None else update
    return _write(model, columns, rows, Clash(key, replaced, where))


def insert_blocks(model: Model, blocks: Iterable[Block]) -> None:
    """Add the rows of blocks: quicker than `insert` where there are very many, and in little memory."""
    for block in _slices(blocks):
        if connection.vendor == "postgresql":
            _copy_block(model, connection.ops.quote_name(model._meta.db_table), block)
        else:
            _execute_many(model, list(block), list(_rows(block)), None, _vector_positions(model, list(block)))


def update_blocks(model: Model, key: Sequence[str], blocks: Iterable[Block]) -> None:
    """Replace columns of rows that are there; each row of a block names one by its key."""
    if connection.vendor == "postgresql":
        _update_from_staging(model, key, blocks)
        return
    quote = connection.ops.quote_name
    for block in _slices(blocks):
        columns = [*(column for column in block if column not in key), *key]
        changes = ", ".join(f"{quote(column)} = %s" for column in columns[: -len(key)])
        where = " AND ".join(f"{quote(column)} = %s" for column in key)
        rows = _rows({column: block[column] for column in columns})
        vectors = _vector_positions(model, columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {where}",
                [_packed(row, vectors) for row in rows],
            )


def read(queryset: models.QuerySet[Any], *fields: str) -> list[tuple[Any, ...]]:
    """`values_list` of a large queryset; on PostgreSQL through COPY when all of it is numbers, days and vectors."""
    rows = _copy_out(queryset, fields) if connection.vendor == "postgresql" else None
    return list(queryset.values_list(*fields)) if rows is None else rows


def columns(queryset: models.QuerySet[Any], *fields: str) -> list[np.ndarray]:
    """Each field of a very large queryset as one array: whole numbers, floats and days that are never NULL.

    Millions of rows would take a tuple each otherwise.
    """
    types = [_kind(queryset, field) for field in fields]
    if connection.vendor == "postgresql":
        try:
            return pgcopy.decode_columns(_copied(queryset, fields), types)
        except EmptyResultSet:
            return [np.empty(0, dtype=pgcopy.COLUMNS[kind][1]) for kind in types]
    read = list(zip(*queryset.values_list(*fields), strict=True)) or [()] * len(fields)
    return [_array(values, kind) for values, kind in zip(read, types, strict=True)]


def blocks(queryset: models.QuerySet[Any], *fields: str) -> Iterator[list[np.ndarray]]:
    """A large queryset for arithmetic: rows whose vectors have the same lengths come as one block.

    A block has an array of each number or day and a matrix `[rows, length]` of each vector. No field may be NULL.
    """
    types = [_type(queryset.model, field) for field in fields]
    if connection.vendor == "postgresql":
        try:
            yield from pgcopy.decode_blocks(_copied(queryset, fields), types)
        except EmptyResultSet:
            return
    else:
        alike: dict[tuple[int, ...], list[Row]] = {}
        for row in queryset.values_list(*fields):
            alike.setdefault(tuple(value.size for value in row if isinstance(value, np.ndarray)), []).append(row)
        for rows in alike.values():
            yield [_array(values, kind) for values, kind in zip(zip(*rows, strict=True), types, strict=True)]


def _array(values: Sequence[Any], kind: str) -> np.ndarray:
    """What SQLite gave for a column of this type."""
    if kind == "BLOB":
        return np.stack(values)
    if kind == "datetime":
        values = [moment.astimezone(dt.UTC).replace(tzinfo=None) for moment in values]
    return np.array(values, dtype=ARRAYS.get(kind, "int64"))


def matrix(vectors: Iterable[Vector], width: int) -> Vector:
    """Vectors stacked as rows, cut or filled with NaN on the right to `width`."""
    stacked = list(vectors)
    result = np.full((len(stacked), width), np.nan)
    for row, vector in zip(result, stacked, strict=True):
        row[: min(width, vector.size)] = vector[:width]
    return result


def _write(model: Model, columns: Sequence[str], rows: Iterable[Row], clash: Clash | None) -> int:
    pause = connection.vendor == "sqlite" and not connection.in_atomic_block
    size = COPY_CHUNK if connection.vendor == "postgresql" else CHUNK
    write = _copy_in if connection.vendor == "postgresql" else _execute_many
    vectors = _vector_positions(model, columns)
    written = 0
    for chunk in _chunks(rows, size):
        with transaction.atomic():
            write(model, columns, chunk, clash, vectors)
        written += len(chunk)
        if pause:
            time.sleep(PAUSE_SECONDS)
    return written


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _vector_positions(model: Model, columns: Sequence[str]) -> set[int]:
    vectors = {field.column for field in model._meta.concrete_fields if isinstance(field, VectorField)}
    return {position for position, column in enumerate(columns) if column in vectors}


def _slices(blocks: Iterable[Block]) -> Iterator[Block]:
    """Parts of blocks that are small enough to be copied."""
    for block in blocks:
        count = next(len(value) for value in block.values() if isinstance(value, np.ndarray))
        for low in range(0, count, BLOCK_ROWS):
            part = slice(low, low + BLOCK_ROWS)
            yield {name: value[part] if isinstance(value, np.ndarray) else value for name, value in block.items()}


def _rows(block: Block) -> Iterator[Row]:
    """The rows of a block one by one."""
    count = next(len(value) for value in block.values() if isinstance(value, np.ndarray))
    columns = (
        (value if value.ndim > 1 else value.tolist()) if isinstance(value, np.ndarray) else [value] * count
        for value in block.values()
    )
    return zip(*columns, strict=True)


# --- SQLite --------------------
def _execute_many(
    model: Model, columns: Sequence[str], rows: list[Row], clash: Clash | None, vectors: set[int]
) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks}){_on_conflict(clash)}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, [_packed(row, vectors) for row in rows])


def _packed(row: Row, vectors: set[int]) -> list[Any]:
    return [
        pack(value, "sqlite") if position in vectors and value is not None else _plain(value)
        for position, value in enumerate(row)
    ]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _on_conflict(clash: Clash | None) -> str:
    if clash is None:
        return ""
    quote = connection.ops.quote_name
    updates = ", ".join(f"{quote(column)} = EXCLUDED.{quote(column)}" for column in clash.update)
    where = f" WHERE {clash.where}" if clash.where else ""
    keys = ", ".join(map(quote, clash.key))
    return f" ON CONFLICT ({keys}){where} DO {f'UPDATE SET {updates}' if updates else 'NOTHING'}"


# --- PostgreSQL --------------------
def _copy_in(model: Model, columns: Sequence[str], rows: list[Row], clash: Clash | None, vectors: set[int]) -> None:
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(column) for column in columns)
    encoders = [pgcopy.encoder(_type(model, column)) for column in columns]
    binary = None not in encoders
    if binary:
        lines = io.BytesIO(pgcopy.encode(rows, encoders))  # type: ignore[arg-type]
    else:
        lines = io.BytesIO("".join(_line(row, vectors) for row in rows).encode())
    source = f"FROM STDIN{' (FORMAT binary)' if binary else ''}"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if clash is None:
            cursor.copy_expert(f"COPY {table} ({names}) {source}", lines)
            return
        staging = quote(f"staging_{model._meta.db_table}")
        cursor.execute(f"CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
        cursor.copy_expert(f"COPY {staging} ({names}) {source}", lines)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staging}{_on_conflict(clash)}")
        cursor.execute(f"DROP TABLE {staging}")


def _copy_block(model: Model, table: str, block: Block) -> None:
    names = ", ".join(map(connection.ops.quote_name, block))
    file = pgcopy.encode_block(list(block.values()), [_type(model, column) for column in block])
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", io.BytesIO(file))


def _update_from_staging(model: Model, key: Sequence[str], blocks: Iterable[Block]) -> None:
    quote = connection.ops.quote_name
    table, staging = quote(model._meta.db_table), quote(f"staging_{model._meta.db_table}")
    columns: list[str] = []
    with connection.cursor() as cursor:
        for block in _slices(blocks):
            if not columns:
                columns = list(block)
                names = ", ".join(map(quote, columns))
                cursor.execute(
                    f"CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
                )
            _copy_block(model, staging, block)
        if columns:
            changes = ", ".join(f"{quote(column)} = new.{quote(column)}" for column in columns if column not in key)
            same = " AND ".join(f"old.{quote(column)} = new.{quote(column)}" for column in key)
            cursor.execute(f"UPDATE {table} AS old SET {changes} FROM {staging} AS new WHERE {same}")
            cursor.execute(f"DROP TABLE {staging}")


def _type(model: Model, column: str) -> str:
    """The type of a column, as the database calls it; empty when there is no such column."""
    *path, column = column.split("__")
    for name in path:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    for field in model._meta.concrete_fields:
        if column in (field.column, field.attname) or (column == "pk" and field.primary_key):
            return str(getattr(field, "target_field", field).rel_db_type(connection))
    return ""


def _line(row: Row, vectors: set[int]) -> str:
    return "\t".join(_text(value, position in vectors) for position, value in enumerate(row)) + "\n"


def _text(value: Any, vector: bool) -> str:
    if value is None:
        return NULL
    if vector:
        return "{" + repr(np.asarray(value, dtype=np.float64).tolist())[1:-1] + "}"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool | np.bool_):
        return "t" if value else "f"
    return str(_plain(value))


def _copy_out(queryset: models.QuerySet[Any], fields: Sequence[str]) -> list[tuple[Any, ...]] | None:
    """The rows through COPY; None when a field is not a number, day or vector of the model itself."""
    decoders = [pgcopy.decoder(_type(queryset.model, field)) for field in fields]
    if None in decoders:
        return None
    out = pgcopy.Rows(decoders)  # type: ignore[arg-type]
    try:
        _copy_to(out, queryset, fields)
    except EmptyResultSet:  # a filter that nothing can meet, such as the scope of somebody who sees nothing
        return []
    return out.rows


def _kind(queryset: models.QuerySet[Any], field: str) -> str:
    """The type of a column, or of an annotation that says what it is."""
    known = queryset.query.annotations.get(field)
    return str(known.output_field.rel_db_type(connection)) if known else _type(queryset.model, field)


def _copied(queryset: models.QuerySet[Any], fields: Sequence[str]) -> bytes:
    """What COPY sends of a queryset, in its binary format."""
    out = io.BytesIO()
    _copy_to(out, queryset, fields)
    return out.getvalue()


def _copy_to(out: Any, queryset: models.QuerySet[Any], fields: Sequence[str]) -> None:
    sql, parameters = queryset.values_list(*fields).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({cursor.mogrify(sql, parameters).decode()}) TO STDOUT (FORMAT binary)", out)
