"""What the members miss in common: one gradient-boosted model of all series together, where its library is installed.

The model learns the logarithm of (sold / mean of the members) from the members, the season, the recent months and the
step ahead, at several origins in the past. Its forecast and the mean of the members are averaged half and half. It is
only used where such a model, made without the newest months, would have forecast them better than the members alone.
Montero-Manso & Hyndman (2021), "Principles and algorithms for forecasting groups of time series", Int. J. Forecasting
37; Ke et al. (2017), "LightGBM", NeurIPS 30.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from forecasting.engine.arrays import MONTHS_PER_YEAR, Indices, Mask, Numbers
from forecasting.engine.combine import NEARLY_ZERO
from forecasting.engine.pattern import REGULAR_PATTERNS
from forecasting.engine.points import BOOSTED, Points, forecast_points, spans

LIBRARY = "lightgbm"
TREES = 150
SETTINGS: dict[str, Any] = {
    "objective": "l1",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 200,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.5,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
FEWEST_SERIES = 200
FEWEST_ROWS = 10_000
SHORTEST_HISTORY = 13
MONTHS_BETWEEN_ORIGINS = 6
ORIGINS = 8
LONGEST_TEST = 18
# So much nearer the blend must have been in the test: a tie is not worth a second forecaster.
LEAST_GAIN = 0.002
SHARE = 0.5
LARGEST_CORRECTION = 1.0
# Errors count by the level (as sMAPE does) and by the yearly change (as MASE does).
WEIGHT_OF_CHANGE = 0.06
CHANGES_TO_LEVEL = (0.3, 20.0)
RECENT = 12
SMALLEST = 1e-3
LEARNED_MEMBERS = (
    "theta",
    "damped_trend",
    "quarterly_theta",
    "holt_winters",
    "sarima",
    "smoothing",
    "holt_winters_additive",
)


@dataclass(frozen=True)
class Boosted:
    """A trained model, and how it did on months that neither it nor its settings had seen."""

    model: str
    error: float  # of the blend in the test; 1 is that of the members alone
    series: int  # it was learned from

    @property
    def earned(self) -> bool:
        return self.error <= 1 - LEAST_GAIN


@dataclass(frozen=True)
class Origin:
    """What was known at one month in the past, and what came: rows are series and steps ahead."""

    features: Numbers  # [rows, features]
    mean: Numbers  # [rows] of the members
    change: Numbers  # [rows] mean change of the series from year to year
    sold: Numbers  # [rows] NaN where not yet known


def is_installed() -> bool:
    """Whether LightGBM can be loaded; it may be there without the OpenMP library that it needs."""
    if find_spec(LIBRARY) is None:
        return False
    try:
        library()
    except RuntimeError:
        return False
    return True


def learn(clean: Numbers, horizon: int, groups: Indices) -> Boosted | None:
    """Train on a clean history [series, months]; None where there is too little to learn from, or to test it on."""
    tested = min(horizon, LONGEST_TEST, int(np.median(spans(clean), axis=0)) // 4)
    if len(clean) < FEWEST_SERIES or tested < 1:
        return None
    before = trained(origins(clean[:, :-tested], horizon, groups))
    judge = origin(clean, tested, tested, groups)
    if before is None or not len(judge.mean):
        return None
    model = trained(origins(clean, horizon, groups))
    if model is None:
        return None
    return Boosted(model.model_to_string(), relative_error(before, judge), len(clean))


def origins(clean: Numbers, horizon: int, groups: Indices) -> list[Origin]:
    """The last months of which are known at least in part."""
    back = MONTHS_BETWEEN_ORIGINS * np.arange(1, ORIGINS + 1)
    return [origin(clean, int(months), horizon, groups) for months in back if months < clean.shape[1]]


def origin(clean: Numbers, back: int, horizon: int, groups: Indices) -> Origin:
    """The series that are old enough, so many months ago."""
    known = clean[:, :-back]
    rows = np.flatnonzero(learnable(known))
    if not len(rows):
        nothing = np.empty(0)
        return Origin(np.empty((0, 0)), nothing, nothing, nothing)
    past = known[rows]
    points = forecast_points(past, horizon, groups[rows])
    kept = np.isin(points.pattern, REGULAR_PATTERNS)
    sold = np.full((len(rows), horizon), np.nan)
    months = min(horizon, back)
    sold[:, :months] = clean[rows, clean.shape[1] - back :][:, :months]
    change = mean_of(np.abs(past[:, MONTHS_PER_YEAR:] - past[:, :-MONTHS_PER_YEAR]))
    rows_of = np.repeat(kept, horizon) & (points.mean.ravel() > 0) & (sold.ravel() > 0)
    return Origin(
        features=features(past, points)[rows_of],
        mean=points.mean.ravel()[rows_of],
        change=np.repeat(change, horizon)[rows_of],
        sold=sold.ravel()[rows_of],
    )


def learnable(clean: Numbers) -> Mask:
    """A year of history and a month, and none near zero: its logarithm would drown all others."""
    seen = np.isfinite(clean)
    mean = mean_of(clean)
    lowest = np.where(seen, clean, np.inf).min(axis=1, initial=np.inf)
    return np.asarray((spans(clean) >= SHORTEST_HISTORY) & (lowest > NEARLY_ZERO * mean))


def trained(past: list[Origin]) -> Any:
    """A booster, or None where the origins hold too little."""
    known = [each for each in past if len(each.mean)]
    if sum(len(each.mean) for each in known) < FEWEST_ROWS:
        return None
    missed = np.concatenate([np.log(each.sold / each.mean) for each in known])
    data = library().Dataset(
        np.concatenate([each.features for each in known]),
        label=np.clip(missed, -LARGEST_CORRECTION, LARGEST_CORRECTION),
        weight=np.concatenate([weight(each) for each in known]),
        params=SETTINGS,
    )
    return library().train(SETTINGS, data, num_boost_round=TREES)


def weight(past: Origin) -> Numbers:
    ratio = np.divide(past.mean, past.change, out=np.full(len(past.mean), np.inf), where=past.change > 0)
    return np.asarray(1 + WEIGHT_OF_CHANGE * np.clip(ratio, *CHANGES_TO_LEVEL))


def relative_error(model: Any, judge: Origin) -> float:
    """Weighted absolute error of the blend over that of the members, in logarithms."""
    blend = judge.mean * blended(model.predict(judge.features, num_threads=1))
    scale = weight(judge) / judge.mean
    return float((scale * np.abs(judge.sold - blend)).sum() / (scale * np.abs(judge.sold - judge.mean)).sum())


def blended(correction: Numbers) -> Numbers:
    """What the mean of the members is multiplied with."""
    bounded = np.clip(correction, -LARGEST_CORRECTION, LARGEST_CORRECTION)
    return np.asarray(1 - SHARE + SHARE * np.exp(bounded))


def corrected(points: Points, clean: Numbers, learned: Boosted) -> Points:
    """The points with the model as one more member, averaged half and half with the mean of the others."""
    rows = np.flatnonzero(learnable(clean) & np.isin(points.pattern, REGULAR_PATTERNS))
    if not len(rows):
        return points
    chosen = replace(
        points,
        mean=points.mean[rows],
        members={name: values[rows] for name, values in points.members.items()},
        factors=points.factors[rows],
    )
    said = booster(learned.model).predict(features(clean[rows], chosen), num_threads=1).reshape(chosen.mean.shape)
    mean, member = points.mean.copy(), np.full(points.mean.shape, np.nan)
    member[rows] = chosen.mean * np.exp(np.clip(said, -LARGEST_CORRECTION, LARGEST_CORRECTION))
    mean[rows] = chosen.mean * blended(said)
    return replace(points, mean=mean, members={**points.members, BOOSTED: member})


# --- Features ---------------------------------------------------------------------------------------------------------


def features(clean: Numbers, points: Points) -> Numbers:
    """What the model sees of each series and step [series × steps, features], free of units and of calendar."""
    count, horizon = points.mean.shape
    width = clean.shape[1]
    free = clean / points.factors[:, (width - 1 - np.arange(width)) % MONTHS_PER_YEAR]
    level = np.maximum(mean_of(free[:, -RECENT:]), np.finfo(np.float64).tiny)[:, None]
    steps = np.arange(1, horizon + 1)
    season = points.factors[:, (-steps) % MONTHS_PER_YEAR]
    said = logged(points.mean / season / level)
    members = np.stack([member(points, name) / season / level for name in LEARNED_MEMBERS], axis=2)
    apart = np.where(np.isfinite(members), logged(members) - said[:, :, None], np.nan)
    by_step = np.stack(
        [
            np.broadcast_to(steps, said.shape).astype(np.float64),
            said,
            np.log(season),
            *(logged(years_ago(clean, horizon, years) / np.maximum(points.mean, SMALLEST)) for years in (1, 2)),
            deviation(apart, axis=2),
        ],
        axis=2,
    )
    by_series = series_features(logged(free / level), spans(clean), points.factors)
    repeated = np.broadcast_to(by_series[:, None, :], (count, horizon, by_series.shape[1]))
    found = np.concatenate([repeated, apart, by_step], axis=2)
    return np.ascontiguousarray(found.reshape(count * horizon, -1), dtype=np.float32)


def series_features(logs: Numbers, span: Indices, factors: Numbers) -> Numbers:
    """Levels, slopes and noise of the deseasonalised logarithms [series, months], and the last year of them."""
    missing = max(0, 3 * MONTHS_PER_YEAR + 1 - logs.shape[1])
    past = np.concatenate([np.full((len(logs), missing), np.nan), logs], axis=1)
    moves = np.diff(past, axis=1)
    seen = np.nan_to_num(moves[:, -36:])
    follows = (seen[:, :-1] * seen[:, 1:]).sum(axis=1) / ((seen**2).sum(axis=1) + 1e-9)
    columns = [
        mean_of(past[:, -3:]),
        mean_of(past[:, -6:]),
        mean_of(past[:, -24:-12]),
        mean_of(past[:, -36:-24]),
        *(slope(past[:, -months:]) for months in (12, 24, 36)),
        mean_of(np.abs(moves[:, -24:])),
        span.astype(np.float64),
        follows,
        np.log(factors).std(axis=1),
        mean_of(past[:, -24:]),
        deviation(past[:, -24:], axis=1),
    ]
    return np.column_stack([*columns, past[:, -RECENT:]])


def member(points: Points, name: str) -> Numbers:
    return points.members.get(name, np.full(points.mean.shape, np.nan))


def years_ago(clean: Numbers, horizon: int, years: int) -> Numbers:
    """The same months so many years before [series, horizon]; NaN where not known."""
    back = clean.shape[1] - years * MONTHS_PER_YEAR
    if back < 0:
        return np.full((len(clean), horizon), np.nan)
    return clean[:, back : back + MONTHS_PER_YEAR][:, np.arange(horizon) % MONTHS_PER_YEAR]


def logged(values: Numbers) -> Numbers:
    return np.asarray(np.log(np.maximum(values, SMALLEST)))


def mean_of(values: Numbers) -> Numbers:
    seen = np.isfinite(values)
    total, count = np.where(seen, values, 0.0).sum(axis=1), seen.sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0))


def deviation(values: Numbers, axis: int) -> Numbers:
    """Standard deviation of what is there; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=axis, keepdims=True)
    mean = np.where(seen, values, 0.0).sum(axis=axis, keepdims=True) / np.maximum(count, 1)
    squares = np.where(seen, (values - mean) ** 2, 0.0).sum(axis=axis)
    spread = np.sqrt(squares / np.maximum(count.squeeze(axis), 1))
    return np.asarray(np.where(count.squeeze(axis) > 0, spread, np.nan))


def slope(values: Numbers) -> Numbers:
    """Least-squares rise per month of the columns given."""
    seen = np.isfinite(values)
    time = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    gap = np.where(seen, values - mean_of(values)[:, None], 0.0)
    spread = (seen * time**2).sum(axis=1)
    return np.asarray(np.divide(gap @ time, spread, out=np.zeros(len(values)), where=spread > 0))


# --- The library ------------------------------------------------------------------------------------------------------


def library() -> ModuleType:
    try:
        import lightgbm
    except (ImportError, OSError) as error:  # OSError: it is there, but the OpenMP library it needs is not
        raise RuntimeError(
            "The boosted model needs LightGBM, which cannot be loaded here: pip install -r requirements-extra.txt"
        ) from error
    found: ModuleType = lightgbm
    return found


@lru_cache(maxsize=2)
def booster(model: str) -> Any:
    return library().Booster(model_str=model)
