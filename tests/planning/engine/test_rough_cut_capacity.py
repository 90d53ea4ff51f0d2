"""Explosion and load: published numbers, offsets, drill-down and speed."""

import time

import numpy as np
import pytest

from planning.engine import contributions, explode, load


def test_load_of_a_capacity_bill():
    # Capacity by overall factors in every textbook: 100 × 2 + 50 × 3 + 25 × 4 = 450 hours.
    hours = load(np.array([[100.0], [50], [25]]), [(0, 0, 2, 0), (1, 0, 3, 0), (2, 0, 4, 0)], 1)
    assert hours.tolist() == [[450]]


def test_load_counts_offsets_from_the_release_both_ways():
    production = np.array([[0.0, 10, 0, 0]])
    routing = [(0, 0, 1, 0), (0, 1, 2, 1), (0, 2, 3, -1), (0, 2, 3, -2), (0, 1, 1, 9)]
    np.testing.assert_allclose(load(production, routing, 3), [[0, 10, 0, 0], [0, 0, 20, 0], [30, 0, 0, 0]])


def test_explosion_goes_through_all_levels():
    need = explode(np.array([[1.0, 2], [0, 0], [0, 0]]), [(0, 1, 2), (1, 2, 3), (0, 2, 1)])
    np.testing.assert_allclose(need, [[1, 2], [2, 4], [7, 14]])


def test_explosion_needs_components_when_their_parent_is_released():
    need = explode(np.array([[0.0, 0, 5], [0, 0, 0]]), [(0, 1, 2)], lead_time=np.array([1, 0]))
    np.testing.assert_allclose(need, [[0, 0, 5], [0, 10, 0]])


def test_needs_from_before_the_first_month_are_gathered_in_it():
    need = explode(np.array([[4.0, 0, 5], [0, 0, 0]]), [(0, 1, 1)], lead_time=np.array([2, 0]))
    np.testing.assert_allclose(need[1], [9, 0, 0])


def test_explosion_without_a_bill_changes_nothing():
    quantity = np.ones((2, 3))
    np.testing.assert_array_equal(explode(quantity, np.zeros((0, 3))), quantity)


def test_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        explode(np.ones((2, 1)), [(0, 1, 1), (1, 0, 1)])


def test_contributions_add_up_to_the_load():
    rng = np.random.default_rng(0)
    production = rng.uniform(0, 9, (20, 6))
    routing = np.column_stack([rng.integers(0, 20, 60), rng.integers(0, 4, 60), rng.random(60), rng.integers(0, 3, 60)])
    hours = load(production, routing, 4)
    parts = contributions(production, routing, resource=2, month=3)
    assert parts.hours.sum() == pytest.approx(hours[2, 3])
    assert (np.diff(parts.hours) <= 0).all()
    assert set(parts.month) <= {1, 2, 3}


def test_hundred_thousand_items_load_in_no_time():
    rng = np.random.default_rng(1)
    items, lines = 100_000, 300_000
    production = rng.uniform(0, 9, (items, 18))
    routing = np.column_stack(
        [rng.integers(0, items, lines), rng.integers(0, 200, lines), rng.random(lines), np.zeros(lines)]
    )
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        load(production, routing, 200)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5  # ten times the budget, for a busy machine
