"""Accuracy and coverage on the M3 competition's monthly series, where they are at hand.

OWA as the M4 competition defined it: the mean of sMAPE and MASE, each relative to Naive2 on the same series.
Makridakis, Spiliotis & Assimakopoulos (2020), Int. J. Forecasting 36.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.engine import forecast, learn

DATA = Path(os.environ.get("EVENKEEL_DATA", Path(__file__).parents[4] / "shared" / "data"))
FILE = DATA / "forecast" / "m3_monthly.csv.gz"
HORIZON = 18

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FILE.exists(), reason="the M3 monthly series are not in EVENKEEL_DATA"),
]


@pytest.fixture(scope="module")
def m3():
    """Training months [n, months] right-aligned with NaN before, test months [n, 18]."""
    table = pd.read_csv(FILE)
    names = table["series"].unique()
    groups = dict(list(table.groupby(["series", "part"])["value"]))
    longest = max(len(values) for values in groups.values())
    history = np.full((len(names), longest), np.nan)
    for row, name in enumerate(names):
        training = groups[name, "train"].to_numpy()
        history[row, longest - len(training) :] = training
    return history, np.stack([groups[name, "test"].to_numpy() for name in names])


def is_seasonal(training):
    """Naive2's test: autocorrelation at lag 12 beyond its 90 % limit."""
    if len(training) < 36:
        return False
    gap = training - training.mean()
    correlation = np.array([(gap[lag:] * gap[:-lag]).sum() for lag in range(1, 13)]) / (gap**2).sum()
    limit = 1.645 * np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum()) / len(training))
    return abs(correlation[-1]) > limit


def naive2(training):
    """The last value, seasonally adjusted by classical decomposition where the season is significant."""
    steps = len(training) + np.arange(HORIZON)
    if not is_seasonal(training):
        return np.full(HORIZON, training[-1])
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    share = np.full(len(training), np.nan)
    share[6:-6] = training[6:-6] / np.convolve(training, weights, "valid")
    figure = np.array([np.nanmean(share[month::12]) for month in range(12)])
    figure /= figure.mean()
    return training[-1] / figure[(len(training) - 1) % 12] * figure[steps % 12]


def errors(history, actual, predicted):
    """Mean sMAPE and mean MASE."""
    smape = (2 * np.abs(actual - predicted) / (np.abs(actual) + np.abs(predicted))).mean()
    scale = np.nanmean(np.abs(history[:, 12:] - history[:, :-12]), axis=1)
    return smape, (np.abs(actual - predicted).mean(axis=1) / scale).mean()


def owa(history, actual, predicted, benchmark):
    ours, naive = errors(history, actual, predicted), errors(history, actual, benchmark)
    return (ours[0] / naive[0] + ours[1] / naive[1]) / 2


@pytest.fixture(scope="module")
def benchmark_forecast(m3):
    return np.stack([naive2(row[np.isfinite(row)]) for row in m3[0]])


def test_it_is_well_ahead_of_naive2(m3, benchmark_forecast):
    history, actual = m3
    assert owa(history, actual, forecast(history, HORIZON).mean, benchmark_forecast) < 0.795


@pytest.mark.parametrize(("months", "bound"), [(48, 0.82), (36, 0.84), (24, 0.847), (18, 0.875)])
def test_it_stays_ahead_with_a_short_history(m3, benchmark_forecast, months, bound):
    history, actual = m3
    short = forecast(history[:, -months:], HORIZON).mean
    assert owa(history, actual, short, benchmark_forecast) < bound


def test_a_boosted_model_of_all_series_helps(m3, benchmark_forecast):
    pytest.importorskip("lightgbm", reason="LightGBM is an optional extra: requirements-extra.txt")
    history, actual = m3
    shared = learn(history, HORIZON, boost=True)
    found = forecast(history, HORIZON, shared=shared)
    assert shared.boosted.earned
    assert owa(history, actual, found.mean, benchmark_forecast) < 0.79


@pytest.mark.parametrize("months", [144, 48, 36])
def test_following_level_breaks_helps(m3, benchmark_forecast, monkeypatch, months):
    history, actual = m3
    recent = history[:, -months:]
    found = forecast(recent, HORIZON)
    monkeypatch.setattr("forecasting.engine.points.level_breaks", lambda clean, _: np.full(len(clean), -1))
    unaware = forecast(recent, HORIZON).mean
    assert 0.01 < (found.break_at >= 0).mean() < 0.1
    assert owa(history, actual, found.mean, benchmark_forecast) < owa(history, actual, unaware, benchmark_forecast)


@pytest.mark.parametrize("months", [144, 48, 36, 24])
def test_intervals_cover_what_they_promise(m3, months):
    history, actual = m3
    result = forecast(history[:, -months:], HORIZON)
    covered = (actual[:, :, None] >= result.lower) & (actual[:, :, None] <= result.upper)
    assert covered.mean(axis=(0, 1)) == pytest.approx([0.8, 0.9], abs=0.02)


def test_the_backtest_promises_what_the_future_brings(m3):
    history, actual = m3
    result = forecast(history, HORIZON)
    future = np.abs(actual - result.mean).sum(axis=1) / actual.sum(axis=1)
    assert np.nanmedian(result.wape) == pytest.approx(np.median(future), abs=0.03)
    assert np.nanmedian(result.wape) < np.nanmedian(result.naive_wape)
