"""Rough-cut capacity: explode a plan through the bill of materials and turn it into hours per resource and month.

Rows are those of a supply problem: `routing[k, 4]` (item, resource, hours per unit, offset) and `bom[k, 3]` (parent,
component, quantity per parent). Source: the capacity bill and the resource profile of rough-cut capacity planning.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from planning.engine.arrays import Array, Integers, earlier
from planning.engine.bom import low_level_codes, quantity_matrix

ITEM, RESOURCE, HOURS, OFFSET = 0, 1, 2, 3


class Contributions(NamedTuple):
    """What loads one resource in one month, largest first."""

    item: Integers  # [k]
    month: Integers  # [k] month of release
    hours: Array  # [k]


def explode(quantity: Array, bom: ArrayLike, lead_time: Integers | None = None) -> Array:
    """Units needed of every item [n, t]: `quantity[n, t]` itself and what goes into its parents, at all levels.

    With `lead_time[n]` (whole months) `quantity` and the result are by month of availability, and components are
    needed when the parent is released; needs from before the first month are gathered in it. Raises ValueError for a
    bill of materials with a cycle.
    """
    quantity = np.asarray(quantity, dtype=np.float64)
    lines = np.asarray(bom, dtype=np.float64).reshape(-1, 3)
    depth = int(low_level_codes(lines, quantity.shape[0]).max(initial=0))
    uses = quantity_matrix(lines, quantity.shape[0])
    need, level = quantity.copy(), quantity
    for _ in range(depth):
        level = uses @ (level if lead_time is None else released(level, lead_time))
        need += level
    return need


def released(quantity: Array, lead_time: Integers) -> Array:
    """Availability [n, t] as releases: `lead_time[n]` months earlier, at the earliest in the first month."""
    moved = earlier(quantity, lead_time)
    late = np.arange(quantity.shape[1]) < lead_time[:, None]
    moved[:, 0] += np.where(late, quantity, 0).sum(axis=1)
    return moved


def load(production: Array, routing: ArrayLike, resources: int) -> Array:
    """Hours [r, t] that `production[n, t]` (units released) needs; line offsets count months after the release.

    A negative offset counts months before. Hours outside the horizon are not shown.
    """
    table = np.asarray(routing, dtype=np.float64).reshape(-1, 4)
    hours = np.zeros((resources, production.shape[1]))
    for offset in np.unique(table[:, OFFSET]).astype(np.int64):
        lines = table[table[:, OFFSET] == offset]
        index = (lines[:, RESOURCE].astype(np.int32), lines[:, ITEM].astype(np.int32))
        matrix = scipy.sparse.csr_matrix((lines[:, HOURS], index), shape=(resources, production.shape[0]))
        _add_shifted(hours, matrix @ production, int(offset))
    return hours


def contributions(production: Array, routing: ArrayLike, resource: int, month: int) -> Contributions:
    """The releases behind one cell of `load`; their hours add up to it."""
    table = np.asarray(routing, dtype=np.float64).reshape(-1, 4)
    lines = table[table[:, RESOURCE] == resource]
    release = month - lines[:, OFFSET].astype(np.int64)
    inside = (release >= 0) & (release < production.shape[1])
    lines, release = lines[inside], release[inside]
    item = lines[:, ITEM].astype(np.int64)
    hours = production[item, release] * lines[:, HOURS]
    order = np.argsort(-hours, kind="stable")
    order = order[hours[order] != 0]
    return Contributions(item[order], release[order], hours[order])


def _add_shifted(total: Array, values: Array, offset: int) -> None:
    """Add `values[r, t]` to `total[r, t + offset]` where that month exists."""
    horizon = total.shape[1]
    if abs(offset) >= horizon:
        return
    if offset >= 0:
        total[:, offset:] += values[:, : horizon - offset]
    else:
        total[:, :offset] += values[:, -offset:]
