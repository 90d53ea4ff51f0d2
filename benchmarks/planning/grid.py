"""The demand grid over 100,000 series × 24 months, from PostgreSQL to a browser, through a web process of its own.

The company is made in a database beside the one of DATABASE_URL and dropped at the end. Only `--database` measures it.
"""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.forecasting.job import ROOT, passing_database, start_django
from benchmarks.planning.company import HORIZON, PASSWORD, PLANNERS, make_company
from benchmarks.registry import NotAvailable, benchmark, stopwatch

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
REPEATS, EDITS, PASTED = 5, 3, 50
MILLISECONDS = 1_000
PATIENCE_SECONDS = 60
CONFLICT, SAVED = 409, 200
TOKEN = "a" * 32  # against forged requests; any will do that is in the cookie as well


@dataclass(frozen=True)
class Figures:
    open_ms: float | None  # None: there is no browser
    page_ms: float
    paste_ms: float
    family_ms: float
    large_family_ms: float
    lost: float  # units that twenty planners entered and the plan does not hold
    conflicts: int
    megabytes: float  # the most the web process has held so far
    mass_ms: float


@benchmark("Demand page over 100,000 series, address to painted grid", unit="ms", at_most=1_000, database=True)
def open_page() -> float:
    opened = figures().open_ms
    if opened is None:
        raise NotAvailable("it needs Playwright and the browser that CHROMIUM names")
    return opened


@benchmark("Next page of 100 rows of 100,000 series", unit="ms", at_most=150, database=True)
def next_page() -> float:
    return figures().page_ms


@benchmark("Paste of 50 × 24 into 100,000 series, saved", unit="ms", at_most=1_000, database=True)
def paste() -> float:
    return figures().paste_ms


@benchmark("Edit of a family of 1,000 series, saved", unit="ms", at_most=300, database=True)
def family_edit() -> float:
    return figures().family_ms


@benchmark("Edit of a family of 20,000 series, saved", unit="ms", at_most=3_000, database=True)
def large_family_edit() -> float:
    return figures().large_family_ms


@benchmark("20 planners on one family: share of entries that count", unit="of 1", at_least=1, database=True)
def together() -> float:
    return 1 - figures().lost


@benchmark("Web process in all this, most memory", unit="MB", at_most=200, database=True)
def memory() -> float:
    return figures().megabytes


@benchmark("Mass edit of 20,000 series × 24 months, saved", unit="ms", at_most=6_000, database=True)
def mass_edit() -> float:
    return figures().mass_ms


@cache
def figures() -> Figures:
    start_django()
    with passing_database() as address:
        make_company()
        with tempfile.TemporaryDirectory() as folder, web_process(address, folder) as (port, pid):
            return _measure(port, pid)


@contextmanager
def web_process(database: str, folder: str) -> Iterator[tuple[int, int]]:
    """One uvicorn as in production, with the static files of one; its port and process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": database, "REDIS_URL": "", "OMP_NUM_THREADS": "1", "DEBUG": "false"}
    environment |= {"HTTPS": "false", "SECRET_KEY": secrets.token_urlsafe(60), "EVENKEEL_DATA_DIR": folder}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "uvicorn", "sop.asgi:application", "--lifespan", "off", "--log-level", "warning"]
    server = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, env=environment)
    try:
        _await(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _await(port: int) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise NotAvailable("the web process did not start")


class Planner:
    """A signed-in person's connection to the grid."""

    def __init__(self, port: int, number: int) -> None:
        from planning.models import SalesPlan

        self.plan = SalesPlan.objects.get(frozen_at__isnull=True).pk
        self.port = port
        self.session = ""
        form = urlencode({"username": f"planner{number}", "password": PASSWORD, "csrfmiddlewaretoken": TOKEN})
        answer = self._send("POST", "/login/", form, "application/x-www-form-urlencoded")
        cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
        answer.read()
        if "sessionid" not in cookies:
            raise NotAvailable(f"the log-in answered {answer.status}")
        self.session = cookies["sessionid"].value

    def rows(self, query: str) -> Any:
        return self._ask("GET", f"/demand/{self.plan}/rows/?{query}")[1]

    def edit(self, cells: list[dict[str, Any]]) -> int:
        """The status of the answer."""
        body = {"cells": cells, "reason": "Benchmark", "refresh": ["total"]}
        return self._ask("POST", f"/demand/{self.plan}/edits/", body)[0]

    def mass_edit(self) -> None:
        """All months of all series of the large family, where nobody entered anything yet but in one month."""
        first, last = (_cell("", month, "")["month"] for month in (0, HORIZON - 1))
        body = {"kind": "percent", "amount": 2, "first": first, "last": last, "rows": ["family:LARGE"]}
        self._ask("POST", f"/demand/{self.plan}/mass/", body | {"reason": "Benchmark"})

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self._send(method, path, json.dumps(body) if body else None, "application/json")
        text = answer.read()
        if answer.status not in (SAVED, CONFLICT):
            raise NotAvailable(f"{path} answered {answer.status}: {text[:200]!r}")
        return answer.status, json.loads(text)

    def _send(self, method: str, path: str, body: str | None, kind: str) -> http.client.HTTPResponse:
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Content-Type": kind}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, headers | {"Connection": "close"})
        return connection.getresponse()


