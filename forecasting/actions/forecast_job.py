"""The forecast job: a draft forecast filled shard by shard, published whole in the transaction of the last shard.

A run that fails or is cancelled leaves a draft that nobody reads, and the forecast published before it stays.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db.models.functions import Now
from numpy.typing import NDArray

from forecasting import engine
from forecasting.models import Forecast, ForecastLine
from forecasting.queries import Histories, histories
from sop import bulk, months
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import Locked, PlanningError
from sop.models import Cycle, Run, Series, Shard
from sop.queries.history import last_actual_month

# Seasons and interval widths are pooled over the series of one shard, so a shard should not be much smaller.
SHARD_SERIES = 1_500
LEVELS = (0.8, 0.9)
MEMBER_DECIMALS = 2
YEAR = 12
VECTORS = ("mean", "lower80", "upper80", "lower90", "upper90")
LEAF = ("forecast_id", "series_id", *VECTORS, "pattern", "members", "wape", "bias", "naive_wape")
TOTAL = ("forecast_id", "family_id", "market_id", *VECTORS, "pattern", "members")

Numbers = NDArray[np.float64]


def shards(run: Run) -> list[dict[str, Any]]:
    """Series by family, so that families stay together, in an order that every run repeats; and the draft to fill."""
    cycle = _cycle(run)
    if not cycle.editable:
        raise Locked(f"The {cycle} cycle is {cycle.get_state_display()}; its forecast stays as it is.")
    order = ("product__family_id", "product_id", "market_id")
    series = list(Series.objects.filter(product__sold=True).order_by(*order).values_list("pk", flat=True))
    if not series:
        raise PlanningError("There is nothing to forecast: no sales actuals have been received. Import or post them.")
    # Whatever an earlier run left half done; no other run of this cycle can be active.
    Forecast.objects.filter(cycle=cycle, state=Forecast.State.DRAFT).delete()
    last = last_actual_month()
    parameters = {"levels": LEVELS, "shard_series": SHARD_SERIES, "known_until": months.code(last) if last else ""}
    Forecast.objects.create(
        cycle=cycle,
        run=run,
        start=cycle.first_month,
        horizon=cycle.horizon,
        engine_version=engine.ENGINE_VERSION,
        parameters=parameters,
    )
    parts = [series[first : first + SHARD_SERIES] for first in range(0, len(series), SHARD_SERIES)]
    return [{"series": part, "weight": len(part)} for part in parts]


def work(shard: Shard, report: Report) -> None:
    """Forecast the series of a shard. Doing it again gives the same rows."""
    forecast = Forecast.objects.get(run=shard.run_id)
    known = forecast.parameters["known_until"]
    past = histories(_cycle(shard.run), shard.parameters["series"], known_until=months.parse(known) if known else None)
    report(0, "Forecasting")
    found = engine.forecast(
        past.ordered, forecast.horizon, first_month=past.start.month, levels=LEVELS, groups=past.family
    )
    report(len(past.series) // 2, "Storing")
    bulk.upsert(ForecastLine, key=("forecast_id", "series_id"), columns=LEAF, rows=_rows(forecast, past, found))
    score = _score(past, found)
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"score": score})


def finish(run: Run) -> dict[str, Any]:
    """Add the totals, publish, and retire the forecast that was published before."""
    forecast = Forecast.objects.get(run=run)
    bulk.insert(ForecastLine, TOTAL, _totals(forecast))
    published = Forecast.objects.filter(cycle=forecast.cycle_id, state=Forecast.State.PUBLISHED)
    published.update(state=Forecast.State.SUPERSEDED)
    forecast.state = Forecast.State.PUBLISHED
    forecast.published_at = Now()
    forecast.save(update_fields=["state", "published_at"])
    result = {"forecast": forecast.pk, "series": run.total, **_accuracy(run)}
    changes.record(
        changes.What(
            "forecast.published",
            f"Forecast of {run.total} series published",
            object=f"forecast:{forecast.pk}",
            data=result,
        ),
        by=run.requested_by,
        cycle=run.cycle,
    )
    return result


def _cycle(run: Run) -> Cycle:
    if run.cycle is None:
        raise PlanningError("A forecast belongs to a cycle. Open one first.")
    return run.cycle


def _rows(forecast: Forecast, past: Histories, found: engine.Forecast) -> Iterator[tuple[Any, ...]]:
    """The rows of a shard, with nothing before a launch and nothing after a product's last month."""
    month = np.arange(forecast.horizon)
    on_sale = (month >= past.launch[:, None]) & (month < past.end[:, None])
    mean = np.where(on_sale, found.mean, 0.0)
    lower = np.where(on_sale[:, :, None], found.lower, 0.0)
    upper = np.where(on_sale[:, :, None], found.upper, 0.0)
    members = {
        name: np.round(np.where(on_sale, values, 0.0), MEMBER_DECIMALS) for name, values in found.members.items()
    }
    used = {name: np.isfinite(values.sum(axis=1)).tolist() for name, values in found.members.items()}
    for row, series in enumerate(past.series.tolist()):
        yield (
            forecast.pk,
            series,
            mean[row],
            lower[row, :, 0],
            upper[row, :, 0],
            lower[row, :, 1],
            upper[row, :, 1],
            str(found.pattern[row]),
            json.dumps({name: values[row].tolist() for name, values in members.items() if used[name][row]}),
            _known(found.wape[row]),
            _known(found.bias[row]),
            _known(found.naive_wape[row]),
        )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _score(past: Histories, found: engine.Forecast) -> dict[str, float]:
    """Sums from which the portfolio's accuracy follows: each series weighs as much as it sold in the last year."""
    sold = np.nansum(np.maximum(past.ordered[:, -YEAR:], 0.0), axis=1)
    tested = np.isfinite(found.wape) & np.isfinite(found.bias) & np.isfinite(found.naive_wape)
    weight = np.where(tested, sold, 0.0)
    sums = {name: float(weight @ np.nan_to_num(getattr(found, name))) for name in ("wape", "naive_wape", "bias")}
    return sums | {"sold": float(weight.sum())}


def _accuracy(run: Run) -> dict[str, float | None]:
    """WAPE, that of seasonal naive, and bias over all series; None when nothing could be tested."""
    scores = [parameters["score"] for parameters in run.shards.values_list("parameters", flat=True)]
    sold = sum(score["sold"] for score in scores)
    return {
        name: round(sum(score[name] for score in scores) / sold, 6) if sold else None
        for name in ("wape", "naive_wape", "bias")
    }


def _totals(forecast: Forecast) -> Iterator[tuple[Any, ...]]:
    """A family's products in a market: means add up, and so do the squares of the half intervals."""
    lines = bulk.read(ForecastLine.objects.filter(forecast=forecast).order_by("series_id"), "series_id", *VECTORS)
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
    for row, (family, market) in enumerate(groups):
        vectors = (values[row] for values in (total, lower80, upper80, lower90, upper90))
        yield (forecast.pk, family, market, *vectors, "", "{}")


def _places() -> list[tuple[Any, ...]]:
    return list(Series.objects.values_list("pk", "product__family_id", "market_id"))


def _summed(values: Numbers, group: NDArray[np.int64], groups: int) -> Numbers:
    total = np.zeros((groups, values.shape[1]))
    np.add.at(total, group, values)
    return total
