"""The Performance page: figures with their words, the staircase, accuracy by lag, bias by part, past cycles."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.queries.rows import Filters
from planning.queries.said import BASELINE, CONSENSUS, NAIVE, Record, SignedPlans
from reviews.queries import accuracy
from reviews.queries.accuracy import Row, Stair
from reviews.queries.signed_plans import signed_plans
from reviews.queries.waterfall import Said, Waterfall, waterfall
from sop import months
from sop.permissions import Scope
from sop.words import THIN, UNKNOWN, counted, difference, percent, units

LAGS_SHOWN = 6
ROWS_SHOWN = 40
WINDOWS = (3, 6, 12, 24)
FEW_MONTHS = 3
BIAS_BAND = 0.05
SIGNAL_LIMIT = 4
BAR_HALF, BAR_FULL_AT = 60.0, 0.20

DEFINITIONS = {
    "wape": "WAPE: sum of |actual − forecast| of every series and month ÷ sum of actuals.",
    "accuracy": "Accuracy: 1 − WAPE, never below 0.",
    "bias": "Bias: sum of (forecast − actual) ÷ sum of actuals. Above zero: the forecast was over.",
    "mase": "MASE: sum of |actual − forecast| ÷ sum of the series’ own average change from one year to the next, as "
    "known when the plan was made. Below 1 beats repeating last year.",
    "tracking_signal": "Tracking signal: sum of (actual − forecast) ÷ mean of |actual − forecast|, month by month on "
    "the sum of what is shown. Above zero: the forecast was under. Beyond ±4 it runs off to one side.",
    "mad": "MAD: mean of |actual − forecast| of a series and month, in units.",
    "lag": "Lag: months from the last actuals that a plan was made on to the month it was about. Lag 1 of October is "
    "the plan of the cycle that opened on actuals to September and planned October first.",
    "naive": "Naive: the same month of the last year that was known when the plan was made.",
    "value_added": "Value added: percentage points of WAPE that a step takes off the error of the step it starts from. "
    "The baseline starts from the naive forecast; departments and the consensus start from the baseline.",
}


@dataclass(frozen=True)
class Question:
    """What the page or a program asks about; the address holds the same words."""

    level: str = "family"
    family: str = ""
    market: str = ""
    lag: int = 1
    months: int = 12
    measure: str = CONSENSUS


@dataclass(frozen=True)
class Figure:
    """A key figure with its definition beside it and, where there is a limit, how it stands to it."""

    label: str
    value: str
    note: str
    definition: str
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """A row with its bias drawn: a bar to the right is over, to the left under."""

    row: Row
    left: float
    width: float
    outside: bool


@dataclass(frozen=True)
class ByLag:
    lag: int
    months: int
    naive: float | None
    baseline: float | None
    consensus: float | None


@dataclass(frozen=True)
class Cell:
    """What a cycle said for a month; `side` where it was over or under by 5 % or more."""

    units: str
    off: str = ""
    side: str = ""


@dataclass(frozen=True)
class Page:
    window: str
    figures: list[Figure]
    advice: list[str]
    by_lag: list[ByLag]
    bars: list[Bar]
    more: int
    waterfall: Waterfall | None
    said: list[tuple[Said, list[Cell]]]
    actual: list[str]
    left_out: int


def performance(scope: Scope, question: Question) -> Page | None:
    """None while no month can be judged at this lag. At most twenty-eight queries."""
    plans = signed_plans()
    filters = Filters(scope, question.family, question.market)
    records = accuracy.read(filters, sorted({*range(1, LAGS_SHOWN + 1), question.lag}), question.months, plans)
    record = records.get(question.lag)
    total = accuracy.figures(record, question.measure, "total") if record else []
    if record is None or not total:
        return None
    rows = accuracy.figures(record, question.measure, question.level)
    stairs = accuracy.staircase(record)
    fall = waterfall(filters, plans)
    return Page(
        f"{months.short(record.months[0])} – {months.short(record.months[-1])}",
        _figures(total[0], record),
        _advice(record, stairs, rows if question.level != "total" else []),
        [_by_lag(each) for each in records.values() if each.lag <= LAGS_SHOWN],
        [_bar(row) for row in rows[:ROWS_SHOWN]],
        max(len(rows) - ROWS_SHOWN, 0),
        fall,
        [(said, _cells(said, fall)) for said in fall.cycles] if fall else [],
        [_units(value) for value in fall.actual] if fall else [],
        accuracy.left_out(record),
    )


def missing(plans: SignedPlans, lag: int) -> str:
    """What is needed before anything can be judged at a lag."""
    finished = len(plans.by_month)
    if finished <= lag:
        of_plan = "the first month it planned" if lag == 1 else f"month {lag} that it planned"
        return (
            f"{counted(finished, 'cycle')} finished so far. Accuracy at lag {lag} needs a signed plan of a finished "
            f"cycle and the sales of {of_plan}, with the next cycle opened on them. "
            + ("Two closed cycles give a first comparison." if lag == 1 else "A shorter lag can be compared sooner.")
        )
    return "No finished cycle planned a complete month at this lag, for the families and markets you see."


def staircase_chart(scope: Scope, question: Question) -> dict[str, Any]:
    """The staircase for `<stair-chart>`, errors in per cent."""
    filters = Filters(scope, question.family, question.market)
    record = accuracy.read(filters, [question.lag], question.months).get(question.lag)
    stairs = accuracy.staircase(record) if record else []
    return {
        "title": "Error after each step",
        "unit": "%",
        "head": "Step",
        "decimals": 1,
        "keys": [stair.key for stair in stairs],
        "labels": [stair.name for stair in stairs],
        "errors": [_points(stair.wape) for stair in stairs],
        "from": [_points(_error(stairs, stair.of)) for stair in stairs],
        "added": [_points(stair.value_added) for stair in stairs],
    }


def _figures(row: Row, record: Record) -> list[Figure]:
    side = "" if not row.bias else "over" if row.bias > 0 else "under"
    signal = row.tracking_signal
    alarm = signal is not None and abs(signal) > SIGNAL_LIMIT
    beats = row.mase is not None and row.mase < 1
    return [
        Figure("Accuracy", percent(row.accuracy), f"WAPE {percent(row.wape)}", DEFINITIONS["wape"]),
        Figure(
            "Bias",
            UNKNOWN if row.bias is None else difference(row.bias, percent(row.bias)),
            side,
            DEFINITIONS["bias"],
            "" if row.bias is None else "warn" if abs(row.bias) > BIAS_BAND else "good",
        ),
        Figure(
            "MASE",
            _decimal(row.mase, 2),
            "" if row.mase is None else "beats last year" if beats else "last year was closer",
            DEFINITIONS["mase"],
            "" if row.mase is None else "good" if beats else "warn",
        ),
        Figure(
            "Tracking signal",
            UNKNOWN if signal is None else difference(signal, units(signal, 1)),
            f"over {counted(len(record.months), 'month')}; limit ±{SIGNAL_LIMIT}",
            DEFINITIONS["tracking_signal"],
            "warn" if alarm else "",
        ),
        Figure("Mean miss", f"{_decimal(row.mad, 1)}", "units a series and month", DEFINITIONS["mad"]),
    ]


def _advice(record: Record, stairs: list[Stair], rows: list[Row]) -> list[str]:
    """Coaching: what worked, and what to look at before the next review."""
    words = [_whole(stairs), *(_of_department(stair) for stair in stairs if stair.key not in (NAIVE, BASELINE))]
    off = [row for row in rows if row.bias is not None and abs(row.bias) > BIAS_BAND]
    if off:
        worst = max(off, key=lambda row: abs(row.forecast - row.actual))
        side = "over" if worst.forecast > worst.actual else "under"
        words.append(f"{worst.name} is the largest that was {side}: ask what the plan expected that did not come true.")
    if len(record.months) < FEW_MONTHS:
        words.append(f"Based on {counted(len(record.months), 'month')}: a first sign, not a verdict.")
    return [word for word in words if word]


def _whole(stairs: list[Stair]) -> str:
    errors = {stair.key: stair.wape for stair in stairs}
    naive, baseline, consensus = errors[NAIVE], errors[BASELINE], errors[CONSENSUS]
    if naive is None or baseline is None or consensus is None:
        return ""
    gain, by_baseline = naive - consensus, naive - baseline
    if gain > 0:
        return f"The plan takes {_pp(gain)} off the naive error; the baseline alone takes {_pp(by_baseline)}."
    return f"Repeating last year would have been {_pp(-gain)} closer than the plan: look at where the two part."


def _of_department(stair: Stair) -> str:
    added = stair.value_added
    if added is None or not added:
        return f"{stair.name} left the baseline as it was." if added == 0 else ""
    if added > 0:
        return f"{stair.name} took {_pp(added)} off the baseline’s error: keep doing what made the difference."
    return f"{stair.name} moved {_pp(-added)} away from what was sold: enter fewer changes, where something is known."


def _by_lag(record: Record) -> ByLag:
    errors = {stair.key: stair.wape for stair in accuracy.staircase(record)}
    naive, baseline, consensus = (_accuracy(errors[key]) for key in (NAIVE, BASELINE, CONSENSUS))
    return ByLag(record.lag, len(record.months), naive, baseline, consensus)


def _accuracy(wape: float | None) -> float | None:
    return None if wape is None else max(0.0, 1 - wape)


def _bar(row: Row) -> Bar:
    bias = row.bias or 0.0
    width = min(abs(bias) / BAR_FULL_AT, 1.0) * BAR_HALF
    return Bar(row, BAR_HALF if bias >= 0 else BAR_HALF - width, width, abs(bias) > BIAS_BAND)


def _cells(said: Said, fall: Waterfall) -> list[Cell]:
    return [_cell(float(value), float(sold)) for value, sold in zip(said.units, fall.actual, strict=True)]


def _cell(value: float, sold: float) -> Cell:
    if np.isnan(value):
        return Cell("")
    if np.isnan(sold) or sold <= 0 or abs(value / sold - 1) < BIAS_BAND:
        return Cell(units(value))
    off = 100 * (value / sold - 1)
    return Cell(units(value), difference(off, units(off)), "over" if off > 0 else "under")


def _error(stairs: list[Stair], key: str) -> float | None:
    return next((stair.wape for stair in stairs if stair.key == key), None)


def _points(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 3)


def _pp(fraction: float) -> str:
    return f"{units(100 * fraction, 1)}{THIN}points"


def _decimal(value: float | None, decimals: int) -> str:
    return UNKNOWN if value is None else units(value, decimals)


def _units(value: float) -> str:
    return "·" if np.isnan(value) else units(value)
