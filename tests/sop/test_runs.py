"""Jobs: started once, worked shard by shard under a lease, finished once, whatever dies on the way."""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from sop.actions import runs
from sop.errors import NotAllowed, PlanningError
from sop.models import Change, Cycle, Family, Run, Shard, User
from sop.tasks import launch
from tests.factories import make_coordinator, make_cycle, make_demand_planner, make_outsider
from tests.jobs import counting as counting_job

pytestmark = pytest.mark.sqlite
Meanwhile = Callable[[Shard, int], None]


@pytest.fixture(autouse=True)
def counting(settings, monkeypatch) -> ModuleType:
    settings.JOBS = {**settings.JOBS, "counting": "tests.jobs.counting"}
    monkeypatch.setattr(counting_job, "meanwhile", counting_job.nothing)
    return counting_job


@pytest.fixture
def planner(db: None) -> User:
    return make_demand_planner()


@pytest.fixture
def cycle(db: None) -> Cycle:
    return make_cycle()


@pytest.fixture
def run(planner: User, cycle: Cycle) -> Run:
    return runs.start(kind="counting", cycle=cycle, parameters={"weights": [2, 3]}, by=planner)


def shard_of(run: Run, number: int = 0) -> Shard:
    return run.shards.get(number=number)


def lapse(shard: Shard) -> None:
    """As if the worker had been silent for longer than its lease."""
    Shard.objects.filter(pk=shard.pk).update(lease_until=Now() - timedelta(seconds=1))


def forget_announcements(seconds: int = 3600) -> None:
    Shard.objects.update(enqueued_at=Now() - timedelta(seconds=seconds))


# --- The way it goes --------------------------------------------------------------------------------------------------


def test_a_job_is_cut_worked_and_finished(run: Run, planner: User) -> None:
    assert (run.state, run.total, run.scope) == (Run.State.QUEUED, 5, "2026-06")
    assert list(run.shards.values_list("number", "weight", "state")) == [(0, 2, "waiting"), (1, 3, "waiting")]
    assert runs.work(shard_of(run, 0).pk)
    run.refresh_from_db()
    assert (run.state, run.done, run.percent, run.result) == (Run.State.RUNNING, 2, 40, {})
    assert runs.work(shard_of(run, 1).pk)
    run.refresh_from_db()
    assert (run.state, run.done, run.percent, run.message) == (Run.State.DONE, 5, 100, "")
    assert run.result == {"families": 5}
    assert run.started_at <= run.finished_at


def test_progress_adds_up_over_shards_while_they_are_at_work(run: Run, counting: ModuleType, monkeypatch) -> None:
    seen = []

    def look(shard: Shard, unit: int) -> None:
        now = Run.objects.get(pk=run.pk)
        seen.append((shard.number, unit, now.done, now.message))

    monkeypatch.setattr(counting, "meanwhile", look)
    runs.run_inline(run)
    assert seen == [
        (0, 0, 0, ""),
        (0, 1, 1, "Counted 1 of 2"),
        (1, 0, 2, "Counted 2 of 2"),
        (1, 1, 3, "Counted 1 of 3"),
        (1, 2, 4, "Counted 2 of 3"),
    ]


def test_finish_runs_once_in_the_transaction_that_ends_the_run(run: Run, counting: ModuleType, monkeypatch) -> None:
    real, calls = counting.finish, []

    def finish(ending: Run) -> dict[str, int]:
        calls.append((connection.in_atomic_block, ending.shards.exclude(state=Shard.State.DONE).count()))
        return real(ending)

    monkeypatch.setattr(counting, "finish", finish)
    for shard in run.shards.all():
        assert runs.work(shard.pk)
    for shard in run.shards.all():
        assert not runs.work(shard.pk), "a message that comes twice does nothing"
    assert calls == [(True, 0)]
    assert Change.objects.filter(kind="count.finished").count() == 1


def test_a_run_worked_in_this_process_tells_how_far_it_is(run: Run) -> None:
    shown: list[int] = []
    assert runs.run_inline(run, lambda now: shown.append(now.percent)).state == Run.State.DONE
    assert shown == [40, 100]


def test_a_finished_run_makes_room_for_the_next(run: Run, cycle: Cycle, planner: User) -> None:
    runs.run_inline(run)
    assert runs.start(kind="counting", cycle=cycle, by=planner).pk != run.pk


# --- Once, not twice --------------------------------------------------------------------------------------------------


def test_a_second_start_returns_the_run_that_is_active(run: Run, cycle: Cycle) -> None:
    again = runs.start(kind="counting", cycle=cycle, parameters={"weights": [9]}, by=make_coordinator())
    assert again.pk == run.pk
    assert Run.objects.count() == 1
    assert Shard.objects.count() == 2


