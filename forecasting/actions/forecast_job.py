"""The forecast job: a draft forecast filled shard by shard, published whole in the transaction of the last shard.

A run that fails or is cancelled leaves a draft that nobody reads, and the forecast published before it stays. With
`rows` in its parameters a run forecasts that part again and takes the other lines from the published forecast.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from django.db import connection
from django.db.models.functions import Now

from forecasting import engine
from forecasting.actions import forecast_lines as lines
from forecasting.actions import learning
from forecasting.models import Forecast, ForecastLine, Learned
from forecasting.queries import Histories
from forecasting.queries.lines import selection
from forecasting.queries.published import published
from sop import bulk, months
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import Locked, PlanningError
from sop.models import Cycle, Run, Series, Shard
from sop.permissions import EVERYTHING, scope
from sop.queries.history import last_actual_month

# A shard holds whole families, so that each can choose how it adds up; what is larger than a shard can bear is cut.
SHARD_SERIES = 1_500
LARGEST_FAMILY = 6_000
TRAINING_SECONDS = 600
YEAR = 12


def shards(run: Run) -> list[dict[str, Any]]:
    """Whole families, in an order that every run repeats; and the draft to fill."""
    cycle = _cycle(run)
    if not cycle.editable:
        raise Locked(f"The {cycle} cycle is {cycle.get_state_display()}; its forecast stays as it is.")
    order = ("product__family_id", "product_id", "market_id")
    sold = Series.objects.filter(product__sold=True).order_by(*order)
    series = list(sold.values_list("pk", "product__family_id"))
    if not series:
        raise PlanningError("There is nothing to forecast: no sales actuals have been received. Import or post them.")
    # Whatever an earlier run left half done; no other run of this cycle can be active.
    Forecast.objects.filter(cycle=cycle, state=Forecast.State.DRAFT).delete()
    if "rows" in run.parameters:
        part = _part(run)
        _draft_of_part(run, cycle)
        return cut(series, part)
    _draft(run, cycle, [pk for pk, _ in series])
    return cut(series, None)


def cut(series: list[tuple[int, int]], part: set[int] | None) -> list[dict[str, Any]]:
    """Shards of whole families; with a part, of the families it touches, and `only` the series to write."""
    families = [[pk for pk, _ in group] for _, group in groupby(series, key=lambda each: each[1])]
    pieces = [one[first : first + LARGEST_FAMILY] for one in families for first in range(0, len(one), LARGEST_FAMILY)]
    if part is not None:
        pieces = [one for one in pieces if not part.isdisjoint(one)]
    shards: list[list[int]] = []
    for piece in pieces:
        if shards and len(shards[-1]) + len(piece) <= SHARD_SERIES:
            shards[-1] += piece
        else:
            shards.append(list(piece))
    if part is None:
        return [{"series": one, "weight": len(one)} for one in shards]
    only = [[pk for pk in one if pk in part] for one in shards]
    return [{"series": one, "only": few, "weight": len(few)} for one, few in zip(shards, only, strict=True)]


def work(shard: Shard, report: Report) -> None:
    """Forecast the series of a shard. Doing it again gives the same rows."""
    forecast = Forecast.objects.select_related("cycle").get(run=shard.run_id)
    seconds = TRAINING_SECONDS if learning.must_train(forecast) else None
    report(0, "Learning from the portfolio", lease_seconds=seconds)
    shared = learning.shared(forecast)
    past = learning.history_of(forecast, shard.parameters["series"])
    report(0, "Forecasting")
    made = lines.make(past, forecast.horizon, shared)
    report(shard.weight // 2, "Storing")
    only = shard.parameters.get("only")
    wanted = None if only is None else set(only)
    rows = (each for each in lines.rows(forecast, past, made) if wanted is None or each[1] in wanted)
    bulk.upsert(ForecastLine, key=("forecast_id", "series_id"), columns=lines.LEAF, rows=rows)
    score = _score(past, made.found, wanted)
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"score": score})


def finish(run: Run) -> dict[str, Any]:
    """Add the totals, publish, and retire the forecast that was published before."""
    forecast = Forecast.objects.get(run=run)
    before = Forecast.objects.filter(cycle=forecast.cycle_id, state=Forecast.State.PUBLISHED)
    if "base" in forecast.parameters:
        copy_the_rest(before.get(pk=forecast.parameters["base"]), forecast)
    bulk.insert(ForecastLine, lines.TOTAL, lines.totals(forecast))
    before.update(state=Forecast.State.SUPERSEDED)
    forecast.state = Forecast.State.PUBLISHED
    forecast.published_at = Now()
    forecast.save(update_fields=["state", "published_at"])
    result = {"forecast": forecast.pk, "series": run.total, **_accuracy(run)}
    part = f", {run.parameters['label']} only" if "rows" in run.parameters else ""
    changes.record(
        changes.What(
            "forecast.published",
            f"Forecast of {run.total} series published{part}",
            object=f"forecast:{forecast.pk}",
            data=result,
        ),
        by=run.requested_by,
        cycle=run.cycle,
    )
    return result


def copy_the_rest(base: Forecast, forecast: Forecast) -> None:
    """The lines of `base` that `forecast` has none for, inside the database."""
    table = connection.ops.quote_name(ForecastLine._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(name) for name in lines.LEAF if name != "forecast_id")
    done = f"SELECT series_id FROM {table} WHERE forecast_id = %s AND series_id IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (forecast_id, {columns}) SELECT %s, {columns} FROM {table}"
            f" WHERE forecast_id = %s AND series_id IS NOT NULL AND series_id NOT IN ({done})",
            [forecast.pk, base.pk, forecast.pk],
        )


def _draft(run: Run, cycle: Cycle, series: Sequence[int], **more: Any) -> Forecast:
    last = last_actual_month()
    parameters = {
        "levels": learning.LEVELS,
        "known_until": months.code(last) if last else "",
        "learned_from": learning.sample(series),
    }
    return Forecast.objects.create(
        cycle=cycle,
        run=run,
        start=cycle.first_month,
        horizon=cycle.horizon,
        engine_version=engine.ENGINE_VERSION,
        parameters=parameters | more,
    )


def _draft_of_part(run: Run, cycle: Cycle) -> None:
    """With what the published forecast has learned, so that only what changed in the history changes the numbers."""
    base = published(cycle)
    again = " Run the whole forecast first."
    if base is None:
        raise PlanningError(f"The {cycle} cycle has no forecast of which a part could be made again.{again}")
    learned = Learned.objects.filter(forecast=base).first()
    same = base.engine_version == engine.ENGINE_VERSION and base.horizon == cycle.horizon
    if learned is None or not same:
        raise PlanningError(f"The published forecast was made by another version or for another horizon.{again}")
    kept = {"base": base.pk, "learned_from": base.parameters["learned_from"]}
    draft = _draft(run, cycle, [], **kept, **run.parameters)
    Learned.objects.create(forecast=draft, content=learned.content, model=learned.model)


def _part(run: Run) -> set[int]:
    """The series to forecast again, as far as the person may see them."""
    reach = scope(run.requested_by) if run.requested_by else EVERYTHING
    series = Series.objects.filter(selection(run.parameters["rows"], reach).where, product__sold=True)
    if market := run.parameters.get("market"):
        series = series.filter(market__code=market)
    found = set(series.values_list("pk", flat=True))
    if not found:
        raise PlanningError("There is nothing to forecast here. Choose another family or market.")
    return found


def _cycle(run: Run) -> Cycle:
    if run.cycle is None:
        raise PlanningError("A forecast belongs to a cycle. Open one first.")
    return run.cycle


def _score(past: Histories, found: engine.Forecast, wanted: set[int] | None) -> dict[str, float]:
    """Sums from which the portfolio's accuracy follows: each series weighs as much as it sold in the last year."""
    sold = np.nansum(np.maximum(past.ordered[:, -YEAR:], 0.0), axis=1)
    tested = np.isfinite(found.wape) & np.isfinite(found.bias) & np.isfinite(found.naive_wape)
    if wanted is not None:
        tested &= np.isin(past.series, list(wanted))
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
