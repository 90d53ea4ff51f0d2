"""From many voices to one number: weights from each voice's own record.

A voice is judged where it spoke, by its loss against the loss of a benchmark (the baseline) on the same months:

    loss = WAPE² + ½ bias²        WAPE = Σ|F − A| ÷ ΣA,  bias = Σ(F − A) ÷ ΣA

so that a voice that runs to one side pays more than one that errs as much to both. Weights are inverse to it (Bates
and Granger 1969). A short record says little, so the loss of a row is drawn towards that of its family, the family's
towards the company's and the company's towards the benchmark's, and the weights towards equal ones (Diebold and Pauly
1990; Stock and Watson 2004). Over `HALF` months a record counts as much as what it is drawn to. docs/consensus.md has
the sources and what it is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.engine.arrays import Array, Mask

Indices = NDArray[np.intp]
HALF = 3.0
BIAS = 0.5
# No record makes a voice count for more than about seven times another: e².
MOST = 2.0


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over the months in which a voice spoke, `[rows, voices]`; `heard[rows, voices, months]` says in which."""

    heard: Mask
    actual: Array
    absolute: Array
    signed: Array
    benchmark_absolute: Array
    benchmark_signed: Array

    @property
    def months(self) -> Array:
        count: Array = self.heard.sum(axis=2).astype(np.float64)
        return count

    @property
    def wape(self) -> Array:
        return _ratio(self.absolute, self.actual)

    @property
    def bias(self) -> Array:
        """Above zero: the voice was over."""
        return _ratio(self.signed, self.actual)

    @property
    def value_added(self) -> Array:
        """What the voice takes off the benchmark's WAPE on the same months."""
        return _ratio(self.benchmark_absolute - self.absolute, self.actual)

    def take(self, rows: Indices | Mask) -> "Tally":
        """Some of the rows."""
        return Tally(self.heard[rows], *(sums[rows] for sums in self._sums()))

    def of(self, voices: Sequence[int]) -> "Tally":
        """Some of the voices."""
        return Tally(self.heard[:, voices], *(sums[:, voices] for sums in self._sums()))

    def summed(self, group: Indices, count: int) -> "Tally":
        """Rows added up into `count` groups."""
        heard = np.zeros((count, *self.heard.shape[1:]), dtype=bool)
        np.logical_or.at(heard, group, self.heard)
        return Tally(heard, *(_by_group(sums, group, count) for sums in self._sums()))

    def _sums(self) -> tuple[Array, Array, Array, Array, Array]:
        return self.actual, self.absolute, self.signed, self.benchmark_absolute, self.benchmark_signed


def tally(errors: Array, benchmark: Array, actual: Array) -> Tally:
    """Add up signed errors F − A, `errors[rows, voices, months]`, NaN where a voice was silent.

    `benchmark` holds the errors that each voice is measured by, in the same shape or `[rows, 1, months]`; `actual` is
    `[rows, months]`. Months without actual or benchmark do not count.
    """
    wide = np.broadcast_to(benchmark, errors.shape)
    heard = np.isfinite(errors) & np.isfinite(wide) & np.isfinite(actual)[:, None, :]
    sold, own, other = (np.where(heard, values, 0.0) for values in (actual[:, None, :], errors, wide))
    return Tally(
        heard,
        sold.sum(axis=2),
        np.abs(own).sum(axis=2),
        own.sum(axis=2),
        np.abs(other).sum(axis=2),
        other.sum(axis=2),
    )


def weights(levels: Sequence[Tally], parents: Sequence[Indices]) -> Array:
    """`[rows, voices]` shares of the finest level, each row adding up to 1, none below 0.

    `levels` go from the whole (one row) to the rows; `parents[i]` names, for each row of level i + 1, its row of level
    i.
    """
    pooled = _drawn(levels[0], np.zeros_like(levels[0].actual))
    for level, parent in zip(levels[1:], parents, strict=True):
        pooled = _drawn(level, pooled[parent])
    raw = np.exp(-pooled)
    trust = certainty(levels[0])
    found: Array = trust * raw / raw.sum(axis=1, keepdims=True) + (1 - trust) / raw.shape[1]
    return found


def certainty(whole: Tally) -> float:
    """How far the weights follow the records: 0 without a month, one half at `HALF` months, towards 1."""
    months = float(whole.months.max(initial=0))
    return months / (months + HALF)


def among(shares: Array, spoke: Mask) -> Array:
    """The shares of those who spoke, adding up to 1 again; all zero where nobody did."""
    own = np.where(spoke, shares, 0.0)
    total = own.sum(axis=-1, keepdims=True)
    part: Array = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    return part


def blend(values: Array, shares: Array) -> Array:
    """`values[rows, voices, months]`, NaN where silent, by `shares[rows, voices]`; NaN where nobody spoke."""
    spoke = np.isfinite(values)
    part = among(np.swapaxes(np.broadcast_to(shares[:, :, None], values.shape), 1, 2), np.swapaxes(spoke, 1, 2))
    mixed: Array = (part * np.swapaxes(np.where(spoke, values, 0.0), 1, 2)).sum(axis=2)
    return np.where(spoke.any(axis=1), mixed, np.nan)


def _drawn(level: Tally, towards: Array) -> Array:
    """The logarithm of each loss against the benchmark's, drawn to another as the record is short."""
    months = level.months
    drawn: Array = (months * _against_benchmark(level) + HALF * towards) / (months + HALF)
    return drawn


def _against_benchmark(level: Tally) -> Array:
    own = level.absolute**2 + BIAS * level.signed**2
    other = level.benchmark_absolute**2 + BIAS * level.benchmark_signed**2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(own) - np.log(other)
    bounded: Array = np.clip(np.nan_to_num(ratio, nan=0.0, posinf=MOST, neginf=-MOST), -MOST, MOST)
    return bounded


def _by_group(values: Array, group: Indices, count: int) -> Array:
    result = np.zeros((count, values.shape[1]))
    for voice, column in enumerate(values.T):
        result[:, voice] = np.bincount(group, column, count)
    return result


def _ratio(amount: Array, of: Array) -> Array:
    ratio: Array = np.divide(amount, of, out=np.full(amount.shape, np.nan), where=of > 0)
    return ratio
