"""The lines of a forecast: from the engine by launch profiles and the way of adding up to rows; and the totals."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting import engine
from forecasting.actions.learning import LEVELS
from forecasting.models import Forecast, ForecastLine
from forecasting.queries import Histories
from sop import bulk
from sop.models import Series

MEMBER_DECIMALS = 2
YEAR = 12
VECTORS = ("mean", "lower80", "upper80", "lower90", "upper90")
LEAF = ("forecast_id", "series_id", *VECTORS, "pattern", "way", "members", "wape", "bias", "naive_wape")
TOTAL = ("forecast_id", "family_id", "market_id", *VECTORS, "pattern", "way", "members")
# A product younger than this follows the launch of its like product.
LAUNCHING_MONTHS = 12
NEVER_SOLD = ("ended", "empty")

Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Made:
    """What the engine found for some series, with nothing before a launch and nothing after a last month."""

    found: engine.Forecast
    way: NDArray[np.str_]
    on_sale: NDArray[np.bool_]


def make(past: Histories, horizon: int, shared: engine.Shared) -> Made:
    """Forecast whole families, so that each can take its own way of adding up."""
    found = engine.forecast(
        past.ordered, horizon, first_month=past.start.month, levels=LEVELS, groups=past.family, shared=shared
    )
    found = with_launches(past, found, horizon)
    month = np.arange(horizon)
    on_sale = (month >= past.launch[:, None]) & (month < past.end[:, None])
    # Before the months off sale are taken out: what a withdrawn product leaves is not its neighbours' to fill.
    part = ~np.isin(found.pattern, NEVER_SOLD)
    added, way = engine.add_up(past.ordered, past.lent, found.mean, engine.Hierarchy(past.family, past.market, part))
    return Made(moved(found, np.where(on_sale, added, 0.0)), way, on_sale)


def moved(found: engine.Forecast, mean: Numbers) -> engine.Forecast:
    """The forecast with another mean; its ranges keep their share of it, or their distance where it was zero."""
    before = found.mean
    share = np.divide(mean, before, out=np.ones_like(mean), where=before > 0)[:, :, None]
    shift = np.where(before > 0, 0.0, mean - before)[:, :, None]
    return replace(found, mean=mean, lower=found.lower * share + shift, upper=found.upper * share + shift)


def with_launches(past: Histories, found: engine.Forecast, horizon: int) -> engine.Forecast:
    """Products in their first year take off as their like product, and those like others of the family, did."""
    sold = np.isfinite(past.ordered) & (np.cumsum(np.nan_to_num(past.ordered), axis=1) > 0)
    rows = [row for row in past.like if 0 < sold[row].sum() <= LAUNCHING_MONTHS and past.launch[row] == 0]
    if not rows:
        return found
    mean, member = found.mean.copy(), np.full(found.mean.shape, np.nan)
    family = past.family[rows]
    for one in np.unique(family):
        chosen = np.array(rows)[family == one]
        like = np.stack([past.like[row] for row in chosen])
        season = np.asarray(engine.forecast(like, 1, first_month=past.start.month).season, dtype=np.float64)
        months = (past.start.month - 1 + np.arange(past.ordered.shape[1] + horizon)) % YEAR
        january = past.start.month - 1
        padded = np.concatenate([np.full((len(like), january), np.nan), like], axis=1)
        profile = engine.launch_profile(padded, season)
        member[chosen] = engine.phase_in(past.ordered[chosen], profile, horizon, season=season[:, months])
    mean[rows] = member[rows]
    alone = {name: np.where(np.isfinite(member), np.nan, values) for name, values in found.members.items()}
    return replace(moved(found, mean), members={**alone, "launch_profile": member})


def rows(forecast: Forecast, past: Histories, made: Made) -> Iterator[tuple[Any, ...]]:
    """The rows of the series, in the order of LEAF."""
    found = made.found
    lower, upper = (np.where(made.on_sale[:, :, None], bound, 0.0) for bound in (found.lower, found.upper))
    members = {
        name: np.round(np.where(made.on_sale, values, 0.0), MEMBER_DECIMALS) for name, values in found.members.items()
    }
    used = {name: np.isfinite(values.sum(axis=1)).tolist() for name, values in found.members.items()}
    for row, series in enumerate(past.series.tolist()):
        yield (
            forecast.pk,
            series,
            found.mean[row],
            lower[row, :, 0],
            upper[row, :, 0],
            lower[row, :, 1],
            upper[row, :, 1],
            str(found.pattern[row]),
            str(made.way[row]),
            json.dumps({name: values[row].tolist() for name, values in members.items() if used[name][row]}),
            _known(found.wape[row]),
            _known(found.bias[row]),
            _known(found.naive_wape[row]),
        )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def totals(forecast: Forecast) -> Iterator[tuple[Any, ...]]:
    """A family's products in a market: means add up, and so do the squares of the half intervals."""
    leaves = ForecastLine.objects.filter(forecast=forecast, series__isnull=False).order_by("series_id")
    lines = bulk.read(leaves, "series_id", *VECTORS)
    place = {pk: (family, market) for pk, family, market in _places()}
    groups = sorted({place[line[0]] for line in lines})
    position = {group: number for number, group in enumerate(groups)}
    group = np.array([position[place[line[0]]] for line in lines], dtype=np.int64)
    mean, *bounds = (np.vstack([line[column] for line in lines]) for column in range(1, len(VECTORS) + 1))
    total = _summed(mean, group, len(groups))
    lower80, upper80, lower90, upper90 = (
        total + np.sign(position % 2 - 0.5) * np.sqrt(_summed((bound - mean) ** 2, group, len(groups)))
        for position, bound in enumerate(bounds)
    )
    ways = dict(leaves.order_by().values_list("series__product__family_id", "way").distinct())
    for row, (family, market) in enumerate(groups):
        vectors = (values[row] for values in (total, lower80, upper80, lower90, upper90))
        yield (forecast.pk, family, market, *vectors, "", ways.get(family, ""), "{}")


def _places() -> list[tuple[Any, ...]]:
    return list(Series.objects.values_list("pk", "product__family_id", "market_id"))


def _summed(values: Numbers, group: NDArray[np.int64], groups: int) -> Numbers:
    total = np.zeros((groups, values.shape[1]))
    np.add.at(total, group, values)
    return total
