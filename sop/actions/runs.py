"""Jobs: cut into shards in one transaction, claimed under a lease, swept when a lease lapses.

The rows are the truth. A message to a worker only says “look at this shard”: it may be lost, late or doubled without
harm. A job module (see `settings.JOBS`) offers

- `shards(run) -> list[dict]`: the parameters of each shard; `weight` is its number of units of work;
- `work(shard, report) -> None`: does one shard; repeating it must lead to the same rows;
- `finish(run) -> dict`: runs in the transaction that completes the last shard; its answer is the run's result.
"""

import datetime as dt
import time
import traceback
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now

from sop.actions import changes
from sop.errors import NotAllowed, PlanningError
from sop.models import Cycle, Run, Shard, User

Report = Callable[..., None]
SWEEP_LOCK = 0x45564E53


class Job(Protocol):
    """What a module named in `settings.JOBS` offers."""

    def shards(self, run: Run) -> list[dict[str, Any]]: ...
    def work(self, shard: Shard, report: Report) -> None: ...
    def finish(self, run: Run) -> dict[str, Any]: ...


class Cancelled(Exception):
    """Somebody asked for the run to stop, or it has failed elsewhere."""


class LeaseLost(Exception):
    """Another worker holds this shard now; whatever this one does no longer counts."""


def start(
    *,
    kind: str,
    cycle: Cycle | None = None,
    parameters: dict[str, Any] | None = None,
    by: User | None,
    about: str = "",
) -> Run:
    """Create a run with its shards, or return the one of this kind that is already active for the cycle.

    `about` names the part of a cycle that it works on where several may be at work at once.
    """
    scope = "/".join(part for part in (cycle.code if cycle else "", about) if part)
    try:
        with transaction.atomic():
            run = Run.objects.create(kind=kind, cycle=cycle, scope=scope, parameters=parameters or {}, requested_by=by)
            parts = _job(kind).shards(run)
            if not parts:
                raise PlanningError(f"There is nothing to do for {kind}.")
            Shard.objects.bulk_create(
                Shard(run=run, number=number, parameters=part, weight=part.get("weight", 1))
                for number, part in enumerate(parts)
            )
            run.total = sum(part.get("weight", 1) for part in parts)
            run.save()
            return run
    except IntegrityError:
        active = Run.objects.filter(kind=kind, scope=scope, state__in=Run.ACTIVE).first()
        if active is None:
            raise
        return active


def cancel(*, run: Run, by: User) -> None:
    """Ask a run to stop; it does at the next report of each worker, or at once when nobody works on it."""
    if not by.is_superuser and run.requested_by_id != by.pk:
        raise NotAllowed("Only the person who started a job, or an administrator, may cancel it.")
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state__in=Run.ACTIVE).update(cancel_requested=True, updated_at=Now()):
            raise PlanningError("This job has already ended.")
        _close(run)
        changes.record(
            changes.What("run.cancelled", f"Cancelled the {run.kind} job", object=f"run:{run.pk}"),
            by=by,
            cycle=run.cycle,
        )


def work(shard_id: int) -> bool:
    """Do one shard if it is free; True when it was done here."""
    shard = _claim(shard_id)
    if shard is None:
        return False
    try:
        _job(shard.run.kind).work(shard, _reporter(shard))
        _complete(shard)
    except Cancelled:
        _release(shard)
        _close(shard.run)
    except LeaseLost:
        return False
    except Exception as error:  # noqa: BLE001 - the task boundary: whatever went wrong is kept and shown
        _fail(shard, error)
        return False
    return True


def due(limit: int = 100) -> list[int]:
    """Shards that nobody works on and that were not announced lately, oldest first; marks them as announced."""
    now = Now()
    recently = now - dt.timedelta(seconds=settings.SHARD_RESEND_SECONDS)
    free = (
        Shard.objects.filter(run__state__in=Run.ACTIVE, run__cancel_requested=False)
        .filter(state__in=(Shard.State.WAITING, Shard.State.RUNNING))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        .filter(Q(enqueued_at__isnull=True) | Q(enqueued_at__lt=recently))
    )
    chosen = list(free.order_by("run_id", "number").values_list("pk", flat=True)[:limit])
    Shard.objects.filter(pk__in=chosen).update(enqueued_at=Now())
    return chosen


def sweep() -> list[int]:
    """What a dead worker or a lost message left behind: close ended runs and return the shards to announce again."""
    with transaction.atomic():
        if not _sweeping_alone():
            return []
        for run in Run.objects.filter(state__in=Run.ACTIVE):
            _close(run)
        return due()


def take_back_leases() -> int:
    """Free every shard at once, whether it was at work or only announced to the worker that is gone.

    Only for the one worker of a single machine, which knows that no other is alive.
    """
    return Shard.objects.filter(state__in=(Shard.State.WAITING, Shard.State.RUNNING)).update(
        state=Shard.State.WAITING, lease_until=None, claim="", enqueued_at=None
    )


