"""A company large enough that forecasting it takes a worker several seconds and several shards."""

import datetime as dt

import numpy as np
from django.db.models import F

from forecasting.actions.forecast_job import SHARD_SERIES
from forecasting.models import Forecast, ForecastLine
from sop import bulk, months
from sop.models import Cycle, History, Posting, PostingBatch, Product, Series
from sop.vectors import Vector
from tests.factories import make_cycle, make_family, make_market

SHARDS, MONTHS = 8, 24
START = dt.date(2024, 6, 1)
PRODUCT = ("code", "name", "family_id", "sold", "uom", "planning_factor", "strategy", "make_or_buy", "lead_time_months")
HISTORY = ("series_id", "start", "ordered", "shipped", "revenue")


def make_company(shards: int = SHARDS) -> Cycle:
    """Families that fill a shard each with series of two years, always the same, and the cycle of the next month."""
    count = shards * SHARD_SERIES
    families, market = [make_family(f"F{number}").pk for number in range(shards)], make_market()
    rest = (True, "EA", 1.0, "MTS", "make", 0, 1.0, 0.0)
    rows = ((f"P{n:05d}", f"Product {n}", families[n // SHARD_SERIES], *rest) for n in range(count))
    bulk.insert(Product, (*PRODUCT, "lot_multiple", "safety_stock"), rows)
    products = list(Product.objects.order_by("code").values_list("pk", flat=True))
    bulk.insert(Series, ("product_id", "market_id"), ((pk, market.pk) for pk in products))
    series = Series.objects.order_by("product__code").values_list("pk", flat=True)
    sold = np.random.default_rng(7).poisson(40, (count, MONTHS)).astype(float)
    bulk.insert(History, HISTORY, ((pk, START, units, units, units) for pk, units in zip(series, sold, strict=True)))
    # Which months are known follows from the last posting.
    Posting.objects.create(
        source="test",
        external_id="1",
        product_id=products[0],
        market=market,
        date=months.add(START, MONTHS - 1),
        kind=Posting.Kind.ORDERED,
        quantity=1,
        revenue=1,
        batch=PostingBatch.objects.create(source="test"),
    )
    return make_cycle(months.add(START, MONTHS), horizon=3)


def published(cycle: Cycle) -> tuple[list[str], Vector]:
    """What was forecast: product codes, and mean and intervals by code; the families' totals come last."""
    forecast = Forecast.objects.get(cycle=cycle, state=Forecast.State.PUBLISHED)
    lines = ForecastLine.objects.filter(forecast=forecast).order_by(
        F("series__product__code").asc(nulls_last=True), "family"
    )
    rows = list(lines.values_list("series__product__code", "mean", "lower80", "upper90"))
    return [str(row[0]) for row in rows], np.array([row[1:] for row in rows])
