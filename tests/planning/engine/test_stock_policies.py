"""Cover and safety stock against published numbers."""

import numpy as np
import pytest

from planning.engine import closing_cover, fill_rate_factor, forward_cover, safety_stock, service_factor


def test_cover_counts_whole_months_and_part_of_the_last():
    assert forward_cover(250, [100, 120, 80, 90]) == pytest.approx(2.375)


def test_cover_beyond_the_horizon_lasts_at_the_mean():
    assert forward_cover(300, [100, 100]) == pytest.approx(3)


def test_cover_of_nothing_and_of_unsold_stock():
    np.testing.assert_allclose(forward_cover([0.0, -5, 7], [[10, 10], [10, 10], [0, 0]]), [0, 0, np.inf])


def test_months_without_demand_count_as_covered():
    assert forward_cover(50, [0, 100]) == pytest.approx(1.5)


def test_closing_cover_looks_at_the_months_after():
    cover = closing_cover(np.array([[150.0, 50, 40]]), np.array([[100.0, 100, 100]]))
    np.testing.assert_allclose(cover, [[1.5, 0.5, 0.4]])


def test_safety_stock_with_uncertain_lead_time():
    assert safety_stock(1.645, 2, 30, 100, 0.5) == pytest.approx(107.87, abs=0.005)


def test_safety_stock_of_dependent_demand_and_lead_time_adds_both_terms():
    assert safety_stock(1.645, 2, 30, 100, 0.5, dependent=True) == pytest.approx(1.645 * (30 * 2**0.5 + 50))


def test_safety_stock_of_demand_alone():
    np.testing.assert_allclose(safety_stock(2, [1, 4], 10), [20, 40])


def test_service_factor():
    np.testing.assert_allclose(service_factor([0.5, 0.95, 0.975]), [0, 1.644854, 1.959964], atol=1e-6)


def test_fill_rate_factor_meets_the_unit_normal_loss():
    # G(1) = 0.08332: a fill rate of 0.9 with quantity 83.32 and deviation 100 takes exactly one deviation.
    assert fill_rate_factor(0.9, 83.315, 100) == pytest.approx(1, abs=1e-3)
    assert fill_rate_factor(0.5, 1000, 1) == pytest.approx(0, abs=1e-9)
