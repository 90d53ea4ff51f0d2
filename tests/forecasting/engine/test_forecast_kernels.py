"""Each kernel against statsmodels with the same fixed parameters, or against numbers worked out by hand."""

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import Holt, SimpleExpSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasting.engine.holt_winters import SeasonalData, holt_winters_additive, holt_winters_multiplicative
from forecasting.engine.intermittent import croston, recent_mean, sba, tsb
from forecasting.engine.sarima import fill_gaps, sarima
from forecasting.engine.smoothing import DAMPED_GRID, Line, damped_holt, ses, starting_line
from forecasting.engine.theta import history_slope, quarterly_theta, quarters_to_months, theta

MONTHS = 60


@pytest.fixture
def demand():
    """Three series with trend, season and noise, around one: [months, series]."""
    random = np.random.default_rng(7)
    time = np.arange(MONTHS)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (time + np.array([0, 3, 7])) / 12)
    return (1 + 0.005 * time) * season * random.lognormal(0, 0.1, (MONTHS, 3))


@pytest.fixture
def seen(demand):
    return np.ones(demand.shape, dtype=bool)


@pytest.fixture
def first(demand):
    return np.zeros(demand.shape[1], dtype=np.intp)


def test_simple_smoothing_ends_at_the_level_of_statsmodels(demand, seen):
    level = ses(demand, seen, demand[0], np.array([0.3]))
    for series in range(3):
        model = SimpleExpSmoothing(
            demand[:, series], initialization_method="known", initial_level=demand[0, series]
        ).fit(smoothing_level=0.3, optimized=False)
        assert level[series] == pytest.approx(model.forecast(1)[0])


def test_simple_smoothing_takes_the_better_parameter_of_each_series():
    steps = np.repeat([1.0, 2.0], 30)
    noise = np.tile([0.5, 1.5], 30)
    values = np.stack([steps, noise], axis=1)
    level = ses(values, np.ones(values.shape, dtype=bool), values.mean(axis=0), np.array([0.05, 0.9]))
    assert level == pytest.approx([2.0, 1.0], abs=0.05)


def test_holt_without_damping_forecasts_as_statsmodels(demand, seen, first):
    start = Line(level=demand[0], trend=np.full(3, 0.01), mean=demand[0])
    path = damped_holt(demand, seen, first, start, 18, grid=np.array([[0.4, 0.2, 1.0]]))
    for series in range(3):
        model = Holt(
            demand[:, series], initialization_method="known", initial_level=demand[0, series], initial_trend=0.01
        ).fit(smoothing_level=0.4, smoothing_trend=0.2, optimized=False)
        assert path[:, series] == pytest.approx(model.forecast(18))


def test_damped_holt_forecasts_as_statsmodels(demand, seen, first):
    start = Line(level=demand[0], trend=np.full(3, 0.01), mean=demand[0])
    path = damped_holt(demand, seen, first, start, 18, grid=np.array([[0.4, 0.2, 0.9]]))
    for series in range(3):
        model = Holt(
            demand[:, series],
            damped_trend=True,
            initialization_method="known",
            initial_level=demand[0, series],
            initial_trend=0.01,
        ).fit(smoothing_level=0.4, smoothing_trend=0.2, damping_trend=0.9, optimized=False)
        assert path[:, series] == pytest.approx(model.forecast(18))


@pytest.mark.parametrize(
    ("kernel", "kind", "gamma"),
    [
        (holt_winters_additive, "add", 0.15),
        # statsmodels divides by the new level where the model divides by the old one; without gamma they agree.
        (holt_winters_multiplicative, "mul", 0.0),
    ],
)
def test_holt_winters_forecasts_as_statsmodels(demand, seen, first, kernel, kind, gamma):
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(12) / 12) - (kind == "add")
    # Both start in the month after a whole number of years: position 11 from the end is the first month.
    data = SeasonalData(
        demand, seen, first, Line(np.ones(3), np.full(3, 0.01), np.ones(3)), np.repeat(season[::-1, None], 3, axis=1)
    )
    alpha, beta, phi = 0.3, 0.1, 0.95
    path = kernel(data, 18, np.array([[alpha, beta, phi, gamma]]))
    for series in range(3):
        model = ETSModel(
            demand[:, series],
            error=kind,
            trend="add",
            damped_trend=True,
            seasonal=kind,
            seasonal_periods=12,
            initialization_method="known",
            initial_level=1.0,
            initial_trend=0.01,
            initial_seasonal=season,
        )
        fitted = model.smooth([alpha, alpha * beta, gamma, phi])
        assert path[:, series] == pytest.approx(fitted.forecast(18))


