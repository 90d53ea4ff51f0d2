"""A fixed plan against demand that is not as forecast."""

import dataclasses

import numpy as np
import pytest

from planning.engine import SupplyProblem, risk, simulate, solve


def plan_of(production, demand, **fields):
    problem = SupplyProblem(
        demand=demand,
        opening_inventory=np.zeros(len(demand)),
        production_cost=np.full(len(demand), 10.0),
        holding_cost=np.ones(len(demand)),
        lost_sale_cost=np.full(len(demand), 50.0),
        **fields,
    )
    return problem, simulate(problem, np.asarray(production, dtype=float))


EVEN = np.linspace(-0.5, 0.5, 201)[None, :]


def test_nothing_is_at_risk_where_forecasts_are_never_wrong(random_problem):
    problem = random_problem(1, tightness=0.7, opening_inventory=200.0)
    plan = solve(problem)
    found = risk(problem, plan, np.zeros((1, 1)), error_class=0, paths=20)
    late = np.minimum(plan.backorder, problem.demand).sum() + plan.lost.sum()
    assert late == 0
    np.testing.assert_allclose(found.fill_rate, 1)
    assert found.revenue_chance == 1
    assert found.revenue_at_risk == 0
    np.testing.assert_allclose(found.stock_value[:, 1], problem.supply_cost @ plan.inventory, rtol=1e-4)


def test_mean_shortage_is_that_of_the_distribution():
    # Demand evenly between 50 and 150, supply 100: a quarter of the width is missing in half of the paths.
    problem, plan = plan_of(np.full((40, 1), 100.0), np.full((40, 1), 100.0))
    found = risk(problem, plan, EVEN, error_class=0, paths=2_000, price=2.0)
    assert found.revenue_at_risk == pytest.approx(40 * 2 * 12.5, rel=0.02)
    assert found.short_chance.mean() == pytest.approx(0.5, abs=0.01)
    assert found.revenue_target == 40 * 2 * 100


def test_errors_of_one_item_follow_each_other():
    # With independent errors the variance of two months' demand is twice that of one; with 0.4 it is 2.8 times.
    problem, plan = plan_of([[1e6, 0]], np.full((1, 2), 100.0))
    found = risk(problem, plan, EVEN, paths=4_000, unit_cost=1.0)
    width = np.ptp(found.stock_value, axis=1)
    assert (width[1] / width[0]) ** 2 == pytest.approx(2.8, rel=0.25)


def test_same_seed_gives_the_same_result_however_the_paths_are_shared_out(random_problem, monkeypatch):
    problem = random_problem(3, tightness=1.2)
    plan = solve(problem)
    errors = np.random.default_rng(0).uniform(-0.6, 0.9, (12, 30))
    results = []
    for at_once, threads in ((1, 1), (60, 2), (100_000, 2)):
        monkeypatch.setattr("planning.engine.monte_carlo.AT_ONCE", at_once)
        monkeypatch.setattr("planning.engine.monte_carlo.THREADS", threads)
        results.append(risk(problem, plan, errors, paths=50, seed=7, group=np.arange(12) % 3))
    for other in results[1:]:
        for field in dataclasses.fields(other):
            np.testing.assert_array_equal(getattr(results[0], field.name), getattr(other, field.name))
    assert risk(problem, plan, errors, paths=50, seed=8).revenue_at_risk != results[0].revenue_at_risk


def test_more_stock_never_serves_less(random_problem):
    problem = random_problem(2, bom=())
    plan = solve(problem)
    more = dataclasses.replace(problem, opening_inventory=problem.opening_inventory + 50)
    errors = np.linspace(-0.5, 0.8, 20)[None, :]
    before, after = (risk(given, plan, errors, error_class=0, paths=100) for given in (problem, more))
    assert after.revenue_at_risk < before.revenue_at_risk
    assert (after.short_chance <= before.short_chance).all()
    assert (after.fill_rate >= before.fill_rate).all()


def test_what_is_owed_is_sold_later_and_what_is_lost_is_not():
    problem, plan = plan_of([[0.0, 20]], [[10.0, 10]])
    lost = risk(problem, plan, [[0.0]], paths=3)
    owed = risk(dataclasses.replace(problem, lost_sale_cost=np.inf, backorder_cost=1.0), plan, [[0.0]], paths=3)
    np.testing.assert_allclose(lost.fill_rate, 0.5)
    np.testing.assert_allclose(owed.fill_rate, 0.5)
    np.testing.assert_allclose(lost.revenue, 10)
    np.testing.assert_allclose(owed.revenue, 20)


def test_fill_rate_is_told_by_group():
    problem, plan = plan_of([[10.0], [5.0]], [[10.0], [10.0]])
    found = risk(problem, plan, [[0.0]], error_class=0, paths=3, group=[0, 1])
    np.testing.assert_allclose(found.fill_rate_by_group, [[1, 1, 1], [0.5, 0.5, 0.5]])


WRONG = {
    "errors has shape": {"errors": [0.1]},
    r"errors\[0, 1\] is below -1": {"errors": [[0.1, -2]]},
    r"error_class\[1\] is unknown": {"error_class": [0, 5]},
    "paths is 0": {"paths": 0},
    r"price\[0\] is negative": {"price": -1},
}


@pytest.mark.parametrize("complaint", WRONG)
def test_wrong_argument_is_named(complaint):
    problem, plan = plan_of([[10.0], [5.0]], [[10.0], [10.0]])
    with pytest.raises(ValueError, match=complaint):
        risk(problem, plan, **({"errors": [[0.0]], "error_class": 0} | WRONG[complaint]))
