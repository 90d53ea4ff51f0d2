"""Modelling what if: making a scenario, changing it, and its way from a private thought to a proposal.

Adoption is in `planning.actions.scenario_adoption`. A scenario is rows only: however large the company, making one
costs a few rows, and its changes are laid over the plan when it is evaluated.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max

from planning.actions.scenario_faults import faults
from planning.actions.scenario_states import held, held_to_move, held_to_write, move, record, refuse_closed
from planning.models import ProductionPlan, Resource, Scenario, ScenarioChange
from planning.queries.scenarios import visible, words
from sop.actions.changes import What
from sop.errors import Conflict, NotAllowed, NotFound, PlanningError
from sop.models import Cycle, Family, Market, Product, User
from sop.permissions import Verb, require, scope
from sop.words import listed

State = Scenario.State
MOST_CHANGES = 200


@dataclass(frozen=True)
class Proposed:
    """A change as somebody proposes it; see `ScenarioChange` for what its fields mean."""

    target: str
    operation: str
    value: float
    family: Family | None = None
    product: Product | None = None
    market: Market | None = None
    resource: Resource | None = None
    other: Resource | None = None
    first_month: dt.date | None = None
    last_month: dt.date | None = None
    to_month: dt.date | None = None
    note: str = ""


@transaction.atomic
def create(*, cycle: Cycle, name: str, description: str = "", by: User) -> Scenario:
    """A private scenario without changes: the same as the plan, planned by the same strategy."""
    require(by, Verb.MODEL)
    refuse_closed(cycle)
    current = cycle.production_plans.filter(current=True).first()
    strategy = current.strategy if current else ProductionPlan.Strategy.OPTIMAL
    scenario = Scenario(cycle=cycle, author=by, strategy=strategy)
    _name(scenario, name, description)
    record(scenario, What("scenario.created", "Created {}"), by)
    return scenario


@transaction.atomic
def rename(*, scenario: Scenario, name: str, description: str, by: User) -> Scenario:
    """Another name and description."""
    found = held_to_write(scenario, by)
    _name(found, name, description)
    record(found, What("scenario.renamed", "Renamed {}"), by)
    return found


@transaction.atomic
def add_changes(*, scenario: Scenario, changes: Sequence[Proposed], by: User) -> list[ScenarioChange]:
    """Append changes, in this order; PlanningError names each that cannot be, and nothing is kept then."""
    found = held_to_write(scenario, by)
    if not changes:
        raise PlanningError("There is nothing to add.")
    if found.changes.count() + len(changes) > MOST_CHANGES:
        raise PlanningError(f"A scenario holds up to {MOST_CHANGES} changes. Change a family instead of its products.")
    last = found.changes.aggregate(Max("position"))["position__max"] or 0
    new = [_new(found, each, last + number) for number, each in enumerate(changes, start=1)]
    _check(found, new, by)
    ScenarioChange.objects.bulk_create(new)
    _touch(found)
    told = listed([words.sentence(each) for each in new])
    record(found, What("scenario.changed", f"Added to {{}}: {told}"), by, new)
    return new


@transaction.atomic
def change_change(*, change: ScenarioChange, proposed: Proposed, by: User) -> ScenarioChange:
    """Write one change anew, in its place."""
    found = held_to_write(change.scenario, by)
    old = _own(found, change, by)
    new = _new(found, proposed, old.position)
    _check(found, [new], by)
    new.pk = old.pk
    new.save()
    _touch(found)
    record(
        found, What("scenario.changed", f"Changed in {{}}: {words.sentence(old)} became {words.amount(new)}"), by, [new]
    )
    return new


@transaction.atomic
def remove_change(*, change: ScenarioChange, by: User) -> None:
    """Take one change out."""
    found = held_to_write(change.scenario, by)
    old = _own(found, change, by)
    told = words.sentence(old)
    old.delete()
    _touch(found)
    record(found, What("scenario.changed", f"Took out of {{}}: {told}"), by, [old])


@transaction.atomic
def share(*, scenario: Scenario, by: User) -> Scenario:
    """Show it to everybody who models scenarios."""
    return move(held_to_move(scenario, by), "share", by)


@transaction.atomic
def propose(*, scenario: Scenario, by: User) -> Scenario:
    """Put it up for decision; from now on it is not changed."""
    found = held_to_move(scenario, by)
    if not found.changes.exists():
        raise PlanningError("A scenario without changes is the plan as it is. Add a change before you propose it.")
    return move(found, "propose", by)


@transaction.atomic
def withdraw(*, scenario: Scenario, by: User) -> Scenario:
    """Take it back a step: a proposal to shared, a shared one to private."""
    return move(held_to_move(scenario, by), "withdraw", by)


@transaction.atomic
def reject(*, scenario: Scenario, reason: str, by: User) -> Scenario:
    """Decide against a proposal, and say why."""
    require(by, Verb.DECIDE)
    found = held(scenario, by)
    if not reason.strip():
        raise PlanningError("Say why it is rejected.", errors={"reason": ["Say why."]})
    return move(found, "reject", by, reason)


@transaction.atomic
def delete(*, scenario: Scenario, by: User) -> None:
    """Throw away a private scenario. What others have seen is withdrawn or rejected instead."""
    found = held_to_write(scenario, by)
    if found.state != State.PRIVATE:
        raise PlanningError("Others have seen this scenario. Take it back first; then it can be deleted.")
    record(found, What("scenario.deleted", "Deleted {}"), by)
    found.delete()


def _name(scenario: Scenario, name: str, description: str) -> None:
    name = " ".join(name.split())
    if not name:
        raise PlanningError("Give the scenario a name.", errors={"name": ["Give it a name."]})
    scenario.name, scenario.description = name[:120], description.strip()[:500]
    try:
        with transaction.atomic():
            scenario.save()
    except IntegrityError as clash:
        taken = {"name": ["This name is taken."]}
        raise Conflict(f"This cycle has a scenario “{name}” already. Choose another name.", errors=taken) from clash


def _new(scenario: Scenario, proposed: Proposed, position: int) -> ScenarioChange:
    values = {**vars(proposed), "note": proposed.note.strip()[:300]}
    # A product says which family it is about.
    values["family"] = None if proposed.product else proposed.family
    if proposed.operation == ScenarioChange.Operation.MOVE:
        values["last_month"] = proposed.last_month or proposed.first_month
    return ScenarioChange(scenario=scenario, position=position, **values)


def _check(scenario: Scenario, new: Sequence[ScenarioChange], by: User) -> None:
    """Refuse what makes no sense, lies outside the person's scope, or shows money that they may not see."""
    mine = scope(by)
    errors: dict[str, list[str]] = {}
    for number, change in enumerate(new):
        if change.target in visible.IN_MONEY and not mine.sees_money:
            raise NotAllowed("Your role does not see money, so it cannot change prices and costs.")
        if not visible.covers(mine, change):
            raise NotAllowed("This reaches beyond your families or markets. Name one of yours.")
        for name, text in faults(scenario.cycle, change):
            errors.setdefault(name if len(new) == 1 else f"changes.{number}.{name}", []).append(text)
    if errors:
        raise PlanningError(next(iter(errors.values()))[0], errors=errors)


def _own(scenario: Scenario, change: ScenarioChange, by: User) -> ScenarioChange:
    found = scenario.changes.select_related(*visible.RELATED).filter(pk=change.pk).first()
    if found is None:
        raise NotFound("This change was taken out of the scenario already.")
    if scenario.author_id != by.pk and not visible.covers(scope(by), found):
        raise NotAllowed("This change lies outside your families or markets.")
    return found


def _touch(scenario: Scenario) -> None:
    scenario.version += 1
    scenario.save(update_fields=["version"])
