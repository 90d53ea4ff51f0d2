"""A kept model answers as a new one would."""

from dataclasses import replace

import numpy as np
import pytest

from planning.engine import SupplyProblem, Workforce, check, keep, solve

CHANGES = {
    "one more hour": lambda problem: {"regular_hours": problem.regular_hours + np.eye(3, 8)},
    "a tenth more of one resource": lambda problem: {"regular_hours": problem.regular_hours * [[1.1], [1], [1]]},
    "no overtime": lambda problem: {"overtime_hours": 0},
    "dearer overtime": lambda problem: {"overtime_cost": problem.overtime_cost * 2},
    "frozen production": lambda problem: {"max_production": 150.0},
    "dearer production": lambda problem: {"production_cost": problem.production_cost * 1.2},
    "dearer stock": lambda problem: {"holding_cost": problem.holding_cost * 5},
    "subcontracting for all": lambda problem: {"subcontract_cost": problem.production_cost * 1.1},
    "longer lead time": lambda problem: {"lead_time": problem.lead_time + 1},
    "more demand": lambda problem: {"demand": problem.demand * 1.1},
    "nothing": lambda problem: {},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_change_gives_the_plan_of_a_new_model(random_problem, change, seed):
    problem = random_problem(seed, tightness=1.2)
    fields = CHANGES[change](problem)
    changed = replace(problem, **fields)
    plan = keep(problem).change(**fields)
    assert plan.cost == pytest.approx(solve(changed).cost, rel=1e-6)
    assert plan.bound == pytest.approx(plan.cost, rel=1e-8)
    assert check(changed, plan).largest < 1e-6


def test_changes_are_answered_one_by_one(random_problem):
    problem = random_problem(3, tightness=1.2)
    kept = keep(problem)
    for change in CHANGES.values():
        fields = change(problem)
        assert kept.change(**fields).cost == pytest.approx(solve(replace(problem, **fields)).cost, rel=1e-6)
    assert kept.change().cost == pytest.approx(kept.plan.cost, rel=1e-9)


def test_impossible_change_is_named_and_the_next_one_is_answered():
    fixed = {"opening_inventory": [0], "production_cost": [1], "holding_cost": [1], "routing": [(0, 0, 1, 0)]}
    kept = keep(SupplyProblem(demand=[[5, 5]], regular_hours=[[9, 9]], **fixed))
    with pytest.raises(ValueError, match="lacks"):
        kept.change(regular_hours=[[2, 2]])
    assert kept.change(regular_hours=[[5, 5]]).cost == pytest.approx(10)


def test_whole_workers_are_planned_anew(random_problem):
    problem = random_problem(1, workforce=[Workforce(1, 1, 150, 20, 3000, 500, 800, True)])
    changed = replace(problem, overtime_cost=50)
    assert keep(problem).change(overtime_cost=50).cost == pytest.approx(solve(changed).cost, rel=1e-6)
