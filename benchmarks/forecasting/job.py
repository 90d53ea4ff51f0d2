"""The forecast job from database to database: a company of 100,000 series in a database that is made for it.

It is made beside the one of DATABASE_URL, as `test_…`, and dropped at the end. Only `--database` measures it.
"""

import datetime as dt
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.engines import histories
from benchmarks.registry import NotAvailable, benchmark, peak_megabytes, stopwatch

ROOT = Path(__file__).resolve().parents[2]
SERIES, MONTHS, FAMILIES, MARKETS, HORIZON = 100_000, 36, 100, 10, 18
START = dt.date(2023, 1, 1)
PLAN = dt.date(2026, 1, 1)
PRODUCT = ("code", "name", "family_id", "sold", "uom", "planning_factor", "strategy", "make_or_buy", "lead_time_months")


@dataclass(frozen=True)
class Job:
    seconds: float
    cpu_seconds: float  # of the process that worked; the database's are its own
    megabytes: float  # the largest resident memory of the process that worked
    series: int


@benchmark("Forecast job, 100,000 series × 36 months, one process", unit="s", at_most=120, database=True)
def forecast_job_seconds() -> float:
    return forecast_job().seconds


@benchmark("Forecast job, 100,000 series × 36 months, CPU", unit="s", at_most=120, database=True)
def forecast_job_cpu_seconds() -> float:
    return forecast_job().cpu_seconds


@benchmark("Forecast job, 100,000 series × 36 months, memory", unit="MB", at_most=1000, database=True)
def forecast_job_memory() -> float:
    return forecast_job().megabytes


@cache
def forecast_job() -> Job:
    """`manage.py forecast` in a process of its own, whose memory is that of a worker."""
    start_django()
    with passing_database() as address:
        make_company()
        environment = {**os.environ, "DATABASE_URL": address, "REDIS_URL": "", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "benchmarks.forecasting.job"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotAvailable(done.stderr.strip().splitlines()[-1])
        return Job(**json.loads(done.stdout))


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sop.settings")
    try:
        import django
    except ImportError as error:
        raise NotAvailable(str(error)) from error
    django.setup()


def measure() -> Job:
    """What the new process does."""
    start_django()
    from django.core.management import call_command

    said = io.StringIO()
    with stopwatch() as watch:
        call_command("forecast", "--json", stdout=said, stderr=io.StringIO())
    return Job(watch.seconds, watch.cpu_seconds, peak_megabytes(), json.loads(said.getvalue())["series"])


@contextmanager
def passing_database() -> Iterator[str]:
    """A new PostgreSQL database in which every query of this process ends; its address."""
    from django.db import OperationalError, connection

    if connection.vendor != "postgresql":
        raise NotAvailable("it needs PostgreSQL: set DATABASE_URL to a database beside which it may make another")
    kept = connection.settings_dict["NAME"]
    try:
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    except OperationalError as error:
        raise NotAvailable(str(error)) from error
    try:
        yield os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def make_company() -> None:
    """Products in a hundred families, each sold in one of ten markets; what they sold is the same in every run."""
    from sop import bulk
    from sop.models import Cycle, Family, History, Market, Posting, PostingBatch, Product, Series

    families = [Family.objects.create(code=f"F{n}", name=f"Family {n}").pk for n in range(FAMILIES)]
    markets = [Market.objects.create(code=f"M{n}", name=f"Market {n}").pk for n in range(MARKETS)]
    bulk.insert(Product, (*PRODUCT, "lot_multiple", "safety_stock"), product_rows(families))
    products = list(Product.objects.order_by("code").values_list("pk", flat=True))
    bulk.insert(Series, ("product_id", "market_id"), ((pk, markets[n % MARKETS]) for n, pk in enumerate(products)))
    series = Series.objects.order_by("product__code").values_list("pk", flat=True)
    rows = ((pk, START, sold, sold, sold) for pk, sold in zip(series, histories(SERIES, MONTHS), strict=True))
    bulk.insert(History, ("series_id", "start", "ordered", "shipped", "revenue"), rows)
    # The latest posting says until when sales are known.
    Posting.objects.create(
        source="benchmark",
        external_id="1",
        product_id=products[0],
        market_id=markets[0],
        date=dt.date(2025, 12, 1),
        kind=Posting.Kind.ORDERED,
        quantity=1,
        revenue=1,
        batch=PostingBatch.objects.create(source="benchmark"),
    )
    Cycle.objects.create(first_month=PLAN, horizon=HORIZON)


def product_rows(families: list[int]) -> Iterator[tuple[Any, ...]]:
    for n in range(SERIES):
        yield (f"P{n:06d}", f"Product {n}", families[n % FAMILIES], True, "EA", 1.0, "MTS", "make", 0, 1.0, 0.0)


if __name__ == "__main__":
    print(json.dumps(asdict(measure())))
