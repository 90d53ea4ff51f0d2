"""Decisions: proposed with options and a recommendation, then taken or deferred."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from planning.models import Assumption, Scenario
from planning.queries.scenarios.visible import visible
from reviews.models import Decision, OptionScenario, Stage
from sop.actions import changes
from sop.errors import Conflict, Locked, PlanningError
from sop.models import Cycle, Family, User
from sop.permissions import Verb, require
from sop.words import short_day


@dataclass(frozen=True)
class Expected:
    """The change a decision is expected to bring: money, and service in percentage points."""

    revenue: float | None = None
    margin: float | None = None
    stock: float | None = None
    service: float | None = None


@dataclass(frozen=True)
class About:
    """What of the plan a decision is about: a row of the demand grid and its months, an assumption."""

    family: Family | None = None
    row: str = ""
    first_month: dt.date | None = None
    last_month: dt.date | None = None
    assumption: Assumption | None = None


@dataclass(frozen=True)
class Proposal:
    """What is to be decided, between which options, by whom and until when."""

    issue: str
    owner: User | None
    due: dt.date | None
    options: Sequence[str] = field(default_factory=list)
    recommendation: str = ""
    stage: Stage | None = None
    about: About = About()
    expected: Expected = Expected()


@transaction.atomic
def propose(*, cycle: Cycle, proposal: Proposal, by: User) -> Decision:
    """Put a decision on the table. An option that bears the name of a proposed scenario is that scenario."""
    require(by, Verb.DECIDE)
    require_open(cycle)
    options = [option.strip() for option in proposal.options if option.strip()]
    errors = _mistakes(cycle, proposal, options)
    if errors or proposal.owner is None or proposal.due is None:
        raise PlanningError("The decision is not complete.", errors=errors)
    decision = Decision.objects.create(
        cycle=cycle,
        stage=proposal.stage,
        issue=proposal.issue.strip(),
        options=options,
        recommendation=proposal.recommendation.strip(),
        owner=proposal.owner,
        due=proposal.due,
        **vars(proposal.about),
        **{f"expected_{name}": value for name, value in vars(proposal.expected).items()},
    )
    known = visible(by, cycle).filter(name__in=options, state__in=(Scenario.State.PROPOSED, Scenario.State.ADOPTED))
    OptionScenario.objects.bulk_create(
        OptionScenario(decision=decision, option=scenario.name, scenario=scenario) for scenario in known
    )
    _record(decision, "decision.proposed", f"Put to decision: {decision.issue}", by)
    return decision


@transaction.atomic
def decide(*, decision: Decision, choice: str, by: User, reason: str = "") -> Decision:
    """Choose; with options, one of them."""
    require(by, Verb.DECIDE)
    decision, choice = _lock(decision), choice.strip()
    if not choice:
        raise PlanningError("Say what was decided.", errors={"choice": ["This is needed."]})
    if decision.options and choice not in decision.options:
        raise PlanningError(f"“{choice}” is not one of the options.", errors={"choice": ["Choose one of the options."]})
    decision.state, decision.choice, decision.reason = Decision.State.DECIDED, choice, reason.strip()
    decision.decided_by, decision.decided_at = by, timezone.now()
    chosen = decision.option_scenarios.filter(option=choice).first()
    decision.scenario_id = chosen.scenario_id if chosen else None
    decision.save()
    # What is decided of a row is a number of the company, and the log is read by all who see the family.
    summary = f"Decided: {decision.issue}" if decision.row else f"Decided: {decision.issue} {choice}"
    _record(decision, "decision.decided", summary, by, decision.reason)
    return decision


@transaction.atomic
def defer(*, decision: Decision, due: dt.date | None, reason: str, by: User) -> Decision:
    """Not now, but by then, and why."""
    require(by, Verb.DECIDE)
    decision = _lock(decision)
    errors = due_mistakes(due)
    if not reason.strip():
        errors["reason"] = ["Say why it waits."]
    if errors or due is None:
        raise PlanningError("The decision was not deferred.", errors=errors)
    decision.state, decision.due = Decision.State.DEFERRED, due
    decision.save()
    _record(decision, "decision.deferred", f"Deferred to {short_day(due)}: {decision.issue}", by, reason.strip())
    return decision


def due_mistakes(due: dt.date | None) -> dict[str, list[str]]:
    """What is wrong with a due date."""
    if due is None:
        return {"due": ["Say by when."]}
    if due < timezone.localdate():
        return {"due": [f"{short_day(due)} {due.year} is in the past."]}
    return {}


def owner_mistakes(owner: User | None) -> dict[str, list[str]]:
    """What is wrong with an owner."""
    if owner is None:
        return {"owner": ["Say who."]}
    if not owner.is_active:
        return {"owner": [f"{owner.display_name} has left."]}
    return {}


def require_open(cycle: Cycle) -> None:
    if cycle.state == Cycle.State.CLOSED:
        raise Locked(f"{cycle} is closed; record it in the cycle that is open.")


def _mistakes(cycle: Cycle, proposal: Proposal, options: list[str]) -> dict[str, list[str]]:
    errors = owner_mistakes(proposal.owner) | due_mistakes(proposal.due)
    if not proposal.issue.strip():
        errors["issue"] = ["Say what is to be decided."]
    if len(set(options)) < len(options):
        errors["options"] = ["Two options are the same."]
    if options and proposal.recommendation.strip() not in ("", *options):
        errors["recommendation"] = ["Recommend one of the options."]
    if proposal.stage and proposal.stage.cycle_id != cycle.pk:
        errors["stage"] = [f"This stage is not one of {cycle}."]
    first, last = proposal.about.first_month, proposal.about.last_month
    if first and last and last < first:
        errors["last_month"] = ["The last month comes before the first."]
    return errors


def _lock(decision: Decision) -> Decision:
    fresh = Decision.objects.select_for_update().get(pk=decision.pk)
    require_open(fresh.cycle)
    if fresh.state == Decision.State.DECIDED:
        who = fresh.decided_by.display_name if fresh.decided_by else "somebody"
        raise Conflict(f"{who} has decided this already: {fresh.choice}.")
    return fresh


def _record(decision: Decision, kind: str, summary: str, by: User, reason: str = "") -> None:
    families = [decision.family.code] if decision.family else []
    what = changes.What(kind, summary, object=f"decision:{decision.pk}", reason=reason, families=families)
    changes.record(what, by=by, cycle=decision.cycle)
