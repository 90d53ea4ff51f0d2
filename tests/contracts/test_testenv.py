"""scripts/testenv.py decides what to use, what to start and what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import testenv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare_machine(monkeypatch) -> list[list[str]]:
    """Nothing named, nothing installed but apt-get, root at the keyboard; the list gathers what would be run."""
    for name in ("DATABASE_URL", "TEST_DATABASE_URL", "REDIS_URL", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    commands: list[list[str]] = []
    monkeypatch.setattr(testenv, "postgresql_folder", lambda: None)
    monkeypatch.setattr(testenv.shutil, "which", {"apt-get": "/usr/bin/apt-get"}.get)
    monkeypatch.setattr(testenv.os, "geteuid", lambda: 0)
    monkeypatch.setattr(testenv.subprocess, "run", lambda command, **options: commands.append(command))
    return commands


@pytest.mark.usefixtures("bare_machine")
def test_whatever_is_missing_is_named():
    assert testenv.missing_packages() == ["postgresql", "redis-server", "chromium", "fonts-dejavu-core"]


def test_packages_are_installed_without_a_cluster_of_their_own(bare_machine):
    testenv.install(["postgresql"])
    assert bare_machine[1] == ["tee", "/etc/postgresql-common/createcluster.conf"]
    assert bare_machine[-1][-3:] == ["-y", "--no-install-recommends", "postgresql"]


def test_nothing_is_installed_when_nothing_is_missing(bare_machine):
    testenv.install([])
    assert bare_machine == []


@pytest.mark.usefixtures("bare_machine")
def test_without_root_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(testenv.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="install postgresql first, or name servers"):
        testenv.install(["postgresql"])


@pytest.mark.usefixtures("bare_machine")
def test_named_servers_are_used(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@somewhere/planning")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere/0")
    monkeypatch.setenv("CHROMIUM", "/opt/chromium")
    assert testenv.named_database() == "postgres://somebody@somewhere/planning"
    assert testenv.missing_packages() == []


def test_sqlite_is_no_server(monkeypatch):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///somewhere.sqlite3")
    assert testenv.named_database() == ""


def test_the_status_of_the_command_is_passed_on():
    named = {
        "TEST_DATABASE_URL": "postgres://somewhere/planning",
        "REDIS_URL": "redis://somewhere",
        "CHROMIUM": "/none",
    }
    command = [sys.executable, ROOT / "scripts" / "testenv.py", sys.executable, "-c", "raise SystemExit(7)"]
    assert subprocess.run(command, env={**os.environ, **named}, check=False).returncode == 7
