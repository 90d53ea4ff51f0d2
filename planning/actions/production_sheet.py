"""The part of a production plan that one gesture touches: read, changed in memory, written back in one transaction.

Cells are by the month in which production is ready, as the grid shows them; overrides are by the month in which it is
begun, a lead time earlier, as the supply problem takes them.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from planning.actions.production_follow import FEW, follow
from planning.actions.sheets import Edited
from planning.models import ProductionLine, ProductionOverride, ProductionPlan
from planning.queries.making import Workshop
from planning.queries.production_marks import production_fences
from sop import bulk, months
from sop.actions import changes
from sop.models import Family, User
from sop.vectors import Vector

KEY = ["cycle_id", "product_id", "month"]
SAID = ["kind", "quantity", "locked", "reason", "by_id"]
KEPT = [*SAID, "planned", "planned_in_id", "row_version", "at"]
NOISE = 1e-9
Cell = tuple[int, int]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """What an override says."""

    quantity: float
    by_id: int
    kind: str = ProductionOverride.Kind.FIXED
    locked: bool = False
    reason: str = ""

    @classmethod
    def of(cls, entry: ProductionOverride) -> "Said":
        return cls(**{name: getattr(entry, name) for name in SAID})


@dataclass
class Sheet:
    """Products × the plan's months, what is ready in each, and what was said about it."""

    plan: ProductionPlan
    shop: Workshop
    products: list[int]
    values: Vector
    demand: Vector
    least: Vector  # what is bought for other products besides and cannot be taken away
    lead: np.ndarray
    frozen: np.ndarray  # [n] months in which nothing new is begun
    entries: dict[Cell, ProductionOverride]
    seen: Vector = field(init=False)
    wanted: dict[Cell, Said | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = self.values.copy()
        self.position = {product: row for row, product in enumerate(self.products)}

    def decided(self, rows: np.ndarray, column: int) -> Mask:
        """Which of these are not the plan's to change: begun before it starts, or taken as available."""
        free = [self.shop.making[self.products[row]].planned for row in rows.tolist()]
        begun: Mask = self.lead[rows] > column
        return begun | ~np.array(free, dtype=np.bool_)

    def locked(self, rows: np.ndarray, column: int) -> Mask:
        entries = (self.entries.get((row, column)) for row in rows.tolist())
        return np.array([bool(entry and entry.locked) for entry in entries], dtype=np.bool_)

    def is_frozen(self, rows: np.ndarray, column: int) -> Mask:
        frozen: Mask = column - self.lead[rows] < self.frozen[rows]
        return frozen & ~self.decided(rows, column)

    def put(self, row: int, column: int, said: Said | None) -> None:
        """Say something about a cell, or take back what was said; the plan's own number then comes back if known."""
        before = self.entries.get((row, column))
        if said is None and before is None:
            return
        self.wanted[row, column] = said
        if said is not None and said.kind == ProductionOverride.Kind.FIXED:
            self.values[row, column] = said.quantity + self.least[row, column]
        elif said is None and before and before.planned is not None and before.planned_in_id == self.plan.pk:
            self.values[row, column] = before.planned + self.least[row, column]


def open_sheet(plan: ProductionPlan, products: Iterable[int]) -> Sheet:
    """The lines of some products with what was said about them. Ten queries, however many products."""
    keys = sorted(set(products))
    shop = Workshop(plan.sales_plan, keys)
    found = ProductionLine.objects.filter(plan=plan)
    if len(keys) < FEW:
        found = found.filter(product__in=keys)
    lines = {row[0]: row[1:] for row in bulk.read(found, "product_id", "arrivals", "demand", "dependent")}
    arrivals, demand, dependent = (np.vstack([lines[key][at] for key in keys]) for at in range(3))
    making = [shop.making[key] for key in keys]
    lead = np.array([each.lead_time for each in making], dtype=np.int64)
    waits = np.array([[each.binds] for each in making], dtype=np.bool_)
    sheet = Sheet(
        plan,
        shop,
        keys,
        values=arrivals,
        demand=demand,
        least=np.where(waits, 0.0, dependent),
        lead=lead,
        frozen=np.array(production_fences([each.product for each in making]), dtype=np.int64),
        entries={},
    )
    said = ProductionOverride.objects.filter(cycle=plan.cycle_id, product__in=keys, month__gte=plan.start)
    for entry in said.select_related("by"):
        row = sheet.position[entry.product_id]
        column = months.distance(plan.start, entry.month) + int(lead[row])
        if column < plan.horizon:
            sheet.entries[row, column] = entry
    return sheet


def save_sheet(sheet: Sheet, *, by: User, kind: str, verb: str, reason: str = "", note: str = "") -> Edited:
    """Write the overrides and what follows from them, and log it. An undo of the change set puts all of it back."""
    plan = sheet.plan
    cells = [_cell(sheet, cell, said) for cell, said in sorted(sheet.wanted.items())]
    _write(sheet)
    moved = np.flatnonzero(np.abs(sheet.values - sheet.seen).max(axis=1) > NOISE)
    if moved.size:
        follow(plan, sheet.shop, {sheet.products[row]: (sheet.values - sheet.seen)[row] for row in moved.tolist()})
        plan.edits += 1
        plan.save(update_fields=["edits"])
    touched = {sheet.products[row] for row, _ in sheet.wanted}
    homes = [pk for product in touched if (pk := sheet.shop.making[product].product.family_id)]
    names = [sheet.shop.making[product].product.name for product in sorted(touched)]
    whom = names[0] if len(names) == 1 else f"{len(names)} products"
    difference = float((sheet.values - sheet.seen).sum())
    moves = f", {difference:+,.0f} units" if moved.size and len(names) == 1 else ""
    change = changes.record(
        changes.What(
            kind,
            f"{verb} production of {whom}: {len(cells)} cell{'s'[: len(cells) != 1]}{moves}",
            object=f"production-plan:{plan.pk}",
            reason=reason,
            data={"cells": cells, "version": plan.edits},
            families=Family.objects.filter(pk__in=homes).values_list("code", flat=True),
        ),
        by=by,
        cycle=plan.cycle,
    )
    return Edited(change.change_set, plan.edits, len(cells), note)


def begins(sheet: Sheet, row: int, column: int) -> dt.date:
    """The month in which what is ready in a month is begun."""
    return months.add(sheet.plan.start, column - int(sheet.lead[row]))


def _cell(sheet: Sheet, cell: Cell, said: Said | None) -> list[Any]:
    """Product, month of beginning, and what was said before and after, as the log keeps it."""
    before = sheet.entries.get(cell)
    month = months.code(begins(sheet, *cell))
    return [sheet.products[cell[0]], month, vars(Said.of(before)) if before else None, vars(said) if said else None]


def _write(sheet: Sheet) -> None:
    now = timezone.now()
    gone = [sheet.entries[cell].pk for cell, said in sheet.wanted.items() if said is None]
    ProductionOverride.objects.filter(pk__in=gone).delete()
    rows = []
    for (row, column), said in sheet.wanted.items():
        if said is None:
            continue
        before = sheet.entries.get((row, column))
        known = before and before.planned_in_id == sheet.plan.pk
        planned = before.planned if before and known else float(sheet.seen[row, column] - sheet.least[row, column])
        version = before.row_version + 1 if before else 1
        key = (sheet.plan.cycle_id, sheet.products[row], begins(sheet, row, column))
        rows.append((*key, *(getattr(said, name) for name in SAID), planned, sheet.plan.pk, version, now))
    bulk.upsert(ProductionOverride, key=KEY, columns=[*KEY, *KEPT], rows=rows)
