"""Server-sent events from a real uvicorn: what happens arrives soon, once, and only where it may be known."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from sop import events, nudges
from sop.actions import changes, runs
from sop.actions.notify import mark_read, notify
from sop.models import Change, Run, User
from tests.factories import make_demand_planner, make_family, make_outsider, make_user

SOON = 5.0


class Page:
    """An open page's connection to the feed."""

    def __init__(self, address: str, user: User | None, last: int | None = None, buffer: int | None = None) -> None:
        place = urlsplit(address)
        self.http = http.client.HTTPConnection(str(place.hostname), place.port, timeout=SOON)
        self.http.sock = socket.socket()
        if buffer:
            self.http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.http.sock.settimeout(SOON)
        self.http.sock.connect((place.hostname, place.port))
        headers = {"Last-Event-ID": str(last)} if last is not None else {}
        if user:
            client = Client()
            client.force_login(user)
            headers["Cookie"] = f"sessionid={client.cookies['sessionid'].value}"
        self.http.request("GET", "/events/", headers=headers)
        self.answer = self.http.getresponse()
        if self.answer.status == 200:
            self.start = self.block()
            assert ": welcome" in self.start

    def block(self) -> str:
        """What comes up to the next empty line; empty when the stream has ended."""
        lines: list[str] = []
        while True:
            line = self.answer.readline().decode()
            if line in ("", "\n"):
                return "".join(lines)
            lines.append(line)

    def event(self) -> dict[str, Any]:
        while block := self.block():
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in fields:
                return {"event": fields["event"], "last": int(fields.get("id", 0)), **json.loads(fields["data"])}
        raise EOFError("The stream has ended.")

    def summaries(self, count: int) -> list[str]:
        return [self.event()["summary"] for _ in range(count)]

    def close(self) -> None:
        self.answer.close()
        self.http.close()


@pytest.fixture
def open_page(server: str) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_one(user: User | None, **options: Any) -> Page:
        pages.append(Page(server, user, **options))
        return pages[-1]

    yield open_one
    for page in pages:
        page.close()


@pytest.fixture
def planner(server: str) -> User:
    return make_demand_planner()


def record(summary: str, by: User | None = None, families: tuple[str, ...] = ()) -> Change:
    with transaction.atomic():
        return changes.record(changes.What("test.done", summary, families=families), by=by)


# --- Hearing ----------------------------------------------------------------------------------------------------------


def test_what_happens_is_heard_at_once(open_page, planner: User) -> None:
    page = open_page(planner)
    began = time.monotonic()
    made = record("Renamed Bikes", by=planner)
    event = page.event()
    assert time.monotonic() - began < SOON
    assert (event["event"], event["kind"], event["summary"], event["by"]) == (
        "change",
        "test.done",
        "Renamed Bikes",
        "Dan",
    )
    assert event["id"] == event["last"] == made.pk


def test_the_stream_is_one_that_no_proxy_keeps(open_page, planner: User) -> None:
    answer = open_page(planner).answer
    assert answer.getheader("Content-Type") == "text/event-stream"
    assert answer.getheader("Cache-Control") == "no-store"
    assert answer.getheader("X-Accel-Buffering") == "no"


def test_every_page_hears_everything_once_and_in_order(open_page, planner: User) -> None:
    pages = [open_page(planner) for _ in range(3)]
    said = [f"change {number}" for number in range(30)]
    for summary in said:
        record(summary)
    for page in pages:
        assert page.summaries(30) == said


def test_changes_written_at_once_arrive_all(open_page, planner: User) -> None:
    page = open_page(planner)
    said = [f"change {number}" for number in range(700)]
    Change.objects.bulk_create(Change(kind="test.done", summary=summary) for summary in said)
    assert page.summaries(700) == said, "more than one reading of the log, no nudge"


def test_without_a_nudge_the_log_is_read_once_a_second(open_page, planner: User) -> None:
    page = open_page(planner)
    Change.objects.create(kind="test.done", summary="written by a process that nudges nobody")
    assert page.summaries(1) == ["written by a process that nudges nobody"]


