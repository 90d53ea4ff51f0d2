"""What Halden's customers order: expectation × chance, the same for the same seed and month."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviews.demo.catalogue import GROUPS, MARKETS, FamilyOf, MarketOf
from reviews.demo.company import HISTORY_MONTHS, Company, Item
from reviews.demo.promotions import (
    LISTING_FACTOR,
    LISTING_FAMILY,
    LISTING_MARKET,
    LISTING_MONTHS_AGO,
    ODD_FACTOR,
    ODD_MARKET,
    ODD_MONTHS_AGO,
    ODD_PRODUCT,
    PAST,
    RECENT,
    Promotion,
)
from sop import months

Array = NDArray[np.float64]

SEED = 20240607
RAMP_UP = (0.35, 0.65, 0.9)  # the first months of a new product
RUN_OUT = (0.75, 0.4)  # the last two of an old one
MAIN_MARKETS = 4  # where niche models are sold
UNLISTED = 0.07  # of the smaller lines are not sold in a market
NOISE_MEMORY = 0.35
TILT = {group.code: group.tilt for group in GROUPS}
# Of what was ordered online the month before.
RETURNS = {"CLOTHING": 0.07, "HELMETS": 0.03, "PACKS": 0.03, "TENTS": 0.03}
LATE = 0.09  # of the orders of bicycles in the peak months ships a month later
PEAK = (4, 5, 6)


@dataclass(frozen=True)
class Sales:
    """Units of sold items × markets × months of history; `share` is each market's part of an item (0: not listed)."""

    ordered: Array
    shipped: Array
    returned: Array
    share: Array


def sales(company: Company, seed: int = SEED) -> Sales:
    """48 months of orders, shipments and returns."""
    share = shares(company, seed)
    chance = np.random.default_rng([seed, 2])
    mean = expected(company, share, company.start, HISTORY_MONTHS)
    ordered = np.zeros_like(mean)
    for row, item in enumerate(company.sold):
        noisy = mean[row] * _noise(item, mean.shape[1:], chance)
        ordered[row] = _sporadic(noisy, chance) if item.sporadic else chance.poisson(noisy)
    _odd_order(company, ordered)
    return Sales(ordered, _shipped(company, ordered), _returned(company, ordered, chance), share)


def shares(company: Company, seed: int = SEED) -> Array:
    """Each market's part of each sold item."""
    chance = np.random.default_rng([seed, 1])
    share = np.zeros((len(company.sold), len(MARKETS)))
    for row, item in enumerate(company.sold):
        assert item.family is not None
        tilted = np.array([market.share * TILT[item.family.group][market.channel] for market in MARKETS])
        part = tilted * chance.lognormal(0.0, 0.22, len(MARKETS))
        if item.sporadic:
            part[np.argsort(part)[:-MAIN_MARKETS]] = 0.0
        elif item.level < 80:
            part[(chance.random(len(MARKETS)) < UNLISTED) & (part < part.max())] = 0.0
        share[row] = part / part.sum()
    return share


def expected(company: Company, share: Array, start: dt.date, count: int) -> Array:
    """What would be ordered if nothing were left to chance; the level is that of the first plan month."""
    span = months.span(start, count)
    ago = np.array([months.distance(company.first, month) for month in span])
    mean = np.zeros((*share.shape, count))
    for row, item in enumerate(company.sold):
        family = item.family
        assert family is not None
        own = item.level * _season(family, span) * _life(item, ago)
        for column, market in enumerate(MARKETS):
            growth = (1 + family.growth + market.growth) ** (ago / months.MONTHS_PER_YEAR)
            mean[row, column] = share[row, column] * own * growth * _listing(family, market, ago)
    for promotion in (*PAST, *RECENT):
        if not promotion.units:
            _promote(company, promotion, span, mean)
    return mean


def _season(family: FamilyOf, span: list[dt.date]) -> Array:
    season = np.array(family.season) / np.mean(family.season)
    return np.array([season[month.month - 1] for month in span])