def test_another_cycle_or_no_cycle_has_a_run_of_its_own(run: Run, planner: User) -> None:
    other = make_cycle(run.cycle.first_month.replace(month=7))
    started = {runs.start(kind="counting", cycle=where, by=planner).pk for where in (other, None)}
    assert len(started | {run.pk}) == 3


@pytest.mark.django_db
def test_a_job_without_work_leaves_nothing_behind(planner: User, cycle: Cycle) -> None:
    with pytest.raises(PlanningError, match="nothing to do"):
        runs.start(kind="counting", cycle=cycle, parameters={"weights": []}, by=planner)
    with pytest.raises(PlanningError, match="No families"):
        runs.start(kind="counting", cycle=cycle, parameters={"refusal": "No families yet."}, by=planner)
    assert not Run.objects.exists()


def test_a_shard_at_work_is_not_given_to_another(run: Run, counting: ModuleType, monkeypatch) -> None:
    taken_twice = []
    monkeypatch.setattr(counting, "meanwhile", lambda shard, unit: taken_twice.append(runs.work(shard.pk)))
    runs.run_inline(run)
    assert taken_twice == [False] * 5
    assert set(run.shards.values_list("attempts", flat=True)) == {1}


# --- What goes wrong --------------------------------------------------------------------------------------------------


def test_a_shard_that_breaks_is_tried_five_times_and_then_the_error_is_shown(
    run: Run, counting: ModuleType, monkeypatch
) -> None:
    def stumble(shard: Shard, unit: int) -> None:
        if (shard.number, unit) == (1, 2):
            raise ZeroDivisionError("no units in the pack")

    monkeypatch.setattr(counting, "meanwhile", stumble)
    runs.run_inline(run, poll_seconds=0)
    assert run.state == Run.State.FAILED
    assert run.error == "The counting job failed: no units in the pack"
    assert run.finished_at
    broken = shard_of(run, 1)
    assert (broken.state, broken.attempts) == (Shard.State.FAILED, 5)
    assert "ZeroDivisionError" in broken.error
    assert not Change.objects.filter(kind="count.finished").exists()


def test_a_shard_that_breaks_once_is_mended_by_the_next_attempt(run: Run, counting: ModuleType, monkeypatch) -> None:
    def stumble(shard: Shard, unit: int) -> None:
        if (shard.number, unit, shard.attempts) == (1, 2, 1):
            raise ConnectionResetError

    monkeypatch.setattr(counting, "meanwhile", stumble)
    runs.run_inline(run, poll_seconds=0)
    assert (run.state, run.result, run.error) == (Run.State.DONE, {"families": 5}, "")
    assert shard_of(run, 1).error == ""


def test_a_finish_that_breaks_undoes_itself_and_is_tried_again(run: Run, counting: ModuleType, monkeypatch) -> None:
    real, attempts = counting.finish, []

    def finish(ending: Run) -> dict[str, int]:
        result = real(ending)
        attempts.append(ending.pk)
        if len(attempts) < 3:
            raise ConnectionResetError
        return result

    monkeypatch.setattr(counting, "finish", finish)
    assert runs.run_inline(run, poll_seconds=0).state == Run.State.DONE
    assert len(attempts) == 3
    assert Change.objects.filter(kind="count.finished").count() == 1


def test_what_the_user_must_mend_fails_at_once_in_its_own_words(run: Run, counting: ModuleType, monkeypatch) -> None:
    def refuse(shard: Shard, unit: int) -> None:
        raise PlanningError("P1 has no routing. Add one under Data.")

    monkeypatch.setattr(counting, "meanwhile", refuse)
    runs.run_inline(run)
    assert (run.state, run.error) == (Run.State.FAILED, "P1 has no routing. Add one under Data.")
    assert shard_of(run).attempts == 1
    assert shard_of(run, 1).attempts == 0


