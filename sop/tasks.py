"""Celery's doors to the jobs, and the one way in which a page, a REST call or another door starts one."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from sop.actions import runs
from sop.models import Cycle, Run, User

log = logging.getLogger(__name__)


def launch(
    *,
    kind: str,
    cycle: Cycle | None = None,
    parameters: dict[str, Any] | None = None,
    by: User | None,
    about: str = "",
) -> Run:
    """Start a job and tell the workers once it is committed; returns the active one when there is one."""
    run = runs.start(kind=kind, cycle=cycle, parameters=parameters, by=by, about=about)
    transaction.on_commit(announce, robust=True)
    return run


def announce() -> None:
    """Send every shard that is due to the broker. When it is down nothing is lost: the sweeper comes by again."""
    if settings.REDIS_URL:
        publish(runs.due())


def publish(shards: list[int]) -> None:
    """One message per shard; gives up at once when the broker does not answer."""
    try:
        for pk in shards:
            run_shard.apply_async((pk,), retry=False)
    except OperationalError as error:
        log.warning("The broker does not answer (%s); the sweeper will announce the work again.", error)


@shared_task(name="sop.tasks.run_shard")
def run_shard(shard_id: int) -> None:
    """Do one shard."""
    runs.work(shard_id)


@shared_task(name="sop.tasks.sweep")
def sweep() -> None:
    """Announce again what was lost. Every worker does it when it starts, beat does it all the time."""
    publish(runs.sweep())


@worker_ready.connect
def sweep_at_start(**_: Any) -> None:
    """A worker looks for work by itself: the message may have been lost while none was up."""
    if settings.REDIS_URL:
        sweep()