def _measure(port: int, pid: int) -> Figures:
    planner = Planner(port, 0)
    page_ms = _best(lambda: planner.rows("parent=family:LARGE&offset=1000&limit=100"))
    return Figures(
        open_ms=_opened(port, planner.session),
        page_ms=page_ms,
        paste_ms=_best(lambda: planner.edit(_pasted()), EDITS),
        family_ms=_best(lambda: planner.edit([_cell("family:MIDDLE", 3, "+1%")])),
        large_family_ms=_best(lambda: planner.edit([_cell("family:LARGE", 3, "+1%")]), EDITS),
        **_together(port),
        megabytes=_peak(pid),
        mass_ms=_best(planner.mass_edit, 1),
    )


def _best(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        with stopwatch() as watch:
            work()
        times.append(watch.seconds * MILLISECONDS)
    return min(times)


def _cell(row: str, month: int, entry: str, base: float | None = None) -> dict[str, Any]:
    return {"row": row, "month": f"{2026 + month // 12}-{month % 12 + 1:02d}", "entry": entry, "base": base}


@cache
def _pasted_rows() -> list[int]:
    from sop.models import Series

    return list(Series.objects.filter(product__family__code="F00").order_by("pk").values_list("pk", flat=True)[:PASTED])


def _pasted() -> list[dict[str, Any]]:
    quantity = secrets.randbelow(900) + 100
    return [_cell(f"series:{pk}", month, str(quantity)) for pk in _pasted_rows() for month in range(HORIZON)]


def _together(port: int) -> dict[str, Any]:
    """Twenty people add ten units to the same cell at once; who is refused looks again and repeats it."""
    row, month, step = "family:MIDDLE", 5, 10.0
    planners = [Planner(port, number) for number in range(PLANNERS)]

    def value(planner: Planner) -> float:
        answer = planner.rows(f"keys={row}")
        column = [each["id"] for each in answer["columns"]].index(_cell(row, month, "")["month"])
        return float(answer["rows"][0]["values"][column])

    def work(planner: Planner) -> int:
        refused = 0
        while planner.edit([_cell(row, month, f"+{step:.0f}", value(planner))]) == CONFLICT:
            refused += 1
        return refused

    before = value(planners[0])
    with ThreadPoolExecutor(PLANNERS) as pool:
        refused = sum(pool.map(work, planners))
    entered = step * PLANNERS
    return {"lost": abs(value(planners[0]) - before - entered) / entered, "conflicts": refused}


def _opened(port: int, session: str) -> float | None:
    """From the address to the painted grid in a browser whose cache is warm, as it is every day but the first."""
    program = os.environ.get("CHROMIUM")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not program:
        return None
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()

        def opened() -> None:
            page.goto(f"{address}/demand/")
            page.wait_for_selector("planning-grid .slick-row")

        best = _best(opened, EDITS)
        browser.close()
    return best


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        raise NotAvailable("the memory of another process is read from /proc")
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return float(fields["VmHWM"].split()[0]) / 1024
