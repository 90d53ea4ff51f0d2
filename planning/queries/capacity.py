"""Rough-cut capacity: the hours that the sales plan asks of every resource, exploded through the bills of material.

No stock, no lot sizes and no solver: the question is only whether the volume fits. A load above 100 % of regular hours
needs overtime; above regular and overtime together it cannot be made in that month at all.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from planning.engine import explode, load
from planning.engine.bom import quantity_matrix
from planning.queries.supply import SupplyCase

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RoughCut:
    """Hours [resource, month], in the order of `case.resources`."""

    case: SupplyCase
    load: Numbers
    rated: Numbers
    regular: Numbers  # what was demonstrated of the rated hours
    overtime: Numbers


def rough_cut(case: SupplyCase) -> RoughCut:
    """What making the sales plan month by month would load."""
    problem = case.problem
    needed = explode(problem.demand, problem.bom, problem.lead_months)
    # The problem's routing counts from the release; what is needed is known by the month in which it must be ready.
    from_ready = problem.routing.copy()
    from_ready[:, 3] -= problem.lead_time[from_ready[:, 0].astype(np.int64)]
    hours = load(needed, from_ready, problem.resources)
    return RoughCut(case, hours, case.hours.rated, case.hours.regular, case.hours.overtime)


def contributors(rough: RoughCut, resource: int, month: int) -> list[tuple[int, float]]:
    """Products sold (by key) and the hours their demand of a month takes of a resource, components included.

    Lead times are left out, so that for products with one the hours may belong to the month before.
    """
    problem, case = rough.case.problem, rough.case
    hours = hours_per_unit(case)[resource] * problem.demand[:, month]
    order = np.argsort(-hours, kind="stable")
    return [(int(case.catalogue.pk[case.items[item]]), float(hours[item])) for item in order if hours[item] > 0]


def hours_per_unit(case: SupplyCase) -> Numbers:
    """[resource, item]: the capacity bill, hours of a unit and of all that goes into it."""
    problem = case.problem
    routing = problem.routing
    index = (routing[:, 1].astype(np.int64), routing[:, 0].astype(np.int64))
    shape = (problem.resources, problem.items)
    bill = scipy.sparse.csr_matrix((routing[:, 2], index), shape=shape)
    uses = quantity_matrix(problem.bom, problem.items)
    level = bill
    for _ in range(int(problem.codes.max(initial=0))):
        level = level @ uses
        bill = bill + level
    return np.asarray(bill.toarray())
