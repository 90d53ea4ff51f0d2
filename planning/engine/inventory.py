"""Stock policies: how long a stock lasts and how much safety stock a service level takes."""

import numpy as np
import scipy
from numpy.typing import ArrayLike

from planning.engine.arrays import Array


def forward_cover(stock: ArrayLike, demand: ArrayLike) -> Array:
    """Months of future demand [...] that `stock[...]` covers, `demand[..., t]` being the months after it.

    A month counts as a whole when its demand is covered, the last one in part. What is left after the last month
    lasts at the mean demand of all of them: inf if that is zero. Negative stock covers nothing.
    """
    demand = np.asarray(demand, dtype=np.float64)
    left = np.maximum(np.asarray(stock, dtype=np.float64), 0)
    cover, open_ = np.zeros_like(left), np.ones(left.shape, dtype=np.bool_)
    for month in range(demand.shape[-1]):
        need = demand[..., month]
        whole = left >= need
        part = np.divide(left, need, out=np.zeros_like(left), where=need > 0)
        cover = cover + np.where(open_, np.where(whole, 1, part), 0)
        open_ = open_ & whole
        left = np.where(open_, left - need, 0)
    mean = np.broadcast_to(demand.mean(axis=-1), left.shape)
    beyond = np.divide(left, mean, out=np.full_like(left, np.inf), where=mean > 0)
    return cover + np.where(left > 0, beyond, 0)


def closing_cover(inventory: Array, demand: Array) -> Array:
    """Forward cover [n, t] of every month's closing inventory from the demand of the months after it.

    The last month has no month after it and is measured by its own demand.
    """
    columns = [forward_cover(inventory[:, month], demand[:, month + 1 :]) for month in range(demand.shape[1] - 1)]
    return np.column_stack([*columns, forward_cover(inventory[:, -1], demand[:, -1:])])


def safety_stock(
    factor: ArrayLike,
    lead_time: ArrayLike,
    error: ArrayLike,
    demand: ArrayLike = 0.0,
    lead_time_error: ArrayLike = 0.0,
    *,
    dependent: bool = False,
) -> Array:
    """Factor × standard deviation of demand over the lead time (King, "Crack the code", APICS 2011).

    `error`: standard deviation of the forecast error per month; `demand`: mean per month; `lead_time` and
    `lead_time_error` in months (add the review period to the first). Independent: the root of the summed variances;
    `dependent`: the sum of both terms.
    """
    by_demand = np.sqrt(np.asarray(lead_time, dtype=np.float64)) * np.asarray(error, dtype=np.float64)
    by_lead_time = np.asarray(demand, dtype=np.float64) * np.asarray(lead_time_error, dtype=np.float64)
    spread = by_demand + by_lead_time if dependent else np.hypot(by_demand, by_lead_time)
    stock: Array = np.asarray(factor, dtype=np.float64) * spread
    return stock


def service_factor(service_level: ArrayLike) -> Array:
    """Standard deviations for the probability of no stock-out in a cycle; 0.95 gives 1.645."""
    factor: Array = scipy.special.ndtri(np.asarray(service_level, dtype=np.float64))
    return factor


def fill_rate_factor(fill_rate: ArrayLike, order_quantity: ArrayLike, deviation: ArrayLike) -> Array:
    """Standard deviations k ≥ 0 for a share of demand met from stock: deviation × G(k) = (1 − fill rate) × quantity.

    G is the unit normal loss, `deviation` the standard deviation over the lead time, `order_quantity` what one
    replenishment brings (Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains).
    """
    quantity = np.asarray(order_quantity, dtype=np.float64)
    allowed = (1 - np.asarray(fill_rate, dtype=np.float64)) * quantity / np.asarray(deviation, dtype=np.float64)
    low, high = np.zeros_like(allowed), np.full_like(allowed, 10.0)
    for _ in range(60):
        middle = (low + high) / 2
        more = _normal_loss(middle) > allowed
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return high


def _normal_loss(k: Array) -> Array:
    loss: Array = np.exp(-(k**2) / 2) / np.sqrt(2 * np.pi) - k * scipy.special.ndtr(-k)
    return loss
