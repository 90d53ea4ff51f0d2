"""Two bicycles and a helmet in two markets, three departments with records, and an open plan in which they disagree.

Eight cycles are closed, June 2012 to January 2013, each sold 100 a month of every series and forecast 110. At every lag
sales was 20 % over, marketing 5 % over, finance 10 % under. February 2013 is open: its baseline is 100 a month, prices
are 10.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from planning.actions import plan_demand
from planning.models import Input, SalesPlan, SalesPlanLine, Stream
from sop import bulk, months
from sop.models import Cycle, Posting, PostingBatch, Series
from tests import factories as make

FIRST, LONG_AGO = dt.date(2013, 2, 1), dt.date(2011, 1, 1)
CLOSED, HORIZON = 8, 6
OVER = {"sales": 1.2, "marketing": 1.05, "finance": 0.9}


@dataclass
class Company:
    plan: SalesPlan
    streams: dict[str, Stream]
    series: dict[str, Series]

    def say(self, stream: str, series: str, *quantities: float) -> None:
        """What a department enters from the first plan month on."""
        for at, quantity in enumerate(quantities):
            month = months.add(FIRST, at)
            Input.objects.create(
                plan=self.plan, stream=self.streams[stream], series=self.series[series], month=month, quantity=quantity
            )


def found_company(closed: int = CLOSED, *, silent: str = "") -> Company:
    """`silent` names a department, or a product nobody spoke about, in the closed cycles."""
    bikes, gear = make.make_family("bikes"), make.make_family("gear")
    north, south = make.make_market("north"), make.make_market("south")
    products = [("B1", bikes), ("B2", bikes), ("H1", gear)]
    made = {code: make.make_product(code, family, price=10.0, cost=4.0) for code, family in products}
    series = {
        f"{code}/{market.code}": make.make_series(product, market)
        for code, product in made.items()
        for market in (north, south)
    }
    streams = {code: make.make_stream(code) for code in OVER}
    for position, stream in enumerate(streams.values()):
        Stream.objects.filter(pk=stream.pk).update(position=position)
    sold = months.distance(LONG_AGO, FIRST)
    for each in series.values():
        make.make_history(each, LONG_AGO, [100.0] * sold)
    _post(next(iter(series.values())))
    for ago in range(closed, 0, -1):
        _closed_cycle(months.add(FIRST, -ago), series, streams, silent)
    cycle = make.make_cycle(FIRST, HORIZON)
    make.make_forecast(cycle, dict.fromkeys(series.values(), 100.0))
    return Company(plan_demand(cycle=cycle, by=None), streams, series)


def _post(series: Series) -> None:
    batch = PostingBatch.objects.create(source="erp")
    for number, day in enumerate((LONG_AGO, months.add(FIRST, -1))):
        Posting.objects.create(
            source="erp",
            external_id=str(number),
            product=series.product,
            market=series.market,
            date=day,
            kind="ordered",
            quantity=1,
            revenue=1,
            batch=batch,
        )


def _closed_cycle(first: dt.date, series: dict[str, Series], streams: dict[str, Stream], silent: str) -> None:
    cycle = Cycle.objects.create(first_month=first, horizon=HORIZON, state=Cycle.State.CLOSED)
    plan = SalesPlan.objects.create(cycle=cycle, start=first, horizon=HORIZON, frozen_at=timezone.now())
    none, level = np.zeros(HORIZON), np.full(HORIZON, 110.0)
    columns = ["plan_id", "series_id", "baseline", "events", "consensus", "price", "unit_cost", "revenue", "cost"]
    lines = ((plan.pk, each.pk, level, none, level, none, none, none, none) for each in series.values())
    bulk.insert(SalesPlanLine, columns, lines)
    for code, stream in streams.items():
        Input.objects.bulk_create(
            Input(plan=plan, stream=stream, series=each, month=month, quantity=100 * OVER[code])
            for each in series.values()
            for month in plan.months
            if silent not in {code, each.product.code}
        )
