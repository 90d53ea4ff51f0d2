"""Keeping the register of assumptions: write, include or leave out, withdraw, judge.

Whatever changes an assumption brings the working plan up to date in the same transaction, where the plan takes changes.
"""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction

from planning.actions import events, scoring
from planning.actions.events import Moved
from planning.models import Assumption
from planning.queries.reach import Reach
from sop import months
from sop.actions import changes
from sop.errors import Conflict, NotAllowed, NotFound, PlanningError
from sop.models import Family, Market, Product, User
from sop.permissions import Verb, require, scope
from sop.queries import cycles
from sop.queries import series as series_queries
from sop.words import counted, difference, units

State = Assumption.State


@dataclass(frozen=True)
class Facts:
    """What somebody says about an assumption."""

    name: str
    kind: str
    first_month: dt.date
    last_month: dt.date
    effect: float
    unit: str = Assumption.Unit.SHARE
    family: Family | None = None
    product: Product | None = None
    market: Market | None = None
    low: float | None = None
    high: float | None = None
    probability: float = 1.0
    included: bool = True
    owner: User | None = None
    evidence: str = ""
    expires: dt.date | None = None


@dataclass(frozen=True)
class Kept:
    """An assumption as it now is, and what that did to the working plan."""

    assumption: Assumption
    moved: Moved

    @property
    def note(self) -> str:
        """What happened to the plan, in words."""
        if self.moved.refused:
            return f"{self.assumption.code} is kept. {self.moved.refused}"
        if not self.moved.lines:
            return f"{self.assumption.code} is kept; the plan’s numbers are the same."
        change = difference(self.moved.units, units(self.moved.units))
        return (
            f"{self.assumption.code} is kept; the plan moves by {change} units in {counted(self.moved.lines, 'row')}."
        )


@transaction.atomic
def add(*, facts: Facts, by: User) -> Kept:
    """Put an assumption into the register."""
    require(by, Verb.ASSUME)
    _check(facts)
    _require_within(by, facts.product, facts.family, facts.market)
    assumption = Assumption(cycle=cycles.newest(), **_columns(facts, by))
    assumption.save()
    return _kept(assumption, None, "added", f"Added {assumption.code} “{assumption.name}”", by)


@transaction.atomic
def change(*, assumption: Assumption, facts: Facts, by: User, row_version: int | None = None) -> Kept:
    """Write an assumption anew; Conflict when somebody has changed it since the version that the caller saw."""
    old = _held(assumption, by, row_version)
    _check(facts)
    _require_within(by, facts.product, facts.family, facts.market)
    new = Assumption.objects.get(pk=old.pk)
    for name, value in _columns(facts, old.owner or by).items():
        setattr(new, name, value)
    return _rewrite(old, new, "changed", f"Changed {old.code} “{new.name}”", by)


@transaction.atomic
def include(*, assumption: Assumption, included: bool, by: User, row_version: int | None = None) -> Kept:
    """Take an assumption into the plan, or leave it to the range of risks and opportunities."""
    old = _held(assumption, by, row_version)
    new = Assumption.objects.get(pk=old.pk)
    new.included = included
    verb = "Took {} into the plan" if included else "Took {} out of the plan"
    return _rewrite(old, new, "changed", verb.format(f"{old.code} “{old.name}”"), by)


@transaction.atomic
def withdraw(*, assumption: Assumption, by: User, row_version: int | None = None, reason: str = "") -> Kept:
    """End an assumption that nobody believes any more; it stays in the register, and is not judged."""
    old = _held(assumption, by, row_version)
    new = Assumption.objects.get(pk=old.pk)
    new.state = State.WITHDRAWN
    return _rewrite(old, new, "withdrawn", f"Withdrew {old.code} “{old.name}”", by, reason)


@transaction.atomic
def judge(*, assumption: Assumption, by: User) -> Kept:
    """Compare an assumption whose time is over with what came."""
    old = _held(assumption, by, None)
    judged = Assumption.objects.get(pk=old.pk)
    cycle = cycles.newest()
    as_of = cycle.as_of if cycle else dt.date.min
    if judged.due > as_of:
        raise PlanningError(f"{old.code} runs until {months.short(old.due)}; it is judged once that month has sales.")
    if scoring.write_verdict(judged) is None:
        raise PlanningError(f"{old.code} cannot be judged yet: there are no actuals, or no plan, for its months.")
    moved = _catch_up(old, judged)
    scoring.record_verdict(judged, by, cycle)
    return Kept(judged, moved)