# --- Coming back ------------------------------------------------------------------------------------------------------


def test_a_page_that_comes_back_misses_nothing_and_hears_nothing_twice(open_page, planner: User) -> None:
    page = open_page(planner)
    record("first")
    record("second")
    last = [page.event(), page.event()][-1]["last"]
    page.close()
    missed = [f"missed {number}" for number in range(events.BATCH + 50)]
    Change.objects.bulk_create(Change(kind="test.done", summary=summary) for summary in missed)
    again = open_page(planner, last=last)
    record("third")
    assert again.summaries(len(missed) + 1) == [*missed, "third"]


def test_a_page_that_heard_nothing_yet_resumes_where_it_began(open_page, planner: User) -> None:
    record("before the page was opened")
    page = open_page(planner)
    began = int(page.start.split("id: ")[1].split("\n")[0])
    page.close()
    record("while it was away")
    assert open_page(planner, last=began).summaries(1) == ["while it was away"]


def test_a_last_event_id_that_is_no_number_starts_anew(server: str, planner: User, open_page) -> None:
    record("long ago")
    page = open_page(planner, last="-1; DROP TABLE")
    record("now")
    assert page.summaries(1) == ["now"]


def test_a_log_that_cannot_be_read_for_a_while_loses_nothing(open_page, planner: User) -> None:
    page = open_page(planner)
    record("before")
    assert page.summaries(1) == ["before"]
    time.sleep(0.5)  # until the page has caught up and waits for what is new
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sop_change RENAME TO sop_change_away")
        try:
            nudges.nudge()
            time.sleep(0.3)
        finally:
            cursor.execute("ALTER TABLE sop_change_away RENAME TO sop_change")
    record("after")
    assert page.summaries(1) == ["after"]


def test_a_stream_ends_after_its_time_and_is_resumed(open_page, planner: User, monkeypatch) -> None:
    monkeypatch.setattr(events, "LIFETIME_SECONDS", 0.2)
    monkeypatch.setattr(events, "PING_SECONDS", 0.1)
    page = open_page(planner)
    while page.block():
        pass
    assert page.answer.isclosed()


# --- Permission -------------------------------------------------------------------------------------------------------


def test_one_hears_of_ones_own_families_and_of_what_concerns_all(open_page, planner: User) -> None:
    bikes, gear = make_family("bikes"), make_family("gear")
    make_family("race", bikes)
    rider = open_page(make_user("bob", families=[bikes]))
    packer = open_page(make_user("gus", families=[gear]))
    everywhere = open_page(planner)
    record("race edited", families=("race",))
    record("gear edited", families=("gear",))
    record("cycle opened")
    assert everywhere.summaries(3) == ["race edited", "gear edited", "cycle opened"]
    assert rider.summaries(2) == ["race edited", "cycle opened"]
    assert packer.summaries(2) == ["gear edited", "cycle opened"]


def test_what_was_missed_is_filtered_like_what_is_live(open_page, planner: User) -> None:
    gus = make_user("gus", families=[make_family("gear")])
    first = record("start")
    record("bikes edited", families=("bikes",))
    record("gear edited", families=("gear",))
    assert open_page(gus, last=first.pk).summaries(1) == ["gear edited"]


def test_an_outsider_hears_nothing(open_page, planner: User, monkeypatch) -> None:
    monkeypatch.setattr(events, "PING_SECONDS", 0.2)
    Run.objects.create(kind="forecast")
    outsider, page = open_page(make_outsider(), last=0), open_page(planner, last=0)
    record("cycle opened")
    assert {page.event()["event"], page.event()["event"]} == {"run", "change"}
    heard = [outsider.block() for _ in range(5)]
    assert heard == [": ping\n"] * 5


def test_nobody_is_refused(open_page) -> None:
    assert open_page(None).answer.status == 401


# --- Load -------------------------------------------------------------------------------------------------------------


