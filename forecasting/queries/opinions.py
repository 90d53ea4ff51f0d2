"""The newest second opinion on a series."""

from dataclasses import dataclass
from typing import Any

from forecasting.queries.portfolio import YEAR
from sop import months
from sop.models import Cycle, Run

KIND = "second-opinion"
NAMES = {
    "Evenkeel": "This forecast",
    "ETS": "ETS: exponential smoothing with damped trend and season",
    "SARIMAX": "SARIMAX: the airline model",
}
LINES = (
    ("history", "Sold", "sold"),
    ("baseline", "Trend", "trend"),
    ("lastyear", "Season", "season"),
    ("member", "Remainder", "remainder"),
)


@dataclass(frozen=True)
class Opinion:
    """One forecaster's word: how it did on the last year held out, and what it says of the next."""

    name: str
    wape: float | None
    total: float | None  # None where it could not be fitted


def newest(cycle: Cycle, series: int) -> Run | None:
    """The newest job that was asked about a series, whatever became of it. One query."""
    return Run.objects.filter(kind=KIND, cycle=cycle, parameters__series=series).first()


def opinions(run: Run) -> list[Opinion]:
    """Ours first."""
    return [
        Opinion(NAMES.get(each["name"], each["name"]), each["wape"], _total(each["mean"]))
        for each in run.result.get("opinions", [])
    ]


def decomposition(run: Run) -> dict[str, Any]:
    """The chart's JSON: what was sold is the sum of the other three."""
    result = run.result
    span = months.span(months.parse(result["start"]), len(result["sold"]))
    return {
        "title": "Trend, season and remainder",
        "unit": "units",
        "months": [months.code(month) for month in span],
        "labels": [months.short(month) for month in span],
        "now": -1,
        "series": [{"key": key, "name": name, "values": result[field]} for key, name, field in LINES if result[field]],
    }


def _total(mean: list[float] | None) -> float | None:
    return sum(mean[:YEAR]) if mean is not None else None
