"""What was said at a lag, in the plans that were signed, and what was sold: arrays [series, month].

Accuracy at any level (`reviews.queries.accuracy`) and the records that weigh departments (`planning.queries.records`)
are computed from these.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db.models import Case, Q, QuerySet, Value, When
from numpy.typing import NDArray

from forecasting.engine.pooled import yearly_scale
from planning.models import Input, SalesPlan, SalesPlanLine, Stream
from planning.queries.leaves import find
from planning.queries.rows import Filters
from sop import bulk, months
from sop.models import Cycle
from sop.queries import history, series
from sop.vectors import Element

Floats = NDArray[np.float64]
# Plan → number of its month → the lag and the column that month counts in.
Places = dict[int, dict[int, tuple[int, int]]]
NAIVE, BASELINE, CONSENSUS = "naive", "baseline", "consensus"
YEAR = months.MONTHS_PER_YEAR
MEASURES = (BASELINE, "events", CONSENSUS)
# From here on one plan is read at a time: many vectors at once take much memory.
MANY_SERIES = 5_000


@dataclass(frozen=True)
class SignedPlans:
    """`by_month`: first plan month of a finished cycle → the plan it signed; `complete`: the last month to judge."""

    by_month: dict[dt.date, SalesPlan]
    complete: dt.date | None

    def at(self, month: dt.date, lag: int) -> SalesPlan | None:
        """Lag 1: the cycle that plans `month` first, on actuals to the month before; lag 2: the cycle before it."""
        plan = self.by_month.get(months.add(month, 1 - lag))
        return plan if plan and months.distance(plan.start, month) < plan.horizon else None

    def window(self, count: int, lag: int) -> list[dt.date]:
        """Those of the last `count` complete months that were planned at this lag."""
        if self.complete is None:
            return []
        recent = months.span(months.add(self.complete, 1 - count), count)
        return [month for month in recent if self.at(month, lag)]


@dataclass(frozen=True)
class Step:
    """A forecast on its way to the plan: naive, baseline, a department's, consensus."""

    key: str
    name: str


@dataclass(frozen=True)
class Record:
    """What was said at one lag, and what was sold: arrays [series, month], NaN where nothing was said.

    `start` is what departments start from, the baseline with its events; `spoke` where each of them entered something.
    """

    lag: int
    months: list[dt.date]
    series: pd.DataFrame
    actual: Floats
    scale: Floats
    steps: list[Step]
    said: dict[str, Floats]
    start: Floats
    spoke: dict[str, NDArray[np.bool_]]


def frozen_plans() -> SignedPlans:
    """The newest frozen copy of every finished cycle, and the last month with sales that the next one opened on.

    A cycle's plan is locked from its demand review on, so copies of later reviews hold the same entries. Three queries.
    """
    copies = (
        SalesPlan.objects.filter(frozen_at__isnull=False)
        .exclude(cycle__state__in=(Cycle.State.PLANNED, Cycle.State.OPEN))
        .select_related("cycle")
        .order_by("start", "frozen_at", "pk")
    )
    newest = Cycle.objects.exclude(state=Cycle.State.PLANNED).first()
    known = history.last_actual_month()
    return SignedPlans({plan.start: plan for plan in copies}, min(known, newest.as_of) if known and newest else None)


def read(filters: Filters, lags: Sequence[int], count: int, plans: SignedPlans) -> dict[int, Record]:
    """Records of the lags that have a month to judge, for the series of the filters. At most sixteen queries."""
    windows = {lag: window for lag in lags if (window := plans.window(count, lag))}
    if not windows:
        return {}
    frame = series.frame(where=filters.series())
    streams = [Step(code, name) for code, name in Stream.objects.values_list("code", "name")]
    steps = [Step(NAIVE, "Naive"), Step(BASELINE, "Baseline"), *streams, Step(CONSENSUS, "Consensus")]
    past = _Past(frame, max(window[-1] for window in windows.values()))
    said = _said(plans, windows, frame, filters, [step.key for step in streams])
    return {
        lag: Record(
            lag,
            window,
            frame,
            past.actual(window, said[lag].said[CONSENSUS]),
            past.scale(window, lag),
            steps,
            said[lag].said | {NAIVE: past.naive(window, lag)},
            said[lag].start,
            said[lag].spoke,
        )
        for lag, window in windows.items()
    }


# --- What was known, and what was sold --------------------


