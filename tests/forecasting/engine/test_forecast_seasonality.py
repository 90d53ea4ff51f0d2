"""Seasonal factors: found where they are, absent where they are not."""

import numpy as np
import pytest

from forecasting.engine.seasonality import (
    factor_rows,
    factor_steps,
    factors_from_effects,
    month_effects,
    pooled_effects,
    shrinkage,
)

TRUE = np.exp(0.3 * np.sin(2 * np.pi * np.arange(12) / 12))[:, None]
TRUE = TRUE / TRUE.mean()


def season_of(values):
    found = month_effects(np.log(values), np.isfinite(values))
    return factors_from_effects(found.effects * shrinkage(found))


def history(months, series=200, noise=0.1, seed=1):
    random = np.random.default_rng(seed)
    trend = np.exp(0.01 * np.arange(months))[:, None]
    return factor_rows(TRUE, months) * trend * random.lognormal(0, noise, (months, series))


@pytest.mark.parametrize(("months", "tolerance"), [(60, 0.04), (36, 0.05), (24, 0.08), (16, 0.15)])
def test_known_factors_are_recovered(months, tolerance):
    error = np.abs(season_of(history(months)) - TRUE).mean()
    assert error < tolerance


def test_without_noise_the_factors_are_exact():
    assert season_of(history(37, series=1, noise=0)) == pytest.approx(TRUE, rel=1e-6)


@pytest.mark.parametrize("months", [18, 24, 48])
def test_noise_is_mostly_not_taken_for_season(months):
    noise = np.random.default_rng(5).lognormal(0, 0.2, (months, 400))
    assert np.abs(season_of(noise) - 1).mean() < 0.06


def test_a_year_is_too_short_to_know_a_season():
    assert season_of(history(12)) == pytest.approx(np.ones((12, 200)))


def test_missing_months_do_not_matter_much():
    values = history(48, noise=0.02)
    observed = np.random.default_rng(2).random(values.shape) > 0.2
    found = month_effects(np.where(observed, np.log(values), 0.0), observed)
    assert np.abs(factors_from_effects(found.effects * shrinkage(found)) - TRUE).mean() < 0.02


def test_effects_equal_a_regression_on_dummies():
    logs = np.log(history(31, series=1))
    months = np.arange(31)
    dummies = ((30 - months)[:, None] % 12 == np.arange(12)).astype(float)
    solution, residual, _, _ = np.linalg.lstsq(np.column_stack([months, dummies]), logs[:, 0], rcond=None)
    found = month_effects(logs, np.ones(logs.shape, dtype=bool))
    assert found.effects[:, 0] == pytest.approx(solution[1:] - solution[1:].mean())
    assert found.within[0] == pytest.approx(residual[0] / (31 - 13))


def test_a_family_lends_what_its_members_agree_on():
    random = np.random.default_rng(4)
    shared = np.log(TRUE) - np.log(TRUE).mean()
    effects = np.concatenate([shared + random.normal(0, 0.05, (12, 9)), random.normal(0, 0.2, (12, 10))], axis=1)
    groups = np.repeat([3, 8], [9, 10])
    donors = np.ones(19, dtype=bool)
    pooled = pooled_effects(effects, donors, groups)
    assert pooled[:, 0] == pytest.approx(shared[:, 0], abs=0.06)
    assert np.abs(pooled[:, 10]).max() < 0.12
    assert (pooled_effects(effects, ~donors, groups) == 0).all()


def test_positions_count_from_the_end():
    factors = np.arange(12.0)[:, None]
    assert factor_rows(factors, 14)[:, 0].tolist() == [1, 0, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert factor_steps(factors, 3)[:, 0].tolist() == [11, 10, 9]
