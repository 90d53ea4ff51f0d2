"""`--user`: in whose name a command acts, and with whose rights."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sop.models import Change, Run
from tests.factories import make_coordinator, make_cycle, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
COMMANDS = {
    "forecast": "run the forecast",
    "plan_demand": "edit the sales plan",
    "plan_supply": "run the supply plan",
    "check_capacity": "run the supply plan",
    "open_cycle": "open a cycle",
    "import_data": "import data",
}


def run(command: str, folder: Path, user: str) -> None:
    first = {"open_cycle": ["2026-07"], "import_data": [str(folder)]}.get(command, [])
    call_command(command, *first, "--user", user, stdout=StringIO(), stderr=StringIO())


def test_the_change_log_carries_the_name(tmp_path: Path) -> None:
    coordinator = make_coordinator()
    run("open_cycle", tmp_path, coordinator.username)
    assert Change.objects.get(kind="cycle.opened").by == coordinator


@pytest.mark.parametrize("command", COMMANDS)
def test_a_colleague_may_not(command: str, tmp_path: Path) -> None:
    make_cycle()
    (tmp_path / "families.csv").write_text("code,name\nbikes,Bikes\n", encoding="utf-8")
    make_user("colleague", "finance", "contributor")
    with pytest.raises(CommandError, match=f"You may not {COMMANDS[command]}"):
        run(command, tmp_path, "colleague")
    assert not Run.objects.exists()
    assert not Change.objects.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_user_is_named(command: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no user “nobody”"):
        run(command, tmp_path, "nobody")
