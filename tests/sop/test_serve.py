"""`manage.py serve`, the installation without servers: web and worker on one SQLite file, whatever is killed."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# One process makes the company once for all tests here.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("serve")]
SHARDS = 6
MAKE_COMPANY = f"""
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.sop.company import make_company
make_company({SHARDS})
"""
START_JOB = """
import django
django.setup()
from sop.models import Cycle
from sop.tasks import launch
launch(kind="forecast", cycle=Cycle.objects.get(), by=None)
"""
LINES = """
SELECT series_id, mean, lower80, upper90 FROM forecasting_forecastline JOIN forecasting_forecast AS forecast
ON forecast.id = forecast_id WHERE state = 'published' AND series_id IS NOT NULL ORDER BY series_id
"""


@dataclass
class Installation:
    """A data folder, and the programs that work on it."""

    folder: Path
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0

    def environment(self) -> dict[str, str]:
        database = f"sqlite:///{self.folder / 'evenkeel.sqlite3'}"
        own = {"EVENKEEL_DATA_DIR": str(self.folder), "DATABASE_URL": database, "REDIS_URL": "", "OMP_NUM_THREADS": "1"}
        return {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "sop.settings"}

    def python(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment(), check=True, timeout=120)

    def serve(self) -> subprocess.Popen[bytes]:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        # A session of its own, as in a terminal: what is left of it can be found and ended.
        self.servers.append(
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), start_new_session=True, stdout=subprocess.DEVNULL
            )
        )
        return self.servers[-1]

    def answers(self) -> bool:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", "/health/")
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.folder / "evenkeel.sqlite3", timeout=20)) as database:
            return database.execute(sql).fetchall()

    def run_states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM sop_run ORDER BY id")]

    def shards_done(self) -> int:
        return int(self.rows("SELECT count(*) FROM sop_shard WHERE state = 'done'")[0][0])


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    """The processes in the server's session besides itself; they outlive it when they are orphans."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, group in pairs if group == server.pid != pid]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a company and a forecast that waits to be done."""
    made = Installation(tmp_path_factory.mktemp("company"))
    made.python("-c", MAKE_COMPANY + START_JOB)
    return made.folder


@pytest.fixture(scope="module")
def exact(company: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """The forecast as one undisturbed process makes it."""
    undisturbed = Installation(tmp_path_factory.mktemp("undisturbed"))
    shutil.copytree(company, undisturbed.folder, dirs_exist_ok=True)
    undisturbed.python("manage.py", "forecast", "--json")
    assert undisturbed.run_states() == ["done"]
    lines = undisturbed.rows(LINES)
    assert len(lines) == SHARDS * 1_500
    return lines


@pytest.fixture
def installation(company: Path, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    shutil.copytree(company, tmp_path, dirs_exist_ok=True)
    yield made
    for server in made.servers:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@pytest.fixture
def running(installation: Installation, wait_for: Callable[..., None]) -> subprocess.Popen[bytes]:
    server = installation.serve()
    wait_for(installation.answers, "the first answer")
    return server


def test_it_answers_works_and_stops_when_asked(
    installation: Installation, running: subprocess.Popen[bytes], exact, wait_for
) -> None:
    wait_for(lambda: installation.run_states() == ["done"], "the job that was waiting")
    assert installation.rows(LINES) == exact
    installation.python("-c", START_JOB)
    wait_for(lambda: installation.run_states() == ["done", "done"], "a job started by another process")
    [worker] = workers_of(running)
    assert installation.answers()
    running.terminate()
    assert running.wait(10) == 0
    assert workers_of(running) == [], f"the worker {worker} is an orphan"
    assert not installation.answers()


def test_a_killed_server_leaves_no_orphan_and_the_next_start_finishes_the_job(
    installation: Installation, running: subprocess.Popen[bytes], exact, wait_for
) -> None:
    wait_for(lambda: installation.shards_done() >= 2, "some progress")
    running.kill()
    running.wait()
    wait_for(lambda: not workers_of(running), "the worker to leave", 10)
    assert installation.run_states() == ["running"]
    assert 2 <= installation.shards_done() < SHARDS
    installation.serve()
    wait_for(lambda: installation.run_states() == ["done"], "the job to be finished")
    assert installation.rows(LINES) == exact
    assert installation.rows("SELECT count(*) FROM sop_change WHERE kind = 'forecast.published'") == [(1,)]


def test_a_killed_worker_is_replaced_and_the_job_goes_on(
    installation: Installation, running: subprocess.Popen[bytes], exact, wait_for
) -> None:
    wait_for(lambda: installation.shards_done() >= 2, "some progress")
    [worker] = workers_of(running)
    os.kill(worker, signal.SIGKILL)
    assert installation.answers(), "pages do not depend on the worker"
    assert installation.run_states() == ["running"]
    wait_for(lambda: installation.run_states() == ["done"], "another worker")
    assert workers_of(running) != [worker]
    assert installation.rows(LINES) == exact
