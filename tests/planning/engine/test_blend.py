"""Weights from records: by hand, and what holds for every record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.engine import blend
from planning.engine.blend import among, tally, weights

NAN = np.nan
ACTUAL = np.array([[100.0, 100, 100, 100, 100, 100]])
BENCHMARK = np.array([[[20.0, -20, 20, -20, 20, -20]]])


def shares(errors: np.ndarray, actual: np.ndarray = ACTUAL, benchmark: np.ndarray = BENCHMARK) -> np.ndarray:
    """Of one row that is the whole company."""
    return weights([tally(errors, benchmark, actual)], [])[0]


def test_six_months_of_records_give_the_weights_worked_out_by_hand() -> None:
    """Errors of 10 % and 20 % without bias, the baseline's 20 %: losses 1 : 4. Six months draw them a third of the way
    to the baseline's, 1 : 4^⅔, and the weights 2.520 : 1, so 0.7159 and 0.2841, a third of the way to equal."""
    errors = np.array([[[10.0, -10, 10, -10, 10, -10], [20, -20, 20, -20, 20, -20]]])
    assert shares(errors) == pytest.approx([0.6439, 0.3561], abs=1e-4)


def test_a_voice_that_runs_to_one_side_weighs_less_than_one_with_the_same_error_to_both() -> None:
    """Losses 0.01 + ½ 0.01 and 0.01: 1.5^⅔ = 1.3104, so 0.4328 and 0.5672, a third of the way to equal."""
    errors = np.array([[[10.0] * 6, [10, -10, 10, -10, 10, -10]]])
    assert shares(errors) == pytest.approx([0.4552, 0.5448], abs=1e-4)


def test_without_a_record_all_weigh_the_same() -> None:
    nothing = np.full((1, 3, 6), NAN)
    assert shares(nothing) == pytest.approx([1 / 3] * 3)


def test_a_longer_record_lets_the_better_voice_weigh_more() -> None:
    def better(months: int) -> float:
        errors = np.array([[[10.0, -10] * (months // 2), [30, -30] * (months // 2)]])
        return float(shares(errors, np.full((1, months), 100.0), errors[:, 1:])[0])

    assert 0.5 < better(2) < better(6) < better(24) < 1


def test_voices_that_spoke_in_different_months_are_judged_by_what_the_baseline_missed_in_them() -> None:
    """The second speaks only in the three wild months; it takes the same part off the baseline as the first does."""
    benchmark = np.array([[[10.0, 10, 10, 60, 60, 60]]])
    errors = np.array([[[5.0, 5, 5, NAN, NAN, NAN], [NAN, NAN, NAN, 30, 30, 30]]])
    assert shares(errors, benchmark=benchmark) == pytest.approx([0.5, 0.5])


def test_a_row_without_a_record_takes_its_familys() -> None:
    rows = np.full((2, 2, 6), NAN)
    rows[0] = [[10.0, -10, 10, -10, 10, -10], [40, -40, 40, -40, 40, -40]]
    leaf = tally(rows, np.repeat(BENCHMARK, 2, axis=0), np.repeat(ACTUAL, 2, axis=0))
    one = np.zeros(2, dtype=np.intp)
    family, company = leaf.summed(one, 1), leaf.summed(one, 1)
    found = weights([company, family, leaf], [np.zeros(1, dtype=np.intp), one])
    assert 0.5 < found[1, 0] < found[0, 0]


def test_the_record_says_error_bias_and_value_added() -> None:
    found = tally(np.array([[[10.0, 30, NAN]]]), np.array([[[50.0, -30, 5]]]), np.array([[100.0, 100, 100]]))
    assert found.wape[0, 0] == pytest.approx(0.20)
    assert found.bias[0, 0] == pytest.approx(0.20)
    assert found.value_added[0, 0] == pytest.approx(0.20)
    assert found.months[0, 0] == 2


def test_who_is_silent_gets_no_weight() -> None:
    given_shares = np.array([[0.5, 0.3, 0.2]])
    spoke = np.array([[True, False, True]])
    assert among(given_shares, spoke) == pytest.approx(np.array([[5 / 7, 0, 2 / 7]]))
    assert among(given_shares, ~spoke & spoke) == pytest.approx(np.zeros((1, 3)))


def test_a_blend_mixes_those_who_spoke_month_by_month() -> None:
    values = np.array([[[100.0, 100, NAN], [200, NAN, NAN]]])
    found = blend.blend(values, np.array([[0.75, 0.25]]))
    np.testing.assert_allclose(found, [[125, 100, NAN]])


records = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), min_size=1, max_size=5)


@given(errors=records, actual=st.lists(st.floats(0, 1e6), min_size=4, max_size=4))
def test_weights_add_up_to_one_and_none_is_negative(errors: list[list[float]], actual: list[float]) -> None:
    said = np.array([errors])
    found = shares(said, np.array([actual]), said.mean(axis=1, keepdims=True))
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()


@given(errors=records, scale=st.floats(0.01, 100))
def test_the_unit_of_measure_does_not_matter(errors: list[list[float]], scale: float) -> None:
    said, actual = np.round(np.array([errors])), np.full((1, 4), 50.0)
    benchmark = np.full((1, 1, 4), 7.0)
    assert shares(said, actual, benchmark) == pytest.approx(shares(said * scale, actual * scale, benchmark * scale))


@given(errors=records)
def test_whoever_erred_less_with_less_bias_never_weighs_less(errors: list[list[float]]) -> None:
    said = np.array([errors])
    half = np.concatenate([said, said / 2], axis=1)
    found = shares(half, np.full((1, 4), 50.0), np.full((1, 1, 4), 7.0))
    count = said.shape[1]
    assert (found[count:] >= found[:count] - 1e-12).all()


@given(values=st.lists(st.floats(0, 1e6), min_size=3, max_size=3), errors=records)
def test_a_blend_lies_between_the_lowest_and_the_highest_voice(values: list[float], errors: list[list[float]]) -> None:
    part = shares(np.array([(errors * 3)[:3]]), np.full((1, 4), 50.0), np.full((1, 1, 4), 7.0))
    mixed = blend.blend(np.array(values)[None, :, None], part[None])[0, 0]
    assert min(values) - 1e-6 <= mixed <= max(values) + 1e-6
