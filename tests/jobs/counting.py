"""A job for tests: every shard writes `units` families, one row per unit of work.

`meanwhile` is called between two units of work: a test puts there what another process might do at that moment.
"""

from collections.abc import Callable
from typing import Any

from sop import bulk
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Family, Run, Shard


def nothing(shard: Shard, unit: int) -> None:
    """What happens meanwhile, unless a test says otherwise."""


meanwhile: Callable[[Shard, int], None] = nothing


def shards(run: Run) -> list[dict[str, Any]]:
    if "refusal" in run.parameters:
        raise PlanningError(run.parameters["refusal"])
    return [{"weight": weight} for weight in run.parameters.get("weights", [1])]


def work(shard: Shard, report: Report) -> None:
    for unit in range(shard.weight):
        meanwhile(shard, unit)
        row = (f"{shard.number}-{unit}", f"by attempt {shard.attempts}")
        bulk.upsert(Family, key=["code"], columns=["code", "name"], rows=[row])
        report(unit + 1, f"Counted {unit + 1} of {shard.weight}")


def finish(run: Run) -> dict[str, Any]:
    counted = Family.objects.count()
    changes.record(changes.What("count.finished", f"Counted {counted}"), by=run.requested_by, cycle=run.cycle)
    return {"families": counted}
