"""Who sees which scenarios: private ones their author, shared ones whoever models, proposed ones everybody."""

from django.db.models import Q, QuerySet

from planning.models import Scenario, ScenarioChange
from sop.errors import NotFound
from sop.models import Cycle, User
from sop.permissions import Scope, Verb, can, scope

RELATED = ("family", "product", "product__family", "market", "resource", "other")
Target = ScenarioChange.Target
# What tells what something costs or earns.
IN_MONEY = frozenset({Target.PRICE, Target.UNIT_COST, Target.OVERTIME_COST, Target.SUBCONTRACT_COST})


def visible(by: User, cycle: Cycle | None = None) -> QuerySet[Scenario]:
    """The scenarios that somebody may know of, those of one cycle or all; the newest first."""
    if not can(by, Verb.VIEW):
        return Scenario.objects.none()
    seen = Q(author=by) | Q(state__in=(Scenario.State.PROPOSED, Scenario.State.ADOPTED, Scenario.State.REJECTED))
    if can(by, Verb.MODEL):
        seen |= Q(state=Scenario.State.SHARED)
    found = Scenario.objects.filter(seen).select_related("cycle", "author", "decided_by")
    return found.filter(cycle=cycle) if cycle else found


def one(by: User, pk: int) -> Scenario:
    """A scenario that somebody may see; NotFound says nothing of those that they may not."""
    found = visible(by).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such scenario, or it is somebody’s private one.")
    return found


def writes(by: User, scenario: Scenario) -> bool:
    """Whether somebody may change a scenario's content: its author, or a coordinator once it is shared."""
    if not can(by, Verb.MODEL):
        return False
    coordinates = can(by, Verb.EDIT_MASTER_DATA) and scenario.state != Scenario.State.PRIVATE
    return scenario.author_id == by.pk or coordinates


def covers(mine: Scope, change: ScenarioChange) -> bool:
    """Whether a change lies within somebody's families and markets. Resources concern everybody."""
    named = change.product.family_id if change.product else change.family_id
    if change.resource_id and named is None:
        return True
    inside = mine.families is None or named in mine.families
    return inside and (mine.markets is None or change.market_id in mine.markets)


def changes_of(scenario: Scenario, by: User) -> tuple[list[ScenarioChange], int]:
    """A scenario's changes that somebody may see, and how many they may not. One query."""
    mine = scope(by)
    every = list(scenario.changes.select_related(*RELATED))
    seen = [each for each in every if scenario.author_id == by.pk or covers(mine, each)]
    return seen, len(every) - len(seen)
