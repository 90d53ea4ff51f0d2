"""Whatever an administrator, a planner or a program can name is named in the documentation too."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
OUR_APPS = {"sop", "forecasting", "planning", "reviews"}
README = ROOT / "README.md"


@pytest.fixture(scope="module")
def documentation() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in [README, *(ROOT / "docs").rglob("*.md")])


def missing(names: list[str], documentation: str) -> list[str]:
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", documentation)]


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in OUR_APPS)


def environment_variables() -> list[str]:
    settings = (ROOT / "sop" / "settings.py").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", settings)) | {"DEMO_PASSWORD"})


def rest_routes() -> list[str]:
    """Every address below /api/, without the parts that vary."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> list[str]:
        routes = []
        for pattern in patterns:
            route = before + str(pattern.pattern).lstrip("^").rstrip("$")
            inner = walk(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [route]
            routes += inner
        return routes

    routes = [route for route in walk(get_resolver().url_patterns, "") if route.startswith("api/")]
    plain = [re.split(r"[<(\\]", route)[0] for route in routes]
    return sorted({f"/{route}" for route in plain} - {"/api/v1/", "/api/"})


def test_every_command_is_documented(documentation):
    assert missing(our_commands(), documentation) == []


def test_every_setting_is_documented(documentation):
    assert missing(environment_variables(), documentation) == []


def test_every_rest_route_is_documented(documentation):
    routes = rest_routes()
    assert routes
    assert [
        route for route in routes if route not in documentation and route.removeprefix("/api/v1") not in documentation
    ] == []


def test_every_forecasting_method_is_documented(documentation):
    from forecasting.engine import MEMBER_NAMES, PATTERNS

    assert missing([*MEMBER_NAMES, *PATTERNS], documentation) == []


def test_commands_in_the_readme_exist():
    blocks = re.findall(
        r"^```(?:sh|console|bash)?\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [shlex.split(line.lstrip("$ "), comments=True) for block in blocks for line in block.splitlines()]
    targets = [word for line in lines if line[:1] == ["make"] for word in line[1:] if "=" not in word]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets
    assert [target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)] == []
    commands = [line[line.index("manage.py") + 1] for line in lines if "manage.py" in line]
    assert set(commands) <= set(get_commands())
