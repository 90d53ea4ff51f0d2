"""From a raw history matrix to the scaled, masked, end-aligned panel the kernels work on."""

from dataclasses import dataclass

import numpy as np

from forecasting.engine.arrays import Indices, Mask, Numbers

# Older months describe another market: engines with unbounded memory lose to seasonal naive after a break.
LONGEST_MEMORY_MONTHS = 120
# The square of a quantity, and the ratio of any two, must still fit a double.
LARGEST_QUANTITY = 1e140
SMALLEST_QUANTITY = 1e-140


@dataclass(frozen=True)
class Panel:
    """Series side by side, months downwards, all ending in the last row; each in units of its own mean."""

    values: Numbers  # [months, series] float32, zero where nothing was observed
    observed: Mask  # [months, series]
    first: Indices  # [series] row of the first observation
    scale: Numbers  # [series] float64, multiply by it to return to units

    @property
    def months(self) -> int:
        return int(self.values.shape[0])

    @property
    def span(self) -> Indices:
        """Months from the first observation to the end, missing ones included."""
        return self.months - self.first


def clean_history(history: Numbers) -> Numbers:
    """Net returns floored at zero, infinite values missing, months before the first sale missing, memory bounded."""
    recent = np.array(history[:, -LONGEST_MEMORY_MONTHS:], dtype=np.float64)
    recent[~np.isfinite(recent)] = np.nan
    np.clip(recent, 0.0, LARGEST_QUANTITY, out=recent)
    recent[recent < SMALLEST_QUANTITY] = 0.0
    not_yet_sold = ~np.logical_or.accumulate(recent > 0, axis=1)
    recent[not_yet_sold] = np.nan
    return recent


def build_panel(history: Numbers) -> Panel:
    """Transpose, scale and mask a clean history [series, months] in which every series has a positive month."""
    start = int(np.isfinite(history).argmax(axis=1).min())
    # Laid out by month, sums over months run in the order of time, however many series and months there are.
    months = np.ascontiguousarray(history[:, start:].T)
    observed = np.isfinite(months)
    # Divide by the largest value first, so that the mean of huge or tiny numbers neither overflows nor vanishes.
    largest = np.where(observed, months, 0.0).max(axis=0)
    relative = np.where(observed, months / largest, 0.0)
    mean = relative.sum(axis=0) / observed.sum(axis=0)
    return Panel(
        values=np.ascontiguousarray(relative / mean, dtype=np.float32),
        observed=observed,
        first=observed.argmax(axis=0),
        scale=mean * largest,
    )
