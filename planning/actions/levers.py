"""Trying a way out of an overload: its changes go into a scenario, which then shows their effect."""

from django.db import transaction

from planning.actions import scenarios
from planning.actions.scenarios import Proposed
from planning.models import ProductionPlan, Scenario
from planning.queries import levers
from sop.errors import Conflict, PlanningError
from sop.models import User
from sop.permissions import Verb, require, scope

TRIES = 20


@transaction.atomic
def try_lever(
    *, plan: ProductionPlan, resource: str, month: str, key: str, by: User, scenario: Scenario | None = None
) -> Scenario:
    """Add a lever's changes to a scenario, by default a new private one; PlanningError says why one is not possible."""
    require(by, Verb.MODEL)
    found = levers.lever(plan, resource, month, scope(by), key)
    if not found.steps:
        told = "It is in the plan already" if found.planned else found.why.capitalize()
        raise PlanningError(f"{found.name} cannot be tried here. {told}.")
    into = scenario or _new(plan, f"{found.name}, {levers.title(plan, resource, month)}", found.what, by)
    steps = [Proposed(**vars(step), note=f"{found.name}: {found.what}"[:300]) for step in found.steps]
    scenarios.add_changes(scenario=into, changes=steps, by=by)
    return into


def _new(plan: ProductionPlan, name: str, description: str, by: User) -> Scenario:
    """A new scenario; when the name is taken, with a number."""
    for number in range(1, TRIES):
        try:
            told = name if number == 1 else f"{name} ({number})"
            return scenarios.create(cycle=plan.cycle, name=told, description=description, by=by)
        except Conflict:
            continue
    raise PlanningError(f"There are {TRIES} scenarios “{name}”. Choose one of them.")
