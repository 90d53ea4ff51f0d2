"""The worker of a single machine: Celery in one child process, fed from the shard table, no broker to install.

The parent holds the child's standard input open. When the parent dies, however it dies, the pipe closes and the child
leaves: nothing is orphaned. What it was doing is taken up at the next start.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time

from celery.beat import EmbeddedService, Scheduler
from celery.worker import WorkController
from django.conf import settings

from sop import tasks
from sop.actions import runs
from sop.celery import app

log = logging.getLogger(__name__)
FEED_SECONDS = 0.5
GRACE_SECONDS = 5.0


def work_until_input_closes() -> None:
    """Run shards as they appear until standard input ends."""
    # Ctrl-C reaches the whole process group; the parent decides when the child goes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runs.take_back_leases()
    leaving = threading.Event()
    threading.Thread(target=_await_end_of_input, args=(leaving,), daemon=True).start()
    controller = WorkController(
        app=app, pool_cls="threads", concurrency=1, without_gossip=True, without_mingle=True, without_heartbeat=True
    )
    threading.Thread(target=controller.start, daemon=True).start()
    # What is done by the clock: in production a process of its own does it.
    EmbeddedService(app, thread=True, scheduler_cls=Scheduler).start()
    while not leaving.wait(FEED_SECONDS):
        tasks.publish(runs.sweep())
    # A shard in mid-work is simply dropped: its rows are upserts, and the next start takes it up again.
    runs.take_back_leases()
    os._exit(0)


def _await_end_of_input(leaving: threading.Event) -> None:
    sys.stdin.buffer.read()
    leaving.set()


class Child:
    """The worker process, kept alive until it is told to leave."""

    def __init__(self) -> None:
        self.leaving = threading.Event()
        self.process = self._spawn()
        self.keeper = threading.Thread(target=self._keep_alive, daemon=True)
        self.keeper.start()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work"]
        environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)

    def _keep_alive(self) -> None:
        while not self.leaving.wait(1.0):
            if self.process.poll() is not None:
                log.warning("The worker ended with status %s; starting another.", self.process.returncode)
                self.process = self._spawn()

    def leave(self) -> None:
        """Close the child's input and wait for it; after the grace it is killed."""
        self.leaving.set()
        self.keeper.join()  # it may just be starting another child
        if self.process.stdin:
            self.process.stdin.close()
        deadline = time.monotonic() + GRACE_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
