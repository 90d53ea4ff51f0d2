"""Proposing corrections of the history, and deciding about them. The history itself is never written."""

from collections.abc import Iterable, Sequence

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from forecasting.engine.outliers import Proposals, propose_outliers
from forecasting.models import Correction
from forecasting.queries.corrections import ALIKE
from forecasting.queries.histories import LONGEST_MEMORY
from sop import months, permissions
from sop.actions import changes
from sop.errors import NotFound, PlanningError
from sop.models import Cycle, User
from sop.permissions import Verb
from sop.queries.history import matrix
from sop.words import counted

State = Correction.State
DECIMALS = 2
MOST_LOGGED = 200


@transaction.atomic
def propose(*, cycle: Cycle, series: Sequence[int]) -> int:
    """Look for months that do not fit their series, and propose what to read instead; returns how many are proposed.

    What was decided stays decided for as long as the actual stays what it was; a proposal that no longer stands goes.
    """
    start = months.add(cycle.first_month, -LONGEST_MEMORY)
    history = matrix(series, start, LONGEST_MEMORY)
    found = _by_month(propose_outliers(history, first_month=start.month), series)
    position = {pk: row for row, pk in enumerate(series)}
    for known in Correction.objects.filter(series__in=series, month__gte=start):
        column = months.distance(start, known.month)
        actual = history[position[known.series_id], column] if column < LONGEST_MEMORY else np.nan
        if known.state != State.PROPOSED and abs(actual - known.original) <= ALIKE:
            found.pop((known.series_id, column), None)
        elif known.state == State.PROPOSED or np.isfinite(actual):
            known.delete()
    fresh = [
        Correction(series_id=pk, month=months.add(start, column), original=value, replacement=instead, deviations=far)
        for (pk, column), (value, instead, far) in found.items()
    ]
    Correction.objects.bulk_create(fresh)
    return len(fresh)


@transaction.atomic
def decide(*, corrections: Iterable[int] | None, state: str, by: User | None, reason: str = "") -> int:
    """Accept or reject corrections by key, or with None every one that is proposed in the user's scope.

    Nobody is the installation itself, which may decide about all of them.
    """
    if by is not None:
        permissions.require(by, Verb.RUN_FORECAST)
    reach = permissions.scope(by) if by else permissions.EVERYTHING
    if state not in (State.ACCEPTED, State.REJECTED):
        raise PlanningError("A correction is accepted or rejected.", status=400)
    which = Q(state=State.PROPOSED) if corrections is None else Q(pk__in=corrections)
    rows = Correction.objects.select_for_update(of=("self",)).filter(reach.series("series__"), which)
    chosen = [each for each in rows.select_related("series__product__family", "series__market") if each.state != state]
    if not chosen:
        raise NotFound("There is no such correction to decide about; somebody may have been faster.")
    _record(chosen, state, by, reason)
    now = timezone.now()
    Correction.objects.filter(pk__in=[each.pk for each in chosen]).update(
        state=state, by=by, at=now, reason=reason[:500]
    )
    return len(chosen)


def _by_month(found: Proposals, series: Sequence[int]) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Series and column → value, replacement and deviations."""
    columns = (found.value, np.maximum(found.replacement, 0.0), found.deviations)
    rows = np.round(np.column_stack(columns), DECIMALS).tolist()
    values = found.value.tolist()
    return {
        (series[row], column): (value, instead, far)
        for row, column, value, (_, instead, far) in zip(
            found.series.tolist(), found.column.tolist(), values, rows, strict=True
        )
    }


def _record(chosen: list[Correction], state: str, by: User | None, reason: str) -> None:
    first = chosen[0]
    one = f"{first.series}, {months.short(first.month)}" if len(chosen) == 1 else counted(len(chosen), "month")
    data = [
        {
            "series": each.series_id,
            "month": months.code(each.month),
            "original": each.original,
            "replacement": each.replacement,
            "was": each.state,
        }
        for each in chosen[:MOST_LOGGED]
    ]
    what = changes.What(
        f"correction.{state}",
        f"Correction of the history {state}: {one}",
        object=f"correction:{first.pk}" if len(chosen) == 1 else "corrections",
        reason=reason,
        data={"corrections": data, "count": len(chosen)},
        families=[each.series.product.family.code for each in chosen if each.series.product.family],
        markets=[each.series.market.code for each in chosen],
    )
    changes.record(what, by=by)
