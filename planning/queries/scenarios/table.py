"""The comparison as a page shows it: one row per measure, the difference to the plan and a bar of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planning.queries.scenarios.compare import Column
from planning.queries.scenarios.figures import Figures
from sop.words import MINUS, THIN, difference, money, percent, units

HALF = 34.0  # the longest bar to either side, in pixels
NOISE = 1e-9


@dataclass(frozen=True)
class Cell:
    """A figure, how it differs from the plan's, and the bar of that: `x` and `width` in pixels around the middle."""

    text: str
    difference: str = ""
    tone: str = "faint"
    x: float = HALF + 2
    width: float = 0.0


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class _Measure:
    label: str
    value: Callable[[Figures], float | None]
    words: Callable[[float], str]
    difference: Callable[[float], str]
    better: int  # 1: more is better, −1: less is


def _points(value: float) -> str:
    return f"{units(100 * value, 1)}{THIN}pp"


def _hours(value: float) -> str:
    return f"{units(value)}{THIN}h"


MEASURES = (
    _Measure("Units sold", lambda f: f.units, units, units, 1),
    _Measure("Revenue", lambda f: f.revenue, money, money, 1),
    _Measure("Gross margin", lambda f: f.margin, money, money, 1),
    _Measure("Supply cost", lambda f: f.cost, money, money, -1),
    _Measure("Stock, average", lambda f: f.stock, money, money, -1),
    _Measure("Overtime", lambda f: f.overtime, _hours, _hours, -1),
    _Measure("Service", lambda f: f.service, percent, _points, 1),
    _Measure("Service, 9 of 10 futures", lambda f: f.safe, percent, _points, 1),
    _Measure("Highest load", lambda f: None if f.load is None else f.load / 100, lambda v: percent(v, 0), _points, -1),
)


def rows(columns: Sequence[Column]) -> list[Row]:
    """One row per measure that somebody may see."""
    found = [Row(measure.label, _cells(measure, columns)) for measure in MEASURES]
    return [row for row in found if any(cell.text for cell in row.cells)]


def _cells(measure: _Measure, columns: Sequence[Column]) -> list[Cell]:
    values = [measure.value(column.figures) if column.figures else None for column in columns]
    base = values[0]
    changes = [None if value is None or base is None else value - base for value in values[1:]]
    longest = max((abs(change) for change in changes if change is not None), default=0.0)
    first = Cell("" if base is None else measure.words(base))
    rest = zip(values[1:], changes, strict=True)
    return [first, *(_cell(measure, value, change, longest) for value, change in rest)]


def _cell(measure: _Measure, value: float | None, change: float | None, longest: float) -> Cell:
    if value is None:
        return Cell("")
    text = measure.words(value)
    if change is None:
        return Cell(text)
    words = measure.difference(change)
    if words.strip(MINUS) == measure.difference(0.0):
        return Cell(text, "same")
    width = round(HALF * abs(change) / longest, 1) if longest > NOISE else 0.0
    middle = HALF + 2
    tone = "good" if change * measure.better > 0 else "bad"
    return Cell(text, difference(change, words), tone, middle if change > 0 else round(middle - width, 1), width)
