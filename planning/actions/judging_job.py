"""Judging assumptions when actuals come after the cycle was opened; an earlier verdict follows corrected actuals."""

from typing import Any

from django.db import transaction

from planning.actions import events, scoring
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Run, Shard
from sop.words import counted


def shards(run: Run) -> list[dict[str, Any]]:
    """One shard: a handful of assumptions."""
    if run.cycle is None:
        raise PlanningError("Assumptions are judged in a cycle. Open one first.")
    return [{"weight": 1}]


def work(shard: Shard, report: Report) -> None:
    """Judge what is over; what no longer holds or is done leaves the events of the working plan."""
    report(0, "Comparing assumptions with what came")
    run = shard.run
    if run.cycle is None:
        raise PlanningError("The cycle was removed while its assumptions were being judged.")
    with transaction.atomic():
        plan, _ = events.working_plan()
        judged = scoring.score_expired(cycle=run.cycle, by=run.requested_by, again=True)
        if judged and plan:
            told = f"Judged {counted(len(judged), 'assumption')}"
            events.record(events.everything(plan), told, by=run.requested_by)
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"judged": len(judged)})


def finish(run: Run) -> dict[str, Any]:
    """How many verdicts there are."""
    return {"judged": run.shards.get().parameters["judged"]}
