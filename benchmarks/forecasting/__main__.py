"""The tables of docs/benchmarks.md: our engine beside statsforecast and statsmodels, in one process on one core."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from benchmarks.forecasting import libraries, ours, sets
from benchmarks.forecasting.scores import coverage, rmsse, score, total_bias
from benchmarks.registry import NotAvailable

CUTS = (0, 48, 36, 24)
SIZES = (1_000, 10_000, 100_000)
PACKAGES = ("numpy", "statsforecast", "statsmodels")


def main() -> None:
    print(f"Python {platform.python_version()}, {', '.join(map(versioned, PACKAGES))}, {os.cpu_count()} cores")
    for table in (all_of_m3, sample_of_m3, intervals, parts, growth):
        try:
            table()
        except NotAvailable as reason:
            print(f"\n{table.__name__}: not measured, {reason}")


def versioned(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def all_of_m3() -> None:
    head(f"Evenkeel on all {len(sets.m3()):,} series of M3", "history", "sMAPE", "MASE", "OWA", "CPU ms / series")
    for months in CUTS:
        found = ours.m3_score(months)
        time = 1000 * ours.m3_cpu_seconds_per_series(months)
        row(span(months), f"{found.smape:.2f}", f"{found.mase:.3f}", f"{found.owa:.4f}", f"{time:.3f}")


def sample_of_m3() -> None:
    data = sets.m3().every(libraries.STEP)
    for months in CUTS:
        ahead = f"M3, every {libraries.STEP}th series ({len(data)}), {span(months)}"
        mine = score(data, ours.engine(data.history[:, -months:], data.horizon).mean)
        time = ours.m3_cpu_seconds_per_series(months)
        head(ahead, "method", "sMAPE", "MASE", "OWA", "CPU ms / series", "times ours")
        row("Evenkeel", f"{mine.smape:.2f}", f"{mine.mase:.3f}", f"{mine.owa:.4f}", f"{1000 * time:.3f}", "1")
        for name, run in libraries.m3_runs(months).items():
            found, taken = score(data, run.predicted), run.cpu_seconds_per_series
            figures = (f"{found.smape:.2f}", f"{found.mase:.3f}", f"{found.owa:.4f}")
            row(name, *figures, f"{1000 * taken:.2f}", f"{taken / time:,.0f}")


def intervals() -> None:
    head("Share of the actual months inside the intervals, %", "set", "80 %", "90 %")
    for name, data in (("M3 monthly", sets.m3()), ("spare parts", sets.spare_parts())):
        found = ours.engine(data.history, data.horizon)
        inside = (coverage(data.actual, found.lower[:, :, at], found.upper[:, :, at]) for at in range(len(ours.LEVELS)))
        row(name, *(f"{share:.1f}" for share in inside))


def parts() -> None:
    data = sets.spare_parts()
    head(f"{len(data):,} spare parts, six months ahead", "method", "total bias, %", "RMSSE")
    found = {"Evenkeel": ours.engine(data.history, data.horizon).mean}
    try:
        found |= {name: run.predicted for name, run in libraries.parts_runs().items()}
    finally:
        for name, predicted in found.items():
            row(name, f"{total_bias(data.actual, predicted):+.1f}", f"{rmsse(data, predicted):.4f}")


def growth() -> None:
    head("One call of the engine, 36 months, 18 ahead", "series", "seconds", "CPU seconds", "series/s of CPU", "MB")
    for size in SIZES:
        found = ours.scaling(size)
        rate = size / found["cpu"]
        row(f"{size:,}", f"{found['seconds']:.2f}", f"{found['cpu']:.2f}", f"{rate:,.0f}", f"{found['megabytes']:,.0f}")


def span(months: int) -> str:
    return f"cut to {months} months" if months else "whole history"


def head(title: str, *columns: str) -> None:
    print(f"\n{title}\n")
    row(*columns)
    print("|---" + "|---:" * (len(columns) - 1) + "|", flush=True)


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
