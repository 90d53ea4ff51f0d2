"""The three forms of rough-cut capacity planning on published numbers."""

import numpy as np
import pytest

from planning.engine import bill_of_resources, load, overall_factors, resource_profile, use

PLAN = np.array([[100.0], [50], [25]])


def test_overall_factors_spread_all_hours_by_history():
    # 100 × 2 + 50 × 3 + 25 × 4 = 450 hours, of which 60 % and 40 %.
    np.testing.assert_allclose(overall_factors(PLAN, [2, 3, 4], [0.6, 0.4]), [[270], [180]])


def test_bill_of_resources_sees_the_mix():
    rows = [(0, 0, 2, 0), (1, 1, 3, 0), (2, 0, 1, 1), (2, 1, 3, 2)]
    np.testing.assert_allclose(bill_of_resources(PLAN, rows, 2), [[225], [225]])


def test_resource_profile_sees_when_hours_fall_due():
    plan = np.array([[0.0, 0, 0, 10]])
    rows = [(0, 0, 1, 0), (0, 1, 2, 1), (0, 2, 3, 2)]
    expected = [[0, 10, 0, 0], [0, 0, 20, 0], [0, 0, 0, 30]]
    np.testing.assert_allclose(resource_profile(plan, rows, 3, np.array([2])), expected)
    np.testing.assert_allclose(bill_of_resources(plan, rows, 3)[:, 3], [10, 20, 30])


def test_all_three_find_the_same_total(random_problem):
    problem = random_problem(1, lead_time=0)
    rows = problem.routing.copy()
    rows[:, 3] = 0
    per_unit = np.bincount(rows[:, 0].astype(int), rows[:, 2], problem.items)
    share = load(problem.demand, rows, 3).sum(axis=1)
    factors = overall_factors(problem.demand, per_unit, share / share.sum())
    bill = bill_of_resources(problem.demand, problem.routing, 3)
    profile = resource_profile(problem.demand, rows, 3, problem.lead_months)
    np.testing.assert_allclose(factors.sum(axis=0), bill.sum(axis=0))
    np.testing.assert_allclose(bill, profile)


def test_use_is_told_of_rated_and_of_demonstrated_capacity():
    found = use(np.array([[50.0, 120, 60]]), 100, [[80, 80, 0]])
    np.testing.assert_allclose(found.of_rated, [[0.5, 1.2, 0.6]])
    np.testing.assert_allclose(found.of_demonstrated, [[0.625, 1.5, np.inf]])


def test_overload_that_making_earlier_cannot_cure_is_told():
    np.testing.assert_allclose(use(np.array([[50.0, 120, 60]]), 100, 100).beyond_all, 0)
    np.testing.assert_allclose(use(np.array([[120.0, 60, 150]]), 100, 100).beyond_all, [[20, 0, 30]])


def test_no_load_on_no_capacity_is_no_use():
    assert use(np.zeros((1, 1)), 0, 0).of_rated == pytest.approx(0)
