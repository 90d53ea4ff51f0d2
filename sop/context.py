"""What the frame around every page shows: navigation, the cycle, its stages, running jobs, the person."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from sop import months
from sop.models import Cycle, Run, User
from sop.permissions import Verb, can
from sop.queries import inbox
from sop.queries.runs import LABELS
from sop.queries.search import Found, rank_of

NAV = (
    ("Home", "home", "home"),
    ("Demand", "planning:demand", "chart-line"),
    ("Supply", "planning:supply", "building-factory-2"),
    ("Scenarios", "planning:scenarios", "git-branch"),
    ("Reviews", "reviews:index", "users-group"),
    ("Performance", "reviews:performance", "target-arrow"),
    ("Actions", "reviews:actions", "checklist"),
    ("Data", "planning:data", "database"),
)
THEMES = ("light", "dark")
JOBS_SHOWN = 3
CYCLES_SHOWN = 24


def shell(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that fragments which do not draw the frame cost no query."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def chosen_cycle(request: HttpRequest) -> Cycle | None:
    """The cycle of this page: named in the address, else the one last looked at, else the newest open one."""
    asked = request.GET.get("cycle", "")
    for code in (asked, request.session.get("cycle", "")):
        cycle = _cycle_by_code(code)
        if cycle:
            if code == asked and request.session.get("cycle") != code:
                request.session["cycle"] = code
            return cycle
    return Cycle.objects.filter(state=Cycle.State.OPEN).first() or Cycle.objects.first()


def _shell(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    frame: dict[str, Any] = {"theme": theme if theme in THEMES else "", "user": None}
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return frame
    frame["user"] = {
        "name": user.display_name,
        "initials": user.initials,
        "email": user.email,
        "admin_url": _url_of("admin:index") if user.is_staff else None,
    }
    if not can(user, Verb.VIEW):
        return frame
    cycle = chosen_cycle(request)
    return frame | {
        "nav": _nav(request.path, _above(settings.SHELL_COUNTS, user) or {}),
        "cycle": _cycle_entry(cycle) if cycle else None,
        "cycles": [_cycle_entry(each) for each in Cycle.objects.all()[:CYCLES_SHOWN]],
        "stages": _above(settings.SHELL_STAGES, cycle) or [] if cycle else [],
        "unread": inbox.unread(user),
        "jobs": [_job(run) for run in Run.objects.filter(state__in=Run.ACTIVE)[:JOBS_SHOWN]],
    }


def _cycle_by_code(code: str) -> Cycle | None:
    if not code:
        return None
    try:
        return Cycle.objects.filter(first_month=months.parse(code)).first()
    except ValueError:
        return None


def _cycle_entry(cycle: Cycle) -> dict[str, str]:
    return {
        "label": str(cycle),
        "code": cycle.code,
        "url": f"?cycle={cycle.code}",
        "state": str(cycle.get_state_display()),
    }


def _nav(path: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    home = _url_of("home")
    entries = [
        (label, url, icon, counts.get(name, 0)) for label, name, icon in NAV if (url := _url_of(name)) is not None
    ]
    # The longest address that starts the path is where we are; Home is the start of every path.
    here = max(
        (url for _, url, *_ in entries if path.startswith(url) and (url != home or path == home)), key=len, default=""
    )
    return [
        {"label": label, "url": url, "icon": icon, "count": count, "current": url == here}
        for label, url, icon, count in entries
    ]


def pages(user: User, text: str) -> list[Found]:
    """The pages of the side bar, for the search."""
    everything = [*NAV, ("Inbox", "inbox:inbox", "bell")]
    fitting = ((label, _url_of(name), rank_of(text, label)) for label, name, _ in everything)
    return [Found("Pages", label, url, rank=rank) for label, url, rank in fitting if url and rank is not None]


def _url_of(name: str, *args: Any) -> str | None:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def _above(name: str, about: Any) -> Any:
    """What an app above this one says, which is therefore reached by name; None when it is not there."""
    try:
        says: Callable[[Any], Any] = import_string(name)
    except ImportError:
        return None
    return says(about)


def _job(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "label": LABELS.get(run.kind, run.kind.capitalize()),
        "percent": run.percent,
        "cancel_url": _url_of("runs:cancel", run.pk),
    }
