"""How much stock there should be, by the target of each product's policy, and how much its shelf life allows."""

import numpy as np

from forecasting.models import ForecastLine
from planning.engine import explode, safety_stock, service_factor
from planning.models import SalesPlan
from planning.queries.supply.catalogue import Catalogue, Numbers
from planning.queries.supply.costs import Policies
from sop import bulk, months
from sop.models import Series

# The review period: what is ordered at the next planning round arrives a lead time after it.
REVIEW_MONTHS = 1
# Standard deviation per mean absolute error, and half an 80 % range per standard deviation, of a normal error.
SIGMA_PER_MAE = float(np.sqrt(np.pi / 2))
SIGMAS_IN_80 = 1.2816


def stock_targets(
    catalogue: Catalogue, policies: Policies, need: Numbers, bom: Numbers, sales_plan: SalesPlan
) -> Numbers:
    """[all products, t] the stock that is aimed at after each month, while a product is on sale or goes into one.

    By the policy's target: units, months of the need to come, or a service level:
    z × deviation × √(lead time + 1 month of review), that is the standard deviation of a month's forecast error (King,
    "Crack the code: understanding safety stock and mastering its equations", APICS Magazine 2011; lead times certain).
    A product whose forecast has no error yet keeps its units. `need` is demand with what parents take.
    """
    target = np.repeat(catalogue.safety_stock[:, None], need.shape[1], axis=1)
    by_cover = np.flatnonzero(np.isfinite(policies.cover))
    target[by_cover] = months_to_come(need[by_cover], policies.cover[by_cover])
    if np.isfinite(policies.service).any():
        sigma = forecast_error(catalogue, bom, sales_plan)
        known = np.flatnonzero(np.isfinite(policies.service) & (sigma > 0))
        factor = service_factor(policies.service[known])
        stock = safety_stock(factor, catalogue.lead_time[known] + REVIEW_MONTHS, sigma[known])
        target[known] = stock[:, None]
    month = np.arange(need.shape[1])
    on_sale = (month >= catalogue.launch[:, None]) & (month < catalogue.end[:, None])
    return np.where(on_sale & (need.sum(axis=1) > 0)[:, None], target, 0.0)


def most_stock(catalogue: Catalogue, need: Numbers) -> Numbers:
    """[all products, t] what can still be used before it is too old: the need of the months a unit keeps."""
    limit = np.full(need.shape, np.inf)
    rows = np.flatnonzero(np.isfinite(catalogue.shelf_life))
    limit[rows] = months_to_come(need[rows], catalogue.shelf_life[rows])
    return limit


def months_to_come(need: Numbers, count: Numbers) -> Numbers:
    """The need [n, t] of the `count[n]` months after each month, the last one in part; beyond the plan a mean month."""
    if not need.size:
        return need
    horizon = need.shape[1]
    whole = np.floor(count).astype(np.int64)
    beyond = need[:, -months.MONTHS_PER_YEAR :].mean(axis=1, keepdims=True)
    longer = np.hstack([need, np.repeat(beyond, int(whole.max()) + 1, axis=1)])
    total = np.hstack([np.zeros((len(need), 1)), np.cumsum(longer, axis=1)])
    after = np.arange(1, horizon + 1) + np.zeros((len(need), 1), dtype=np.int64)
    until = after + whole[:, None]
    part = (count - whole)[:, None] * np.take_along_axis(longer, until, axis=1)
    stock: Numbers = np.take_along_axis(total, until, axis=1) - np.take_along_axis(total, after, axis=1) + part
    return stock


def forecast_error(catalogue: Catalogue, bom: Numbers, sales_plan: SalesPlan) -> Numbers:
    """[all products] standard deviation of a month's forecast error; 0 where there is no forecast. Two queries.

    A series errs by its mean absolute error in the backtest (its WAPE times its mean), × √(π/2); by its 80 % range
    where there was no room for a backtest. Series err independently; parts err as their parents do.
    """
    sigma, _ = product_error(catalogue, sales_plan)
    squared = np.column_stack([bom[:, :2], bom[:, 2] ** 2])
    return np.sqrt(explode(sigma[:, None] ** 2, squared)[:, 0])


def product_error(catalogue: Catalogue, sales_plan: SalesPlan) -> tuple[Numbers, Numbers]:
    """[all products] standard deviation of a month's forecast error over all markets; its mean month. Two queries."""
    variance, level = np.zeros(catalogue.pk.size), np.zeros(catalogue.pk.size)
    series, sigma, mean = _series_error(sales_plan)
    if series.size:
        keys, product = bulk.columns(Series.objects.order_by("pk"), "pk", "product_id")
        row = np.searchsorted(catalogue.pk, product[np.searchsorted(keys, series)])
        np.add.at(variance, row, sigma**2)
        np.add.at(level, row, mean)
    return np.sqrt(variance), level


def _series_error(sales_plan: SalesPlan) -> tuple[np.ndarray, Numbers, Numbers]:
    """Series with a forecast, the standard deviation of a month's error of each, and its mean month."""
    leaves = ForecastLine.objects.filter(forecast=sales_plan.forecast_id, series__isnull=False)
    lines = bulk.read(leaves, "series_id", "mean", "wape", "lower80", "upper80")
    sigma, level = np.zeros(len(lines)), np.zeros(len(lines))
    year = slice(0, months.MONTHS_PER_YEAR)
    for row, (_, mean, wape, low, high) in enumerate(lines):
        level[row] = float(mean[year].mean())
        by_range = float((high[year] - low[year]).mean()) / (2 * SIGMAS_IN_80)
        sigma[row] = by_range if wape is None else SIGMA_PER_MAE * wape * level[row]
    return np.array([line[0] for line in lines], dtype=np.int64), sigma, level
