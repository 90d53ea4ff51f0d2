"""The live feed: one reader of the change log and of running jobs per process, fanned out to every open page.

The database is polled once a second; a nudge (Redis publish, or an in-process event) only makes it sooner. A client
that does not keep up is dropped and resumes by Last-Event-ID.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Max
from redis.asyncio import Redis
from redis.exceptions import RedisError

from sop import nudges
from sop.models import Change, Family, Market, Run, User
from sop.permissions import Verb, can, codes, scope, touches

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
PING_SECONDS = 15.0
BACKLOG = 200


@dataclass(frozen=True)
class Event:
    """Something that happened, as a page hears of it."""

    kind: str
    body: dict[str, Any]
    id: int | None = None
    families: list[str] = field(default_factory=list)
    markets: list[str] = field(default_factory=list)

    def encode(self) -> bytes:
        head = f"id: {self.id}\n" if self.id else ""
        return f"{head}event: {self.kind}\ndata: {json.dumps(self.body)}\n\n".encode()


def change_event(change: Change) -> Event:
    body = {
        "id": change.pk,
        "kind": change.kind,
        "object": change.object,
        "summary": change.summary,
        "by": change.by.display_name if change.by else "",
        "change_set": str(change.change_set),
        "at": change.at.isoformat(),
        "cycle": change.cycle.code if change.cycle else None,
    }
    return Event("change", body, change.pk, change.families, change.markets)


def run_event(run: Run) -> Event:
    body = {
        "id": run.pk,
        "kind": run.kind,
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "percent": run.percent,
        "message": run.message,
        "error": run.error,
        "eta_seconds": _eta(run),
    }
    return Event("run", body)


def _eta(run: Run) -> int | None:
    """Seconds left at the pace so far; None before there is one."""
    if not (run.active and run.started_at and run.done):
        return None
    elapsed = (run.updated_at - run.started_at).total_seconds()
    return round(elapsed / run.done * (run.total - run.done))


class Tailer:
    """Reads what is new and hands it to the open streams of this process; runs only while there are any."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[Event]] = set()
        self.last = 0
        self.seen: dict[int, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self.nudge = asyncio.Event()

    def join(self) -> asyncio.Queue[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=BACKLOG)
        self.queues.add(queue)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._follow())
        return queue

    def leave(self, queue: asyncio.Queue[Event]) -> None:
        self.queues.discard(queue)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self.nudge.set)

        nudges.listeners.add(wake)
        listener = asyncio.create_task(self._listen()) if settings.REDIS_URL else None
        self.last = await sync_to_async(_last_change)()
        try:
            while self.queues:
                for event in await sync_to_async(self._news)():
                    self._hand_out(event)
                self.nudge.clear()
                await _wait(self.nudge, POLL_SECONDS)
        finally:
            nudges.listeners.discard(wake)
            if listener:
                listener.cancel()

    def _news(self) -> list[Event]:
        changes = _after(self.last)
        self.last = changes[-1].id or self.last if changes else self.last
        active = {run.pk: run for run in Run.objects.filter(state__in=Run.ACTIVE)}
        ended = Run.objects.filter(pk__in=set(self.seen) - set(active))
        moved = [run for run in [*active.values(), *ended] if self.seen.get(run.pk) != run.updated_at]
        self.seen = {pk: run.updated_at for pk, run in active.items()}
        close_old_connections()
        return changes + [run_event(run) for run in moved]

    def _hand_out(self, event: Event) -> None:
        for queue in list(self.queues):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.queues.discard(queue)

    async def _listen(self) -> None:
        try:
            async with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as pubsub:
                await pubsub.subscribe(nudges.CHANNEL)
                async for _ in pubsub.listen():
                    self.nudge.set()
        except RedisError as error:
            log.warning("No live nudges from Redis (%s); the log is read once a second.", error)


_tailers: dict[asyncio.AbstractEventLoop, Tailer] = {}


def tailer() -> Tailer:
    """The one tailer of this process's event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _tailers:
        _tailers.clear()
        _tailers[loop] = Tailer()
    return _tailers[loop]


async def stream(user: User, last: int | None) -> AsyncIterator[bytes]:
    """The events a user may know of, from `last` on; ends when the client falls too far behind."""
    audience = await sync_to_async(Audience.of)(user)
    tail = tailer()
    queue = tail.join()
    try:
        yield b": welcome\n\n"
        sent = last or 0
        while last is not None and (missed := await sync_to_async(_after)(sent)):
            for event in missed:
                sent = event.id or sent
                if audience.hears(event):
                    yield event.encode()
        while queue in tail.queues:
            try:
                event = await asyncio.wait_for(queue.get(), PING_SECONDS)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            if (event.id is None or event.id > sent) and audience.hears(event):
                yield event.encode()
    finally:
        tail.leave(queue)


@dataclass(frozen=True)
class Audience:
    """What of the feed a user may hear."""

    allowed: bool
    families: frozenset[str] | None
    markets: frozenset[str] | None

    @classmethod
    def of(cls, user: User) -> "Audience":
        mine = scope(user)
        return cls(can(user, Verb.VIEW), codes(Family, mine.families), codes(Market, mine.markets))

    def hears(self, event: Event) -> bool:
        return self.allowed and touches(event.families, self.families) and touches(event.markets, self.markets)


def _after(last: int) -> list[Event]:
    return [
        change_event(change) for change in Change.objects.filter(pk__gt=last).select_related("by", "cycle")[:BACKLOG]
    ]


def _last_change() -> int:
    return Change.objects.aggregate(last=Max("pk"))["last"] or 0


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
