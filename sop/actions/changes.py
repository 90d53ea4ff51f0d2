"""Appending to the change log: the last statement of every writing transaction."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from sop.models import Change, Cycle, User
from sop.nudges import nudge

# Any constant: it names the log among PostgreSQL's advisory locks.
LOG_LOCK = 0x45564E4B


@dataclass(frozen=True)
class What:
    """What was done, in the words the log keeps."""

    kind: str
    summary: str
    object: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    families: Iterable[str] = ()
    markets: Iterable[str] = ()


def record(what: What, *, by: User | None, cycle: Cycle | None = None, change_set: uuid.UUID | None = None) -> Change:
    """Append a change. Call it last in the transaction that does the work.

    On PostgreSQL ids would otherwise become visible out of order, and a reader that follows `id > last` would lose
    some; the lock makes the order of ids the order of commits. SQLite has one writer at a time anyway.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A change is recorded in the transaction that makes it.")
    lock_log()
    transaction.on_commit(nudge, robust=True)
    return Change.objects.create(
        kind=what.kind,
        summary=what.summary[:300],
        object=what.object,
        reason=what.reason[:500],
        data=what.data,
        families=sorted(set(what.families)),
        markets=sorted(set(what.markets)),
        by=by,
        cycle=cycle,
        change_set=change_set or uuid.uuid4(),
    )


def lock_log() -> None:
    """Wait for one's turn to append; held until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