def test_multiplicative_season_by_hand():
    """Error 3 / (1 x 1.5) - 1 = 1 in the first month: level 1.5, no trend, that month's factor 1.5 (1 + 0.2)."""
    season = np.ones((12, 1))
    season[11] = 1.5
    values = np.ones((12, 1))
    values[0] = 3.0
    observed = np.zeros((12, 1), dtype=bool)
    observed[0] = True
    start = Line(np.ones(1), np.zeros(1), np.ones(1))
    data = SeasonalData(values, observed, np.zeros(1, dtype=np.intp), start, season)
    path = holt_winters_multiplicative(data, 2, np.array([[0.5, 0.0, 0.9, 0.2]]))
    assert path[:, 0] == pytest.approx([1.5 * 1.8, 1.5])


def test_sarima_forecasts_as_statsmodels_once_the_start_has_faded():
    random = np.random.default_rng(3)
    time = np.arange(180)
    logs = (0.2 * np.sin(2 * np.pi * time / 12) + 0.003 * time + random.normal(0, 0.05, 180))[:, None]
    ma, seasonal_ma, ar = 0.4, 0.3, 0.2
    path = sarima(logs, np.zeros(1, dtype=np.intp), 18, np.array([[ma, ar]]), np.array([seasonal_ma]))
    oracle = SARIMAX(logs[:, 0], order=(1, 1, 1), seasonal_order=(0, 1, 1, 12))
    assert path[:, 0] == pytest.approx(oracle.smooth([ar, -ma, -seasonal_ma, 0.01]).forecast(18), abs=1e-3)


def test_theta_rises_by_half_the_slope(seen):
    line = (2 + 0.5 * np.arange(MONTHS))[:, None]
    slope = history_slope(line, seen[:, :1])
    assert slope == pytest.approx([0.5])
    assert theta(line[-1], slope, 3)[:, 0] == pytest.approx(line[-1] + [0.25, 0.5, 0.75])


def test_theta_forecasts_as_statsmodels(demand, seen):
    """With the parameter that statsmodels found. It adds the lag of the smoothing behind the trend, half a slope times
    (1 - (1 - alpha)^n) / alpha - 1, which the form of Hyndman & Billah that we use leaves out.
    """
    slopes = history_slope(demand, seen)
    for series in range(3):
        oracle = ThetaModel(demand[:, series], deseasonalize=False).fit(use_mle=False)
        alpha, slope = oracle.params["alpha"], oracle.params["b0"]
        assert slopes[series] == pytest.approx(slope)
        level = ses(demand[:, [series]], seen[:, [series]], demand[:1, series], np.array([alpha]))
        lag = 0.5 * slope * ((1 - (1 - alpha) ** MONTHS) / alpha - 1)
        path = theta(level, slopes[[series]], 18)[:, 0] + lag
        assert path == pytest.approx(oracle.forecast(18).to_numpy(), rel=1e-6)


def test_slope_ignores_missing_months(seen):
    line = (2 + 0.5 * np.arange(MONTHS))[:, None]
    observed = seen[:, :1].copy()
    observed[20:30] = False
    assert history_slope(np.where(observed, line, 0), observed) == pytest.approx([0.5])


def test_quarters_are_read_back_to_months_by_straight_lines():
    months = quarters_to_months(np.array([[3.0], [6.0], [9.0]]), 6)
    assert months[:, 0] == pytest.approx([3, 3, 4, 5, 6, 7])


def test_quarterly_theta_of_a_flat_series_is_flat(first):
    values = np.full((MONTHS + 2, 1), 4.0)
    path = quarterly_theta(values, np.ones(values.shape, dtype=bool), first[:1], 18)
    assert path == pytest.approx(np.full((18, 1), 4.0))


def test_quarterly_theta_ignores_what_came_before_the_series(first):
    values = np.full((MONTHS, 2), 4.0)
    observed = np.ones(values.shape, dtype=bool)
    observed[:20, 1] = False
    values[:20, 1] = 0
    path = quarterly_theta(values, observed, np.array([0, 20]), 6)
    assert path == pytest.approx(np.full((6, 2), 4.0))


SPORADIC = np.array([0.0, 3, 0, 0, 5, 0, 2, 0, 0, 0, 4, 1, 0, 6, 0, 0, 3, 0, 0, 2])
RARE = np.array([4.0, 0, 0, 7, 0, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 0, 0, 3, 0, 0])


