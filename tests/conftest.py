"""What every test may ask for. See docs/developers.md, "Tests".

PostgreSQL, Redis and Chromium come from scripts/testenv.py by way of the environment; with pytest-xdist each of its
processes has a database and a Redis database number of its own.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import hypothesis
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.base.operations import BaseDatabaseOperations as DatabaseOperations
from django.test import Client

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
PATIENCE = 60
FLUSHES = 5


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.REDIS_URL:
        settings.REDIS_URL = settings.CELERY_BROKER_URL = own_redis_url(settings.REDIS_URL)
    hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
    hypothesis.settings.load_profile("repeatable")


def own_redis_url(url: str) -> str:
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    number = int(name.removeprefix("gw")) + 1 if name else 0
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


# --- The database -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End the sessions that servers and workers left open; PostgreSQL drops no database in use."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def patient_flush() -> Iterator[None]:
    """Empty the tables again when PostgreSQL breaks a deadlock with an open page that was reading just then."""
    at_once = DatabaseOperations.execute_sql_flush

    def flush(operations: DatabaseOperations, sql_list: list[str]) -> None:
        for attempt in range(1, FLUSHES + 1):
            try:
                return at_once(operations, sql_list)
            except OperationalError:
                if attempt == FLUSHES:
                    raise
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield


def database_url_of_tests() -> str:
    """The address of this process's test database, for programs that a test starts."""
    place = connection.settings_dict
    who = ":".join(quote(part, safe="") for part in (place["USER"], place["PASSWORD"]) if part)
    return f"postgres://{who}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


# --- The web server ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def uvicorn_address() -> Iterator[str]:
    """A real uvicorn in a thread: unlike pytest-django's `live_server` it can stream server-sent events."""
    import uvicorn

    from sop.asgi import application

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "uvicorn")
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()


@pytest.fixture
def server(transactional_db: None, uvicorn_address: str) -> str:
    """The address of a running Evenkeel on the test database, such as http://127.0.0.1:43521."""
    return uvicorn_address


# --- The browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium, driven by Playwright's synchronous interface."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM")
    if not program:
        pytest.fail("Browser tests need Chromium: run them through scripts/testenv.py or set CHROMIUM.")
    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, so Django takes every query of a test for one made inside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(chromium: Any, server: str) -> Iterator[Callable[..., Any]]:
    """`new_page(user)` opens a window of its own, signed in as that user; `new_page()` is nobody's.

    Addresses are relative: `page.goto("/")`. Whatever the page writes to its console as an error, a breach of the
    Content-Security-Policy among them, fails the test at the end. Refused requests are left to the test.
    """
    contexts, complaints = [], []

    def open_page(user: Any = None, **options: Any) -> Any:
        context = chromium.new_context(base_url=server, **{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.extend(complaint(message)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One window in which nobody is signed in."""
    return new_page()


def session_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def complaint(message: Any) -> list[str]:
    is_refused_request = message.text.startswith("Failed to load resource")
    return [message.text] if message.type == "error" and not is_refused_request else []


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """`axe(page)` lists what axe-core finds serious or critical on a page, one line each."""
    source = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def violations(page: Any) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("() => axe.run().then(result => result.violations)")
        serious = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
        return [f"{rule['id']}: {node['html']}" for rule in serious for node in rule["nodes"]]

    return violations


# --- The worker -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def start_worker(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """`start_worker(SHARD_LEASE_SECONDS=2)` starts a Celery worker that a test may do away with.

    With `beat=True` it also sends the scheduled jobs. The keywords become its environment. It is stopped at the end.
    """
    if not settings.REDIS_URL:
        pytest.fail("Worker tests need Redis: run them through scripts/testenv.py or set REDIS_URL.")
    folder = tmp_path_factory.mktemp("worker")
    workers: list[subprocess.Popen[bytes]] = []

    def start(*, beat: bool = False, **environment: object) -> subprocess.Popen[bytes]:
        name = f"worker{len(workers)}-{os.getpid()}@localhost"
        options = ["-n", name, "-c", "1", "-l", "WARNING", "--without-gossip", "--without-mingle"]
        if beat:
            options += ["-B", "-s", str(folder / f"{name}.schedule")]
        servers = {"DATABASE_URL": database_url_of_tests(), "REDIS_URL": settings.REDIS_URL, "OMP_NUM_THREADS": "1"}
        given = {key: str(value) for key, value in environment.items()}
        command = [sys.executable, "-m", "celery", "-A", "sop", "worker", *options]
        workers.append(
            subprocess.Popen(command, cwd=ROOT, env={**os.environ, **servers, **given}, start_new_session=True)
        )
        wait_until(lambda: answers(name), "the Celery worker")
        return workers[-1]

    yield start
    for worker in workers:
        stop(worker)


@pytest.fixture(scope="session")
def running_worker(start_worker: Callable[..., subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    return start_worker()


@pytest.fixture
def worker(transactional_db: None, running_worker: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """A real Celery worker on the test database, shared by all tests that leave it alive."""
    return running_worker


def answers(name: str) -> bool:
    from sop.celery import app

    return bool(app.control.ping(destination=[name], timeout=0.5))


def stop(worker: subprocess.Popen[bytes]) -> None:
    """Ask it to finish, then end what is left of its process group: a killed worker leaves its children behind."""
    worker.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def wait_until(happened: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    give_up = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > give_up:
            pytest.fail(f"Waited {seconds} seconds in vain for {what}.")
        time.sleep(0.05)


# --- Data -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets, named by EVENKEEL_DATA or found beside this one; without it the test is skipped."""
    folder = Path(os.environ.get("EVENKEEL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("The real data sets are not on this machine.")
    return folder


@pytest.fixture
def wait_for() -> Callable[..., None]:
    """`wait_for(condition, "what", seconds)` polls for what another process does, and fails the test in the end."""
    return wait_until
