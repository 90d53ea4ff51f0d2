"""A scenario without a solver: the production of the plan as it is, moved along with what the scenario asks for.

What more is asked for is released a lead time earlier, parts before their parents; fixed production is kept to. Nobody
looks for a better plan here, so an estimate shows what a change costs in hours and service if nothing else is done.
"""

from dataclasses import replace

import numpy as np

from planning.engine import SupplyPlan, explode, simulate
from planning.engine.arrays import Array, earlier
from planning.engine.capacity import released
from planning.models import ProductionLine, ProductionPlan
from planning.queries.supply import SupplyCase, assumed_needs, orders_of
from sop import bulk


def estimate(case: SupplyCase, changed: SupplyCase, base: ProductionPlan) -> SupplyPlan:
    """The base plan's production in the changed case, month by month. One query."""
    production, subcontract, refused = _stored(case, base)
    problem = changed.problem
    more = explode(problem.demand - case.problem.demand, problem.bom, problem.lead_months)
    production = np.maximum(production + released(more, problem.lead_months), 0.0)
    fixed = np.isfinite(problem.max_production) | (problem.min_production > 0)
    production = np.where(fixed, np.clip(production, problem.min_production, problem.max_production), production)
    lost = np.minimum(refused, problem.demand)
    found = simulate(replace(problem, demand=problem.demand - lost), production, subcontract)
    return replace(found, lost=lost, method="estimate")


def _stored(case: SupplyCase, base: ProductionPlan) -> tuple[Array, Array, Array]:
    """Production, orders of what is bought in, and refused demand [items, t] of a stored plan."""
    shape = (case.items.size, case.months)
    production, arriving, lost = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    pk = case.catalogue.pk[case.items]
    lines = ProductionLine.objects.filter(plan=base)
    for product, made, bought, refused in bulk.blocks(lines, "product_id", "production", "subcontract", "lost"):
        known = np.isin(product, pk)
        row = np.searchsorted(pk, product[known])
        width = min(case.months, made.shape[1])
        for values, stored in ((production, made), (arriving, bought), (lost, refused)):
            values[row, :width] = stored[known, :width]
    # Stored with it is what is bought for parents of parts that are taken as available.
    ordered = orders_of(case, assumed_needs(case, production))[case.items]
    return np.maximum(production - ordered, 0.0), earlier(arriving, case.problem.subcontract_months), lost
