"""Telling the readers of the change log that it has grown. Only latency depends on it: they also look by themselves."""

import logging
from collections.abc import Callable

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
CHANNEL = "evenkeel:log"
listeners: set[Callable[[], None]] = set()


def nudge() -> None:
    """Wake the tailers: of this process directly, of all processes through Redis."""
    for wake in list(listeners):
        wake()
    if settings.REDIS_URL:
        try:
            _redis().publish(CHANNEL, "1")
        except RedisError as error:
            log.info("No nudge (%s); the log is read once a second.", error)


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
