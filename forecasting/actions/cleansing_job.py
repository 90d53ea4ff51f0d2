"""The job that looks through every history for months that do not fit: proposals only, for people to decide."""

from typing import Any

from forecasting.actions import cleansing
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Cycle, Run, Series, Shard
from sop.words import counted

SHARD_SERIES = 5_000


def shards(run: Run) -> list[dict[str, Any]]:
    """Series in an order that every run repeats."""
    series = list(Series.objects.filter(product__sold=True).order_by("pk").values_list("pk", flat=True))
    if not series:
        raise PlanningError("There is no history to look through: no sales actuals have been received.")
    parts = [series[first : first + SHARD_SERIES] for first in range(0, len(series), SHARD_SERIES)]
    return [{"series": part, "weight": len(part)} for part in parts]


def work(shard: Shard, report: Report) -> None:
    """Look through the series of a shard. Doing it again gives the same rows."""
    report(0, "Looking for months that do not fit")
    proposed = cleansing.propose(cycle=_cycle(shard.run), series=shard.parameters["series"])
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"proposed": proposed})


def finish(run: Run) -> dict[str, Any]:
    """How many months wait for a word."""
    proposed = sum(parameters["proposed"] for parameters in run.shards.values_list("parameters", flat=True))
    summary = f"History checked: {counted(proposed, 'month')} to look at"
    what = changes.What("history.checked", summary, object="corrections", data={"proposed": proposed})
    changes.record(what, by=run.requested_by, cycle=run.cycle)
    return {"proposed": proposed}


def _cycle(run: Run) -> Cycle:
    if run.cycle is None:
        raise PlanningError("The history is checked for a cycle. Open one first.")
    return run.cycle
