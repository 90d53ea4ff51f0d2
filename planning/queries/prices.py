"""What a unit earns and costs in each plan month.

A product may have several versions of price and cost; the one valid on the last day of a month counts for it. Customers
pay the list price less what they negotiated, so the plan price of a series is the list price times the share of it
that the series realised over the last twelve months of actuals (its market's share, else all of it, where it sold
nothing).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import QuerySet

from planning.queries.leaves import find
from planning.queries.rows import FEW
from sop import bulk, months
from sop.models import History, ProductCost, ProductPrice
from sop.queries.windows import align
from sop.vectors import Vector

REALISED_OVER_MONTHS = 12


def list_prices(products: Iterable[int], start: dt.date, count: int) -> Vector:
    """`[len(products), count]`, NaN before a product has its first price. One query."""
    return _versions(ProductPrice.objects.all(), "price", products, start, count)


def unit_costs(products: Iterable[int], start: dt.date, count: int) -> Vector:
    """`[len(products), count]`, NaN before a product has its first cost. One query."""
    return _versions(ProductCost.objects.all(), "unit_cost", products, start, count)


def plan_prices(series: pd.DataFrame, as_of: dt.date, start: dt.date, count: int) -> Vector:
    """`[len(series), count]` net price per unit; 0 where the product has neither price nor sales. Two queries."""
    products = series["product"].to_numpy()
    unique, position = np.unique(products, return_inverse=True)
    back = months.add(as_of, 1 - REALISED_OVER_MONTHS)
    wide = REALISED_OVER_MONTHS + max(months.distance(as_of, start) - 1, 0) + count
    prices = list_prices(unique.tolist(), back, wide)[position]
    units, revenue = _sold(series["series"].tolist(), back)
    listed = np.nansum(units * prices[:, :REALISED_OVER_MONTHS], axis=1)
    earned = np.nansum(np.where(np.isnan(prices[:, :REALISED_OVER_MONTHS]), 0, revenue), axis=1)
    share = _shares(listed, earned, series["market"].to_numpy())
    planned = prices[:, wide - count :] * share[:, None]
    average = _ratio(np.nansum(revenue, axis=1), np.nansum(units, axis=1))
    return np.where(np.isnan(planned), np.nan_to_num(average)[:, None], planned)


def _versions(versions: QuerySet[Any], column: str, products: Iterable[int], start: dt.date, count: int) -> Vector:
    """The version valid at the end of each month, carried forward."""
    wanted = np.array(list(products), dtype=np.int64)
    values = np.full((len(wanted), count), np.nan)
    if len(wanted) <= FEW:
        versions = versions.filter(product__in=wanted.tolist())
    product, day, value = bulk.columns(
        versions.order_by("product_id", "valid_from"), "product_id", "valid_from", column
    )
    row = find(wanted, product)
    since = np.maximum(months.numbers(day) - months.number(start), 0)
    known = (row >= 0) & (since < count)
    values[row[known], since[known]] = value[known]  # of two in a month, or before the first, the later one stays
    told = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(count)), axis=1)
    return np.take_along_axis(values, told, axis=1)


def _sold(series: list[int], start: dt.date) -> tuple[Vector, Vector]:
    """Net units and revenue of the last year by series; zero where there is no history."""
    rows = {
        key: (first, ordered, revenue)
        for key, first, ordered, revenue in History.objects.filter(series__isnull=False).values_list(
            "series_id", "start", "ordered", "revenue"
        )
    }
    nothing = (start, np.empty(0), np.empty(0))
    found = [rows.get(key, nothing) for key in series]
    starts = [row[0] for row in found]
    units = align(starts, [row[1] for row in found], start, REALISED_OVER_MONTHS)
    revenue = align(starts, [row[2] for row in found], start, REALISED_OVER_MONTHS)
    return np.nan_to_num(units), np.nan_to_num(revenue)


def _shares(listed: Vector, earned: Vector, market: np.ndarray) -> Vector:
    """Realised ÷ list by series, by its market where the series sold nothing, 1 where the market did not either."""
    own = _ratio(earned, listed)
    totals = pd.DataFrame({"market": market, "listed": listed, "earned": earned}).groupby("market").transform("sum")
    of_market = _ratio(totals["earned"].to_numpy(), totals["listed"].to_numpy())
    return np.where(np.isnan(own), np.where(np.isnan(of_market), 1.0, of_market), own)


def _ratio(part: Vector, whole: Vector) -> Vector:
    """`part / whole`, NaN unless both are positive: a net return says nothing about the price."""
    usable = (whole > 0) & (part >= 0)
    ratio: Vector = np.divide(part, whole, out=np.full(len(whole), np.nan), where=usable)
    return ratio
