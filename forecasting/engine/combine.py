"""The members for regular demand, which of them a length of history gets, and their plain mean.

Picking one winner per series forecasts worse than the mean of a few different members, so nothing is picked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from forecasting.engine import sarima
from forecasting.engine.arrays import Mask, Numbers
from forecasting.engine.holt_winters import SeasonalData, holt_winters_additive, holt_winters_multiplicative
from forecasting.engine.intermittent import recent_mean
from forecasting.engine.prepare import Panel
from forecasting.engine.seasonality import factor_rows, factor_steps
from forecasting.engine.smoothing import Line, damped_holt, ses, starting_line
from forecasting.engine.theta import FEWEST_QUARTERS, MONTHS_PER_QUARTER, history_slope, quarterly_theta, theta

# Below this share of its mean a month is as good as zero for a logarithm, and the series takes logs of 1 + x.
NEARLY_ZERO = 0.02
SMALLEST_LOGGED = 1e-4
LARGEST_LOG = 9.0
# Exponential growth is believed this far above the best month so far, and no further.
GROWTH_LIMIT = 4.0


@dataclass(frozen=True)
class Fit:
    """A panel with its seasonal factors, and what several members share, computed once."""

    panel: Panel
    factors: Numbers  # [12, series]
    horizon: int

    @cached_property
    def adjusted(self) -> Numbers:
        """Deseasonalised values [months, series]."""
        return np.asarray(self.panel.values / factor_rows(self.factors, self.panel.months), dtype=np.float32)

    @cached_property
    def offset(self) -> Numbers:
        """What is added before taking logs [series]: nothing, or one for series with months near zero."""
        return has_near_zero(self.panel.values, self.panel.observed).astype(np.float32)

    @cached_property
    def logs(self) -> Numbers:
        return self.logged(self.adjusted)

    @cached_property
    def line(self) -> Line:
        return starting_line(self.adjusted, self.panel.observed, self.panel.first)

    @cached_property
    def log_line(self) -> Line:
        return starting_line(self.logs, self.panel.observed, self.panel.first)

    @cached_property
    def log_level(self) -> Numbers:
        return ses(self.logs, self.panel.observed, self.log_line.mean)

    def logged(self, values: Numbers) -> Numbers:
        logs = np.log(np.maximum(values + self.offset, SMALLEST_LOGGED))
        return np.where(self.panel.observed, logs, np.float32(0))

    def unlogged(self, logs: Numbers) -> Numbers:
        return np.exp(np.clip(logs, -LARGEST_LOG, LARGEST_LOG)) - self.offset

    def seasonal(self, level: Numbers) -> Numbers:
        """Put the season back on [steps, series]."""
        return level * factor_steps(self.factors, self.horizon)

    def flat(self, level: Numbers) -> Numbers:
        """The same level [series] in every month ahead."""
        return np.repeat(np.asarray(level)[None, :], self.horizon, axis=0)

    def seasonal_data(self, season: Numbers) -> SeasonalData:
        return SeasonalData(self.panel.values, self.panel.observed, self.panel.first, self.line, season)


def log_theta(fit: Fit) -> Numbers:
    slope = history_slope(fit.logs, fit.panel.observed)
    return fit.seasonal(fit.unlogged(theta(fit.log_level, slope, fit.horizon)))


def log_ses(fit: Fit) -> Numbers:
    return fit.seasonal(np.repeat(fit.unlogged(fit.log_level)[None, :], fit.horizon, axis=0))


def log_damped(fit: Fit) -> Numbers:
    path = damped_holt(fit.logs, fit.panel.observed, fit.panel.first, fit.log_line, fit.horizon)
    return fit.seasonal(fit.unlogged(path))


def log_theta_quarterly(fit: Fit) -> Numbers:
    path = quarterly_theta(fit.logs, fit.panel.observed, fit.panel.first, fit.horizon)
    return fit.seasonal(fit.unlogged(path))


def linear_ses(fit: Fit) -> Numbers:
    level = ses(fit.adjusted, fit.panel.observed, fit.line.mean)
    return fit.seasonal(np.repeat(level[None, :], fit.horizon, axis=0))


def mean_of_year(fit: Fit) -> Numbers:
    return fit.flat(recent_mean(fit.panel.values, fit.panel.observed))


def mean_of_all(fit: Fit) -> Numbers:
    return fit.flat(fit.panel.values.sum(axis=0, dtype=np.float64) / fit.panel.observed.sum(axis=0))


def damped(fit: Fit) -> Numbers:
    return fit.seasonal(damped_holt(fit.adjusted, fit.panel.observed, fit.panel.first, fit.line, fit.horizon))


def multiplicative(fit: Fit) -> Numbers:
    return holt_winters_multiplicative(fit.seasonal_data(fit.factors), fit.horizon)


def additive(fit: Fit) -> Numbers:
    return holt_winters_additive(fit.seasonal_data((fit.factors - 1) * fit.line.mean), fit.horizon)


def log_sarima(fit: Fit) -> Numbers:
    season = np.log(factor_rows(fit.factors, fit.panel.months))
    # Gaps are filled on the adjusted logs, so that a missing December is not taken for an average month.
    gapless = sarima.fill_gaps(fit.logs, fit.panel.observed, fit.panel.first)
    with_season = np.where(fit.offset > 0, gapless, gapless + season).astype(np.float32)
    path = sarima.sarima(with_season, fit.panel.first, fit.horizon)
    level = fit.unlogged(path)
    return np.where(fit.offset > 0, fit.seasonal(level), level)


MEMBERS: dict[str, Callable[[Fit], Numbers]] = {
    "theta": log_theta,
    "smoothing": log_ses,
    "damped_trend": log_damped,
    "quarterly_theta": log_theta_quarterly,
    "linear_smoothing": linear_ses,
    "linear_damped_trend": damped,
    "holt_winters": multiplicative,
    "holt_winters_additive": additive,
    "sarima": log_sarima,
    "recent_mean": mean_of_year,
    "series_mean": mean_of_all,
}

MembersBySpan: TypeAlias = tuple[tuple[int, tuple[str, ...]], ...]

# From how many months of history which members are averaged: short histories want simpler ones.
MEMBERS_BY_SPAN: MembersBySpan = (
    (60, ("theta", "damped_trend", "quarterly_theta", "holt_winters", "sarima")),
    (
        sarima.FEWEST_MONTHS,
        (
            "theta",
            "smoothing",
            "damped_trend",
            "quarterly_theta",
            "holt_winters",
            "holt_winters_additive",
            "sarima",
        ),
    ),
    (
        FEWEST_QUARTERS * MONTHS_PER_QUARTER,
        ("theta", "smoothing", "damped_trend", "quarterly_theta", "holt_winters", "holt_winters_additive"),
    ),
    (30, ("theta", "smoothing", "damped_trend", "holt_winters", "holt_winters_additive")),
    (0, ("theta", "smoothing", "linear_smoothing", "linear_damped_trend", "holt_winters")),
)

# Relative errors around zero pull Holt-Winters with multiplicative error far too high, and SARIMA wants plain logs.
MEMBERS_BY_SPAN_WITH_ZEROS: MembersBySpan = (
    (
        FEWEST_QUARTERS * MONTHS_PER_QUARTER,
        ("theta", "smoothing", "linear_smoothing", "damped_trend", "quarterly_theta", "holt_winters_additive"),
    ),
    (24, ("theta", "smoothing", "linear_smoothing", "damped_trend")),
    # Small quantities over a short time, as of spare parts: what looks like a movement is chance.
    (0, ("smoothing", "recent_mean", "series_mean")),
)


def has_near_zero(values: Numbers, observed: Mask) -> Mask:
    """Whether a month of the scaled series [months, series] is too near zero for a plain logarithm."""
    return np.asarray(np.where(observed, values, np.inf).min(axis=0) < NEARLY_ZERO)


def regular_members(fit: Fit, names: tuple[str, ...]) -> dict[str, Numbers]:
    """Each named member's forecast [horizon, series] in units of the series' mean, non-negative and bounded."""
    ceiling = GROWTH_LIMIT * fit.panel.values.max(axis=0)
    return {name: np.clip(MEMBERS[name](fit), 0.0, ceiling) for name in names}


def plain_mean(members: dict[str, Numbers]) -> Numbers:
    """Mean of the members, those without a value left out; zero where there is none."""
    total, count = np.zeros(()), np.zeros(())
    for values in members.values():
        total = total + np.nan_to_num(values)
        count = count + np.isfinite(values)
    return np.asarray(total / np.maximum(count, 1))


def spread_between(members: dict[str, Numbers], mean: Numbers) -> Numbers:
    """Standard deviation of the members around their mean."""
    total, count = np.zeros_like(mean), np.zeros_like(mean)
    for values in members.values():
        present = np.isfinite(values)
        total += np.where(present, np.abs(values - mean), 0.0) ** 2
        count += present
    return np.asarray(np.sqrt(total / np.maximum(count, 1)))
