"""The reviews and one's own actions as iCalendar (RFC 5545)."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from reviews.models import CalendarFeed, Stage
from reviews.queries.action_items import open_of
from reviews.queries.addresses import address
from reviews.queries.stages import stage_url
from sop.models import User
from sop.models.people import token_digest
from sop.permissions import Verb, can

KEPT = dt.timedelta(days=90)
LINE_OCTETS = 75


def owner(secret: str) -> User | None:
    """Whose feed this is; None when it was taken back, or its owner has left or lost every role."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=token_digest(secret)).first()
    return feed.user if feed and can(feed.user, Verb.VIEW) else None


def calendar(user: User) -> str:
    """The due days of the reviews, and of what the person still has to do. Three queries."""
    stamp = f"{timezone.now():%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Evenkeel//Reviews//EN", "X-WR-CALNAME:S&OP"]
    for entry in (*_reviews(), *_actions(user)):
        lines += ["BEGIN:VEVENT", f"DTSTAMP:{stamp}", "TRANSP:TRANSPARENT", *entry, "END:VEVENT"]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _reviews() -> Iterator[list[str]]:
    since = timezone.localdate() - KEPT
    for stage in Stage.objects.filter(due__gte=since).select_related("cycle", "owner").order_by("due", "pk"):
        title = f"{stage.get_key_display()}, {stage.cycle}"
        state = stage.get_state_display().lower()
        url = stage_url(stage.cycle, stage.key)
        yield _event(f"review-{stage.pk}", stage.due, title, f"{stage.owner.name} signs off; {state}", url)


def _actions(user: User) -> Iterator[list[str]]:
    for item in open_of(user).select_related("cycle"):
        yield _event(f"action-{item.pk}", item.due, item.text, f"Action of {item.cycle}", address("reviews:actions"))


def _event(name: str, day: dt.date, title: str, text: str, url: str) -> list[str]:
    return [
        f"UID:{name}@evenkeel",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + dt.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(text)}",
        f"URL:{settings.SITE_URL}{url}",
    ]


def _escaped(text: str) -> str:
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(mark, written)
    return text


def _folded(line: str) -> str:
    """No line is longer than 75 octets; what follows stands behind a space on the next, and no letter is cut."""
    parts: list[str] = []
    part = ""
    for letter in line:
        if len((part + letter).encode()) > LINE_OCTETS - bool(parts):
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
