"""Spare parts of cars, 18 months and six to forecast, where they are at hand: no bias, no larger misses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.engine import forecast

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def parts(real_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Known months [parts, 18] and those after them [parts, 6]."""
    table = pd.read_csv(real_data / "forecast" / "auto_parts.csv.gz")
    months = table.groupby(["part", "series"])["value"].agg(list)
    return np.array(months["train"].tolist(), dtype=float), np.array(months["test"].tolist(), dtype=float)


def test_all_parts_together_are_forecast_right(parts):
    known, actual = parts
    assert forecast(known, actual.shape[1]).mean.sum() == pytest.approx(actual.sum(), rel=0.1)


def test_the_squared_error_is_below_that_of_the_mean_of_the_year(parts):
    known, actual = parts
    mean = known[:, -12:].mean(axis=1, keepdims=True)
    assert np.square(actual - forecast(known, actual.shape[1]).mean).sum() < np.square(actual - mean).sum()


def test_the_squared_error_is_below_that_of_croston_and_tsb(parts):
    """CrostonSBA and TSB(0.1, 0.1) of statsforecast 2.1.1 leave 1,594,896 and 1,605,843 on these parts."""
    known, actual = parts
    assert np.square(actual - forecast(known, actual.shape[1]).mean).sum() < 1_594_896


def test_intervals_cover_what_they_promise(parts):
    known, actual = parts
    found = forecast(known, actual.shape[1])
    covered = (actual[:, :, None] >= found.lower) & (actual[:, :, None] <= found.upper)
    assert covered.mean(axis=(0, 1)) == pytest.approx([0.8, 0.9], abs=0.02)


def test_few_small_months_get_level_rates():
    random = np.random.default_rng(3)
    found = forecast(random.poisson(3, (20, 18)).astype(float), 6)
    regular = np.isin(found.pattern, ("smooth", "erratic"))
    assert regular.any()
    used = {name for name, values in found.members.items() if np.isfinite(values[regular]).any()}
    assert {"recent_mean", "series_mean"} <= used
