"""What lands on the console, and how often."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK_FOR_NOTHING = """
import django
django.setup()
from django.test import Client
Client(headers={"host": "localhost"}).get("/static/nothing.css")
"""
CONNECT = "from sop.celery import app; app.connection().info()"


def console(program: str, folder: Path, **environment: str) -> list[str]:
    database = f"sqlite:///{folder / 'evenkeel.sqlite3'}"
    own = {"EVENKEEL_DATA_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": "", **environment}
    settings = {"DJANGO_SETTINGS_MODULE": "sop.settings", "DEBUG": "true", "LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=settings | own, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


@pytest.mark.parametrize("debug", ["true", "false"])
def test_a_refused_request_is_logged_once(tmp_path: Path, debug: str) -> None:
    told = console(ASK_FOR_NOTHING, tmp_path, DEBUG=debug, SECRET_KEY="x" * 50, HTTPS="false")
    assert len([line for line in told if "Not Found: /static/nothing.css" in line]) == 1


def test_the_level_is_that_of_the_setting(tmp_path: Path) -> None:
    assert console(ASK_FOR_NOTHING, tmp_path, LOG_LEVEL="ERROR") == []


def test_the_broker_in_memory_is_nothing_to_warn_of(tmp_path: Path) -> None:
    assert console(CONNECT, tmp_path) == []
