"""Corrections of the history: those that count, and those that wait for somebody's word."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from forecasting.models import Correction
from forecasting.queries.lines import Row
from sop import months
from sop.models import History
from sop.queries.history import IDS_PER_QUERY

# Sums of postings are kept to so many decimals.
ALIKE = 1e-6
State = Correction.State


@dataclass(frozen=True)
class Suspect:
    """A correction with what its month says today."""

    correction: Correction
    actual: float
    price: float

    @property
    def stale(self) -> bool:
        """The actual was corrected by a later posting, so this correction no longer counts."""
        return abs(self.actual - self.correction.original) > ALIKE

    @property
    def units(self) -> float:
        return abs(self.correction.original - self.correction.replacement)

    @property
    def money(self) -> float:
        return self.units * self.price


Accepted = dict[tuple[int | None, int], list[tuple[dt.date, float, float]]]


def accepted(which: Q) -> Accepted:
    """Month, original and replacement of the accepted corrections by product and market; `which` names series by the
    path `series`. One query."""
    found: Accepted = {}
    rows = Correction.objects.filter(which, state=State.ACCEPTED).order_by("month")
    places = ("series__product_id", "series__market_id")
    for product, market, month, original, replacement in rows.values_list(*places, "month", "original", "replacement"):
        found.setdefault((product, market), []).append((month, original, replacement))
    return found


def suspects(row: Row, *states: str) -> list[Suspect]:
    """The corrections in these states, those that change most first. Two queries."""
    rows = Correction.objects.filter(row.lines, state__in=states)
    found = list(rows.select_related("series__product", "series__market", "by"))
    wanted = {each.series_id for each in found}
    lines = History.objects.filter(series__isnull=False)
    lines = lines.filter(series__in=wanted) if len(wanted) <= IDS_PER_QUERY else lines
    past = {line.series_id: line for line in lines}
    suspects = [_suspect(each, past.get(each.series_id)) for each in found]
    return sorted(suspects, key=lambda each: (each.money, each.units), reverse=True)


def _suspect(correction: Correction, past: History | None) -> Suspect:
    if past is None:
        return Suspect(correction, 0.0, 0.0)
    offset = months.distance(past.start, correction.month)
    actual = float(past.ordered[offset]) if 0 <= offset < past.ordered.size else 0.0
    units, money = float(past.ordered.sum()), float(past.revenue.sum())
    return Suspect(correction, actual, money / units if units > 0 and money > 0 else 0.0)
