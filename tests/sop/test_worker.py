"""A real Celery worker forecasts a company while workers are killed, Redis forgets everything, and people cancel."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from django.conf import settings
from django.db import transaction
from redis import Redis

from forecasting.models import Forecast, ForecastLine
from sop.actions import runs
from sop.celery import app
from sop.models import Change, Cycle, Run, Shard, User
from sop.tasks import launch
from sop.vectors import Vector
from tests.factories import make_demand_planner
from tests.sop.company import SHARDS, make_company, published

pytestmark = [pytest.mark.worker, pytest.mark.slow]
QUEUE = "celery"
# The worker looks after lost work at once instead of when a person would have begun to wonder.
IMPATIENT = {"SWEEP_SECONDS": 0.5, "SHARD_LEASE_SECONDS": 2, "SHARD_RESEND_SECONDS": 1}

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def cycle(transactional_db: None) -> Cycle:
    return make_company()


@pytest.fixture
def planner(transactional_db: None) -> User:
    return make_demand_planner()


@pytest.fixture
def start_own(start_worker: Start) -> Iterator[Start]:
    """Workers of this test alone: others may not take its work, and they are gone at the end."""
    others = [name for answer in app.control.ping(timeout=0.5) for name in answer]
    if others:
        app.control.cancel_consumer(QUEUE, destination=others, reply=True, timeout=5, limit=len(others))
    mine: list[subprocess.Popen[bytes]] = []

    def start(**options: object) -> subprocess.Popen[bytes]:
        mine.append(start_worker(**options))
        return mine[-1]

    yield start
    for worker in mine:
        kill(worker)
    if others:
        app.control.add_consumer(QUEUE, destination=others, reply=True, timeout=5, limit=len(others))


def kill(worker: subprocess.Popen[bytes]) -> None:
    """The worker and its children, without a chance to tidy up."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.fixture(scope="module")
def inline() -> dict[str, Vector]:
    """What a run in one process found; the company is the same in every test."""
    return {}


@pytest.fixture
def is_exact(inline: dict[str, Vector]) -> Callable[[Run], bool]:
    """Whether a run ended with the very numbers that a run in this process finds."""

    def check(run: Run) -> bool:
        run.refresh_from_db()
        assert (run.state, run.done, run.error) == (Run.State.DONE, run.total, "")
        assert not run.shards.exclude(state=Shard.State.DONE).exists()
        assert Change.objects.filter(kind="forecast.published").count() == 1
        assert run.cycle is not None
        codes, found = published(run.cycle)
        assert ForecastLine.objects.count() == len(codes) == run.total + SHARDS
        if not inline:
            again = runs.run_inline(runs.start(kind="forecast", cycle=run.cycle, by=None))
            assert again.state == Run.State.DONE
            inline["found"] = published(run.cycle)[1]
        # The totals add up in the order in which the rows happen to lie.
        np.testing.assert_allclose(found[-SHARDS:], inline["found"][-SHARDS:], rtol=1e-12)
        return np.array_equal(found[:-SHARDS], inline["found"][:-SHARDS])

    return check


def ended(run: Run) -> bool:
    run.refresh_from_db()
    return not run.active


def halfway(run: Run) -> bool:
    run.refresh_from_db()
    assert run.active, "it ended before the test could interfere"
    return run.shards.filter(state=Shard.State.DONE).count() >= 2


@pytest.mark.usefixtures("worker")
def test_a_worker_forecasts_a_company(cycle: Cycle, planner: User, wait_for, is_exact) -> None:
    run = launch(kind="forecast", cycle=cycle, by=planner)
    wait_for(lambda: ended(run), "the forecast")
    assert is_exact(run)
    assert set(run.shards.values_list("attempts", flat=True)) == {1}


@pytest.mark.usefixtures("worker")
def test_two_people_start_it_and_it_is_done_once(cycle: Cycle, planner: User, wait_for, is_exact) -> None:
    first = launch(kind="forecast", cycle=cycle, by=planner)
    second = launch(kind="forecast", cycle=cycle, by=make_demand_planner("dora"))
    assert second.pk == first.pk
    wait_for(lambda: ended(first), "the forecast")
    assert is_exact(first)
    assert Run.objects.filter(requested_by__isnull=False).count() == 1


@pytest.mark.usefixtures("worker")
def test_cancel_stops_the_worker_and_publishes_nothing(cycle: Cycle, planner: User, wait_for) -> None:
    run = launch(kind="forecast", cycle=cycle, by=planner)
    wait_for(lambda: halfway(run), "some progress")
    runs.cancel(run=run, by=planner)
    wait_for(lambda: ended(run), "the worker to stop", 15)
    assert run.state == Run.State.CANCELLED
    assert run.shards.filter(state=Shard.State.WAITING).exists()
    assert not Forecast.objects.filter(state=Forecast.State.PUBLISHED).exists()
    assert not Change.objects.filter(kind="forecast.published").exists()


def test_a_worker_killed_at_work_is_made_good_by_the_next(
    cycle: Cycle, planner: User, start_own: Start, wait_for, is_exact
) -> None:
    doomed = start_own(**IMPATIENT)
    run = launch(kind="forecast", cycle=cycle, by=planner)
    wait_for(lambda: halfway(run), "some progress")
    kill(doomed)
    left = run.shards.exclude(state=Shard.State.DONE).count()
    assert left > 0
    start_own(beat=True, **IMPATIENT)
    wait_for(lambda: ended(run), "the second worker to finish")
    assert is_exact(run)


def test_a_job_survives_that_redis_forgets_everything(
    cycle: Cycle, planner: User, start_own: Start, wait_for, is_exact
) -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    start_own(beat=True, **IMPATIENT)
    run = launch(kind="forecast", cycle=cycle, by=planner)
    wait_for(lambda: halfway(run), "some progress")
    assert redis.llen(QUEUE) > 0
    redis.flushdb()
    wait_for(lambda: ended(run), "the sweeper to send it all again")
    redis.close()
    assert is_exact(run)


def test_work_committed_while_no_worker_and_no_broker_is_up_is_found(
    cycle: Cycle, planner: User, start_own: Start, wait_for, is_exact
) -> None:
    with transaction.atomic():
        run = runs.start(kind="forecast", cycle=cycle, by=planner)
    start_own(**IMPATIENT)
    wait_for(lambda: ended(run), "the worker to find it by itself")
    assert is_exact(run)
