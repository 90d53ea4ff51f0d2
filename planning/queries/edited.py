"""What the log keeps of the cells that a gesture changed: a list for people to read, or packed where they are many.

`cells` holds series, month, quantity before and after, row version; `was` what each replaced entry carried. Beyond
`MANY` cells both are columns of numbers, compressed: half a million cells would be forty megabytes of text.
"""

import base64
import zlib
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from planning.queries.leaves import Ints
from sop import months
from sop.vectors import Vector

MANY = 1_000
CELLS, WAS, PACKED = "cells", "was", "packed"
FLOATS = ("before", "after")


@dataclass(frozen=True, eq=False)
class EditedCells:
    """Cells as columns: NaN where there was, or is, no entry; `carried` is the position in `abouts`, −1 for none."""

    series: Ints
    month: Ints
    before: Vector
    after: Vector
    version: Ints
    carried: Ints
    abouts: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.series)

    def as_json(self) -> dict[str, Any]:
        return {PACKED: self._packed()} if len(self) > MANY else {CELLS: self._cells(), WAS: self._was()}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self | None:
        """The cells of a change; None when it was none of cells."""
        if PACKED in data:
            packed = data[PACKED]
            columns = {name: _unpacked(name, packed[name]) for name in COLUMNS}
            return cls(**columns, abouts=packed["abouts"])
        return cls._of_lists(data[CELLS], data.get(WAS, [])) if CELLS in data else None

    @classmethod
    def _of_lists(cls, cells: list[list[Any]], was: list[list[Any]]) -> Self:
        number = {code: months.number(months.parse(code)) for code in {cell[1] for cell in cells}}
        place = {(key, code): at for at, (key, code, _) in enumerate(was)}
        return cls(
            series=np.array([cell[0] for cell in cells], dtype=np.int64),
            month=np.array([number[cell[1]] for cell in cells], dtype=np.int64),
            before=np.array([cell[2] for cell in cells], dtype=np.float64),
            after=np.array([cell[3] for cell in cells], dtype=np.float64),
            version=np.array([cell[4] or 0 for cell in cells], dtype=np.int64),
            carried=np.array([place.get((cell[0], cell[1]), -1) for cell in cells], dtype=np.int64),
            abouts=[about for _, _, about in was],
        )

    def _cells(self) -> list[list[Any]]:
        columns = (self.series.tolist(), self._codes(), _or_none(self.before), _or_none(self.after))
        versions = [version or None for version in self.version.tolist()]
        return [list(cell) for cell in zip(*columns, versions, strict=True)]

    def _was(self) -> list[list[Any]]:
        found = zip(self.series.tolist(), self._codes(), self.carried.tolist(), strict=True)
        return [[key, code, self.abouts[at]] for key, code, at in found if at >= 0]

    def _codes(self) -> list[str]:
        return [months.code(months.from_number(number)) for number in self.month.tolist()]

    def _packed(self) -> dict[str, Any]:
        return {name: _packed(name, getattr(self, name)) for name in COLUMNS} | {"abouts": self.abouts}


COLUMNS = [each.name for each in fields(EditedCells) if each.name != "abouts"]


def _or_none(values: Vector) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _type(name: str) -> str:
    return "<f8" if name in FLOATS else "<i8"


def _packed(name: str, values: Any) -> str:
    return base64.b64encode(zlib.compress(values.astype(_type(name)).tobytes(), level=1)).decode()


def _unpacked(name: str, text: str) -> Any:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=_type(name))
