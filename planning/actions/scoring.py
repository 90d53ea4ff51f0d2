"""Judging assumptions whose time is over: what was expected against what came."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from planning.models import Assumption
from planning.queries.realised import Realised, expired, judged_lately, realised
from sop import months
from sop.actions import changes
from sop.models import Cycle, Family, Market, User
from sop.permissions import codes, descendants
from sop.words import units

# Outcomes this near are the same.
SAME = 1e-6


@transaction.atomic
def score_expired(*, cycle: Cycle, by: User | None, again: bool = False) -> list[Assumption]:
    """Judge every open assumption that has expired by the cycle's last actuals; those without actuals stay open.

    `again` also looks at the ones judged lately, and answers and records those whose verdict is another now.
    """
    judged = [assumption for assumption in expired(cycle.as_of) if write_verdict(assumption)]
    for assumption in judged_lately(cycle.as_of) if again else ():
        if assumption.pk not in {each.pk for each in judged} and _turned(assumption):
            judged.append(assumption)
    for assumption in judged:
        record_verdict(assumption, by, cycle)
    return judged


def waiting(cycle: Cycle, first: dt.date, last: dt.date) -> bool:
    """Whether actuals of these days bear on an assumption that is over: one to judge, or judged lately."""
    over = [*expired(cycle.as_of), *judged_lately(cycle.as_of)]
    return any(each.first_month <= last and months.last_day(min(each.due, each.last_month)) >= first for each in over)


def _turned(assumption: Assumption) -> bool:
    """Write the verdict anew where actuals moved the outcome; whether it is another."""
    before, found = assumption.state, realised(assumption)
    if found is None or assumption.outcome is None or abs(found.outcome - assumption.outcome) < SAME:
        return False
    write_verdict(assumption)
    return assumption.state != before


def write_verdict(assumption: Assumption) -> Realised | None:
    """Put down what came of an assumption; None, and nothing written, while nothing can be said."""
    found = realised(assumption)
    if found is None:
        return None
    held = found.held(assumption.effect)
    assumption.state = Assumption.State.HELD if held else Assumption.State.FAILED
    assumption.outcome = found.outcome
    assumption.verdict = _verdict(assumption, found)
    assumption.judged_at = timezone.now()
    assumption.row_version += 1
    assumption.save(update_fields=["state", "outcome", "verdict", "judged_at", "row_version"])
    return found


def record_verdict(assumption: Assumption, by: User | None, cycle: Cycle | None) -> None:
    what = changes.What(
        "assumption.judged",
        f"{assumption.code} “{assumption.name}” {assumption.get_state_display()}",
        object=f"assumption:{assumption.pk}",
        reason=assumption.verdict,
        data={"expected": assumption.effect, "outcome": assumption.outcome, "unit": assumption.unit},
        **reach_codes(assumption),
    )
    changes.record(what, by=by, cycle=cycle)


def reach_codes(assumption: Assumption) -> dict[str, list[str]]:
    """The families and markets that it touches, for those who may know of it."""
    family = assumption.product.family_id if assumption.product else assumption.family_id
    families = codes(Family, descendants(Family, [family])) if family else None
    markets = codes(Market, descendants(Market, [assumption.market_id])) if assumption.market_id else None
    return {"families": sorted(families or ()), "markets": sorted(markets or ())}


def _verdict(assumption: Assumption, found: Realised) -> str:
    first, last = months.short(found.months[0]), months.short(found.months[-1])
    when = first if first == last else f"{first} to {last}"
    return (
        f"Expected {assumption.expected_words}, came {assumption.outcome_words}: "
        f"{units(found.actual)} sold in {when}, {units(found.baseline)} in the baseline of the {found.plan.cycle} plan."
    )
