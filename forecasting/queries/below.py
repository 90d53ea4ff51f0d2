"""The rows below a row: families, then products, then the series of a product, with how well each is forecast."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.queries.lines import Row
from forecasting.queries.portfolio import YEAR, Portfolio

SHOWN = 40
LEVELS = {"total": ("family", "family_name"), "family": ("product", "product_name"), "product": ("series", "market")}


@dataclass(frozen=True)
class Child:
    """A row below: `wape` and `bias` weighted with what each series sold."""

    key: str
    label: str
    units: float
    ahead: float
    wape: float | None
    bias: float | None


def below(portfolio: Portfolio, row: Row) -> list[Child]:
    """The largest rows one level down. No query."""
    if row.kind not in LEVELS or not len(portfolio):
        return []
    key, label = LEVELS[row.kind]
    frame = portfolio.series.assign(ahead=np.nansum(portfolio.mean[:, :YEAR], axis=1))
    weight = frame["units"].clip(lower=0.0).where(frame["wape"].notna(), 0.0)
    frame = frame.assign(
        weight=weight, missed=(frame["wape"] * weight).fillna(0.0), leaned=(frame["bias"] * weight).fillna(0.0)
    )
    sums = frame.groupby(key, sort=False).agg(
        label=(label, "first"),
        units=("units", "sum"),
        ahead=("ahead", "sum"),
        weight=("weight", "sum"),
        missed=("missed", "sum"),
        leaned=("leaned", "sum"),
    )
    largest = sums.sort_values("units", ascending=False).head(SHOWN)
    return [_child(f"{key}:{name}", values) for name, values in largest.iterrows()]


def _child(key: str, values: "pd.Series[float]") -> Child:
    weight = float(values["weight"])
    return Child(
        key=key,
        label=str(values["label"]),
        units=float(values["units"]),
        ahead=float(values["ahead"]),
        wape=float(values["missed"]) / weight if weight > 0 else None,
        bias=float(values["leaned"]) / weight if weight > 0 else None,
    )
