"""Checks of a supply problem's fields. Every complaint is a ValueError naming the field and the index."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from planning.engine.arrays import Array, Mask


def checked_array(
    name: str,
    value: Any,
    shape: tuple[int, ...],
    *,
    low: float = -np.inf,
    infinite: bool = False,
    whole: bool = False,
) -> Array:
    """A read-only float copy of `value` in `shape`; a single number fills it."""
    given = np.asarray(value, dtype=np.float64)
    if given.ndim and given.shape != shape:
        raise ValueError(f"{name} has shape {given.shape}, expected {shape}")
    array = np.array(np.broadcast_to(given, shape))
    _refuse(name, array, np.isnan(array), "is not a number")
    _refuse(name, array, array < low, "is negative" if low == 0 else f"is below {low:g}")
    if not infinite:
        _refuse(name, array, np.isinf(array), "is infinite")
    if whole:
        _refuse(name, array, array != np.floor(array), "is not a whole number")
    array.setflags(write=False)
    return array


def checked_rows(name: str, rows: Any, columns: Mapping[str, int | None]) -> Array:
    """Rows of a sparse table as a read-only array.

    A column's limit says what it holds: None a quantity of 0 or more, a number above zero an index below it, −1 a
    count of months.
    """
    table = np.asarray(rows, dtype=np.float64)
    if table.size == 0:
        table = np.zeros((0, len(columns)))
    if table.ndim != 2 or table.shape[1] != len(columns):
        raise ValueError(f"{name} has shape {table.shape}, expected rows of ({', '.join(columns)})")
    for position, (column, limit) in enumerate(columns.items()):
        values = checked_array(f"{name} {column}", table[:, position], table.shape[:1], low=0, whole=limit is not None)
        if limit is not None and limit >= 0:
            _refuse(f"{name} {column}", values, values >= limit, f"is unknown, there are {limit}")
    table = table.copy()
    table.setflags(write=False)
    return table


def checked_workforce(crews: Iterable[Any], resources: int, months: int) -> list[tuple[Any, ...]]:
    """The rows of the workforce with their hours as arrays; each resource has at most one row."""
    rows, seen = [], set[int]()
    for index, crew in enumerate(crews):
        name = f"workforce[{index}]"
        resource = crew.resource
        if resource != int(resource) or not 0 <= resource < resources or int(resource) in seen:
            raise ValueError(f"{name} resource {resource} is unknown or named twice, there are {resources}")
        seen.add(int(resource))
        hours = [
            checked_array(f"{name} {field}", getattr(crew, field), (months,), low=0)
            for field in ("regular_hours_per_worker", "overtime_hours_per_worker")
        ]
        money = [
            float(checked_array(f"{name} {field}", getattr(crew, field), (), low=0))
            for field in ("wage_per_month", "hire_cost", "layoff_cost")
        ]
        opening = float(checked_array(f"{name} opening_workers", crew.opening_workers, (), low=0))
        rows.append((int(resource), opening, *hours, *money, bool(crew.whole)))
    return rows


def require_order(low_name: str, low: Array, high_name: str, high: Array) -> None:
    """Refuse a lower limit above its upper limit."""
    if (low > high).any():
        index = _first(low > high)
        raise ValueError(f"{low_name}{_text(index)} = {low[index]:g} exceeds {high_name}, {high[index]:g}")


def _refuse(name: str, array: Array, wrong: Mask, why: str) -> None:
    if wrong.any():
        index = _first(wrong)
        raise ValueError(f"{name}{_text(index)} {why}: {array[index]:g}")


def _first(wrong: Mask) -> tuple[int, ...]:
    return tuple(int(position[0]) for position in np.nonzero(np.atleast_1d(wrong)))[: wrong.ndim]


def _text(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
