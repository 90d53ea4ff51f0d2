"""The live feed: one reader of the change log and of running jobs per process, fanned out to every open page.

The database is polled once a second; a nudge (Redis publish, or an in-process event) only makes it sooner. A client
that does not keep up is dropped and resumes by Last-Event-ID.
"""

import asyncio
import datetime as dt
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, close_old_connections
from django.db.models import Max, Q
from django.db.models.functions import Now
from redis.asyncio import Redis
from redis.exceptions import RedisError

from sop import nudges
from sop.models import Change, Family, Market, Run, User
from sop.permissions import Verb, can, codes, scope, touches
from sop.queries.inbox import unread_of

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
PING_SECONDS = 15.0
RECONNECT_SECONDS = 5.0
# A stream ends after this long, and the browser resumes it: what its user may hear is then looked up afresh.
LIFETIME_SECONDS = 300.0
# A page may have been drawn, or a connection lost, this long before it is told how a job ended.
RECENT = dt.timedelta(minutes=1)
# Changes read at once, and events that a client may lag behind before it is dropped: more than any one reading.
BATCH, BACKLOG = 200, 1_000


@dataclass(frozen=True)
class Event:
    """Something that happened, as a page hears of it."""

    kind: str
    body: dict[str, Any]
    id: int | None = None
    families: list[str] = field(default_factory=list)
    markets: list[str] = field(default_factory=list)
    # The one person it is for; None: everybody whose scope it touches.
    user: int | None = None

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


def inbox_event(user: int, unread: int) -> Event:
    """How many lines of their inbox somebody has not seen; for nobody else."""
    return Event("inbox", {"unread": unread}, user=user)


def _eta(run: Run) -> int | None:
    """Seconds left at the pace so far; None before there is one."""
    if not (run.active and run.started_at and run.done):
        return None
    elapsed = (run.updated_at - run.started_at).total_seconds()
    return round(elapsed / run.done * (run.total - run.done))


class Tailer:
    """Reads what is new and hands it to the open streams of this process; runs only while there are any."""

    def __init__(self) -> None:
        self.queues: dict[asyncio.Queue[Event], int] = {}
        self.unread: dict[int, int] = {}
        self.last = 0
        self.seen: dict[int, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self.starting = asyncio.Lock()
        self.nudge = asyncio.Event()

    async def join(self, user: int) -> asyncio.Queue[Event]:
        """A queue that from now on gets every change after `last`, every move of a job, and the user's unread lines."""
        queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=BACKLOG)
        async with self.starting:
            if self.task is None or self.task.done():
                # Before anything else looks at the log, or a change between the two looks would be lost.
                self.last, self.seen = await sync_to_async(_position)()
                self.task = asyncio.create_task(self._follow())
            self.queues[queue] = user
            # A page may have been drawn before the last count was told: it is told again, if there is anything unread.
            self.unread.pop(user, None)
        self.nudge.set()
        return queue

    def leave(self, queue: asyncio.Queue[Event]) -> None:
        self.queues.pop(queue, None)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self.nudge.set)

        nudges.listeners.add(wake)
        listener = asyncio.create_task(self._listen()) if settings.REDIS_URL else None
        try:
            while self.queues:
                self.nudge.clear()
                await self._tell_news()
                await _wait(self.nudge, POLL_SECONDS)
        finally:
            nudges.listeners.discard(wake)
            if listener:
                listener.cancel()

    async def _tell_news(self) -> None:
        try:
            news = await sync_to_async(self._news)(frozenset(self.queues.values()))
        except Error as error:
            log.warning("The change log cannot be read (%s); trying again.", error)
            return
        for event in news:
            self._hand_out(event)
        if len(news) >= BATCH:
            self.nudge.set()

    def _news(self, users: frozenset[int]) -> list[Event]:
        try:
            changes, jobs, unread = _after(self.last), _recent_runs(), unread_of(users)
        finally:
            close_old_connections()
        counts = [inbox_event(user, unread.get(user, 0)) for user in users if self._counts(user, unread)]
        moved = [run for run in jobs if self.seen.get(run.pk) != run.updated_at]
        self.last = changes[-1].id or self.last if changes else self.last
        self.seen = {run.pk: run.updated_at for run in jobs}
        return changes + [run_event(run) for run in moved] + counts

    def _counts(self, user: int, unread: dict[int, int]) -> bool:
        """Whether the user's count is another than what was told."""
        told, self.unread[user] = self.unread.get(user, 0), unread.get(user, 0)
        return told != self.unread[user]

    def _hand_out(self, event: Event) -> None:
        for queue in list(self.queues):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.queues.pop(queue, None)

    async def _listen(self) -> None:
        while True:
            try:
                async with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as pubsub:
                    await pubsub.subscribe(nudges.CHANNEL)
                    async for _ in pubsub.listen():
                        self.nudge.set()
            except RedisError as error:
                log.warning("No live nudges from Redis (%s); the log is read once a second.", error)
            await asyncio.sleep(RECONNECT_SECONDS)


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
    tail = tailer()
    queue = await tail.join(user.pk)
    sent = tail.last if last is None else last
    ends = time.monotonic() + LIFETIME_SECONDS
    try:
        audience = await sync_to_async(Audience.of)(user)
        # The browser keeps this number, so that it resumes here even when it heard nothing before the connection broke.
        yield f"id: {sent}\n: welcome\n\n".encode()
        while missed := await sync_to_async(_after)(sent):
            sent = missed[-1].id or sent
            for event in filter(audience.hears, missed):
                yield event.encode()
        for run in await sync_to_async(_recent_runs)():
            if audience.allowed:
                yield run_event(run).encode()
        # The stream lasts for minutes; it must not keep a database connection all the while.
        await sync_to_async(close_old_connections)()
        while queue in tail.queues and time.monotonic() < ends:
            news = await _next(queue)
            if news is None:
                yield b": ping\n\n"
            elif (news.id is None or news.id > sent) and audience.hears(news):
                yield news.encode()
    finally:
        tail.leave(queue)


@dataclass(frozen=True)
class Audience:
    """What of the feed a user may hear."""

    user: int
    allowed: bool
    families: frozenset[str] | None
    markets: frozenset[str] | None

    @classmethod
    def of(cls, user: User) -> "Audience":
        mine = scope(user)
        return cls(user.pk, can(user, Verb.VIEW), codes(Family, mine.families), codes(Market, mine.markets))

    def hears(self, event: Event) -> bool:
        mine = self.allowed and event.user in (None, self.user)
        return mine and touches(event.families, self.families) and touches(event.markets, self.markets)


def _after(last: int) -> list[Event]:
    # What was changed cell by cell can be a megabyte, and no page is told of it.
    found = Change.objects.filter(pk__gt=last).select_related("by", "cycle").defer("data")
    return [change_event(change) for change in found[:BATCH]]


def _recent_runs() -> list[Run]:
    return list(Run.objects.filter(Q(state__in=Run.ACTIVE) | Q(finished_at__gt=Now() - RECENT)))


def _position() -> tuple[int, dict[int, Any]]:
    """Where the log ends, and how far the jobs are."""
    last = Change.objects.aggregate(last=Max("pk"))["last"] or 0
    return last, {run.pk: run.updated_at for run in _recent_runs()}


async def _next(queue: asyncio.Queue[Event]) -> Event | None:
    """The next event; None when it is time to say that the connection is alive."""
    try:
        return await asyncio.wait_for(queue.get(), PING_SECONDS)
    except TimeoutError:
        return None


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
