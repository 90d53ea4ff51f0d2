"""Our engine on public data: accuracy, speed, coverage of the intervals, and how it grows with the portfolio."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np

from benchmarks.engines import histories
from benchmarks.forecasting import scores, sets
from benchmarks.registry import NotAvailable, benchmark, peak_megabytes, stopwatch

LEVELS = (80, 90)


@benchmark("M3 monthly, OWA", unit="OWA", at_most=0.799)
def m3_owa() -> float:
    return m3_score().owa


@benchmark("M3 monthly cut to 36 months, OWA", unit="OWA", at_most=0.842)
def m3_owa_of_36_months() -> float:
    return m3_score(36).owa


@benchmark("M3 monthly cut to 24 months, OWA", unit="OWA", at_most=0.847)
def m3_owa_of_24_months() -> float:
    return m3_score(24).owa


@benchmark("M3 monthly with the boosted model, OWA", unit="OWA", at_most=0.79)
def m3_owa_boosted() -> float:
    return boosted_score().owa


@benchmark("M3 monthly, learning the boosted model, CPU", unit="s", at_most=60)
def m3_learning() -> float:
    return boosted_m3()[1]


@benchmark("M3 monthly, CPU", unit="series/s", at_least=8_000)
def m3_rate() -> float:
    return 1 / m3_cpu_seconds_per_series()


@benchmark("M3 monthly, 80 % interval off by", unit="points", at_most=2)
def m3_off_80() -> float:
    return abs(m3_coverage()[0] - LEVELS[0])


@benchmark("M3 monthly, 90 % interval off by", unit="points", at_most=2)
def m3_off_90() -> float:
    return abs(m3_coverage()[1] - LEVELS[1])


@benchmark("M3 monthly cut to 36 months, 80 % interval off by", unit="points", at_most=2)
def m3_off_80_of_36_months() -> float:
    return abs(m3_coverage(36)[0] - LEVELS[0])


@benchmark("M3 monthly cut to 36 months, 90 % interval off by", unit="points", at_most=2)
def m3_off_90_of_36_months() -> float:
    return abs(m3_coverage(36)[1] - LEVELS[1])


@benchmark("Spare parts, total bias", unit="%", at_most=10)
def parts_bias() -> float:
    data = sets.spare_parts()
    return abs(scores.total_bias(data.actual, engine(data.history, data.horizon).mean))


@benchmark("Forecast engine, 100,000 series × 36 months", unit="s", at_most=60)
def engine_of_100_000() -> float:
    return float(scaling(100_000)["seconds"])


def engine(history: Any, horizon: int) -> Any:
    try:
        from forecasting.engine import forecast
    except ImportError as error:
        raise NotAvailable(str(error)) from error
    return forecast(history, horizon)


@cache
def m3_score(months: int = 0) -> scores.Score:
    """Of histories cut to their last months (0: all)."""
    data = sets.m3()
    return scores.score(data, engine(data.history[:, -months:], data.horizon).mean)


@cache
def boosted_score(months: int = 0) -> scores.Score:
    data = sets.m3()
    return scores.score(data, boosted_m3(months)[0].mean)


@cache
def boosted_m3(months: int = 0) -> tuple[Any, float]:
    """The forecast with a boosted model that learned from the same histories, and the CPU seconds of learning it."""
    try:
        from forecasting.engine import forecast, learn
        from forecasting.engine.boosted import library

        library()
    except (ImportError, RuntimeError) as error:
        raise NotAvailable(str(error)) from error
    data = sets.m3()
    history = data.history[:, -months:]
    with stopwatch() as watch:
        shared = learn(history, data.horizon, boost=True)
    return forecast(history, data.horizon, shared=shared), watch.cpu_seconds


def m3_coverage(months: int = 0) -> tuple[float, ...]:
    data = sets.m3()
    found = engine(data.history[:, -months:], data.horizon)
    return tuple(
        scores.coverage(data.actual, found.lower[:, :, at], found.upper[:, :, at]) for at in range(len(LEVELS))
    )


@cache
def m3_cpu_seconds_per_series(months: int = 0) -> float:
    """With backtest and intervals; the best of three, because others may share the machine."""
    data = sets.m3()
    taken = []
    for _ in range(3):
        with stopwatch() as watch:
            engine(data.history[:, -months:], data.horizon)
        taken.append(watch.cpu_seconds)
    return min(taken) / len(data)


@cache
def scaling(series: int, months: int = 36, horizon: int = 18) -> dict[str, float]:
    """Seconds, CPU seconds and megabytes of one call, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.forecasting.ours", str(series), str(months), str(horizon)]
    done = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(done.stderr.strip().splitlines()[-1])
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def measure(series: int, months: int, horizon: int) -> dict[str, float]:
    history = histories(series, months)
    engine(history[:100], horizon)  # the first call imports
    with stopwatch() as watch:
        found = engine(history, horizon)
    assert np.isfinite(found.mean).all()
    return {"seconds": watch.seconds, "cpu": watch.cpu_seconds, "megabytes": peak_megabytes()}


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:]))))
