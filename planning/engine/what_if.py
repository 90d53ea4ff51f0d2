"""What-if: a model that stays in the solver, so that a change of hours, limits or costs takes a fraction of a plan."""

import time
from dataclasses import replace
from typing import Any

from planning.engine import exact
from planning.engine.linear_program import Infeasible, KeptProgram
from planning.engine.model import build_model
from planning.engine.problem import SupplyPlan, SupplyProblem


class KeptModel:
    """A problem with its least-cost plan; `change` answers what would be. Not to be shared by threads."""

    def __init__(self, problem: SupplyProblem) -> None:
        self.problem = problem
        self._program = KeptProgram()
        self.plan = self._planned(problem)

    def change(self, **fields: Any) -> SupplyPlan:
        """The least-cost plan with some fields of the problem replaced; what was changed before is not kept.

        The solver goes on from its last plan where costs, hours or limits differ, and starts anew for another demand,
        routing, lead time or bill of materials. Raises ValueError as `solve` and `SupplyProblem` do.
        """
        if "demand" in fields:
            self._program.forget()
        return self._planned(replace(self.problem, **fields))

    def _planned(self, problem: SupplyProblem) -> SupplyPlan:
        start = time.perf_counter()
        program = build_model(problem)
        try:
            solution = self._program.solve(program)
        except Infeasible:
            raise ValueError(exact.what_is_impossible(problem)) from None
        return exact.certified(problem, exact.read(problem, program, solution), "exact", start)


def keep(problem: SupplyProblem) -> KeptModel:
    """Plan `problem` and keep its model."""
    return KeptModel(problem)