def run_inline(run: Run, progress: Callable[[Run], None] | None = None, poll_seconds: float = 0.2) -> Run:
    """Work a run in this process until it ends, side by side with any worker; for commands and tests."""
    while run.active:
        waiting = run.shards.exclude(state__in=(Shard.State.DONE, Shard.State.FAILED)).values_list("pk", flat=True)
        worked = False
        for pk in waiting:
            worked = work(pk) or worked
            run.refresh_from_db()
            if progress:
                progress(run)
        _close(run)
        run.refresh_from_db()
        if run.active and not worked:
            time.sleep(poll_seconds)
    return run


def _job(kind: str) -> Job:
    return cast(Job, import_module(settings.JOBS[kind]))


def _claim(shard_id: int) -> Shard | None:
    """Take the lease by a conditional update; None when another holds it or there is nothing left to do."""
    claim = uuid.uuid4().hex
    # No join: it would put the condition into a subquery, which PostgreSQL does not look at again after waiting for
    # another who was claiming the same shard, and both would have it.
    wanted = Run.objects.filter(state__in=Run.ACTIVE, cancel_requested=False)
    taken = (
        Shard.objects.filter(pk=shard_id, run__in=wanted)
        .filter(state__in=(Shard.State.WAITING, Shard.State.RUNNING))
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
        .update(state=Shard.State.RUNNING, claim=claim, attempts=F("attempts") + 1, lease_until=_lease(), progress=0)
    )
    if not taken:
        return None
    shard = Shard.objects.select_related("run__cycle", "run__requested_by").get(pk=shard_id)
    if shard.attempts > settings.SHARD_ATTEMPTS:
        _fail(shard, RuntimeError(shard.error or "The worker died every time it tried."))
        return None
    Run.objects.filter(pk=shard.run_id, state=Run.State.QUEUED).update(
        state=Run.State.RUNNING, started_at=Now(), updated_at=Now()
    )
    return shard


def _lease(seconds: float | None = None) -> Any:
    return Now() + dt.timedelta(seconds=seconds or settings.SHARD_LEASE_SECONDS)


def _reporter(shard: Shard) -> Report:
    """What a job calls between chunks: shows progress, renews the lease, and stops when asked to.

    A step that cannot report while it lasts asks for a longer lease before it.
    """

    def report(done: int, message: str = "", *, lease_seconds: float | None = None) -> None:
        held = _mine(shard).update(progress=done, lease_until=_lease(lease_seconds))
        if not held:
            raise LeaseLost
        news = {"message": message[:200]} if message else {}
        Run.objects.filter(pk=shard.run_id).update(done=_units_done(shard.run_id), updated_at=Now(), **news)
        if not Run.objects.filter(pk=shard.run_id, state__in=Run.ACTIVE, cancel_requested=False).exists():
            raise Cancelled

    return report


def _mine(shard: Shard) -> Any:
    return Shard.objects.filter(pk=shard.pk, claim=shard.claim, state=Shard.State.RUNNING)


def _units_done(run_id: int) -> int:
    return Shard.objects.filter(run_id=run_id).aggregate(units=Sum("progress"))["units"] or 0


@transaction.atomic
def _complete(shard: Shard) -> None:
    """Mark the shard done, and the run with it when it was the last: its `finish` is part of this transaction."""
    # The run's row is the queue for two shards that end together: the second sees the first as done.
    run = Run.objects.select_for_update(of=("self",)).select_related("cycle", "requested_by").get(pk=shard.run_id)
    if run.cancel_requested or not run.active:
        raise Cancelled
    if not _mine(shard).update(state=Shard.State.DONE, progress=shard.weight, lease_until=None, error=""):
        raise LeaseLost
    run.done = _units_done(run.pk)
    if not run.shards.exclude(state=Shard.State.DONE).exists():
        run.result = _job(run.kind).finish(run)
        run.state, run.done, run.finished_at, run.message = Run.State.DONE, run.total, Now(), ""
    run.save()


def _release(shard: Shard) -> None:
    _mine(shard).update(state=Shard.State.WAITING, lease_until=None)


@transaction.atomic
def _fail(shard: Shard, error: Exception) -> None:
    """Note the error; free the shard for another attempt unless the user must act or too many were made."""
    text = error.detail if isinstance(error, PlanningError) else "".join(traceback.format_exception(error))[-4000:]
    final = isinstance(error, PlanningError) or shard.attempts >= settings.SHARD_ATTEMPTS
    state = Shard.State.FAILED if final else Shard.State.WAITING
    held = _mine(shard).update(state=state, lease_until=None, enqueued_at=None, error=text)
    if held and final:
        shown = text if isinstance(error, PlanningError) else f"The {shard.run.kind} job failed: {error}"
        Run.objects.filter(pk=shard.run_id, state__in=Run.ACTIVE).update(
            state=Run.State.FAILED, error=shown, finished_at=Now(), updated_at=Now()
        )


def _close(run: Run) -> None:
    """End a run that was cancelled and that nobody works on any more."""
    at_work = Shard.objects.filter(run=run, state=Shard.State.RUNNING, lease_until__gte=Now()).exists()
    if not at_work:
        Run.objects.filter(pk=run.pk, state__in=Run.ACTIVE, cancel_requested=True).update(
            state=Run.State.CANCELLED, finished_at=Now(), updated_at=Now()
        )


def _sweeping_alone() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SWEEP_LOCK])
        return bool(cursor.fetchone()[0])
