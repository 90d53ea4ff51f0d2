"""Point forecasts of a whole clean history: every series goes the way its demand pattern asks for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Numbers, Texts
from forecasting.engine.breaks import level_breaks, on_new_level
from forecasting.engine.combine import (
    GROWTH_LIMIT,
    MEMBERS,
    MEMBERS_BY_SPAN,
    MEMBERS_BY_SPAN_WITH_ZEROS,
    Fit,
    has_near_zero,
    plain_mean,
    regular_members,
)
from forecasting.engine.intermittent import RATE_NAMES, intermittent_rates, recent_mean
from forecasting.engine.pattern import INTERMITTENT_PATTERNS, REGULAR_PATTERNS, classify
from forecasting.engine.prepare import build_panel
from forecasting.engine.seasonality import (
    WINDOW_MONTHS,
    factor_steps,
    factors_from_effects,
    month_effects,
    pooled_effects,
    seasonal_logs,
    shrinkage,
)

# Large enough to amortise a step of the loop over months, small enough for the grid to stay in the cache.
SERIES_PER_CHUNK = 512
DONOR_FROM_MONTHS = 24
FAMILY_BELOW_MONTHS = 18
# A limit of exactly the mean of the last year would lower unlucky rates and raise none: too low on average.
RATE_LIMIT = 1.25

# Everything that can turn up in `members`, in the order to show it.
BOOSTED, LAUNCH = "boosted", "launch_profile"
MEMBER_NAMES = (*dict.fromkeys((*MEMBERS, *RATE_NAMES)), BOOSTED, LAUNCH)


@dataclass(frozen=True)
class Points:
    """Forecasts of every series, in units."""

    mean: Numbers  # [series, horizon]
    members: dict[str, Numbers]  # [series, horizon] each, NaN where a series does not use the member
    pattern: Texts  # [series]
    factors: Numbers  # [series, 12] seasonal factors, position 0 the month of the last column
    break_at: Indices  # [series] column of the first month on a new level, -1 without a break


def forecast_points(history: Numbers, horizon: int, groups: Indices, chunk_size: int = SERIES_PER_CHUNK) -> Points:
    """Mean and members for a clean history [series, months]; nothing is shared but the factors inside a group."""
    pattern = classify(history)
    factors = seasonal_factors(history, pattern, groups, chunk_size)
    return forecast_by_pattern(history, horizon, pattern, factors, chunk_size)


def forecast_by_pattern(
    history: Numbers, horizon: int, pattern: Texts, factors: Numbers, chunk_size: int = SERIES_PER_CHUNK
) -> Points:
    """Send every series its way; ended and empty series get zeros and no members."""
    members: dict[str, Numbers] = {}

    def keep(rows: Indices, found: dict[str, Numbers]) -> None:
        for name, values in found.items():
            if name not in members:
                members[name] = np.full((len(history), horizon), np.nan)
            members[name][rows] = values

    span = spans(history)
    break_at = regular_breaks(history, pattern, factors, chunk_size)
    levelled = on_new_level(history, factors, break_at)
    # A past that was raised to a new level allows no more growth than the real one.
    ceiling = GROWTH_LIMIT * np.where(np.isfinite(history), history, 0.0).max(axis=1, initial=0.0, keepdims=True)
    for alike, names in alike_regular(levelled, pattern, span):
        for rows in chunks(alike, span, chunk_size):
            found = forecast_regular(levelled[rows], factors[rows], horizon, names)
            keep(rows, {name: np.minimum(values, ceiling[rows]) for name, values in found.items()})
    for rows in chunks(np.flatnonzero(np.isin(pattern, INTERMITTENT_PATTERNS)), span, chunk_size):
        keep(rows, forecast_intermittent(history[rows], horizon))
    for rows in chunks(np.flatnonzero(pattern == "new"), span, chunk_size):
        keep(rows, forecast_new(history[rows], factors[rows], horizon))
    mean = plain_mean(members) if members else np.zeros((len(history), horizon))
    in_order = {name: members[name] for name in MEMBER_NAMES if name in members}
    return Points(mean, in_order, pattern, factors, break_at)


def regular_breaks(history: Numbers, pattern: Texts, factors: Numbers, chunk_size: int) -> Indices:
    break_at = np.full(len(history), -1)
    for rows in chunks(np.flatnonzero(np.isin(pattern, REGULAR_PATTERNS)), spans(history), chunk_size):
        break_at[rows] = level_breaks(history[rows], factors[rows])
    return break_at


def alike_regular(history: Numbers, pattern: Texts, span: Indices) -> Iterator[tuple[Indices, tuple[str, ...]]]:
    """The regular series in sets that get the same members, by length and by whether they have months near zero."""
    regular = np.flatnonzero(np.isin(pattern, REGULAR_PATTERNS))
    if not len(regular):
        return
    panel = build_panel(history[regular])
    zeros = has_near_zero(panel.values, panel.observed)
    for with_zeros, table in ((False, MEMBERS_BY_SPAN), (True, MEMBERS_BY_SPAN_WITH_ZEROS)):
        longer = np.inf
        for months, names in table:
            yield regular[(zeros == with_zeros) & (span[regular] >= months) & (span[regular] < longer)], names
            longer = months


def spans(history: Numbers) -> Indices:
    """Months from the first observation to the end of a clean history; zero where nothing was observed."""
    seen = np.isfinite(history)
    return np.where(seen.any(axis=1), history.shape[1] - seen.argmax(axis=1), 0)


def chunks(rows: Indices, span: Indices, size: int) -> list[Indices]:
    """The rows in even pieces of about `size`, series of like length together.

    A single row comes twice: NumPy adds up one column in another order than several, and a series must be forecast
    alike to twelve digits whatever its company.
    """
    ordered = rows[np.argsort(span[rows], kind="stable")]
    pieces = np.array_split(ordered, max(round(len(ordered) / size), 1)) if len(ordered) else []
    return [piece if len(piece) > 1 else np.repeat(piece, 2) for piece in pieces]


def seasonal_factors(history: Numbers, pattern: Texts, groups: Indices, chunk_size: int = SERIES_PER_CHUNK) -> Numbers:
    """Factors [series, 12] of mean one: a series' own where it is long enough, else those of its group."""
    span = spans(history)
    effects = np.zeros((MONTHS_PER_YEAR, len(history)))
    for rows in chunks(np.flatnonzero(np.isin(pattern, REGULAR_PATTERNS)), span, chunk_size):
        panel = build_panel(history[rows])
        found = month_effects(seasonal_logs(panel.values), panel.observed[-WINDOW_MONTHS:])
        effects[:, rows] = found.effects * shrinkage(found)
    if (groups >= 0).any():
        donors = np.isin(pattern, REGULAR_PATTERNS) & (span >= DONOR_FROM_MONTHS)
        borrowed = pooled_effects(effects, donors, groups)
        borrower = (groups >= 0) & (span < FAMILY_BELOW_MONTHS)
        effects = np.where(borrower, borrowed, effects)
    return factors_from_effects(effects).T