def _life(item: Item, ago: NDArray[np.int_]) -> Array:
    """0 before the launch and after the end, less than 1 while it comes and goes."""
    alive = np.ones(len(ago))
    if item.life.launch is not None:
        age = ago - item.life.launch
        alive[age < 0] = 0.0
        # A successor takes over a going demand; a new line has to find its customers.
        for month, factor in enumerate(() if item.life.predecessor else RAMP_UP):
            alive[age == month] = factor
    if item.life.last is not None:
        left = item.life.last - ago
        alive[left < 0] = 0.0
        for month, factor in enumerate(reversed(RUN_OUT)):
            alive[left == month] *= factor
    return alive


def _listing(family: FamilyOf, market: MarketOf, ago: NDArray[np.int_]) -> Array:
    listed = (family.code, market.code) == (LISTING_FAMILY, LISTING_MARKET)
    return np.where(listed & (ago < -LISTING_MONTHS_AGO), 1 / LISTING_FACTOR, 1.0)


def _promote(company: Company, promotion: Promotion, span: list[dt.date], mean: Array) -> None:
    first, last = promotion.span(company)
    during = np.array([first <= month <= last for month in span])
    rows = np.array([item.family is not None and item.family.code == promotion.family for item in company.sold])
    columns = np.array([not promotion.markets or market.code in promotion.markets for market in MARKETS])
    mean[np.ix_(rows, columns, during)] *= 1 + promotion.effect * promotion.came


def _noise(item: Item, shape: tuple[int, ...], chance: np.random.Generator) -> Array:
    """A factor around 1: half of it the product's own luck, with a memory, half the series'."""
    assert item.family is not None
    spread = item.family.noise
    shocks = chance.normal(0.0, spread * 0.7, shape[-1])
    common = np.zeros(shape[-1])
    for month in range(shape[-1]):
        common[month] = shocks[month] + (NOISE_MEMORY * common[month - 1] if month else 0.0)
    own = chance.normal(0.0, spread * 0.7, shape)
    factors: Array = np.exp(common + own - spread**2 / 2)
    return factors


def _sporadic(mean: Array, chance: np.random.Generator) -> Array:
    """Many months without an order, then several units at once, of the same mean."""
    size = np.maximum(2.0, 2.5 * mean)
    happens = chance.random(mean.shape) < mean / size
    return np.where(happens, 1 + chance.poisson(size - 1), 0).astype(np.float64)


def _odd_order(company: Company, ordered: Array) -> None:
    row = next(row for row, item in enumerate(company.sold) if item.code == ODD_PRODUCT)
    column = next(column for column, market in enumerate(MARKETS) if market.code == ODD_MARKET)
    ordered[row, column, -ODD_MONTHS_AGO] = np.round(ordered[row, column, -ODD_MONTHS_AGO] * ODD_FACTOR)


def _shipped(company: Company, ordered: Array) -> Array:
    """Orders in the month they leave: in the season some bicycles leave a month late."""
    late = np.zeros_like(ordered)
    span = months.span(company.start, ordered.shape[-1])
    peak = [index for index, month in enumerate(span) if month.month in PEAK and index + 1 < len(span)]
    for row, item in enumerate(company.sold):
        if item.family and item.family.group == "BIKES":
            late[row][:, peak] = np.floor(ordered[row][:, peak] * LATE)
    shipped = ordered - late
    shipped[:, :, 1:] += late[:, :, :-1]
    return shipped


def _returned(company: Company, ordered: Array, chance: np.random.Generator) -> Array:
    """What comes back to the online shops a month after it was ordered."""
    rates = [RETURNS.get(item.family.code, 0.0) if item.family else 0.0 for item in company.sold]
    online = np.array([market.channel == "ONL" for market in MARKETS])
    returned = np.zeros_like(ordered)
    for row, rate in enumerate(rates):
        sent_back = chance.binomial(ordered[row, online, :-1].astype(np.int64), rate)
        # Never more than is ordered in the month: a month of a series does not go below zero.
        returned[row, online, 1:] = np.minimum(sent_back, ordered[row, online, 1:])
    return returned
