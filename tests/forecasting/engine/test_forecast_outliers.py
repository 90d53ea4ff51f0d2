"""Outlier proposals: what was planted is found, what is regular is left alone, and the history is never touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.engine import propose_outliers

MONTHS = 48


def portfolio(series=300, months=MONTHS):
    random = np.random.default_rng(0)
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(months) / 12)
    return random.lognormal(4, 1, (series, 1)) * season * random.lognormal(0, 0.12, (series, months))


def test_a_planted_outlier_is_found_and_replaced_by_about_what_was_there():
    history = portfolio()
    column = np.random.default_rng(1).integers(0, MONTHS, len(history))
    rows = np.arange(len(history))
    planted = history.copy()
    planted[rows, column] *= 3
    found = propose_outliers(planted)
    hit = found.column == column[found.series]
    assert hit.sum() > 0.98 * len(history)
    assert (~hit).mean() < 0.2
    assert np.array_equal(found.value, planted[found.series, found.column])
    assert np.median(np.abs(found.replacement[hit] / history[found.series, found.column][hit] - 1)) < 0.12
    assert (found.deviations[hit] > 4).all()


def test_the_history_itself_stays_as_it_was():
    history = portfolio(5)
    history[0, 10] *= 9
    before = history.copy()
    propose_outliers(history)
    assert np.array_equal(history, before)


def test_a_regular_portfolio_gets_hardly_any_proposal():
    history = portfolio()
    assert len(propose_outliers(history).series) < 0.004 * history.size


def test_a_missing_sale_is_too_low():
    history = portfolio(1)
    history[0, 30] /= 50
    found = propose_outliers(history)
    assert found.column.tolist() == [30]
    assert found.deviations[0] < -4


def test_a_new_level_is_no_row_of_outliers():
    history = portfolio()
    history[:, 30:] *= 2
    assert len(propose_outliers(history).series) < 0.006 * history.size


def test_a_peak_of_every_december_is_a_season():
    history = np.full((1, MONTHS), 100.0) + np.random.default_rng(2).normal(0, 3, (1, MONTHS))
    history[:, 11::12] *= 4
    assert len(propose_outliers(history).series) == 0


def test_sporadic_sales_are_judged_by_their_size():
    history = np.tile([5.0, 0, 0, 6, 0], 10)[None, :]
    history[0, 45] = 60
    found = propose_outliers(history)
    assert found.column.tolist() == [45]
    assert found.replacement[0] == pytest.approx(5.5, abs=0.6)


def test_small_counts_may_vary_as_counts_do():
    history = np.random.default_rng(3).poisson(3, (200, 36)).astype(float)
    assert len(propose_outliers(history).series) < 0.01 * history.size


def test_months_are_named_by_the_calendar():
    history = portfolio(1)
    history[0, 14] *= 10
    assert propose_outliers(history, first_month=4).month.tolist() == [6]


def test_columns_are_those_of_the_whole_history():
    history = portfolio(1, 200)
    history[0, 150] *= 10
    assert 150 in propose_outliers(history).column


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 60)),
        elements=st.one_of(st.just(float("nan")), st.just(0.0), st.floats(-10, 1e3), st.sampled_from([1e12, 1e-9])),
    )
)
def test_any_history_gets_sound_proposals(history):
    found = propose_outliers(history)
    assert np.isfinite(found.replacement).all()
    assert (found.replacement >= 0).all()
    assert np.isfinite(found.deviations).all()
    assert (np.abs(found.deviations) > 4).all()
    assert len({len(found.series), len(found.column), len(found.month), len(found.value)}) == 1


def test_first_month_is_a_calendar_month():
    with pytest.raises(ValueError, match="first_month"):
        propose_outliers(portfolio(1), first_month=0)
