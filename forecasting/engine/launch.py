"""New products: how like items took off after their launch, and a level phased in the same way."""

import numpy as np
from numpy.typing import ArrayLike

from forecasting.engine.arrays import MONTHS_PER_YEAR, Numbers
from forecasting.engine.breaks import factor_columns
from forecasting.engine.medians import median_of_observed
from forecasting.engine.portfolio import check_horizon, checked_history
from forecasting.engine.prepare import clean_history

PROFILE_MONTHS = 12
# What a like item sold in the months after the profile is its settled level.
SETTLED_MONTHS = 12
FEWEST_SETTLED_MONTHS = 6


def launch_profile(like_items: ArrayLike, season: ArrayLike | None = None, *, months: int = PROFILE_MONTHS) -> Numbers:
    """Share of the settled level [months] that like items sold in each month since launch; ones without an example.

    `like_items` [items, columns] from before their launch (NaN or zero) to some months after it; items that were
    already sold in the first column are no example. `season` [items, 12], factors of January to December for a history
    whose first column is a January, takes the season out. Of the items the median counts, which a single odd
    one cannot move.
    """
    check_horizon(months)
    given = checked_history(like_items)
    # A leading column without sales shows that the launch is inside, not before the history.
    seen_before = np.nan_to_num(given[:, 0]) > 0
    factors = np.ones((len(given), MONTHS_PER_YEAR)) if season is None else np.asarray(season, dtype=np.float64)
    last = (given.shape[1] - 1 - np.arange(MONTHS_PER_YEAR)) % MONTHS_PER_YEAR
    clean = clean_history(given)
    free = clean / factor_columns(factors[:, last], clean.shape[1])
    since = since_launch(free, months + SETTLED_MONTHS)
    settled = since[:, months:]
    enough = (np.isfinite(settled).sum(axis=1) >= FEWEST_SETTLED_MONTHS) & ~seen_before
    level = np.where(enough, median_of_observed(settled), np.nan)[:, None]
    share = np.divide(since[:, :months], level, out=np.full((len(since), months), np.nan), where=level > 0)
    profile = median_of_observed(share.T)
    return np.where(np.isfinite(profile), profile, 1.0)


def phase_in(
    history: ArrayLike,
    profile: ArrayLike,
    horizon: int,
    *,
    level: ArrayLike | None = None,
    season: ArrayLike | None = None,
) -> Numbers:
    """Forecasts [n, horizon] of products that follow a launch profile from their first month of sale.

    The level is what the months of `history` [n, months] say when divided by the profile and the season, or `level` [n]
    for those that have not sold yet; these begin with the first month ahead. `season` [n, horizon + months] are factors
    for every month of history and horizon.
    """
    check_horizon(horizon)
    clean = clean_history(checked_history(history))
    count, months = clean.shape
    shape = np.asarray(profile, dtype=np.float64)
    factors = np.ones((count, months + horizon)) if season is None else np.asarray(season, dtype=np.float64)
    observed = np.isfinite(clean)
    launch = np.where(observed.any(axis=1), observed.argmax(axis=1), months)
    age = np.arange(months + horizon) - launch[:, None]
    expected = (
        np.where(age >= 0, np.where(age < len(shape), shape[np.clip(age, 0, len(shape) - 1)], 1.0), 0.0) * factors
    )
    sold = np.where(observed, clean, 0.0).sum(axis=1)
    known = np.where(observed, expected[:, :months], 0.0).sum(axis=1)
    assumed = np.zeros(count) if level is None else np.asarray(level, dtype=np.float64)
    settled = np.divide(sold, known, out=assumed.copy(), where=known > 0)
    return np.asarray(settled[:, None] * expected[:, months:])


def since_launch(history: Numbers, months: int) -> Numbers:
    """The first months of each row of a clean history, moved to the left; NaN beyond its end."""
    first = np.isfinite(history).argmax(axis=1)
    column = first[:, None] + np.arange(months)
    values = np.take_along_axis(history, np.minimum(column, history.shape[1] - 1), axis=1)
    return np.where(column < history.shape[1], values, np.nan)