def forecast_regular(history: Numbers, factors: Numbers, horizon: int, names: tuple[str, ...]) -> dict[str, Numbers]:
    panel = build_panel(history)
    fit = Fit(panel, np.ascontiguousarray(factors.T, dtype=np.float32), horizon)
    found = regular_members(fit, names)
    return {name: in_units(values, panel.scale) for name, values in found.items()}


def forecast_intermittent(history: Numbers, horizon: int) -> dict[str, Numbers]:
    """Flat rates, none far above the mean of the last year: old sales of a fading item are not coming back."""
    panel = build_panel(history)
    cap = RATE_LIMIT * recent_mean(panel.values, panel.observed)
    rates = intermittent_rates(panel.values, panel.observed)
    return {name: in_units(flat(np.minimum(rate, cap), horizon), panel.scale) for name, rate in rates.items()}


def forecast_new(history: Numbers, factors: Numbers, horizon: int) -> dict[str, Numbers]:
    """The mean of the few months there are, freed of the group's season, and the season put back on."""
    panel = build_panel(history)
    season = factors.T[(panel.months - 1 - np.arange(panel.months)) % MONTHS_PER_YEAR]
    level = panel.values.sum(axis=0, dtype=np.float64) / np.where(panel.observed, season, 0.0).sum(axis=0)
    return {"recent_mean": in_units(flat(level, horizon) * factor_steps(factors.T, horizon), panel.scale)}


def flat(rate: Numbers, horizon: int) -> Numbers:
    return np.repeat(np.asarray(rate)[None, :], horizon, axis=0)


def in_units(values: Numbers, scale: Numbers) -> Numbers:
    """From [horizon, series] in units of each series' mean to [series, horizon] in units."""
    return np.asarray(values, dtype=np.float64).T * scale[:, None]
