"""What must be true before a stage is signed off, computed from the data at the moment it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Q

from forecasting.models import Forecast
from planning.models import Budget, InventoryBalance, ProductionPlan, SalesPlan
from planning.queries import plans
from reviews.models import Decision, Stage, Submission
from reviews.queries.addresses import address
from reviews.queries.stages import production_plan, stage_url
from sop import months
from sop.models import Cycle, History, PostingBatch, RejectedPosting
from sop.words import counted, listed, units

OVERLOAD_TOLERANCE_HOURS = 1e-6


@dataclass(frozen=True)
class Gate:
    """Green, or red with what is wrong and where it is mended. A required one cannot be passed with a reason."""

    key: str
    label: str
    ok: bool
    why: str
    fix_url: str = ""
    required: bool = False


class Ground:
    """What several gates look at, read at most once."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.cycle: Cycle = stage.cycle

    @cached_property
    def forecast(self) -> Forecast | None:
        return self.cycle.forecasts.filter(state=Forecast.State.PUBLISHED).first()

    @cached_property
    def plan(self) -> SalesPlan | None:
        return plans.working(self.cycle)

    @cached_property
    def production(self) -> ProductionPlan | None:
        return production_plan(self.cycle)


def gates(stage: Stage) -> list[Gate]:
    """The gates of a stage; at most nine queries, whatever the size of the company."""
    ground = Ground(stage)
    return [check(ground) for check in CHECKS[Stage.Key(stage.key)]]


def red(stage: Stage) -> list[Gate]:
    return [gate for gate in gates(stage) if not gate.ok]


# --- Data gathering ---------------------------------------------------------------------------------------------------
def _actuals(ground: Ground) -> Gate:
    month = ground.cycle.as_of
    ordered = 0.0
    totals = History.objects.filter(series__isnull=True).values_list("start", "ordered", "shipped")
    for start, *vectors in totals.iterator():
        at = months.distance(start, month)
        ordered += sum(float(np.nan_to_num(vector[at])) for vector in vectors if 0 <= at < vector.size)
    name = months.long(month)
    why = f"Sales of {name} are in" if ordered else f"No sales of {name} yet: import or post them"
    return Gate("actuals", f"Actuals of {name}", ordered > 0, why, address("planning:data"))


def _rejected(ground: Ground) -> Gate:
    count = RejectedPosting.objects.count()
    why = (
        f"{counted(count, 'posting')} could not be taken; mend the master data and try again" if count else "None open"
    )
    return Gate("rejected", "No rejected postings", count == 0, why, address("planning:data"))


def _balances(ground: Ground) -> Gate:
    month = ground.cycle.as_of
    count = InventoryBalance.objects.filter(month=month).values("product").distinct().count()
    name = months.long(month)
    why = f"{counted(count, 'product')} with stock at the end of {name}" if count else f"No stock at the end of {name}"
    return Gate("balances", f"Stock of {name}", count > 0, why, address("planning:data"))


def _forecast(ground: Ground) -> Gate:
    label, url = "Forecast on current history", address("planning:demand")
    if ground.forecast is None:
        return Gate("forecast", label, False, "No forecast is published for this cycle: run it", url)
    newer = PostingBatch.objects.filter(Q(accepted__gt=0) | Q(updated__gt=0), at__gt=ground.forecast.created_at).count()
    why = f"{counted(newer, 'batch', 'batches')} of actuals came in since: run it again" if newer else "Published"
    return Gate("forecast", label, newer == 0, why, url)


# --- Demand review ----------------------------------------------------------------------------------------------------
def _sales_plan(ground: Ground) -> Gate:
    label, url = "Sales plan on this forecast", address("planning:demand")
    if ground.plan is None:
        return Gate("sales-plan", label, False, "There is no sales plan yet: build it from the forecast", url)
    if ground.forecast and ground.plan.forecast_id != ground.forecast.pk:
        return Gate("sales-plan", label, False, "It rests on an older forecast: build it again", url)
    return Gate("sales-plan", label, True, f"Version {units(ground.plan.version)}", url)


