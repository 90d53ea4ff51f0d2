"""Whatever a person or a program can name is named in the documentation, and what the documentation names exists."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import CommandParser, get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
OUR_APPS = {"sop", "forecasting", "planning", "reviews"}
README = ROOT / "README.md"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = ("", "sh", "bash", "console")


@pytest.fixture(scope="module")
def documentation() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in [README, *(ROOT / "docs").rglob("*.md")])


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def missing(names: list[str], documentation: str) -> list[str]:
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", documentation)]


# --- Commands and settings --------------------------------------------------------------------------------------------


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in OUR_APPS)


def environment_variables() -> list[str]:
    settings = text_of(ROOT / "sop" / "settings.py")
    return sorted(set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", settings)) | {"DEMO_PASSWORD"})


def shell_lines(page: Path) -> list[list[str]]:
    """The lines of a page's shell blocks, in words."""
    blocks = [body for language, body in FENCED.findall(text_of(page)) if language in SHELL]
    return [shlex.split(line.lstrip("$ "), comments=True) for block in blocks for line in block.splitlines()]


def documented_calls(page: Path) -> list[tuple[str, list[str]]]:
    """Every `manage.py` command of a page's shell blocks with its arguments."""
    starts = [(line, line.index("manage.py")) for line in shell_lines(page) if "manage.py" in line]
    return [(line[at + 1], line[at + 2 :]) for line, at in starts]


def parser_of(name: str) -> CommandParser:
    command = load_command_class(get_commands()[name], name)
    command._called_from_command_line = False  # a mistake raises CommandError instead of leaving
    return command.create_parser("manage.py", name)


def test_every_command_is_documented(documentation):
    assert missing(our_commands(), documentation) == []


def test_every_option_of_a_command_is_documented():
    documented = text_of(ROOT / "docs" / "commands.md")
    django = {option for action in parser_of("migrate")._actions for option in action.option_strings}
    ours = {
        option for name in our_commands() for action in parser_of(name)._actions for option in action.option_strings
    }
    assert missing(sorted(option for option in ours - django if option.startswith("--")), documented) == []


def test_every_setting_is_documented(documentation):
    assert missing(environment_variables(), documentation) == []


def test_make_targets_in_the_readme_exist():
    lines = shell_lines(README)
    targets = [word for line in lines if line[:1] == ["make"] for word in line[1:] if "=" not in word]
    makefile = text_of(ROOT / "Makefile")
    assert targets
    assert [target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "commands.md"], ids=lambda page: page.name)
def test_documented_commands_parse(page):
    calls = documented_calls(page)
    assert calls
    for name, arguments in calls:
        assert name in get_commands()
        parser_of(name).parse_args(arguments)


@pytest.mark.django_db
def test_people_can_be_made_as_documented():
    from sop import permissions
    from sop.models import Family, User

    Family.objects.create(code="BIKES", name="Bicycles")
    page = text_of(ROOT / "docs" / "users" / "viewer-and-admin.md")
    names: dict[str, object] = {}
    for language, body in FENCED.findall(page):
        if language == "python":
            exec(body, names)
    ana = User.objects.get(username="ana")
    assert permissions.can(ana, permissions.Verb.ENTER_STREAM, department=ana.memberships.get().department)


# --- REST -------------------------------------------------------------------------------------------------------------


def walk(patterns: list[URLPattern | URLResolver], before: str = "") -> list[tuple[str, list[str]]]:
    """Addresses and the methods that viewsets give them."""
    routes = []
    for pattern in patterns:
        route = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            routes += walk(pattern.url_patterns, route)
        else:
            routes.append((route, sorted(getattr(pattern.callback, "actions", {}))))
    return routes


def rest_routes() -> dict[str, list[str]]:
    """`/products/{code}/` → its methods, for every address below /api/v1/."""
    versioned = [
        (route, methods) for route, methods in walk(get_resolver().url_patterns) if route.startswith("api/v1/")
    ]
    return {
        # REST framework adds `head` to a view's methods once it has been called.
        re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route.removeprefix("api/v1")): [m for m in methods if m != "head"]
        for route, methods in versioned
    }


def test_every_rest_route_is_documented_with_its_methods():
    page = text_of(ROOT / "docs" / "api.md")
    told = {
        route: methods.lower().split(", ")
        for route, methods in re.findall(r"^\| `(/\S+)` \| ([A-Z, ]+) \|", page, re.M)
    }
    assert {route: sorted(methods) for route, methods in told.items()} == rest_routes()


def test_schema_and_its_page_are_documented(documentation):
    assert missing(["/api/schema/", "/api/docs/"], documentation) == []


# --- Tables, methods, links -------------------------------------------------------------------------------------------


def section(page: str, name: str) -> str:
    """What stands under the third-level heading that names a table."""
    parts = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return next(
        (body for heading, body in zip(parts[1::2], parts[2::2], strict=True) if name in heading.split(", ")), ""
    )


def test_every_table_and_column_that_can_be_imported_is_documented():
    from planning.actions.importing import ACTUAL_COLUMNS, ACTUALS, TABLES

    page = text_of(ROOT / "docs" / "data.md")
    columns = {name: [column.name for column in table.columns] for name, table in TABLES.items()}
    columns[ACTUALS] = [column.name for column in ACTUAL_COLUMNS]
    assert {name: absent for name, names in columns.items() if (absent := missing([*names], section(page, name)))} == {}


def test_every_forecasting_method_is_documented(documentation):
    from forecasting.engine import MEMBER_NAMES, PATTERNS

    assert missing([*MEMBER_NAMES, *PATTERNS], documentation) == []


def anchors(page: Path) -> set[str]:
    """The names that a page's headings can be linked by."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text_of(page))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    pictures = (ROOT / "docs" / "images").is_dir()  # taken of the running demo, once there is one to show
    broken = []
    for picture, link in LINK.findall(FENCED.sub("", text_of(page))):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:") or (picture and not pictures):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_decisions_are_numbered_one_by_one_and_listed():
    folder = ROOT / "docs" / "decisions"
    records = sorted(page for page in folder.glob("*.md") if page.name != "README.md")
    numbers = [int(page.name[:4]) for page in records]
    assert numbers == list(range(1, len(records) + 1))
    assert [text_of(page).startswith(f"# {number}. ") for number, page in zip(numbers, records, strict=True)].count(
        False
    ) == 0
    assert [page.name for page in records if f"]({page.name})" not in text_of(folder / "README.md")] == []
