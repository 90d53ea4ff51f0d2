"""Two closed cycles with known numbers.

Two series, bikes in the north and gear in the south, each with a year of 10 a month before June 2013. The cycles of
June and July 2013 are closed, that of August is open. Sold: bikes 20 and 30, gear 10 and 0 (June, July).
"""

import datetime as dt

from django.utils import timezone

from planning.models import Input, SalesPlan, SalesPlanLine
from reviews.models import Snapshot, Stage
from sop.models import Cycle, Posting, PostingBatch, Series, User
from tests.factories import make_department, make_history, make_stream, vector

JUNE, JULY, AUGUST = (dt.date(2013, month, 1) for month in (6, 7, 8))
A_YEAR_BEFORE = dt.date(2012, 6, 1)


def close_two_cycles(bikes: Series, gear: Series) -> None:
    """June planned 24 bikes (baseline 22) and 8 gear a month, July 27 bikes and 5 gear."""
    make_history(bikes, A_YEAR_BEFORE, [10.0] * 12 + [20, 30])
    make_history(gear, A_YEAR_BEFORE, [10.0] * 12 + [10, 0])
    actuals(bikes)
    sales = make_stream("sales")
    june = sign(JUNE, {bikes: (22.0, 24.0), gear: (8.0, 8.0)})
    sign(JULY, {bikes: (27.0, 27.0), gear: (5.0, 5.0)})
    Input.objects.create(plan=june, stream=sales, series=bikes, month=JUNE, quantity=20)
    Cycle.objects.create(first_month=AUGUST, horizon=3)


def actuals(series: Series) -> None:
    batch = PostingBatch.objects.create(source="erp")
    for number, day in enumerate((A_YEAR_BEFORE, JULY)):
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


def sign(month: dt.date, said: dict[Series, tuple[float, float]], key: str = "demand-review") -> SalesPlan:
    """A closed cycle whose review signed these levels of baseline and consensus."""
    cycle, _ = Cycle.objects.get_or_create(first_month=month, defaults={"horizon": 3, "state": Cycle.State.CLOSED})
    stage, _ = Stage.objects.get_or_create(
        cycle=cycle, key=key, defaults={"position": 2, "owner": make_department(), "due": month}
    )
    plan = SalesPlan.objects.create(cycle=cycle, start=month, horizon=3, frozen_at=timezone.now())
    for series, (baseline, consensus) in said.items():
        values = {"baseline": vector(baseline, 3), "consensus": vector(consensus, 3)}
        values |= dict.fromkeys(("events", "price", "unit_cost", "revenue", "cost"), vector(0, 3))
        SalesPlanLine.objects.create(plan=plan, series=series, **values)
        SalesPlanLine.objects.create(plan=plan, family=series.product.family, market=series.market, **values)
    Snapshot.objects.create(cycle=cycle, stage=stage, sales_plan=plan, digest="d", by=signer())
    return plan


def signer() -> User:
    return User.objects.get_or_create(username="signer")[0]
