"""Find the plan of least cost, exactly or near enough, and certify it."""

from dataclasses import replace
from typing import Literal, get_args

from planning.engine import decomposition, exact
from planning.engine.linear_program import Infeasible
from planning.engine.problem import SupplyPlan, SupplyProblem

Method = Literal["auto", "exact", "decomposition"]
# Up to here the exact plan takes seconds.
MOST_ITEMS_EXACT = 2_000


def solve(problem: SupplyProblem, *, method: Method = "auto") -> SupplyPlan:
    """The plan of least cost, its quantities, prices, certified bound and gap.

    "exact" is dual simplex on the whole program, and branch and bound where a workforce is whole; "decomposition" plans
    groups of items apart and ends near the least cost; "auto" takes it above 2,000 items. What cannot be taken apart is
    planned exactly in any case, and `method` of the plan says why. Raises ValueError for any other method, and for a
    problem no plan can satisfy (naming the item or resource and the month that lack most).
    """
    if method not in get_args(Method):
        raise ValueError(f"method {method!r} is unknown, expected one of {', '.join(get_args(Method))}")
    if method == "exact" or (method == "auto" and problem.items <= MOST_ITEMS_EXACT):
        return exact.solve(problem)
    tie = decomposition.obstacle(problem)
    if not tie:
        try:
            return decomposition.solve(problem)
        except Infeasible:
            tie = "tight limits"
    return replace(exact.solve(problem), method=f"exact: {tie}")