class _Past:
    """The history of some series from the company's first month to the last one judged. Eight queries at most."""

    def __init__(self, frame: pd.DataFrame, last: dt.date) -> None:
        first = history.first_actual_month()
        assert first is not None  # there is no complete month without actuals
        self.start = first
        self.values = history.matrix(frame["series"].tolist(), first, months.distance(first, last) + 1)
        self._scale: Floats = yearly_scale(self.values)

    def actual(self, window: list[dt.date], planned: Floats) -> Floats:
        """What was planned and never sold counts as zero sold."""
        return np.where(np.isfinite(planned), np.nan_to_num(self._at(self.values, window)), np.nan)

    def naive(self, window: list[dt.date], lag: int) -> Floats:
        """The same month of the last year that was known when the plan was made."""
        years = -(-lag // YEAR)
        return self._at(self.values, [months.add(month, -YEAR * years) for month in window])

    def scale(self, window: list[dt.date], lag: int) -> Floats:
        """MASE's denominator, from the months known when the plan was made."""
        return self._at(self._scale, [months.add(month, -lag) for month in window])

    def _at(self, values: Floats, wanted: list[dt.date]) -> Floats:
        result = np.full((len(values), len(wanted)), np.nan)
        for column, month in enumerate(wanted):
            at = months.distance(self.start, month)
            if 0 <= at < values.shape[1]:
                result[:, column] = values[:, at]
        return result


@dataclass(frozen=True)
class _Said:
    """What a lag's plans hold, see `Record`."""

    said: dict[str, Floats]
    start: Floats
    spoke: dict[str, NDArray[np.bool_]]


def _said(
    signed: SignedPlans, windows: dict[int, list[dt.date]], frame: pd.DataFrame, filters: Filters, streams: list[str]
) -> dict[int, _Said]:
    """By lag: baseline and consensus as signed, a department's entries on the baseline with its events. Two queries."""
    keys, places = frame["series"].to_numpy(), _places(signed, windows)
    found = {lag: _nothing((len(frame), len(window)), streams) for lag, window in windows.items()}
    lines = SalesPlanLine.objects.filter(filters.series_of("series__"), series__isnull=False)
    parts = [places] if len(frame) < MANY_SERIES else [{plan: own} for plan, own in places.items()]
    for part in parts:
        _plans(lines.filter(plan__in=part), part, keys, found)
    for each in found.values():
        each.said.update({stream: each.start.copy() for stream in streams})
    first = {plan.pk: months.number(plan.start) for plan in signed.by_month.values()}
    entries = Input.objects.filter(filters.series_of("series__"), stream__isnull=False)
    codes = dict(Stream.objects.values_list("pk", "code"))
    for part in parts:
        _enter(entries, part, first, codes, keys, found)
    return found


def _plans(lines: QuerySet[SalesPlanLine], places: Places, keys: NDArray[np.int64], found: dict[int, _Said]) -> None:
    """Put the plans' numbers of the judged months in their places. One query, of these months alone."""
    slots = max(map(len, places.values()))
    columns: dict[str, Element] = {}
    for slot in range(slots):
        judged = {plan: list(own)[slot] for plan, own in places.items() if slot < len(own)}
        month = Case(*(When(plan=plan, then=Value(at)) for plan, at in judged.items()), default=Value(0))
        columns |= {f"{measure}_{slot}": Element(measure, month) for measure in MEASURES}
    plans, series, *values = bulk.columns(lines.annotate(**columns), "plan_id", "series_id", *columns)
    rows = find(keys, series)
    for plan, own in places.items():
        here = (plans == plan) & (rows >= 0)
        for slot, (lag, column) in enumerate(own.values()):
            baseline, events, consensus = (each[here] for each in values[len(MEASURES) * slot :][: len(MEASURES)])
            at = (rows[here], column)
            found[lag].said[BASELINE][at] = baseline
            found[lag].said[CONSENSUS][at] = consensus
            found[lag].start[at] = np.maximum(baseline + events, 0)


def _nothing(shape: tuple[int, int], streams: list[str]) -> _Said:
    said = {key: np.full(shape, np.nan) for key in (BASELINE, CONSENSUS)}
    return _Said(said, np.full(shape, np.nan), {stream: np.zeros(shape, dtype=bool) for stream in streams})


def _places(signed: SignedPlans, windows: dict[int, list[dt.date]]) -> Places:
    """Plan → number of its month → the lag and the column that month counts in."""
    result: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for lag, window in windows.items():
        for column, month in enumerate(window):
            plan = signed.at(month, lag)
            assert isinstance(plan, SalesPlan)  # the window holds no other months
            result[plan.pk][months.distance(plan.start, month)] = (lag, column)
    return dict(result)


def _enter(
    entries: QuerySet[Input],
    places: Places,
    first: dict[int, int],
    codes: dict[int, str],
    keys: NDArray[np.int64],
    found: dict[int, _Said],
) -> None:
    """Put the departments' entries in their places; `first` numbers each plan's first month. One query."""
    judged = Q()
    for plan, own in places.items():
        judged |= Q(plan=plan, month__in=[months.from_number(first[plan] + month) for month in own])
    plans, series, streams, days, quantity = bulk.columns(
        entries.filter(judged), "plan_id", "series_id", "stream_id", "month", "quantity"
    )
    row = find(keys, series)
    month = months.numbers(days)
    for plan, own in places.items():
        for at, (lag, column) in own.items():
            here = (plans == plan) & (month == first[plan] + at) & (row >= 0)
            for stream in np.unique(streams[here]).tolist():
                mine = here & (streams == stream)
                found[lag].said[codes[stream]][row[mine], column] = quantity[mine]
                found[lag].spoke[codes[stream]][row[mine], column] = True
