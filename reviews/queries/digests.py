"""The digest that proves that a frozen plan has not moved."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db.models import QuerySet

from planning.models import ProductionLine, ProductionPlan, ResourceLoad, SalesPlan, SalesPlanLine
from reviews.models import Snapshot
from sop import bulk

SALES_KEYS = ("series_id", "family_id", "market_id")
SALES_VECTORS = ("baseline", "events", "consensus", "price", "unit_cost", "revenue", "cost")
PRODUCTION_VECTORS = (
    *("demand", "dependent", "receipts", "production", "arrivals", "subcontract"),
    *("inventory", "backorder", "lost", "safety_stock"),
)
LOAD_VECTORS = ("load", "regular", "overtime", "overtime_limit", "price")


def digest(sales_plan: SalesPlan | None, production_plan: ProductionPlan | None) -> str:
    """SHA-256 over the plans' first months, lengths, and every line's keys and numbers, in the order of the keys."""
    total = hashlib.sha256()
    if sales_plan is not None:
        total.update(_head("sales", sales_plan))
        _add(total, SalesPlanLine.objects.filter(plan=sales_plan), SALES_KEYS, SALES_VECTORS)
    if production_plan is not None:
        total.update(_head("production", production_plan))
        _add(total, ProductionLine.objects.filter(plan=production_plan), ("product_id", "opening"), PRODUCTION_VECTORS)
        _add(total, ResourceLoad.objects.filter(plan=production_plan), ("resource_id",), LOAD_VECTORS)
    return total.hexdigest()


def verify(snapshot: Snapshot) -> bool:
    """Whether what the snapshot holds is still what was signed."""
    return digest(snapshot.sales_plan, snapshot.production_plan) == snapshot.digest


def _head(name: str, plan: SalesPlan | ProductionPlan) -> bytes:
    return f"{name} {plan.start:%Y-%m} {plan.horizon}\n".encode()


def _add(total: Any, lines: QuerySet[Any], keys: Iterable[str], vectors: Iterable[str]) -> None:
    keys = tuple(keys)
    rows = bulk.read(lines, *keys, *vectors)
    # Sorted here: databases differ in where they put a key that is absent.
    for row in sorted(rows, key=lambda row: tuple(-1 if key is None else key for key in row[: len(keys)])):
        total.update(";".join("" if key is None else repr(key) for key in row[: len(keys)]).encode())
        for vector in row[len(keys) :]:
            total.update(_canonical(vector))


def _canonical(vector: np.ndarray[Any, Any]) -> bytes:
    """Little-endian doubles after their number; one kind of NaN, and no negative zero."""
    values = np.where(np.isnan(vector), np.nan, vector) + 0.0
    return values.size.to_bytes(4, "little") + values.astype("<f8").tobytes()
