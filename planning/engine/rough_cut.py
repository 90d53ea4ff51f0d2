"""Rough-cut capacity planning in its three classic forms, against the capacity there is.

Overall factors see the total only, a bill of resources sees the mix, a resource profile sees when each resource is
needed as well. `contributions` (capacity.py) says what stands behind a cell. Source: the APICS body of knowledge.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from planning.engine.arrays import Array, Integers
from planning.engine.capacity import OFFSET, load, released


class Use(NamedTuple):
    """How much of the capacity a load takes; inf where there is a load and no capacity."""

    of_rated: Array  # [r, t]
    of_demonstrated: Array  # [r, t]
    # [r, t] hours that nothing made earlier can move away: the load so far beyond the rated capacity so far.
    beyond_all: Array


def overall_factors(plan: ArrayLike, hours_per_unit: ArrayLike, share: ArrayLike) -> Array:
    """Hours [r, t]: all standard hours of `plan[n, t]`, spread by each resource's historical `share[r]`."""
    total = np.asarray(hours_per_unit, dtype=np.float64) @ np.asarray(plan, dtype=np.float64)
    hours: Array = np.asarray(share, dtype=np.float64)[:, None] * total
    return hours


def bill_of_resources(plan: Array, routing: ArrayLike, resources: int) -> Array:
    """Hours [r, t] of `plan[n, t]`, all in the month of the plan, whenever they fall due."""
    rows = np.array(routing, dtype=np.float64).reshape(-1, 4)
    rows[:, OFFSET] = 0
    return load(plan, rows, resources)


def resource_profile(plan: Array, routing: ArrayLike, resources: int, lead_time: Integers) -> Array:
    """Hours [r, t] in the month they fall due; `plan[n, t]` is by month of completion.

    Work is released `lead_time[n]` months before, at the earliest in the first month; the offsets of the routing count
    from there.
    """
    return load(released(plan, lead_time), routing, resources)


def use(hours: Array, rated: ArrayLike, demonstrated: ArrayLike) -> Use:
    """Compare `hours[r, t]` with the rated capacity and with what has been shown to come out of it."""
    limit = np.broadcast_to(np.asarray(rated, dtype=np.float64), hours.shape)
    shown = np.broadcast_to(np.asarray(demonstrated, dtype=np.float64), hours.shape)
    beyond = np.maximum(np.cumsum(hours - limit, axis=1), 0)
    return Use(_part(hours, limit), _part(hours, shown), beyond)


def _part(hours: Array, limit: Array) -> Array:
    part: Array = np.divide(hours, limit, out=np.where(hours > 0, np.inf, 0.0), where=limit > 0)
    return part
