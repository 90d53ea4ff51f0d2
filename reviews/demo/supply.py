"""What Halden can make and what it has in stock, worked out from what its customers order."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from reviews.demo.catalogue import RESOURCES, SHUTDOWNS, ResourceOf
from reviews.demo.company import HISTORY_MONTHS, STOCK_MONTHS, Company
from reviews.demo.demand import SEED, Array, Sales, expected
from sop import months

USUAL_DAYS = 21  # working days of a usual month
AHEAD = 12  # months of the plan that capacities are measured on
COVER, SPORADIC_COVER, BOUGHT_COVER = 0.15, 1.2, 0.5  # months of the next months' use that are kept in stock
SAFETY, PART_SAFETY = 0.55, 0.25  # of a month's use


@dataclass(frozen=True)
class Stock:
    """Items × months: the last `STOCK_MONTHS` of history. on_hand = before + received − used."""

    on_hand: Array
    received: Array
    target: Array
    use: Array  # as expected, from the same first month to the end of the plan
    safety: Array


def explode(company: Company, sold: Array) -> Array:
    """Units of every item that sold items × months need, their own and those in parents."""
    row_of = {item.code: row for row, item in enumerate(company.items)}
    need = np.zeros((len(company.items), sold.shape[1]))
    for row, item in zip(range(len(company.sold)), company.sold, strict=True):
        need[row_of[item.code]] = sold[row]
    # A part that has parts of its own stands before them in the tables, and products use parts only.
    for item in (*company.sold, *(item for item in company.items if not item.sold)):
        for part, quantity in item.parts.items():
            need[row_of[part]] += quantity * need[row_of[item.code]]
    return need


def hours(company: Company, need: Array) -> Array:
    """Hours of resources × months that items × months need."""
    row_of = {resource.code: row for row, resource in enumerate(RESOURCES)}
    load = np.zeros((len(RESOURCES), need.shape[1]))
    for row, item in enumerate(company.items):
        for code, hours_per_unit in item.routing.items():
            load[row_of[code]] += hours_per_unit * need[row]
    return load


def load_ahead(company: Company, share: Array, count: int = AHEAD) -> Array:
    """Hours that the expected demand of the plan asks for."""
    return hours(company, explode(company, expected(company, share, company.first, count).sum(axis=1)))


def regular_hours(company: Company, share: Array) -> Array:
    """Each resource's hours of a usual month, so that a year's demand takes the share of them that the tables name."""
    ahead = months.span(company.first, AHEAD)
    load = load_ahead(company, share)
    usual = np.zeros(len(RESOURCES))
    for row, resource in enumerate(RESOURCES):
        open_share = np.mean([shutdown(resource, month) for month in ahead])
        usual[row] = 10 * round(load[row].mean() / (resource.load * open_share) / 10)
    return usual


def shutdown(resource: ResourceOf, month: dt.date) -> float:
    """The share of a usual month's hours that a month has: by its working days, less those of a shutdown."""
    closed = [(first, last) for _, first, last in shutdowns(resource.code[:3], month.year)]
    return months.working_days(month, closed=closed) / USUAL_DAYS


def shutdowns(site: str, year: int) -> list[tuple[str, dt.date, dt.date]]:
    """Name, first and last day of what a site's calendar has shut in a year."""
    return [(name, dt.date(year, *first), dt.date(year, *last)) for name, first, last in SHUTDOWNS[site]]


def stock(company: Company, sales: Sales, seed: int = SEED) -> Stock:
    """Two years of stock and receipts: each month was planned for what was expected, then came what came."""
    chance = np.random.default_rng([seed, 3])
    first = months.add(company.first, -STOCK_MONTHS)
    use = explode(company, expected(company, sales.share, first, STOCK_MONTHS + AHEAD).sum(axis=1))
    actual = explode(company, sales.ordered[:, :, HISTORY_MONTHS - STOCK_MONTHS :].sum(axis=1))
    kept = np.array([SAFETY if item.sold or item.bought else PART_SAFETY for item in company.items])
    safety = np.round(kept * use[:, -AHEAD:].mean(axis=1))
    target = _target(company, use, safety) * chance.lognormal(0.0, 0.12, (len(company.items), 1))
    on_hand, received = np.zeros_like(actual), np.zeros_like(actual)
    before = target[:, 0]
    lots = np.array([item.lot for item in company.items])
    for month in range(STOCK_MONTHS):
        planned = np.maximum(target[:, month] - before + use[:, month], 0.0)
        received[:, month] = lots * np.round(planned / lots)
        on_hand[:, month] = np.round(before) + received[:, month] - np.round(actual[:, month])
        before = on_hand[:, month]
    return Stock(on_hand, received, target, use, safety)


def _target(company: Company, use: Array, safety: Array) -> Array:
    """What should be in stock at the end of each month: some of the next two months' use, and the safety stock."""
    count = use.shape[1] - 2
    coming = (use[:, 1 : count + 1] + use[:, 2 : count + 2]) / 2
    cover = np.array(
        [
            SPORADIC_COVER if item.sporadic else BOUGHT_COVER if item.bought else 0.0 if item.made_to_order else COVER
            for item in company.items
        ]
    )
    target: Array = coming * cover[:, None] + safety[:, None] * (coming > 0)
    return target


def on_order(company: Company, stock: Stock, month: int) -> list[tuple[int, int, float]]:
    """(item, month, units) that have been ordered by the end of a month of stock and are still to come."""
    orders = []
    for row, item in enumerate(company.items):
        before = stock.on_hand[row, month]
        for coming in range(month + 1, month + 1 + item.lead_time):
            wanted = max(stock.target[row, coming] - before + stock.use[row, coming], 0.0)
            units = item.lot * round(wanted / item.lot)
            before += units - stock.use[row, coming]
            if units:
                orders.append((row, coming, units))
    return orders
