"""Writing the consensus of leaves, what it is worth, and the totals that stand on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planning.actions.demand import divide, sum_rows
from planning.models import SalesPlan, SalesPlanLine
from sop import bulk
from sop.vectors import Vector

VALUED = ["consensus", "revenue", "cost"]


@dataclass(frozen=True)
class Moved:
    """Quantities of some leaves before and after, and what one of each is worth."""

    before: Vector
    after: Vector
    price: Vector
    unit_cost: Vector


def write_lines(plan: SalesPlan, series: pd.DataFrame, moved: Moved) -> None:
    """The consensus of some leaves with its value, and the same differences on their totals."""
    keys = [(key,) for key in series["series"].tolist()]
    after = moved.after
    _replace(plan, ["series_id"], keys, [after, after * moved.price, after * moved.unit_cost], VALUED)
    _write_totals(plan, series, after - moved.before, moved.price, moved.unit_cost)


def _write_totals(plan: SalesPlan, series: pd.DataFrame, change: Vector, price: Vector, cost: Vector) -> None:
    """Add the leaves' differences to their family × market totals, held in key order."""
    pairs, position = np.unique(series[["family", "market"]].to_numpy(), axis=0, return_inverse=True)
    row = {(int(family), int(market)): number for number, (family, market) in enumerate(pairs)}
    totals = (
        SalesPlanLine.objects.select_for_update()
        .filter(plan=plan, family__in=np.unique(pairs[:, 0]).tolist(), market__in=np.unique(pairs[:, 1]).tolist())
        .order_by("family_id", "market_id")
        .values_list("family_id", "market_id", *VALUED)
    )
    held = [(key, vectors) for *key, a, b, c in totals if tuple(key) in row for vectors in [(a, b, c)]]
    order = [row[key[0], key[1]] for key, _ in held]
    sums = [sum_rows(change * worth, position, len(pairs))[order] for worth in (np.ones_like(price), price, cost)]
    units, revenue, spent = (
        np.vstack([vectors[n] for _, vectors in held]) + difference for n, difference in enumerate(sums)
    )
    units = np.maximum(units, 0)
    values = [units, revenue, spent, divide(revenue, units), divide(spent, units)]
    _replace(plan, ["family_id", "market_id"], [tuple(key) for key, _ in held], values, [*VALUED, "price", "unit_cost"])


def _replace(
    plan: SalesPlan, key: list[str], keys: Sequence[tuple[Any, ...]], values: list[Vector], columns: list[str]
) -> None:
    """Replace some vectors of existing lines."""
    # An upsert needs every column that may not be null, also those it leaves alone.
    rest = [name for name in ("baseline", "events", "price", "unit_cost") if name not in columns]
    nothing = [np.empty(0)] * len(rest)
    bulk.upsert(
        SalesPlanLine,
        key=["plan_id", *key],
        columns=["plan_id", *key, *columns, *rest],
        rows=((plan.pk, *pk, *(vector[row] for vector in values), *nothing) for row, pk in enumerate(keys)),
        update=columns,
    )
