"""The two columns that stay in sight at the right: a full year's plan, and how it compares with the budget.

A row without a budget for the whole year compares with last year instead, and says so.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Q

from planning.models import Budget
from planning.queries.columns import Column, year_sums
from planning.queries.rows import RowKey
from sop.vectors import Vector

BUDGET, LAST_YEAR = "budget", "lastyear"
BUDGETED_KINDS = ("total", "family")


def columns(year: Column | None, where: Q) -> list[dict[str, Any]]:
    """The headers; `where` filters the budgets in sight. One query."""
    if year is None:
        return []
    against = "vs budget" if Budget.objects.filter(where, month__year=int(year.year)).exists() else "vs last year"
    return [{"id": "plan", "label": "Plan", "year": year.year}, {"id": "against", "label": against, "year": year.year}]


def references(keys: Sequence[RowKey]) -> list[RowKey]:
    """The rows that others are compared with."""
    bases = dict.fromkeys(key.base for key in keys)
    budgets = [RowKey(key.kind, key.name, BUDGET) for key in bases if key.kind in BUDGETED_KINDS]
    return budgets + [RowKey(key.kind, key.name, LAST_YEAR) for key in bases]


def cells(
    keys: Sequence[RowKey], values: Vector, compared: Sequence[RowKey], others: Vector, year: Column
) -> list[Any]:
    """For each row its year, the difference as a share of what it is compared with, and what that is."""
    known: dict[tuple[RowKey, str], float] = {}
    months = others[:, year.first : year.last + 1]
    for key, row, total in zip(compared, ~np.isnan(months), year_sums(others, year).tolist(), strict=True):
        if (row.all() if key.measure == BUDGET else row.any()) and total > 0:
            known[key.base, key.measure] = total
    sums = year_sums(values, year).tolist()
    return [_cell(key, total, known) for key, total in zip(keys, sums, strict=True)]


def _cell(key: RowKey, total: float, known: dict[tuple[RowKey, str], float]) -> list[Any]:
    if np.isnan(total):
        return [None, None, ""]
    against = BUDGET if (key.base, BUDGET) in known else LAST_YEAR
    reference = known.get((key.base, against))
    if reference is None or key.measure in (against, "events"):
        return [round(total, 4), None, ""]
    return [round(total, 4), round(total / reference - 1, 6), against]
