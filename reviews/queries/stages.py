"""Where a cycle stands."""

import datetime as dt
from typing import Any

from django.utils import timezone

from planning.models import ProductionPlan
from reviews.models import Stage
from reviews.queries.addresses import address
from sop.models import Cycle
from sop.words import day, short_day

SHORT_LABELS = {
    Stage.Key.DATA_GATHERING: "Data",
    Stage.Key.DEMAND_REVIEW: "Demand",
    Stage.Key.SUPPLY_REVIEW: "Supply",
    Stage.Key.PRE_SOP: "Pre-S&OP",
    Stage.Key.EXECUTIVE: "Executive",
}


def stages(cycle: Cycle) -> list[Stage]:
    """The stages of a cycle in order, with owners and signers. One query."""
    return list(cycle.stages.select_related("owner", "signed_by", "cycle").order_by("position"))


def current(stages_in_order: list[Stage]) -> Stage | None:
    """The stage that is on: the first that is not signed off."""
    return next((stage for stage in stages_in_order if stage.state != Stage.State.SIGNED_OFF), None)


def shell_stages(cycle: Cycle) -> list[dict[str, Any]]:
    """The stage stepper of every page. One query."""
    ordered = list(cycle.stages.order_by("position"))
    on = current(ordered) if cycle.editable else None
    return [
        {
            "key": stage.key,
            "label": SHORT_LABELS[Stage.Key(stage.key)],
            "state": _mark(stage, on),
            "note": _note(stage, on),
            "url": stage_url(cycle, stage.key),
        }
        for stage in ordered
    ]


def demand_due(*, cycle: Cycle, **_: Any) -> dt.date | None:
    """The day by which the departments' numbers are due: that of the demand review."""
    return cycle.stages.filter(key=Stage.Key.DEMAND_REVIEW).values_list("due", flat=True).first()


def stage_url(cycle: Cycle, key: str) -> str:
    if key == Stage.Key.EXECUTIVE:
        return address("reviews:executive", cycle.code)
    return address("reviews:stage", cycle.code, key)


def production_plan(cycle: Cycle) -> ProductionPlan | None:
    """The production plan that the pages show and the reviews sign."""
    return cycle.production_plans.filter(current=True).select_related("sales_plan").first()


def _mark(stage: Stage, on: Stage | None) -> str:
    if stage.state == Stage.State.SIGNED_OFF:
        return "done"
    if on is None or stage.pk != on.pk:
        return "next"
    return "late" if stage.due < timezone.localdate() else "now"


def _note(stage: Stage, on: Stage | None) -> str:
    if stage.signed_at:
        return f"signed {short_day(timezone.localdate(stage.signed_at))}"
    if on is None or stage.pk != on.pk:
        return short_day(stage.due)
    return f"was due {day(stage.due)}" if stage.due < timezone.localdate() else f"due {day(stage.due)}"
