"""What a change of the sales plan needs before it is saved: a reason when large or near, approval when frozen.

Departments' own numbers are opinions and need neither.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings

from planning.actions.sheets import Cause, Sheet, zones_of
from planning.queries.fences import Cells
from sop import months
from sop.errors import PlanningError

# A row as it was named, its series in the sheet, and the column that was edited.
Touch = tuple[str, np.ndarray, int]


def frozen_touches(sheet: Sheet, touches: Sequence[Touch]) -> list[int]:
    """The positions of the edits that change a frozen cell; above the leaf the strictest fence below decides."""
    frozen = zones_of(sheet)[0] & sheet.moved
    return [at for at, (_, own, column) in enumerate(touches) if frozen[own, column].any()]


def need_approval(sheet: Sheet, touches: Sequence[Touch]) -> None:
    """Raise PlanningError with `approval_required`, the cells that only somebody else's approval changes."""
    if found := frozen_touches(sheet, touches):
        raise PlanningError(
            f"{frozen_words(sheet, [touches[at] for at in found])} A change there needs somebody else’s approval:"
            " give the reason and ask for it.",
            extra={"approval_required": _named(sheet, [touches[at] for at in found])},
        )


def need_reason(sheet: Sheet, touches: Sequence[Touch], cause: Cause) -> None:
    """Raise PlanningError with `reason_required` when a large or slushy change says not why."""
    if sheet.stream is not None or cause.reason or cause.assumption:
        return
    slushy = zones_of(sheet)[1] & sheet.moved
    found = [(touch, why) for touch in touches if (why := _why(sheet, touch, slushy))]
    if not found:
        return
    raise PlanningError(
        f"{found[0][1]} Say why, or name the assumption behind it.",
        extra={"reason_required": _named(sheet, [touch for touch, _ in found])},
    )


def frozen_words(sheet: Sheet, touches: Sequence[Touch]) -> str:
    """Which months are frozen, and for how many of the series when not for all."""
    frozen = zones_of(sheet)[0]
    names = list(dict.fromkeys(_month(sheet, column) for _, _, column in touches))
    some = [(int(frozen[own, column].sum()), own.size) for _, own, column in touches]
    mixed = next(((part, whole) for part, whole in some if part < whole), None)
    partly = f" for {mixed[0]} of the {mixed[1]} series below, and the strictest fence counts" if mixed else ""
    more = " and more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'} frozen{partly}."


def _why(sheet: Sheet, touch: Touch, slushy: Cells) -> str:
    _, own, column = touch
    if slushy[own, column].any():
        return f"{_month(sheet, column)} is in the slushy zone of the time fence."
    before, after = float(sheet.seen[own, column].sum()), float(sheet.values[own, column].sum())
    percent, units = settings.REASON_THRESHOLD_PERCENT, settings.REASON_THRESHOLD_UNITS
    large = abs(after - before) > max(units, before * percent / 100)
    if not large or sheet.returned(own, column):
        return ""
    return f"{_month(sheet, column)} changes by more than {percent:g} % and {units:g} units."


def _named(sheet: Sheet, touches: Sequence[Touch]) -> list[dict[str, Any]]:
    return [{"row": row, "month": months.code(months.add(sheet.plan.start, column))} for row, _, column in touches]


def _month(sheet: Sheet, column: int) -> str:
    return months.short(months.add(sheet.plan.start, column))
