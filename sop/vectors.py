"""Months as one column: `double precision[]` on PostgreSQL, packed float64 on SQLite, a NumPy array in Python."""

from typing import Any

import numpy as np
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def empty() -> Vector:
    """The default of a vector column."""
    return np.empty(0)


def pack(values: Any, vendor: str) -> Any:
    """A vector as the database of this vendor stores it."""
    array = np.ascontiguousarray(values, dtype="<f8")
    return array.tolist() if vendor == "postgresql" else array.tobytes()


def unpack(stored: Any) -> Vector:
    """The inverse of `pack` on either database."""
    if isinstance(stored, (bytes, memoryview, bytearray)):
        return np.frombuffer(bytes(stored), dtype="<f8").copy()
    return np.array([np.nan if value is None else value for value in stored], dtype=np.float64)


class ElementField(models.Field):
    """An entry of a vector as a query finds it; no table has such a column."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "double precision" if connection.vendor == "postgresql" else "real"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> float:
        return float(unpack(value)[0]) if isinstance(value, bytes) else value


class Element(models.Func):
    """An entry of a vector, `Element("baseline", position)`, counted from 0: far less to read than the whole vector."""

    output_field = ElementField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="((%(expressions)s])", arg_joiner=")[1 + ", **context)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = "SUBSTR(%(expressions)s, 8)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=", 1 + 8 * ", **context)


class VectorField(models.Field):
    """A vector of float64, one entry per month, NaN allowed. SQL cannot compare it: read it, then compare."""

    description = "A vector of numbers, one per month"
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", empty)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "double precision[]" if connection.vendor == "postgresql" else "BLOB"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Vector | None:
        return None if value is None else unpack(value)

    def to_python(self, value: Any) -> Vector | None:
        return None if value is None else np.asarray(value, dtype=np.float64)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return None if value is None else pack(value, connection.vendor)

    def value_to_string(self, obj: models.Model) -> str:
        return str(np.asarray(self.value_from_object(obj)).tolist())
