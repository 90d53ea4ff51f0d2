"""Many items planned in groups: every limit kept, near the least cost, and honest about how near."""

import dataclasses

import numpy as np
import pytest

from planning.engine import Workforce, check, decomposition, grouping, load, solve
from planning.engine.basis import ItemBasis
from planning.engine.classes import class_problem, classes
from planning.engine.model import build_model
from planning.engine.parts import part


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    monkeypatch.setattr(decomposition, "GROUP", 8)
    monkeypatch.setattr(decomposition, "MOST_CLASSES", 40)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tightness", [0.7, 1.0, 1.3])
def test_plan_keeps_every_limit_and_its_bound_holds(random_problem, seed, tightness):
    problem = random_problem(seed, items=60, tightness=tightness)
    plan, best = solve(problem, method="decomposition"), solve(problem)
    assert plan.method == "decomposition"
    assert check(problem, plan).largest < 1e-6
    assert plan.bound <= best.cost * (1 + 1e-9) <= plan.cost * (1 + 2e-9)
    assert plan.gap == pytest.approx((plan.cost - plan.bound) / plan.cost)


@pytest.mark.parametrize("seed", range(4))
def test_plan_is_the_exact_one_where_hours_are_ample(random_problem, seed):
    problem = random_problem(seed, items=60, regular_hours=np.full((3, 8), 1e6))
    plan = solve(problem, method="decomposition")
    assert plan.cost == pytest.approx(solve(problem).cost, rel=1e-9)
    assert plan.gap < 1e-7


@pytest.mark.parametrize("seed", range(4))
def test_another_turn_costs_no_more(random_problem, seed, monkeypatch):
    problem = random_problem(seed, items=60, tightness=1.2)
    costs = []
    for turns in (1, 2, 3):
        monkeypatch.setattr(decomposition, "TURNS", turns)
        costs.append(solve(problem, method="decomposition").cost)
    assert costs[1] <= costs[0] * (1 + 1e-9)
    assert costs[2] <= costs[1] * (1 + 1e-9)


def test_repeated_solution_is_the_same(random_problem):
    problem = random_problem(1, items=60)
    first, second = (solve(problem, method="decomposition") for _ in range(2))
    np.testing.assert_array_equal(first.production, second.production)


@pytest.mark.parametrize("turn", [0, 1])
def test_parents_and_components_are_in_one_group(random_problem, turn):
    problem = random_problem(3, items=60)
    group = grouping.groups(problem, 8, turn)
    parents, components = problem.bom[:, :2].astype(int).T
    assert (group[parents] == group[components]).all()
    assert np.bincount(group).max() <= 8 + np.bincount(grouping.blocks(problem)).max()


def test_classes_take_the_hours_of_their_items(random_problem):
    problem = random_problem(2, items=60, opening_inventory=0, scheduled_receipts=0, bom=())
    klass = classes(problem, grouping.groups(problem, 8, 0), 40)
    small = class_problem(problem, klass)
    uses = problem.routing[:, 2] * problem.demand.sum(axis=1)[problem.routing[:, 0].astype(int)]
    class_uses = small.routing[:, 2] * small.demand.sum(axis=1)[small.routing[:, 0].astype(int)]
    expected = np.bincount(problem.routing[:, 1].astype(int), uses)
    np.testing.assert_allclose(np.bincount(small.routing[:, 1].astype(int), class_uses), expected, rtol=1e-6)


TIES = {
    "workforce": {"workforce": [Workforce(1, 1, 150, 20, 3000, 500, 800)]},
    "smoothing": {"smoothing_cost": 3.0},
    "alternates": {"alternates": [(0, 2, 0.2, 0)]},
    "storage": {"storage_site": 0, "storage_use": 1, "storage_limit": np.full((1, 8), 900.0)},
}


@pytest.mark.parametrize("tie", TIES)
def test_what_ties_all_items_together_is_planned_exactly_and_said(random_problem, tie):
    problem = random_problem(2, items=30, **TIES[tie])
    plan = solve(problem, method="decomposition")
    assert plan.method == f"exact: {tie}"
    assert plan.cost == pytest.approx(solve(problem).cost)


def test_large_bill_of_materials_is_planned_exactly_and_said(random_problem, monkeypatch):
    monkeypatch.setattr(decomposition, "LARGEST_BLOCK", 3)
    assert solve(random_problem(2, items=30), method="decomposition").method == "exact: common parts"


def test_limits_too_tight_for_shares_are_planned_exactly_and_said(random_problem):
    loose = random_problem(1, items=60, opening_inventory=0, scheduled_receipts=0, lead_time=0, bom=())
    fixed = loose.demand[:, ::-1]
    hours = load(fixed, loose.routing, 3)
    limits = {"min_production": fixed, "max_production": fixed, "regular_hours": hours, "overtime_hours": 0}
    problem = dataclasses.replace(loose, **limits)
    plan = solve(problem, method="decomposition")
    assert plan.method == "exact: tight limits"
    assert check(problem, plan).largest < 1e-6


def test_many_items_are_taken_apart_without_being_asked(random_problem, monkeypatch):
    monkeypatch.setattr("planning.engine.solver.MOST_ITEMS_EXACT", 50)
    assert solve(random_problem(1, items=60)).method == "decomposition"
    assert solve(random_problem(1, items=50)).method == "exact"


@pytest.mark.parametrize("seed", range(3))
def test_start_from_a_known_basis_changes_no_cost(random_problem, seed):
    problem = random_problem(seed, items=30, tightness=1.2)
    whole = part(problem, np.arange(problem.items), problem.regular_hours, problem.overtime_hours)
    program, basis = build_model(whole.problem), ItemBasis(problem)
    cold, ended = program.solve_from(basis.start(whole, program))
    basis.keep(whole, program, ended)
    basis.known = True
    warm, _ = program.solve_from(basis.start(whole, program))
    assert warm.bound == pytest.approx(cold.bound, rel=1e-9)
