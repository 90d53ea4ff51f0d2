"""Judging assumptions whose time is over: what was expected against what came."""

from django.db import transaction
from django.utils import timezone

from planning.models import Assumption
from planning.queries.realised import Realised, expired, realised
from sop import months
from sop.actions import changes
from sop.models import Cycle, Family, Market, User
from sop.permissions import codes, descendants
from sop.words import units


@transaction.atomic
def score_expired(*, cycle: Cycle, by: User | None) -> list[Assumption]:
    """Judge every open assumption that has expired by the cycle's last actuals; those without actuals stay open."""
    judged = [assumption for assumption in expired(cycle.as_of) if write_verdict(assumption)]
    for assumption in judged:
        record_verdict(assumption, by, cycle)
    return judged


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
