"""Entries that outlive their cycle: what somebody entered “until March” is taken over into the plans made before that.

A number stays as it was entered, a difference and a share are applied to the new baseline with its events.
"""

from collections import Counter

import numpy as np
import pandas as pd
from django.utils import timezone

from planning.models import Assumption, Input, SalesPlan, SalesPlanLine
from sop import bulk, months
from sop.vectors import Vector

COLUMNS = ["plan_id", "stream_id", "series_id", "month", "quantity", "locked", "reason", "mode", "level", "method"]
COLUMNS += ["assumption_id", "expires", "author_id", "row_version", "updated_at"]

DISPROVED = (Assumption.State.FAILED, Assumption.State.WITHDRAWN)


def carry_over(plan: SalesPlan, series: pd.DataFrame, values: dict[str, Vector]) -> Counter[str]:
    """Take over what has not expired into a plan that is made for the first time; how many entries by stream.

    What rests on an assumption that did not hold, or was withdrawn, stays behind. Entries of the consensus move
    `values` too. Four queries.
    """
    before = _previous(plan)
    if before is None or plan.lines.exists():
        return Counter()
    entries = Input.objects.filter(plan=before, expires__gte=plan.start, month__gte=plan.start)
    entries = entries.filter(month__lte=plan.months[-1]).exclude(assumption__state__in=DISPROVED)
    entries = entries.select_related("stream")
    row = {int(key): position for position, key in enumerate(series["series"])}
    kept = [entry for entry in entries if entry.series_id in row]
    old = _expected(before, {entry.series_id for entry in kept})
    new = np.maximum(values["baseline"] + values["events"], 0)
    now, rows = timezone.now(), []
    for entry in kept:
        at = row[entry.series_id], months.distance(plan.start, entry.month)
        known = old.get(entry.series_id, np.empty(0))[months.distance(before.start, entry.month) :]
        quantity = _renewed(entry, float(known[0]) if known.size else None, float(new[at]))
        about = [entry.locked, entry.reason, entry.mode, entry.level, entry.method, entry.assumption_id, entry.expires]
        key = [plan.pk, entry.stream_id, entry.series_id, entry.month]
        rows.append([*key, quantity, *about, entry.author_id, 1, now])
        if entry.stream is None:
            _decide(values, at, quantity)
    bulk.insert(Input, COLUMNS, rows)
    return Counter(entry.stream.name if entry.stream else "the consensus" for entry in kept)


def _previous(plan: SalesPlan) -> SalesPlan | None:
    """The working plan of the cycle before; its entries are the last ones people made."""
    earlier = SalesPlan.objects.filter(frozen_at__isnull=True, cycle__first_month__lt=plan.cycle.first_month)
    return earlier.order_by("-cycle__first_month").first()


def _expected(plan: SalesPlan, series: set[int]) -> dict[int, Vector]:
    lines = SalesPlanLine.objects.filter(plan=plan, series__in=series)
    found = lines.values_list("series_id", "baseline", "events")
    return {key: np.maximum(baseline + events, 0) for key, baseline, events in found}


def _renewed(entry: Input, old: float | None, new: float) -> float:
    """An entry's quantity on the new baseline; without an old one to compare with it stays a number."""
    if entry.mode == Input.Mode.QUANTITY and old is not None:
        return max(new + entry.quantity - old, 0.0)
    if entry.mode == Input.Mode.PERCENT and old:
        return new * entry.quantity / old
    return entry.quantity


def _decide(values: dict[str, Vector], at: tuple[int, int], quantity: float) -> None:
    values["consensus"][at] = quantity
    values["revenue"][at] = quantity * values["price"][at]
    values["cost"][at] = quantity * values["unit_cost"][at]
