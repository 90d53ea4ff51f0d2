"""Entries in money, as units: revenue at plan price, cost at standard cost, margin at the difference of the two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from planning.actions import shorthand
from planning.actions.sheets import Sheet
from planning.queries import valuation
from planning.queries.valuation import COST, MARGIN, REVENUE, UNITS
from sop import months
from sop.errors import PlanningError
from sop.vectors import Vector
from sop.words import THIN, units

RATE_NAMES = {REVENUE: "plan price", COST: "standard cost", MARGIN: "margin per unit"}
MISSING = {
    REVENUE: "has no plan price, so revenue cannot be turned into units",
    COST: "has no standard cost, so cost cannot be turned into units",
    MARGIN: "earns no margin at plan price, so margin cannot be turned into units",
}


@dataclass(frozen=True)
class Target:
    """What an entry asks of some series in a month: so many units in all, worth `money` at `rates`."""

    units: float
    money: float | None = None
    rates: Vector | None = None

    def settle(self, parts: Vector, locked: np.ndarray) -> Vector:
        """Parts in whole units, the one worth most with the fraction that makes the money exact."""
        if self.money is None or self.rates is None:
            return parts
        worth = np.where(locked, 0, parts * self.rates)
        largest = int(worth.argmax())
        if worth[largest] <= 0:
            return parts
        result = parts.copy()
        result[largest] = max(0.0, result[largest] + (self.money - float(parts @ self.rates)) / self.rates[largest])
        return result


def rates(sheet: Sheet, unit: str, own: np.ndarray, column: int) -> Vector:
    """What a unit of each of these series is worth in a month."""
    if unit == UNITS:
        return np.ones(own.size)
    known = {"price": sheet.price, "unit_cost": sheet.unit_cost}
    result: Vector = np.nan_to_num(valuation.net([known[name][own, column] for name in valuation.RATES[unit]]))
    return result


def worth(sheet: Sheet, unit: str, own: np.ndarray, column: int) -> float:
    """What these series amounted to before the gesture."""
    return float(sheet.seen[own, column] @ rates(sheet, unit, own, column))


def target(
    sheet: Sheet, unit: str, entry: str | float, own: np.ndarray, column: int, bases: Sequence[Vector]
) -> Target:
    """What an entry in a unit asks for; PlanningError when money cannot be turned into units."""
    current, worths = sheet.values[own, column], rates(sheet, unit, own, column)
    wanted = shorthand.parse(entry, float(current @ worths))
    if unit == UNITS:
        return Target(wanted)
    locked = sheet.locked[own, column]
    kept = float(current[locked] @ worths[locked])
    month = months.short(months.add(sheet.plan.start, column))
    if wanted < kept - 1e-9 * abs(kept):
        raise PlanningError(f"{month}: the locked series alone are worth {in_money(kept)}. Unlock one, or enter more.")
    basis = next((each for each in bases if each[~locked].sum() > 0), np.ones(own.size))
    value = float(basis[~locked] @ worths[~locked])
    if value <= 0:
        if wanted == 0:
            return Target(0.0)
        raise PlanningError(f"{month}: this row {MISSING[unit]}. Enter units, or complete prices and costs first.")
    scale = (wanted - kept) / value
    return Target(float(current[locked].sum() + scale * basis[~locked].sum()), wanted, worths)


def in_words(sheet: Sheet, unit: str, touched: Sequence[tuple[np.ndarray, int]]) -> str:
    """“€ 15 000 = 312 units at plan price.” Empty when the entry was in units."""
    if unit == UNITS:
        return ""
    amounts = [(sheet.values[own, column], rates(sheet, unit, own, column)) for own, column in touched]
    total = sum(float(values @ rate) for values, rate in amounts)
    count = sum(float(values.sum()) for values, _ in amounts)
    return f"{in_money(total)} = {units(count)} units at {RATE_NAMES[unit]}."


def in_money(value: float) -> str:
    """To the unit of the currency, never shortened: what an editor reads."""
    return f"{settings.CURRENCY}{THIN}{units(value)}"
