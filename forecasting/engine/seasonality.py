"""Seasonal factors, shrunk towards none by as much as the data leave them in doubt.

A month's position is counted backwards from the last row: 0 the last month, 11 the one after it.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers

WINDOW_MONTHS = 84
SMALLEST_SHARE_OF_MEAN = 0.05
SURE_FROM_MONTHS = 24
MOST_DOUBT = 10.0


@dataclass(frozen=True)
class MonthEffects:
    """Additive month effects of a joint regression on level, trend and month; columns are series."""

    effects: Numbers  # [12, series] mean zero
    counts: Numbers  # [12, series] observations per month
    within: Numbers  # [series] mean square around level, trend and month
    freedom: Numbers  # [series] degrees of freedom behind `within`


def seasonal_logs(values: Numbers) -> Numbers:
    """Logs of scaled demand, floored so that one empty month does not become the whole season."""
    return np.log(np.maximum(values[-WINDOW_MONTHS:], SMALLEST_SHARE_OF_MEAN), dtype=np.float64)


def month_effects(logs: Numbers, observed: Mask) -> MonthEffects:
    """Least squares of level, linear trend and twelve month effects, with missing months left out.

    By the Frisch-Waugh theorem the trend is the regression of the values on time, both in deviations from their own
    month's mean; the month effects are the month means of what the trend leaves.
    """
    months, series = logs.shape
    # Counted from the end, so that months before the first observation change nothing, not even a rounding.
    time = np.arange(1.0 - months, 1.0)[:, None]
    weight = observed.astype(np.float64)
    counts, mean_log, mean_time = (np.zeros((MONTHS_PER_YEAR, series)) for _ in range(3))
    time_time, time_log, log_log = (np.zeros(series) for _ in range(3))
    for position in range(MONTHS_PER_YEAR):
        rows = slice((months - 1 - position) % MONTHS_PER_YEAR, None, MONTHS_PER_YEAR)
        w = weight[rows]
        counts[position] = w.sum(axis=0)
        share = w / np.maximum(counts[position], 1)
        mean_log[position] = (share * logs[rows]).sum(axis=0)
        mean_time[position] = (share * time[rows]).sum(axis=0)
        log_gap = w * (logs[rows] - mean_log[position])
        time_gap = w * (time[rows] - mean_time[position])
        time_time += (time_gap * time_gap).sum(axis=0)
        time_log += (time_gap * log_gap).sum(axis=0)
        log_log += (log_gap * log_gap).sum(axis=0)
    slope = np.divide(time_log, time_time, out=np.zeros(series), where=time_time > 0)
    present = counts > 0
    months_present = present.sum(axis=0)
    effects = np.where(present, mean_log - slope * mean_time, 0.0)
    effects = np.where(present, effects - effects.sum(axis=0) / np.maximum(months_present, 1), 0.0)
    freedom = counts.sum(axis=0) - months_present - 1.0
    within = np.maximum(log_log - slope * time_log, 0.0) / np.maximum(freedom, 1)
    return MonthEffects(effects, counts, within, freedom)


def shrinkage(found: MonthEffects) -> Numbers:
    """Weight of the month effects, W = max(0, 1 - c MSW / MSB): empirical Bayes for a one-way random effects model.

    Efron & Morris (1973), JASA 68; Miller & Williams (2003), Int. J. Forecasting 19, apply it to seasonal factors.
    c is 1 with two years of data and more; below, where MSW is poorly known, it is d / (d - 2), the mean that the ratio
    MSB / MSW of pure noise has with d degrees of freedom behind MSW (Fisher's F distribution), but never above ten.
    """
    months_present = (found.counts > 0).sum(axis=0)
    between = (found.counts * found.effects**2).sum(axis=0) / np.maximum(months_present - 1, 1)
    freedom = found.freedom
    short = freedom / np.maximum(freedom - 2, freedom / MOST_DOUBT).clip(1e-9)
    doubt = np.where(found.counts.sum(axis=0) >= SURE_FROM_MONTHS, 1.0, short)
    known = (freedom >= 1) & (between > 0)
    ratio = np.divide(found.within, between, out=np.ones_like(between), where=known)
    return np.asarray(np.where(known, np.clip(1.0 - doubt * ratio, 0.0, 1.0), 0.0))


def pooled_effects(effects: Numbers, donors: Mask, groups: Indices) -> Numbers:
    """Each group's mean month effects [12, series], shrunk by how far its donors disagree; zero without two donors."""
    pooled = np.zeros_like(effects)
    for group in np.unique(groups[groups >= 0]):
        members = groups == group
        given = effects[:, members & donors]
        count = given.shape[1]
        if count < 2:
            continue
        mean = given.mean(axis=1)
        noise = given.var(axis=1, ddof=1).mean() / count
        signal = float((mean**2).sum() / (MONTHS_PER_YEAR - 1))
        weight = max(0.0, 1.0 - float(noise) / signal) if signal > 0 else 0.0
        pooled[:, members] = (weight * mean)[:, None]
    return pooled


def factors_from_effects(effects: Numbers) -> Numbers:
    """Multiplicative factors [12, series] of mean one."""
    factors = np.exp(effects)
    return np.asarray(factors / factors.mean(axis=0))


def factor_rows(factors: Numbers, months: int) -> Numbers:
    """The factor of each of the last `months` rows, oldest first."""
    return factors[(months - 1 - np.arange(months)) % MONTHS_PER_YEAR]


def factor_steps(factors: Numbers, horizon: int) -> Numbers:
    """The factor of each step ahead, next month first."""
    return factors[(-np.arange(1, horizon + 1)) % MONTHS_PER_YEAR]
