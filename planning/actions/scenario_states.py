"""The way of a scenario from a private thought to a decision, who may take it there, and what the log says of it.

private ──share──► shared ──propose──► proposed ──adopt──► adopted
   ◄───withdraw──────┘  ◄──withdraw──────┘ └────reject──► rejected
"""

from collections.abc import Iterable

from django.utils import timezone

from planning.models import Scenario, ScenarioChange
from planning.queries.scenarios import visible
from sop.actions import changes
from sop.errors import Locked, NotAllowed, PlanningError
from sop.models import Change, Cycle, Family, Market, User
from sop.permissions import Verb, codes, descendants, require

State = Scenario.State
MOVES: dict[tuple[str, str], State] = {
    (State.PRIVATE, "share"): State.SHARED,
    (State.SHARED, "propose"): State.PROPOSED,
    (State.SHARED, "withdraw"): State.PRIVATE,
    (State.PROPOSED, "withdraw"): State.SHARED,
    (State.PROPOSED, "reject"): State.REJECTED,
    (State.PROPOSED, "adopt"): State.ADOPTED,
    # What was left out at first may be taken later.
    (State.ADOPTED, "adopt"): State.ADOPTED,
}
OPEN = (State.PRIVATE, State.SHARED)
# As the log and refusals put it.
DONE = {
    "share": ("Shared {}", "shared"),
    "propose": ("Proposed {}", "proposed"),
    "withdraw": ("Took {} back", "withdrawn"),
    "reject": ("Rejected {}", "rejected"),
    "adopt": ("Adopted {}", "adopted"),
}


def held(scenario: Scenario, by: User) -> Scenario:
    """A scenario that somebody may see, held for this transaction; Locked when its cycle takes no more changes."""
    visible.one(by, scenario.pk)
    found = Scenario.objects.select_for_update(of=("self",)).select_related("cycle", "author").get(pk=scenario.pk)
    refuse_closed(found.cycle)
    return found


def held_to_move(scenario: Scenario, by: User) -> Scenario:
    """As `held`, by somebody who may say where it goes; NotAllowed otherwise."""
    require(by, Verb.MODEL)
    found = held(scenario, by)
    if not visible.writes(by, found):
        raise NotAllowed(
            f"“{found.name}” is {found.author.display_name}’s. Make a scenario of your own for your changes."
        )
    return found


def held_to_write(scenario: Scenario, by: User) -> Scenario:
    """As `held_to_move`; Locked once it is proposed or decided."""
    found = held_to_move(scenario, by)
    if found.state not in OPEN:
        hint = "Take it back to change it." if found.state == State.PROPOSED else "Make a new one instead."
        raise Locked(f"“{found.name}” is {found.state} and stays as it is. {hint}")
    return found


def refuse_closed(cycle: Cycle) -> None:
    if not cycle.editable:
        raise Locked(f"The {cycle} cycle is {cycle.state}; its scenarios stay as they are.")


def move(scenario: Scenario, verb: str, by: User, reason: str = "") -> Scenario:
    """Take a held scenario where a verb leads; PlanningError when it is in no state for that."""
    summary, done = DONE[verb]
    if (scenario.state, verb) not in MOVES:
        raise PlanningError(f"“{scenario.name}” is {scenario.state}; it cannot be {done} now.")
    before, scenario.state = scenario.state, MOVES[scenario.state, verb]
    if reason:
        scenario.decided_by, scenario.decided_at, scenario.decision = by, timezone.now(), reason.strip()[:500]
    scenario.save()
    what = changes.What(f"scenario.{done}", summary, reason=reason, data={"from": before, "to": scenario.state})
    record(scenario, what, by)
    return scenario


def record(scenario: Scenario, what: changes.What, by: User, touched: Iterable[ScenarioChange] = ()) -> Change:
    """Log something about a scenario, whose name goes where the summary says `{}`.

    The log is read by everybody: of a private scenario it tells neither the name nor what is in it.
    """
    private = scenario.state == State.PRIVATE
    summary = what.summary.split(": ")[0] if private else what.summary
    families, markets = _reach(() if private else touched)
    told = changes.What(
        what.kind,
        summary.replace("{}", "a private scenario" if private else f"scenario “{scenario.name}”", 1),
        object=f"scenario:{scenario.pk}",
        reason=what.reason,
        data=what.data | {"scenario": scenario.pk, "version": scenario.version},
        families=families,
        markets=markets,
    )
    return changes.record(told, by=by, cycle=scenario.cycle)


def _reach(touched: Iterable[ScenarioChange]) -> tuple[Iterable[str], Iterable[str]]:
    """The codes of families and markets below what these changes name."""
    named = [(each.product.family_id if each.product else each.family_id, each.market_id) for each in touched]
    families = descendants(Family, {family for family, _ in named if family})
    markets = descendants(Market, {market for _, market in named if market})
    return codes(Family, families) or (), codes(Market, markets) or ()
