"""The change log: appended last in the transaction that writes, and read by following `id > last` without a loss."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from sop.actions import changes
from sop.models import Change, Family
from tests.factories import make_cycle, make_demand_planner, make_family

WRITERS, CHANGES_EACH = 8, 40


def what(summary: str = "Renamed Bikes") -> changes.What:
    return changes.What("family.edited", summary)


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.sqlite
@pytest.mark.django_db
def test_a_change_keeps_who_what_and_where() -> None:
    planner, cycle = make_demand_planner(), make_cycle()
    with transaction.atomic():
        made = changes.record(
            changes.What(
                "plan.edited",
                "Bikes in June: 120 → 140",
                object="sales-plan:12",
                reason="A fair",
                data={"old": 120, "new": 140},
                families=["gear", "bikes", "bikes"],
                markets=("north",),
            ),
            by=planner,
            cycle=cycle,
        )
    kept = Change.objects.get(pk=made.pk)
    assert (kept.kind, kept.object, kept.reason, kept.data) == (
        "plan.edited",
        "sales-plan:12",
        "A fair",
        {"old": 120, "new": 140},
    )
    assert (kept.by, kept.cycle, kept.families, kept.markets) == (planner, cycle, ["bikes", "gear"], ["north"])


@pytest.mark.sqlite
@pytest.mark.django_db
def test_changes_of_one_gesture_share_a_change_set() -> None:
    with transaction.atomic():
        first = changes.record(what(), by=None)
        second = changes.record(what(), by=None, change_set=first.change_set)
        third = changes.record(what(), by=None)
    assert first.change_set == second.change_set != third.change_set


@pytest.mark.sqlite
@pytest.mark.django_db
def test_a_long_summary_is_cut_rather_than_refused() -> None:
    with transaction.atomic():
        assert len(changes.record(what("x" * 1_000), by=None).summary) == 300


@pytest.mark.django_db(transaction=True)
def test_a_change_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        changes.record(what(), by=None)
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_goes_with_the_work_it_tells_of() -> None:
    with transaction.atomic():
        make_family("bikes")
        changes.record(what(), by=None)
        transaction.set_rollback(True)
    assert not Change.objects.exists()
    assert not Family.objects.exists()


# --- Following it while others write ----------------------------------------------------------------------------------


class Follower:
    """Reads `id > last`, as the live feed does."""

    def __init__(self) -> None:
        self.last = 0
        self.read: list[str] = []

    def look(self) -> None:
        for change in Change.objects.filter(pk__gt=self.last):
            self.last = change.pk
            self.read.append(change.summary)


def write_many(writer: int) -> None:
    try:
        for number in range(CHANGES_EACH):
            with transaction.atomic():
                make_family(f"{writer}-{number}")
                changes.record(what(f"{writer}-{number}"), by=None)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_follower_loses_nothing_under_eight_writers() -> None:
    follower = Follower()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write_many, writer) for writer in range(WRITERS)]
        while not all(writer.done() for writer in writers):
            follower.look()
    for writer in writers:
        writer.result()
    follower.look()
    written = [f"{writer}-{number}" for writer in range(WRITERS) for number in range(CHANGES_EACH)]
    assert sorted(follower.read) == sorted(written)


class OtherWriter:
    """A transaction in a thread of its own that appends a change when told to and commits when told to."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.appended, self.may_commit = threading.Event(), threading.Event()
        self.ended: Future[None] = pool.submit(self._write)

    def _write(self) -> None:
        try:
            with transaction.atomic():
                changes.record(what("the slow one"), by=None)
                self.appended.set()
                self.may_commit.wait(30)
        finally:
            connection.close()


def overtake(append_meanwhile: Callable[[], None]) -> Follower:
    """One writer appends and hesitates, another appends and commits; what did a follower read in the end?"""
    follower = Follower()
    with ThreadPoolExecutor(2) as pool:
        slow = OtherWriter(pool)
        assert slow.appended.wait(30)
        fast = pool.submit(append_meanwhile)
        # Without the lock the fast one ends now; with it, it waits for the slow one.
        wait_briefly(fast)
        follower.look()
        slow.may_commit.set()
        slow.ended.result(30)
        fast.result(30)
    follower.look()
    return follower


def wait_briefly(future: Future[None]) -> None:
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    done.wait(0.5)


def append_and_commit() -> None:
    try:
        with transaction.atomic():
            changes.record(what("the fast one"), by=None)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_who_appends_later_commits_later() -> None:
    assert overtake(append_and_commit).read == ["the slow one", "the fast one"]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_follower_would_lose_a_change(monkeypatch) -> None:
    """What the lock is for: should this ever pass without it, the two tests above prove nothing."""
    monkeypatch.setattr(changes, "lock_log", lambda: None)
    assert overtake(append_and_commit).read == ["the fast one"]
    assert Change.objects.count() == 2
