"""The rough-cut capacity check: does the sales plan fit, and if not, where, by how much and because of what?"""

from typing import Any

import numpy as np

from planning.actions import capacity_news
from planning.actions.moved import demand_moved
from planning.models import Resource
from planning.queries import plans
from planning.queries.capacity import RoughCut, contributors, rough_cut
from planning.queries.supply import rough_case
from sop import months
from sop.actions import changes
from sop.actions.runs import Report
from sop.errors import PlanningError
from sop.models import Product, Run, Shard
from sop.words import counted

CONTRIBUTORS = 5
PERCENT = 100


def shards(run: Run) -> list[dict[str, Any]]:
    """One shard; the check takes less time than cutting it up would."""
    if run.cycle is None:
        raise PlanningError("A capacity check belongs to a cycle. Open one first.")
    plans.working_or_error(run.cycle)
    return [{"weight": 1}]


def work(shard: Shard, report: Report) -> None:
    """Compute the loads and keep them in the shard, where `finish` finds them."""
    report(0, "Exploding the sales plan")
    plan = plans.working(shard.run.cycle)
    if plan is None:
        raise PlanningError("The sales plan was removed while its capacity was being checked.")
    rough = rough_cut(rough_case(plan))
    found = {"demand_version": rough.case.version, "overloads": _overloads(rough)}
    Shard.objects.filter(pk=shard.pk).update(parameters=shard.parameters | {"found": found})


def finish(run: Run) -> dict[str, Any]:
    """Tell the owners of resources what is overloaded now and was not before; ask again when demand has moved on."""
    found: dict[str, Any] = run.shards.get().parameters["found"]
    before = Run.objects.filter(kind="capacity", cycle=run.cycle, state=Run.State.DONE, pk__lt=run.pk).first()
    news = capacity_news.compare(before.result["overloads"] if before else [], found["overloads"])
    capacity_news.tell(news, run)
    plan = plans.working(run.cycle)
    if plan is not None and plan.version != found["demand_version"]:
        demand_moved(plan, by=run.requested_by)
    if news or not run.parameters.get("automatic"):
        _record(run, found)
    return found


def _record(run: Run, found: dict[str, Any]) -> None:
    count = len(found["overloads"])
    changes.record(
        changes.What(
            "capacity.checked",
            f"Capacity checked: {counted(count, 'overload')}" if count else "Capacity checked: the sales plan fits",
            object=f"run:{run.pk}",
            data={"demand_version": found["demand_version"], "overloads": count},
        ),
        by=run.requested_by,
        cycle=run.cycle,
    )


def _overloads(rough: RoughCut) -> list[dict[str, Any]]:
    """Resource-months above regular hours, the worst first, with what loads them most."""
    over = rough.load - rough.regular
    cells = np.argwhere(over > 1e-9 * (1 + rough.regular))
    resources = Resource.objects.in_bulk(rough.case.resources.tolist())
    codes = dict(Product.objects.values_list("pk", "code")) if len(cells) else {}
    found = [
        _overload(rough, resources[int(rough.case.resources[resource])], (int(resource), int(month)), codes)
        for resource, month in cells
    ]
    return sorted(found, key=lambda each: -each["hours_over"])


def _overload(rough: RoughCut, resource: Resource, cell: tuple[int, int], codes: dict[int, str]) -> dict[str, Any]:
    hours, regular, overtime, rated = (
        float(values[cell]) for values in (rough.load, rough.regular, rough.overtime, rough.rated)
    )
    top = contributors(rough, *cell)[:CONTRIBUTORS]
    return {
        "resource": resource.code,
        "name": resource.name,
        "month": months.code(months.add(rough.case.start, cell[1])),
        "load_percent": round(PERCENT * hours / regular, 1) if regular else None,
        "rated_percent": round(PERCENT * hours / rated, 1) if rated else None,
        "hours": round(hours, 2),
        "hours_over": round(hours - regular, 2),
        "fits_overtime": hours <= regular + overtime,
        "contributors": [
            {"product": codes[product], "hours": round(part, 2), "share": round(part / hours, 4)}
            for product, part in top
        ],
    }