def _submissions(ground: Ground) -> Gate:
    entries = list(ground.stage.submissions.select_related("department").order_by("department__name"))
    waiting = [entry.department.name for entry in entries if entry.state != Submission.State.SUBMITTED]
    why = f"Waiting for {listed(waiting)}" if waiting else f"{counted(len(entries), 'department')} in"
    return Gate("submissions", "Every department in", not waiting, why, _here(ground), required=True)


# --- Supply review ----------------------------------------------------------------------------------------------------
def _production(ground: Ground) -> Gate:
    ok, why = _production_state(ground)
    return Gate("production-plan", "Production plan on current demand", ok, why, address("planning:supply"))


def _production_required(ground: Ground) -> Gate:
    ok, why = _production_state(ground)
    return Gate("production-plan", "Production plan on current demand", ok, why, address("planning:supply"), True)


def _production_state(ground: Ground) -> tuple[bool, str]:
    if ground.production is None:
        return False, "There is no production plan yet: plan supply"
    if ground.plan is None or ground.production.sales_plan_id != ground.plan.pk or ground.production.stale:
        return False, "The sales plan has changed since: plan supply again"
    return True, f"Computed from sales plan version {units(ground.production.demand_version)}"


def _capacity(ground: Ground) -> Gate:
    label, url = "No load beyond overtime", address("planning:supply")
    if ground.production is None:
        return Gate("capacity", label, False, "Nothing is planned yet", url)
    loads = ground.production.loads.select_related("resource").order_by("resource__code")
    over = [
        each.resource.name
        for each in loads
        if (each.load - each.regular - each.overtime_limit > OVERLOAD_TOLERANCE_HOURS).any()
    ]
    why = f"{listed(over)}: relieve, or explain when signing off" if over else "Every resource carries its load"
    return Gate("capacity", label, not over, why, url)


# --- Pre-S&OP and executive -------------------------------------------------------------------------------------------
def _budget(ground: Ground) -> Gate:
    last = months.add(ground.cycle.first_month, ground.cycle.horizon - 1)
    budgeted = Budget.objects.filter(month__range=(ground.cycle.first_month, last)).exists()
    ok = budgeted and ground.plan is not None
    why = "The gap to budget is computed" if ok else "No budget for the plan months: import it"
    return Gate("budget", "Gap to budget known", ok, why, address("planning:data"))


def _earlier(ground: Ground) -> Gate:
    earlier = ground.cycle.stages.filter(position__lt=ground.stage.position).exclude(state=Stage.State.SIGNED_OFF)
    unsigned = [str(stage.get_key_display()) for stage in earlier.order_by("position")]
    why = f"Not signed: {listed(unsigned)}" if unsigned else "All signed"
    return Gate(
        "earlier", "Earlier reviews signed", not unsigned, why, address("reviews:cycle", ground.cycle.code), True
    )


def _decisions(ground: Ground) -> Gate:
    waiting = ground.cycle.decisions.filter(state=Decision.State.PROPOSED).count()
    why = f"{counted(waiting, 'decision')} to take" if waiting else "Nothing waits for a decision"
    return Gate("decisions", "Decisions taken or deferred", waiting == 0, why, _here(ground))


def _here(ground: Ground) -> str:
    return stage_url(ground.cycle, ground.stage.key)


CHECKS: dict[Stage.Key, tuple[Callable[[Ground], Gate], ...]] = {
    Stage.Key.DATA_GATHERING: (_actuals, _rejected, _balances, _forecast, _submissions),
    Stage.Key.DEMAND_REVIEW: (_earlier, _forecast, _sales_plan, _submissions),
    Stage.Key.SUPPLY_REVIEW: (_earlier, _production, _capacity),
    Stage.Key.PRE_SOP: (_earlier, _production, _budget, _submissions),
    Stage.Key.EXECUTIVE: (_earlier, _production_required, _decisions),
}