def _held(assumption: Assumption, by: User, row_version: int | None) -> Assumption:
    """The assumption as it is, held for this transaction, if the user may write it."""
    require(by, Verb.ASSUME)
    held = (
        Assumption.objects.select_for_update(of=("self",)).select_related("product", "owner").filter(pk=assumption.pk)
    )
    found = held.first()
    if found is None:
        raise NotFound(f"There is no assumption A-{assumption.pk}.")
    _require_within(by, found.product, found.family, found.market)
    if row_version is not None and found.row_version != row_version:
        raise Conflict(
            f"Somebody has changed {found.code} since you opened it. Nothing of yours is saved: look at what it says "
            "now, then write yours again."
        )
    if found.state != State.OPEN:
        raise PlanningError(
            f"{found.code} is settled ({found.get_state_display()}). Add a new one for what comes next."
        )
    return found


def _check(facts: Facts) -> None:
    errors = {name: [text] for name, text in _faults(facts)}
    if errors:
        raise PlanningError(next(iter(errors.values()))[0], errors=errors)


def _faults(facts: Facts) -> list[tuple[str, str]]:
    share = facts.unit == Assumption.Unit.SHARE
    low, high = facts.low, facts.high
    tests = (
        ("name", not facts.name.strip(), "Say what is assumed."),
        ("last_month", facts.last_month < facts.first_month, "The last month is before the first."),
        ("effect", facts.effect == 0, "Say how much it moves demand; nothing at all is no assumption."),
        ("effect", share and facts.effect < -1, "It cannot take more than all of the baseline (−100 %)."),
        ("probability", not 0 <= facts.probability <= 1, "The chance lies between 0 and 100 %."),
        ("low", (low is None) != (high is None), "Give both ends of the interval, or none."),
        ("low", low is not None and low > facts.effect, "The lower end lies above the effect."),
        ("high", high is not None and high < facts.effect, "The upper end lies below the effect."),
        ("expires", bool(facts.expires and facts.expires < facts.first_month), "It ends before it begins."),
    )
    return [(name, text) for name, wrong, text in tests if wrong]


def _require_within(by: User, product: Product | None, family: Family | None, market: Market | None) -> None:
    """An assumption may reach no further than the families and markets of who writes it."""
    mine = scope(by)
    named = product.family_id if product else family.pk if family else None
    if mine.families is not None and named not in mine.families:
        raise NotAllowed("This reaches beyond your families. Name one of yours, or a product in them.")
    if mine.markets is not None and (market.pk if market else None) not in mine.markets:
        raise NotAllowed("This reaches beyond your markets. Name one of yours.")


def _columns(facts: Facts, owner: User) -> dict[str, Any]:
    values = {each.name: getattr(facts, each.name) for each in fields(Facts)}
    # A product says which family it is about.
    return values | {
        "name": facts.name.strip(),
        "owner": facts.owner or owner,
        "family": None if facts.product else facts.family,
    }


def _rewrite(old: Assumption, new: Assumption, verb: str, summary: str, by: User, reason: str = "") -> Kept:
    new.row_version = old.row_version + 1
    new.save()
    return _kept(new, old, verb, summary, by, reason)


def _kept(new: Assumption, old: Assumption | None, verb: str, summary: str, by: User, reason: str = "") -> Kept:
    moved = _catch_up(*(each for each in (old, new) if each))
    what = changes.What(
        f"assumption.{verb}",
        summary,
        object=f"assumption:{new.pk}",
        reason=reason,
        data={"before": _told(old) if old else {}, "after": _told(new), "plan": moved.as_data()},
        **scoring.reach_codes(new),
    )
    logged = changes.record(what, by=by, cycle=cycles.newest())
    events.record(moved, f"{summary}: {units(moved.lines)} rows of the plan", by=by, change_set=logged.change_set)
    return Kept(new, moved)


def _catch_up(*versions: Assumption) -> Moved:
    """Bring the plan up to date where any of these versions counts, or did."""
    counted_in = [each for each in versions if each.included and each.state == State.OPEN]
    if not counted_in:
        return Moved()
    plan, refused = events.working_plan()
    if plan is None:
        return Moved(refused=refused)
    series = series_queries.frame()
    reach = Reach(series)
    touched = reach.of(counted_in[0])
    for each in counted_in[1:]:
        touched |= reach.of(each)
    return events.catch_up(plan, series, touched)


def _told(assumption: Assumption) -> dict[str, Any]:
    """What the log keeps."""
    return {
        "name": assumption.name,
        "kind": assumption.kind,
        "family": assumption.family.code if assumption.family else None,
        "product": assumption.product.code if assumption.product else None,
        "market": assumption.market.code if assumption.market else None,
        "first_month": months.code(assumption.first_month),
        "last_month": months.code(assumption.last_month),
        "effect": assumption.effect,
        "unit": assumption.unit,
        "probability": assumption.probability,
        "included": assumption.included,
        "owner": assumption.owner.username if assumption.owner else None,
        "evidence": assumption.evidence,
        "expires": months.code(assumption.expires) if assumption.expires else None,
        "state": assumption.state,
    }
