"""Taking a scenario into the plan, whole or change by change: all that was chosen, or nothing.

Demand is entered into the consensus as anybody's entry would be, so fences, locks and reasons hold; the rest becomes
master data or production by hand. The supply plan is out of date then, and one click makes it anew.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from planning.actions.editing import CellEdit, edit_cells
from planning.actions.scenario_master_data import Writer
from planning.actions.scenario_states import held, move, record
from planning.actions.sheets import Cause
from planning.actions.supply import refuse_unless_open
from planning.models import SalesPlan, Scenario, ScenarioChange
from planning.queries import plans
from planning.queries.rows import Filters
from planning.queries.scenarios import visible, words
from planning.queries.supply import supply_case
from sop import months
from sop.actions.changes import What
from sop.errors import NotAllowed, PlanningError
from sop.models import User
from sop.permissions import Verb, can, require, scope

Target, Operation = ScenarioChange.Target, ScenarioChange.Operation
# Whoever takes a change into the plan may write what it changes.
RIGHTS = {
    Target.DEMAND: Verb.EDIT_CONSENSUS,
    Target.PRICE: Verb.EDIT_MASTER_DATA,
    Target.UNIT_COST: Verb.EDIT_MASTER_DATA,
}


@dataclass(frozen=True)
class Adopted:
    """What was taken, of how many changes."""

    scenario: Scenario
    taken: int
    left: int

    @property
    def note(self) -> str:
        some = f"{self.taken} of {self.taken + self.left} changes of" if self.left else "All changes of"
        return f"{some} “{self.scenario.name}” are in the plan. Plan supply again to see what follows."


@transaction.atomic
def adopt(*, scenario: Scenario, chosen: Collection[int] | None = None, reason: str, by: User) -> Adopted:
    """Take the changes with these keys into the plan, or all that are left; what is left out may follow later.

    Four eyes: nobody but a coordinator adopts a scenario of their own. PlanningError names the change that cannot be
    taken; nothing is written then.
    """
    require(by, Verb.DECIDE)
    found = held(scenario, by)
    _refuse_alone(found, by)
    if not reason.strip():
        raise PlanningError("Say why it is adopted.", errors={"reason": ["Say why."]})
    left = list(found.changes.select_related(*visible.RELATED).filter(adopted_at=None))
    taken = [change for change in left if chosen is None or change.pk in chosen]
    if not taken:
        raise PlanningError("Choose at least one change that is not in the plan yet.")
    move(found, "adopt", by, reason)
    _take(found, taken, by, f"Scenario “{found.name}”: {reason.strip()}")
    _log(found, taken, by, reason)
    return Adopted(found, len(taken), len(left) - len(taken))


def _refuse_alone(scenario: Scenario, by: User) -> None:
    if scenario.author_id == by.pk and not can(by, Verb.EDIT_MASTER_DATA):
        raise NotAllowed("Somebody else takes your scenario into the plan: ask your S&OP coordinator or a colleague.")


def _take(scenario: Scenario, taken: Sequence[ScenarioChange], by: User, reason: str) -> None:
    for change in taken:
        require(by, RIGHTS.get(Target(change.target), Verb.PLAN_SUPPLY))
        if not visible.covers(scope(by), change):
            raise NotAllowed(f"“{words.title(change)}” lies outside your families or markets.")
    plan = plans.working_or_error(scenario.cycle)
    for change in taken:
        if change.target == Target.DEMAND:
            _enter(plan, change, by, reason)
    rest = [change for change in taken if change.target != Target.DEMAND]
    if rest:
        refuse_unless_open(scenario.cycle)
        writer = Writer(supply_case(plan), by, reason)
        for change in rest:
            writer.write(change)
        # The supply plan goes by the sales plan's version: it is out of date now.
        SalesPlan.objects.filter(pk=plan.pk).update(version=F("version") + 1)
    scenario.changes.filter(pk__in=[change.pk for change in taken]).update(adopted_at=timezone.now())


def _enter(plan: SalesPlan, change: ScenarioChange, by: User, reason: str) -> None:
    """The entries that a planner would make in the grid."""
    if change.product:
        row = f"product:{change.product.code}"
    else:
        row = f"family:{change.family.code}" if change.family else "total"
    filters = Filters(scope(by), market=change.market.code if change.market else "")
    try:
        edit_cells(plan=plan, edits=_edits(plan, change, row), by=by, cause=Cause(reason), filters=filters)
    except PlanningError as refusal:
        why = f"{words.title(change)}: {refusal.detail}"
        raise type(refusal)(why, errors=refusal.errors, extra=refusal.extra) from refusal


def _edits(plan: SalesPlan, change: ScenarioChange, row: str) -> list[CellEdit]:
    first, last = change.first_month or plan.months[0], change.last_month or plan.months[-1]
    span = [month for month in plan.months if first <= month <= last]
    if change.operation == Operation.SET:
        return [CellEdit(row, month, change.value) for month in span]
    if change.operation == Operation.MOVE:
        by = months.distance(first, change.to_month or first)
        away = [CellEdit(row, month, _signed(-change.value)) for month in span]
        return [*away, *(CellEdit(row, months.add(month, by), _signed(change.value)) for month in span)]
    unit = "%" if change.operation == Operation.PERCENT else ""
    return [CellEdit(row, month, _signed(change.value) + unit) for month in span]


def _signed(value: float) -> str:
    return f"{value:+.6f}"


def _log(scenario: Scenario, taken: Sequence[ScenarioChange], by: User, reason: str) -> None:
    """A line for each change, under one number, with the scenario that it came from."""
    together = uuid.uuid4()
    for change in taken:
        data = {"change": change.pk, "target": change.target, "change_set": str(together)}
        summary = f"Took from {{}}: {words.sentence(change)}"
        record(scenario, What("scenario.taken", summary, reason=reason, data=data), by, [change])
