"""Every series of a row with what it sells, how it is forecast and how well."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.models import Forecast, ForecastLine
from forecasting.queries.lines import Row
from forecasting.queries.published import published
from sop import months
from sop.models import Cycle, History, Series
from sop.queries.windows import align

YEAR = 12
COLUMNS = {
    "pk": "series",
    "product__code": "product",
    "product__name": "product_name",
    "market__code": "market_code",
    "market__name": "market",
    "product__family__code": "family",
    "product__family__name": "family_name",
}
FIGURES = ("pattern", "way", "wape", "bias", "naive_wape")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Portfolio:
    """One row of `series` per series, in key order, beside the rows of the arrays.

    `series` has keys and names, `units` and `revenue` of the last twelve months, `price` (their ratio; 0 where nothing
    was sold), how the family adds up (`way`), and the figures of the test (`pattern`, `wape`, `bias`, `naive_wape`; NaN
    where there are none).
    """

    cycle: Cycle
    start: dt.date  # the month of column 0 of `sold`
    series: pd.DataFrame
    sold: Numbers  # [series, 12] ordered units of the last twelve months, 0 where nothing was posted
    mean: Numbers  # [series, horizon] baseline; NaN for a series without a forecast

    def __len__(self) -> int:
        return len(self.series)


def portfolio(cycle: Cycle, row: Row) -> Portfolio:
    """Four queries, whatever the number of series."""
    names = Series.objects.filter(row.where, product__sold=True).order_by("pk").values_list(*COLUMNS)
    series = pd.DataFrame(list(names), columns=list(COLUMNS.values()))
    start = months.add(cycle.as_of, 1 - YEAR)
    sold, revenue = _last_year(row, series["series"], start)
    series["units"], series["revenue"] = sold.sum(axis=1), revenue.sum(axis=1)
    earned = (series["units"] > 0) & (series["revenue"] > 0)
    series["price"] = np.where(earned, series["revenue"] / series["units"].where(earned, 1.0), 0.0)
    forecast = published(cycle)
    figures = ForecastLine.objects.filter(row.lines, forecast=forecast)
    lines = pd.DataFrame(
        list(figures.values_list("series_id", *FIGURES, "mean")) if forecast else [],
        columns=["series", *FIGURES, "mean"],
    ).astype({"series": "int64", "wape": "float64", "bias": "float64", "naive_wape": "float64"})
    series = series.merge(lines, on="series", how="left")
    mean = stacked(series.pop("mean").tolist(), cycle.horizon)
    series["pattern"], series["way"] = series["pattern"].fillna(""), series["way"].fillna("")
    return Portfolio(cycle, start, series, sold, mean)


def means(forecast: Forecast, row: Row, series: pd.Series, horizon: int) -> Numbers:
    """The baseline of another forecast for the same series, [series, horizon]; NaN where it had none. One query."""
    lines = ForecastLine.objects.filter(row.lines, forecast=forecast)
    found = dict(lines.values_list("series_id", "mean"))
    return stacked([found.get(pk) for pk in series], horizon)


def stacked(vectors: list[Numbers | None], width: int) -> Numbers:
    """Vectors as rows; NaN where one is missing or ends."""
    result = np.full((len(vectors), width), np.nan)
    for line, vector in zip(result, vectors, strict=True):
        if isinstance(vector, np.ndarray):
            line[: vector.size] = vector[:width]
    return result


def _last_year(row: Row, series: pd.Series, start: dt.date) -> tuple[Numbers, Numbers]:
    lines = History.objects.filter(row.lines)
    found = {pk: rest for pk, *rest in lines.values_list("series_id", "start", "ordered", "revenue")}
    nothing = [start, np.empty(0), np.empty(0)]
    rows = [found.get(pk, nothing) for pk in series]
    starts = [each[0] for each in rows]
    sold, revenue = (
        np.nan_to_num(align(starts, [each[column] for each in rows], start, YEAR)).reshape(len(rows), YEAR)
        for column in (1, 2)
    )
    return sold, revenue