@pytest.mark.parametrize(
    ("sales", "expected"),
    [
        (SPORADIC, {"croston": 1.35133509, "sba": 1.28376834, "tsb": 1.14359821, "ses": 1.13439079}),
        (RARE, {"croston": 2.04032781, "sba": 1.93831142, "tsb": 1.41739963, "ses": 1.32449266}),
    ],
    ids=["sporadic", "rare"],
)
def test_rates_equal_those_of_statsforecast(sales, expected):
    """CrostonClassic, CrostonSBA, TSB(0.2, 0.1) and SimpleExponentialSmoothing(0.1) of statsforecast 2.1.1.

    They start from the first sale, the first wait and the first month.
    """
    values = sales[:, None]
    observed = np.ones(values.shape, dtype=bool)
    first = int((sales > 0).argmax())
    size, wait, chance = sales[[first]], np.array([first + 1.0]), (sales[:1] > 0).astype(float)
    tenth = np.array([0.1])
    found = {
        "croston": croston(values, observed, size, wait, tenth),
        "sba": sba(values, observed, size, wait, tenth),
        "tsb": tsb(values, observed, size, chance, np.array([[0.2, 0.1]])),
        "ses": ses(values, observed, sales[:1], tenth),
    }
    assert {name: rate[0] for name, rate in found.items()} == pytest.approx(expected, rel=1e-8)


def test_sba_by_hand():
    """Alpha 0.5: sizes 4 -> 4 -> 5, intervals 2 -> 1.5 -> 2.25; rate 0.75 x 5 / 2.25."""
    values = np.array([[4.0], [0], [0], [6]])
    rate = sba(values, np.ones(values.shape, dtype=bool), np.array([4.0]), np.array([2.0]), np.array([0.5]))
    assert rate == pytest.approx([0.75 * 5 / 2.25])


def test_tsb_by_hand():
    """Size 4 -> 5; chance 0.5 -> 0.75 -> 0.375 with parameters of one half."""
    values = np.array([[6.0], [0]])
    rate = tsb(values, np.ones(values.shape, dtype=bool), np.array([4.0]), np.array([0.5]), np.array([[0.5, 0.5]]))
    assert rate == pytest.approx([5 * 0.375])


def test_tsb_decays_while_sba_does_not():
    values = np.zeros((24, 1))
    values[:12:3] = 5.0
    observed = np.ones(values.shape, dtype=bool)
    start = (np.array([5.0]), np.array([3.0]))
    before_the_end = sba(values[:12], observed[:12], *start, np.array([0.2]))
    assert sba(values, observed, *start, np.array([0.2])) == pytest.approx(before_the_end)
    assert tsb(values, observed, start[0], 1 / start[1], np.array([[0.2, 0.2]]))[0] < 0.2


def test_missing_months_teach_nothing(demand, seen, first):
    gap = seen.copy()
    gap[30:36] = False
    masked = np.where(gap, demand, 0)
    poisoned = np.where(gap, demand, 99)
    start = starting_line(demand, seen, first)
    for values in (masked, poisoned):
        path = damped_holt(values, gap, first, start, 6)
        assert path == pytest.approx(damped_holt(masked, gap, first, start, 6))
    assert ses(poisoned, gap, start.mean) == pytest.approx(ses(masked, gap, start.mean))


def test_a_late_starter_is_smoothed_as_if_it_stood_alone(demand):
    observed = np.ones((MONTHS, 2), dtype=bool)
    observed[:25, 1] = False
    values = np.where(observed, demand[:, :2], 0)
    late = np.array([0, 25])
    together = damped_holt(values, observed, late, starting_line(values, observed, late), 6)
    alone_start = starting_line(values[25:, 1:], observed[25:, 1:], np.array([0]))
    alone = damped_holt(values[25:, 1:], observed[25:, 1:], np.array([0]), alone_start, 6, grid=DAMPED_GRID)
    assert together[:, 1] == pytest.approx(alone[:, 0])


def test_gaps_are_filled_by_straight_lines():
    values = np.array([[0.0], [2], [0], [0], [5]])
    observed = np.array([[False], [True], [False], [False], [True]])
    assert fill_gaps(values, observed, np.array([1]))[1:, 0] == pytest.approx([2, 3, 4, 5])


def test_recent_mean_falls_back_on_the_whole_history():
    values = np.zeros((30, 2))
    values[:6, :] = 2.0
    observed = np.ones(values.shape, dtype=bool)
    observed[6:, 1] = False
    assert recent_mean(values, observed) == pytest.approx([0.0, 2.0])