def test_a_page_that_does_not_keep_up_is_dropped_and_the_others_go_on(open_page, planner: User) -> None:
    slow, quick = open_page(planner, buffer=4_096), open_page(planner)
    thick = "€" * 300
    said = 3 * events.BACKLOG
    Change.objects.bulk_create(
        Change(kind="€" * 40, object="€" * 80, summary=f"{number:05d}{thick}"[:300]) for number in range(said)
    )
    assert [summary[:5] for summary in quick.summaries(said)] == [f"{number:05d}" for number in range(said)]
    heard = []
    while block := slow.block():
        if "data: " in block:
            heard.append(int(json.loads(block.split("data: ")[1])["summary"][:5]))
    assert heard == list(range(len(heard)))
    assert 0 < len(heard) < said
    last = int(Change.objects.order_by("pk")[len(heard) - 1].pk)
    assert open_page(planner, last=last).event()["summary"].startswith(f"{len(heard):05d}")


def test_open_pages_hold_no_database_connections(open_page, planner: User) -> None:
    def connections() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    open_page(planner)
    before = connections()
    pages = [open_page(planner) for _ in range(6)]
    record("for all")
    for page in pages:
        page.summaries(1)
    assert connections() <= before + 1, "one may be reading the log at this moment"


# --- Jobs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def counting(settings) -> None:
    settings.JOBS = {**settings.JOBS, "counting": "tests.jobs.counting"}


def heard_of(page: Page, run: Run, percent: int) -> dict[str, Any]:
    """The next news of a run at so many per cent. What lies between may be missed: runs are looked at now and then."""
    while True:
        event = page.event()
        if (event["event"], event["id"], event.get("percent")) == ("run", run.pk, percent):
            return event


@pytest.mark.usefixtures("counting")
def test_a_job_is_followed_to_its_end(open_page, planner: User) -> None:
    page = open_page(planner)
    run = runs.start(kind="counting", parameters={"weights": [1, 1]}, by=planner)
    assert heard_of(page, run, 0)["state"] == "queued"
    first, second = run.shards.all()
    runs.work(first.pk)
    event = heard_of(page, run, 50)
    assert (event["state"], event["done"], event["total"], event["message"]) == ("running", 1, 2, "Counted 1 of 1")
    runs.work(second.pk)
    event = heard_of(page, run, 100)
    while event["state"] == "running":
        event = heard_of(page, run, 100)
    assert (event["state"], event["eta_seconds"]) == ("done", None)


@pytest.mark.usefixtures("counting")
def test_a_job_too_quick_to_be_seen_at_work_is_still_heard_of(open_page, planner: User) -> None:
    page = open_page(planner)
    with transaction.atomic():
        run = runs.run_inline(runs.start(kind="counting", by=planner))
    assert heard_of(page, run, 100)["state"] == "done"


@pytest.mark.usefixtures("counting")
def test_a_page_drawn_before_a_job_ended_hears_of_it_when_it_connects(open_page, planner: User) -> None:
    run = runs.run_inline(runs.start(kind="counting", by=planner))
    event = open_page(planner).event()
    assert (event["event"], event["id"], event["state"]) == ("run", run.pk, "done")


# --- The bell ---------------------------------------------------------------------------------------------------------


def test_ones_inbox_is_counted_up_and_down_for_oneself_alone(open_page, planner: User) -> None:
    tom = make_user("tom")
    mine, second, his = open_page(planner), open_page(planner), open_page(tom)
    notify([planner], kind="x.y", text="look", url="/")
    assert [mine.event(), second.event()] == [{"event": "inbox", "last": 0, "unread": 1}] * 2
    mark_read(by=planner)
    assert mine.event()["unread"] == 0
    record("for all")
    assert his.summaries(1) == ["for all"], "the first he hears"


def test_a_page_that_connects_late_hears_what_is_unread(open_page, planner: User) -> None:
    open_page(planner)
    notify([planner], kind="x.y", text="look", url="/")
    assert open_page(planner).event()["unread"] == 1