def test_workers_that_die_every_time_end_the_run(run: Run) -> None:
    Shard.objects.filter(run=run, number=0).update(state=Shard.State.RUNNING, attempts=5)
    lapse(shard_of(run))
    assert not runs.work(shard_of(run).pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (
        Run.State.FAILED,
        "The counting job failed: The worker died every time it tried.",
    )


def test_the_others_stop_when_one_shard_has_failed(run: Run, counting: ModuleType, monkeypatch) -> None:
    def refuse_elsewhere(shard: Shard, unit: int) -> None:
        if shard.number == 1:
            raise PlanningError("No.")
        if unit == 0:
            runs.work(shard_of(run, 1).pk)

    monkeypatch.setattr(counting, "meanwhile", refuse_elsewhere)
    runs.work(shard_of(run, 0).pk)
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert list(Family.objects.values_list("code", flat=True)) == ["0-0"]


# --- Cancelling -------------------------------------------------------------------------------------------------------


def test_the_starter_and_an_administrator_may_cancel(run: Run, cycle: Cycle, planner: User) -> None:
    runs.cancel(run=run, by=planner)
    run.refresh_from_db()
    assert (run.state, bool(run.finished_at)) == (Run.State.CANCELLED, True)
    assert Change.objects.get(kind="run.cancelled").by == planner
    again = runs.start(kind="counting", cycle=cycle, by=planner)
    runs.cancel(run=again, by=User.objects.create_superuser("admin"))
    again.refresh_from_db()
    assert again.state == Run.State.CANCELLED


@pytest.mark.parametrize("other", [make_coordinator, make_outsider])
def test_a_colleague_or_an_outsider_may_not_cancel(run: Run, other: Callable[[], User]) -> None:
    with pytest.raises(NotAllowed):
        runs.cancel(run=run, by=other())
    assert runs.run_inline(run).state == Run.State.DONE


def test_cancelling_in_mid_work_stops_at_the_next_report(
    run: Run, planner: User, counting: ModuleType, monkeypatch
) -> None:
    def cancel(shard: Shard, unit: int) -> None:
        if (shard.number, unit) == (1, 1):
            runs.cancel(run=run, by=planner)
            assert Run.objects.get(pk=run.pk).active, "somebody still works on it"

    monkeypatch.setattr(counting, "meanwhile", cancel)
    runs.run_inline(run)
    assert run.state == Run.State.CANCELLED
    assert sorted(Family.objects.values_list("code", flat=True)) == ["0-0", "0-1", "1-0", "1-1"]
    assert not Change.objects.filter(kind="count.finished").exists()


def test_cancelling_after_the_last_report_still_counts(
    run: Run, planner: User, counting: ModuleType, monkeypatch
) -> None:
    real = counting.work

    def work(shard: Shard, report: runs.Report) -> None:
        real(shard, report)
        if shard.number == 1:
            runs.cancel(run=run, by=planner)

    monkeypatch.setattr(counting, "work", work)
    runs.run_inline(run)
    assert (run.state, run.result) == (Run.State.CANCELLED, {})
    assert not Change.objects.filter(kind="count.finished").exists()


def test_a_run_that_has_ended_cannot_be_cancelled(run: Run, planner: User) -> None:
    runs.run_inline(run)
    with pytest.raises(PlanningError, match="already ended"):
        runs.cancel(run=run, by=planner)
    assert Run.objects.get(pk=run.pk).state == Run.State.DONE


def test_the_sweeper_closes_a_cancelled_run_whose_worker_died(run: Run, planner: User) -> None:
    Shard.objects.filter(pk=shard_of(run).pk).update(
        state=Shard.State.RUNNING, lease_until=Now() + timedelta(minutes=1)
    )
    runs.cancel(run=run, by=planner)
    assert runs.sweep() == []
    assert Run.objects.get(pk=run.pk).active
    lapse(shard_of(run))
    runs.sweep()
    assert Run.objects.get(pk=run.pk).state == Run.State.CANCELLED


# --- Leases -----------------------------------------------------------------------------------------------------------


def overtaken(run: Run, then: Callable[[], None] = lambda: None) -> Meanwhile:
    """The first worker falls silent before its last unit, another does the shard, and then the first goes on."""

    def meanwhile(shard: Shard, unit: int) -> None:
        if (shard.number, shard.attempts, unit) == (0, 1, 1):
            lapse(shard)
            assert runs.work(shard.pk)
            then()

    return meanwhile


def test_a_worker_that_lost_its_lease_does_not_count(run: Run, counting: ModuleType, monkeypatch) -> None:
    monkeypatch.setattr(counting, "meanwhile", overtaken(run))
    assert not runs.work(shard_of(run).pk)
    shard = shard_of(run)
    assert (shard.state, shard.attempts, shard.progress) == (Shard.State.DONE, 2, 2)
    run.refresh_from_db()
    assert (run.state, run.done) == (Run.State.RUNNING, 2)
    runs.run_inline(run)
    assert run.result == {"families": 5}


def test_the_error_of_a_worker_that_lost_its_lease_does_not_fail_the_run(
    run: Run, counting: ModuleType, monkeypatch
) -> None:
    def give_up() -> None:
        raise PlanningError("Too late to matter.")

    monkeypatch.setattr(counting, "meanwhile", overtaken(run, give_up))
    assert not runs.work(shard_of(run).pk)
    assert shard_of(run).state == Shard.State.DONE
    assert runs.run_inline(run).state == Run.State.DONE


def test_a_report_renews_the_lease(run: Run, counting: ModuleType, monkeypatch) -> None:
    left = []

    def meanwhile(shard: Shard, unit: int) -> None:
        left.append(Shard.objects.filter(pk=shard.pk, lease_until__gt=Now() + timedelta(seconds=50)).exists())
        Shard.objects.filter(pk=shard.pk).update(lease_until=Now() + timedelta(seconds=5))

    monkeypatch.setattr(counting, "meanwhile", meanwhile)
    runs.run_inline(run)
    assert left == [True] * 5


# --- Announcing -------------------------------------------------------------------------------------------------------


def test_shards_are_announced_oldest_first_and_not_twice_within_the_pause(run: Run, planner: User) -> None:
    later = runs.start(kind="counting", by=planner)
    expected = [*run.shards.values_list("pk", flat=True), shard_of(later).pk]
    assert runs.due(limit=2) == expected[:2]
    assert runs.due() == expected[2:]
    assert runs.due() == []
    forget_announcements(seconds=29)
    assert runs.due() == []
    forget_announcements(seconds=31)
    assert runs.due() == expected


def test_the_sweeper_announces_again_what_a_dead_worker_held(run: Run) -> None:
    held, waiting = run.shards.all()
    Shard.objects.filter(pk=held.pk).update(state=Shard.State.RUNNING, lease_until=Now() + timedelta(minutes=1))
    forget_announcements()
    assert runs.sweep() == [waiting.pk]
    lapse(held)
    forget_announcements()
    assert runs.sweep() == [held.pk, waiting.pk]
    assert runs.run_inline(run).result == {"families": 5}


def test_nothing_of_an_ended_run_is_announced(run: Run, planner: User) -> None:
    runs.cancel(run=run, by=planner)
    assert runs.sweep() == []
    assert not runs.work(shard_of(run).pk)


def test_the_only_worker_takes_everything_back_when_it_starts_anew(run: Run) -> None:
    held, waiting = run.shards.all()
    runs.due()
    Shard.objects.filter(pk=held.pk).update(state=Shard.State.RUNNING, lease_until=Now() + timedelta(minutes=1))
    runs.take_back_leases()
    assert runs.sweep() == [held.pk, waiting.pk], "its broker was in its memory: what it was told is gone as well"


# --- Several at once --------------------------------------------------------------------------------------------------


def side_by_side(count: int, act: Callable[[], object]) -> list[object]:
    """`act` in as many threads, all starting together, each with a database connection of its own."""
    barrier, results = threading.Barrier(count), []

    def body() -> None:
        try:
            barrier.wait(10)
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
class TestSideBySide:
    def test_starts_at_the_same_moment_make_one_run(self, transactional_db: None) -> None:
        planner, cycle = make_demand_planner(), make_cycle()
        made = side_by_side(6, lambda: runs.start(kind="counting", cycle=cycle, by=planner).pk)
        assert len(made) == 6
        assert set(made) == {Run.objects.get().pk}
        assert Shard.objects.count() == 1

    def test_many_workers_do_each_shard_once_and_finish_once(self, transactional_db: None) -> None:
        planner, cycle = make_demand_planner(), make_cycle()
        run = runs.start(kind="counting", cycle=cycle, parameters={"weights": [2] * 12}, by=planner)
        shards = list(run.shards.values_list("pk", flat=True))
        done = side_by_side(4, lambda: sum(runs.work(pk) for pk in shards))
        assert sum(done) == 12
        run.refresh_from_db()
        assert (run.state, run.done, run.result) == (Run.State.DONE, 24, {"families": 24})
        assert set(run.shards.values_list("attempts", flat=True)) == {1}
        assert Change.objects.filter(kind="count.finished").count() == 1

    def test_one_sweeper_at_a_time(self, transactional_db: None) -> None:
        runs.start(kind="counting", by=make_demand_planner())
        with transaction.atomic():
            assert len(runs.sweep()) == 1
            forget_announcements()
            assert side_by_side(1, runs.sweep) == [[]]

    def test_a_launch_is_announced_when_it_is_committed(self, transactional_db: None) -> None:
        planner = make_demand_planner()
        with transaction.atomic():
            launch(kind="counting", by=planner)
            transaction.set_rollback(True)
        assert not Run.objects.exists()
        with transaction.atomic():
            run = launch(kind="counting", by=planner)
            assert shard_of(run).enqueued_at is None
        assert shard_of(run).enqueued_at is not None


def test_a_step_that_cannot_report_asks_for_a_longer_lease(run: Run) -> None:
    shard = runs._claim(shard_of(run).pk)
    assert shard is not None
    runs._reporter(shard)(0, lease_seconds=900)
    assert shard_of(run).lease_until > timezone.now() + timedelta(seconds=800)
