"""Why something is short: the walk ends at what binds, and more of it helps by its price."""

import dataclasses

import numpy as np
import pytest

from planning.engine import SupplyProblem, explain_shortage, simulate, solve, value_of_an_hour


def problem_of(**fields):
    """Item 0 takes two of item 1; both go over resource 0 or 1."""
    basis = {
        "demand": [[10, 10, 30], [0, 0, 0]],
        "opening_inventory": [0, 0],
        "production_cost": [5, 1],
        "holding_cost": [1, 1],
        "backorder_cost": [20, 20],
        "lost_sale_cost": [200, 200],
        "bom": [(0, 1, 2)],
        "routing": [(0, 0, 1, 0), (1, 1, 1, 0)],
        "regular_hours": [[100] * 3, [100] * 3],
    }
    return SupplyProblem(**(basis | fields))


def test_full_resource_is_named_with_its_month_and_price():
    problem = problem_of(regular_hours=[[10, 10, 20], [100] * 3])
    plan = solve(problem)
    assert plan.lost[0].sum() + plan.backorder[0, 2] > 0
    (reason,) = explain_shortage(problem, plan, 0, 2)
    assert (reason.kind, reason.resource, reason.month) == ("resource", 0, 2)
    more = dataclasses.replace(problem, regular_hours=[[10, 10, 21], [100] * 3])
    assert plan.cost - solve(more).cost == pytest.approx(reason.price)


def test_component_is_followed_to_the_resource_it_lacks():
    problem = problem_of(regular_hours=[[100] * 3, [20, 20, 30]])
    plan = solve(problem)
    chain = explain_shortage(problem, plan, 0, 2)
    assert [reason.kind for reason in chain] == ["component", "resource"]
    assert (chain[0].component, chain[0].amount) == (1, 2)
    assert (chain[1].item, chain[1].resource, chain[1].month) == (1, 1, 2)
    more = dataclasses.replace(problem, regular_hours=[[100] * 3, [20, 20, 31]])
    assert plan.cost - solve(more).cost == pytest.approx(chain[1].price)


def test_lead_time_of_a_component_is_named():
    problem = problem_of(lead_time=[0, 2])
    chain = explain_shortage(problem, solve(problem), 0, 1)
    assert [reason.kind for reason in chain] == ["component", "lead time"]
    assert (chain[1].item, chain[1].month, chain[1].amount) == (1, 2, 1)


def test_limit_of_production_is_named():
    problem = problem_of(max_production=[[10, 10, 20], [np.inf] * 3])
    (reason,) = explain_shortage(problem, solve(problem), 0, 2)
    assert (reason.kind, reason.month) == ("production limit", 2)


def test_what_is_refused_because_it_does_not_pay_is_a_choice():
    problem = problem_of(lost_sale_cost=[6, 6], backorder_cost=np.inf)
    plan = solve(problem)
    assert plan.lost[0].sum() == 50
    (reason,) = explain_shortage(problem, plan, 0, 2)
    assert reason.kind == "choice"


@pytest.mark.parametrize("seed", range(5))
def test_every_shortage_of_a_tight_plan_has_a_cause(random_problem, seed):
    problem = random_problem(seed, tightness=1.4)
    plan = solve(problem)
    for item, month in np.argwhere(plan.backorder + plan.lost > 1e-6).tolist():
        cause = explain_shortage(problem, plan, item, month)[-1]
        assert cause.kind != "component"
        if cause.kind == "resource":
            full = plan.load[cause.resource, cause.month] - problem.regular_hours[cause.resource, cause.month]
            assert full > -1e-6


def test_hours_are_ranked_by_what_one_more_saves(random_problem):
    plan = solve(random_problem(3, tightness=1.4))
    ranked = value_of_an_hour(plan)
    assert ranked[0][2] == plan.capacity_price.max()
    assert [price for _, _, price in ranked] == sorted((price for _, _, price in ranked), reverse=True)
    assert len(ranked) == (plan.capacity_price > 0).sum()


def test_simulated_plan_still_tells_of_lead_times():
    problem = problem_of(lead_time=[1, 0])
    plan = simulate(problem, np.zeros((2, 3)))
    assert explain_shortage(problem, plan, 0, 0)[0].kind == "lead time"


def test_unknown_item_is_refused():
    problem = problem_of()
    with pytest.raises(ValueError, match="item 7 is unknown"):
        explain_shortage(problem, solve(problem), 7, 0)
