"""The job behind “Ask for a second opinion”: seconds of fitting for one series, kept as the run's result."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.events import event_effect
from forecasting.engine.second_opinion import second_opinion
from forecasting.queries.histories import Histories, histories
from sop import months
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import NotFound, PlanningError
from sop.models import Cycle, Run, Series, Shard

DECIMALS = 2


def shards(run: Run) -> list[dict[str, Any]]:
    """One series, one shard."""
    _cycle(run)
    series = run.parameters.get("series")
    if not Series.objects.filter(pk=series).exists():
        raise NotFound("There is no such series to ask about.")
    return [{"series": series, "event": run.parameters.get("event"), "weight": 1}]


def work(shard: Shard, report: Report) -> None:
    """Fit and test. Doing it again gives the same answer."""
    cycle = _cycle(shard.run)
    report(0, "Asking for a second opinion")
    past = histories(cycle, [shard.parameters["series"]])
    found = second_opinion(past.ordered[0], cycle.horizon, first_month=past.start.month)
    # What is looked at ends with the last month known.
    known = np.flatnonzero(np.isfinite(past.ordered[0]))
    first = int(known[0]) if known.size else 0
    parts = found.decomposition
    answer = {
        "start": months.code(months.add(past.start, first)),
        "sold": _numbers(found.values),
        "trend": _numbers(parts.trend) if parts else [],
        "season": _numbers(parts.season) if parts else [],
        "remainder": _numbers(parts.remainder) if parts else [],
        "opinions": [
            {
                "name": each.name,
                "wape": round(each.wape, 4) if np.isfinite(each.wape) else None,
                "mean": None if each.mean is None else _numbers(each.mean),
            }
            for each in found.opinions
        ],
    }
    if event := shard.parameters.get("event"):
        answer["event"] = event | {"effect": _effect(past, event["months"])}
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"answer": answer})


def finish(run: Run) -> dict[str, Any]:
    """The answer becomes the run's result."""
    shard = run.shards.get()
    series = Series.objects.select_related("product__family", "market").get(pk=shard.parameters["series"])
    family = series.product.family
    what = changes.What(
        "opinion.given",
        f"Second opinion on {series}",
        object=f"series:{series.pk}",
        families=[family.code] if family else [],
        markets=[series.market.code],
    )
    changes.record(what, by=run.requested_by, cycle=run.cycle)
    result: dict[str, Any] = shard.parameters["answer"]
    return result


def _effect(past: Histories, event_months: list[str]) -> dict[str, float] | None:
    """What the event did in its months, as shares; None where the history cannot tell."""
    held = np.zeros(past.ordered.shape[1], dtype=bool)
    for month in event_months:
        column = months.distance(past.start, months.parse(month))
        if 0 <= column < held.size:
            held[column] = True
    found = event_effect(past.ordered[0], held)
    return {name: round(value, 4) for name, value in asdict(found).items()} if found else None


def _numbers(values: NDArray[np.floating[Any]]) -> list[float]:
    rounded: list[float] = np.round(values, DECIMALS).tolist()
    return rounded


def _cycle(run: Run) -> Cycle:
    if run.cycle is None:
        raise PlanningError("A second opinion belongs to a cycle. Open one first.")
    return run.cycle
