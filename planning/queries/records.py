"""The record of every voice at the planning lag, and the weights that departments earn by it (docs/consensus.md)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from django.conf import settings

from planning.engine.blend import Indices, Tally, certainty, tally, weights
from planning.models import Stream
from planning.queries import said
from planning.queries.kept import Kept
from planning.queries.rows import Filters
from planning.queries.said import BASELINE, CONSENSUS, NAIVE, Record, SignedPlans
from sop.permissions import EVERYTHING, Scope
from sop.vectors import Vector
from sop.words import difference, units

MONTHS = 12
# From here on the tally is kept in memory for a while: reading it takes seconds.
MANY_SERIES = 5_000
KEEP_SECONDS = 900.0
BIAS_BAND = 0.05


@dataclass(frozen=True)
class Figures:
    """What one voice's record says; ratios as fractions, None where it has none. `whose` names a record lent."""

    key: str
    months: int
    error: float | None
    bias: float | None
    value_added: float | None
    whose: str = ""

    @property
    def accuracy(self) -> float | None:
        return None if self.error is None else max(0.0, 1 - self.error)

    @property
    def side(self) -> str:
        """Which way the bias goes, in words."""
        return "" if not self.bias else "over" if self.bias > 0 else "under"

    @property
    def leaning(self) -> bool:
        """Whether the bias is worth a look."""
        return abs(self.bias or 0) > BIAS_BAND

    @property
    def points(self) -> str:
        """Value added in percentage points, with its sign."""
        added = 100 * (self.value_added or 0)
        return difference(round(added, 1), units(added, 1))

    @property
    def worse(self) -> bool:
        """Whether the voice made the forecast worse than the step before it."""
        return self.value_added is not None and self.value_added < 0


@dataclass(frozen=True, eq=False)
class Standing:
    """The tally `[series, voices]` of what somebody may see: baseline, streams, consensus; lag 0 without any month."""

    lag: int
    months: list[dt.date]
    frame: pd.DataFrame
    voices: list[str]
    tally: Tally
    _sums: dict[tuple[str, int], Tally] = field(default_factory=dict)

    @property
    def certainty(self) -> float:
        """How far the weights follow the records."""
        return certainty(self._of("", 0).of(range(1, len(self.voices) - 1)))

    @property
    def streams(self) -> list[str]:
        return self.voices[1:-1]

    def shares(self, products: Sequence[int], families: Sequence[int]) -> Vector:
        """`[products, streams]`: what each stream weighs for each product, given with its family."""
        own = self._streams()
        families_known, family = np.unique([*self.frame["family"], *families], return_inverse=True)
        wide, of_asked = family[: len(self.frame)], family[len(self.frame) :]
        levels = [own.summed(self._all(), 1), own.summed(wide, len(families_known))]
        place = {product: row for row, product in enumerate(products)}
        row = np.array([place.get(product, -1) for product in self.frame["product"]], dtype=np.intp)
        known = row >= 0
        levels.append(own.take(known).summed(row[known], len(products)))
        return weights(levels, [np.zeros(len(families_known), dtype=np.intp), of_asked.astype(np.intp)])

    def figures(self, product: int, family: int) -> dict[str, Figures]:
        """By voice: the product's own record, else its family's, else the company's."""
        levels = [("", "product", product), ("family", "family", family), ("company", "", 0)]
        found = [(whose, self._of(column, pk)) for whose, column, pk in levels]
        return {voice: self._figure(at, found) for at, voice in enumerate(self.voices)}

    def _figure(self, at: int, found: list[tuple[str, Tally]]) -> Figures:
        for whose, summed in found:
            if months := int(summed.months[0, at]):
                error, bias, added = (_known(of[0, at]) for of in (summed.wape, summed.bias, summed.value_added))
                return Figures(self.voices[at], months, error, bias, added, whose)
        return Figures(self.voices[at], 0, None, None, None)

    def _of(self, column: str, pk: int) -> Tally:
        """The sum over a product, a family, or (no column) all; computed once."""
        if (column, pk) not in self._sums:
            rows = (self.frame[column] == pk).to_numpy() if column else np.ones(len(self.frame), dtype=bool)
            self._sums[column, pk] = self.tally.take(rows).summed(np.zeros(int(rows.sum()), dtype=np.intp), 1)
        return self._sums[column, pk]

    def _streams(self) -> Tally:
        return self.tally.of(range(1, len(self.voices) - 1))

    def _all(self) -> Indices:
        return np.zeros(len(self.frame), dtype=np.intp)


_kept: Kept[Standing] = Kept(KEEP_SECONDS)


def standing(scope: Scope) -> Standing:
    """The records of what somebody sees, at the planning lag or the longest shorter one that has a month to judge."""
    plans = said.frozen_plans()
    whole = _kept.get((*(plan.pk for plan in plans.by_month.values()), plans.complete), lambda: _read(plans), _is_large)
    rows = np.ones(len(whole.frame), dtype=bool)
    for column, covered in (("family", scope.families), ("market", scope.markets)):
        if covered is not None:
            rows &= whole.frame[column].isin(covered).to_numpy()
    if rows.all():
        return whole
    frame = whole.frame[rows].reset_index(drop=True)
    return Standing(whole.lag, whole.months, frame, whole.voices, whole.tally.take(rows))


def _read(plans: SignedPlans) -> Standing:
    voices = [BASELINE, *Stream.objects.values_list("code", flat=True), CONSENSUS]
    lags = [lag for lag in range(settings.PLANNING_LAG, 0, -1) if plans.window(MONTHS, lag)]
    record = said.read(Filters(EVERYTHING), lags[:1], MONTHS, plans).get(lags[0]) if lags else None
    if record is None:
        nothing = np.full((0, len(voices), 0), np.nan)
        frame = pd.DataFrame({name: np.empty(0, dtype=np.int64) for name in ("series", "product", "market", "family")})
        return Standing(0, [], frame, voices, tally(nothing, nothing, np.empty((0, 0))))
    return Standing(record.lag, record.months, record.series, voices, _tally(record, voices))


def _tally(record: Record, voices: list[str]) -> Tally:
    """Baseline (with events) against the naive forecast; departments, where they spoke, and consensus against it."""
    spoken = [np.where(record.spoke[code], record.said[code], np.nan) for code in voices[1:-1]]
    forecasts = np.stack([record.start, *spoken, record.said[CONSENSUS]], axis=1)
    before = np.stack([record.said[NAIVE], *[record.start] * (len(voices) - 1)], axis=1)
    sold = record.actual[:, None, :]
    return tally(forecasts - sold, before - sold, record.actual)


def _is_large(found: Standing) -> bool:
    return len(found.frame) >= MANY_SERIES


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
