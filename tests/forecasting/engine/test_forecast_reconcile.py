"""Reconciliation against the dense matrix formulas of the literature, and what it must keep for any hierarchy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.engine import best_by_group, bottom_up, middle_out, reconcile, take_by_group

ALL = np.zeros(12, dtype=int)
FAMILY = np.repeat([0, 1, 2], 4)
MARKET = np.tile([0, 1, 2, 3], 3)
GROUPINGS = [ALL, FAMILY, MARKET]


def summing_matrix(groupings):
    """S of the textbooks: a row of zeros and ones for each total, then one for each leaf."""
    rows = [(grouping == group).astype(float) for grouping in groupings for group in range(grouping.max() + 1)]
    return np.vstack([*rows, np.eye(len(groupings[0]))])


def forecasts(seed=5, leaves=12, horizon=6, noise=0.2):
    random = np.random.default_rng(seed)
    leaf = random.lognormal(3, 0.5, (leaves, horizon))
    totals = [total * random.lognormal(0, noise, total.shape) for total in bottom_up(leaf, GROUPINGS).totals]
    return leaf * random.lognormal(0, noise, leaf.shape), totals


def test_it_equals_the_projection_of_weighted_least_squares():
    """S (S' W^-1 S)^-1 S' W^-1 y with W the row sums of S, as hierarchicalforecast's MinTrace(wls_struct) has it."""
    leaf, totals = forecasts()
    s = summing_matrix(GROUPINGS)
    inverse = np.diag(1 / s.sum(axis=1))
    expected = s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ np.vstack([*totals, leaf]))
    found = reconcile(leaf, totals, GROUPINGS)
    assert np.vstack([*found.totals, found.leaf]) == pytest.approx(expected, rel=1e-9)


def test_two_leaves_by_hand():
    """Leaves 40 and 50, total 100 of weight 1/2: the gap of 10 is shared as 10 / (2 + 2) for each leaf."""
    found = reconcile([[40.0], [50.0]], [[[100.0]]], [[0, 0]])
    assert found.leaf[:, 0] == pytest.approx([42.5, 52.5])
    assert found.totals[0] == pytest.approx(np.array([[95.0]]))


def test_coherent_forecasts_stay_as_they_are():
    leaf = forecasts()[0]
    found = reconcile(leaf, bottom_up(leaf, GROUPINGS).totals, GROUPINGS)
    assert found.leaf == pytest.approx(leaf)


def test_a_leaf_that_would_fall_below_zero_is_held_there():
    """The least squares under x >= 0: leaf 1 and 50, total 20 pulls both down, the small one only to zero."""
    found = reconcile([[1.0], [50.0]], [[[20.0]]], [[0, 0]])
    assert found.leaf[0, 0] == 0
    # Minimise (x - 50)^2 + (x - 20)^2 / 2.
    assert found.leaf[1, 0] == pytest.approx(40.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.integers(1, 30),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(0, 10_000),
    st.sampled_from([1e-6, 1.0, 1e9]),
)
def test_any_hierarchy_adds_up_and_stays_non_negative(leaves, families, markets, seed, unit):
    random = np.random.default_rng(seed)
    family, market = random.integers(-1, families, leaves), random.integers(-1, markets, leaves)
    leaf = random.exponential(unit, (leaves, 3)) * random.integers(0, 2, (leaves, 1))
    totals = [random.exponential(unit * leaves, (size, 3)) for size in (families, markets)]
    found = reconcile(leaf, totals, [family, market])
    assert (found.leaf >= 0).all()
    assert np.isfinite(found.leaf).all()
    for total, grouping in zip(found.totals, (family, market), strict=True):
        for group, row in enumerate(total):
            assert row == pytest.approx(found.leaf[grouping == group].sum(axis=0), rel=1e-6, abs=1e-6 * unit)


def test_ten_thousand_leaves_and_their_families_and_markets():
    random = np.random.default_rng(1)
    groupings = [np.zeros(10_000, dtype=int), random.integers(0, 20, 10_000), random.integers(0, 500, 10_000)]
    leaf = random.gamma(2, 10, (10_000, 18))
    totals = [total * random.lognormal(0, 0.05, total.shape) for total in bottom_up(leaf, groupings).totals]
    found = reconcile(leaf, totals, groupings)
    assert found.totals[0][0] == pytest.approx(found.leaf.sum(axis=0), rel=1e-9)
    assert np.abs(found.totals[0] / totals[0] - 1).max() < np.abs(leaf.sum(axis=0) / totals[0] - 1).max()


def test_bottom_up_adds_the_leaves():
    totals = bottom_up(np.ones((12, 2)), GROUPINGS).totals
    assert [total.shape for total in totals] == [(1, 2), (3, 2), (4, 2)]
    assert [total[0, 0] for total in totals] == [12, 4, 3]


def test_middle_out_splits_a_family_by_its_leaves_own_shares():
    leaf = np.array([[10.0, 0], [30, 0], [5, 5]])
    split = middle_out(leaf, [[80.0, 6.0]], [0, 0, -1])
    assert split.tolist() == [[20.0, 3.0], [60.0, 3.0], [5.0, 5.0]]


def test_each_family_takes_the_way_that_was_nearest():
    """Family 0: bottom-up is right. Family 1: leaves 1 too high each; halves of the true sum are nearer."""
    actual = np.array([[10.0], [20.0], [4.0], [6.0]])
    candidates = {"bottom-up": [[10.0], [20.0], [5.0], [7.0]], "middle-out": [[15.0], [15.0], [5.0], [5.0]]}
    family = [0, 0, 1, 1]
    chosen = best_by_group(actual, candidates, family)
    assert chosen == ("bottom-up", "middle-out")
    assert take_by_group(candidates, chosen, family)[:, 0].tolist() == [10, 20, 5, 5]


def test_equally_near_is_the_first_way_and_unknown_months_do_not_count():
    actual = np.array([[10.0, np.nan], [np.nan, np.nan]])
    candidates = {"bottom-up": [[11.0, 5.0], [3.0, 3.0]], "reconciled": [[9.0, 7.0], [4.0, 4.0]]}
    assert best_by_group(actual, candidates, [0, -1]) == ("bottom-up",)
    assert take_by_group(candidates, ["reconciled"], [0, -1])[:, 0].tolist() == [9, 3]


@pytest.mark.parametrize(
    ("leaf", "groupings"), [(np.ones(3), [[0, 0, 0]]), (np.ones((3, 2)), [[0, 0]]), (np.ones((2, 2)), [[0.5, 0.5]])]
)
def test_what_does_not_fit_together_is_refused(leaf, groupings):
    with pytest.raises(ValueError, match=r"leaf|grouping"):
        bottom_up(leaf, groupings)


def test_each_grouping_needs_its_totals():
    with pytest.raises(ValueError, match="totals"):
        reconcile(np.ones((2, 2)), [], [[0, 0]])
