"""How good the forecasts were: figures at any level, lag and window, from the plans that were signed.

`read` brings arrays [series, month] for any number of lags in a fixed number of queries; `figures` and `staircase`
compute from them. Errors are taken at the series, where it is planned, and then summed. The words are explained in
docs/forecasting.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forecasting.engine.pooled import Groups, Pooled, pooled
from planning.queries import said
from planning.queries.rows import Filters
from planning.queries.said import BASELINE, CONSENSUS, NAIVE, Record, SignedPlans, Step
from reviews.queries.signed_plans import signed_plans
from sop.models import Family, Market, Product, Series

LEVELS = ("total", "family", "market", "product", "series")
LONGEST_LAG, LONGEST_WINDOW = 18, 24


@dataclass(frozen=True)
class Row:
    """The figures of one family, market, product or series, or of all; ratios as fractions, None where undefined."""

    code: str
    name: str
    pairs: int
    actual: float
    forecast: float
    absolute_error: float
    mad: float | None
    wape: float | None
    accuracy: float | None
    bias: float | None
    mase: float | None
    tracking_signal: float | None


@dataclass(frozen=True)
class Stair:
    """The error after a step, and the points it takes off the error of the step it starts from (`of`)."""

    key: str
    name: str
    wape: float | None
    of: str
    value_added: float | None


def read(filters: Filters, lags: Sequence[int], count: int, plans: SignedPlans | None = None) -> dict[int, Record]:
    """Records of the lags that have a month to judge, for the series of the filters. At most seventeen queries."""
    return said.read(filters, lags, count, signed_plans() if plans is None else plans)


def figures(record: Record, measure: str, level: str) -> list[Row]:
    """A row for each that was planned, the largest error first. No query for all, at most two for a level."""
    names, groups = _groups(record.series, level)
    found = pooled(record.actual, record.said[measure], record.scale, groups)
    rows = [_row(*names[at], found, at) for at in range(groups.count) if found.pairs[at]]
    return sorted(rows, key=lambda row: (-row.absolute_error, row.code))


def staircase(record: Record) -> list[Stair]:
    """Every step over the same pairs: those for which all of them, the naive one included, said something.

    The baseline starts from the naive forecast. Departments speak side by side, not on top of each other, so each of
    them, and the consensus, is compared with the baseline it starts from.
    """
    common = np.logical_and.reduce([np.isfinite(record.said[step.key]) for step in record.steps])
    actual = np.where(common, record.actual, np.nan)
    everything = _all_of(record.series)
    errors = {
        step.key: _known(pooled(actual, record.said[step.key], record.scale, everything).wape[0])
        for step in record.steps
    }
    return [_stair(step, errors) for step in record.steps]


def part(record: Record, level: str, code: str) -> Record | None:
    """The record of one family, market, product or series alone; None when nothing of it was planned."""
    names, groups = _groups(record.series, level)
    at = [number for number, (known, _) in enumerate(names) if known == code]
    rows = groups.row[np.isin(groups.group, at)]
    if not rows.size:
        return None
    return replace(
        record,
        series=record.series.iloc[rows].reset_index(drop=True),
        actual=record.actual[rows],
        scale=record.scale[rows],
        said={key: values[rows] for key, values in record.said.items()},
        start=record.start[rows],
        spoke={key: values[rows] for key, values in record.spoke.items()},
    )


def left_out(record: Record) -> int:
    """Planned months of series that the staircase leaves out, because nothing was known a year before."""
    return int((np.isfinite(record.said[CONSENSUS]) & ~np.isfinite(record.said[NAIVE])).sum())


# --- Levels --------------------


def _groups(frame: pd.DataFrame, level: str) -> tuple[list[tuple[str, str]], Groups]:
    """Codes and names of a level, and which series count where: in a family and in all families above it."""
    if level == "total":
        return [("", "All")], _all_of(frame)
    if level in ("family", "market"):
        return _tree_groups(frame, level, Family if level == "family" else Market)
    if level == "product":
        named = dict(_named(Product))
        keys = frame["product"].tolist()
    else:
        told = Series.objects.values_list("pk", "product__code", "market__code", "product__name", "market__name")
        named = {pk: (f"{product}/{market}", f"{name} · {place}") for pk, product, market, name, place in told}
        keys = frame["series"].tolist()
    at = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    group = np.array([at[key] for key in keys], dtype=np.intp)
    return [named[key] for key in at], Groups(group, np.arange(len(keys)), len(at))


def _tree_groups(
    frame: pd.DataFrame, level: str, tree: type[Family] | type[Market]
) -> tuple[list[tuple[str, str]], Groups]:
    nodes = {pk: (code, name, parent) for pk, code, name, parent in tree.objects.values_list(*_NODE)}
    at: dict[int, int] = {}
    group, row = [], []
    for number, pk in enumerate(frame[level]):
        above: int | None = pk
        while above is not None:
            group.append(at.setdefault(above, len(at)))
            row.append(number)
            above = nodes[above][2]
    return [nodes[pk][:2] for pk in at], Groups(np.array(group, np.intp), np.array(row, np.intp), len(at))


_NODE = ("pk", "code", "name", "parent_id")


def _named(model: type[Product]) -> Iterable[tuple[int, tuple[str, str]]]:
    return ((pk, (code, name)) for pk, code, name in model.objects.values_list("pk", "code", "name"))


def _all_of(frame: pd.DataFrame) -> Groups:
    return Groups(np.zeros(len(frame), np.intp), np.arange(len(frame)), 1)


# --- Figures --------------------


def _row(code: str, name: str, found: Pooled, at: int) -> Row:
    wape = _known(found.wape[at])
    return Row(
        code,
        name,
        int(found.pairs[at]),
        float(found.actual[at]),
        float(found.forecast[at]),
        float(found.absolute[at]),
        mad=_known(found.mad[at]),
        wape=wape,
        accuracy=None if wape is None else max(0.0, 1 - wape),
        bias=_known(found.bias[at]),
        mase=_known(found.mase[at]),
        tracking_signal=_known(found.tracking_signal[at]),
    )


def _stair(step: Step, errors: dict[str, float | None]) -> Stair:
    of = "" if step.key == NAIVE else NAIVE if step.key == BASELINE else BASELINE
    before, after = errors.get(of), errors[step.key]
    added = None if before is None or after is None else before - after
    return Stair(step.key, step.name, after, of, added)


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
