"""“@ana check capacity by 12 Dec”: who, what and by when, out of one line."""

import datetime as dt
import re
from dataclasses import dataclass

from planning.queries import mentions
from sop.models import User

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BY = re.compile(r"^(?P<rest>.*)\s(?:by|until)\s+(?P<day>[^@]{2,20})$", re.IGNORECASE)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
NUMBERS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.(\d{4})?")
DAY_MONTH = re.compile(r"(\d{1,2})\.?\s+([a-z]{3,9})\.?(?:\s+(\d{4}))?")
MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?")


@dataclass(frozen=True)
class Parsed:
    """What a line says; None where it does not, or names somebody who is not known."""

    text: str
    owner: User | None
    due: dt.date | None
    name: str = ""

    @property
    def missing(self) -> str:
        """What the line still lacks, in words."""
        if not self.name:
            return "Say who: @name"
        if self.owner is None:
            return f"Nobody is called @{self.name}"
        if not self.text:
            return "Say what"
        return "" if self.due else "Say by when: by 12 Dec"


def parse(line: str, today: dt.date) -> Parsed:
    """The first @name is the owner, a day after “by” at the end the due date, the rest the text. Two queries."""
    names = mentions.names(line)
    due, rest = None, line.strip()
    if ending := BY.match(rest) or BY.match(rest.rstrip(".")):
        due = day(ending["day"], today) or day(ending["day"].rstrip("."), today)
        rest = ending["rest"] if due else rest
    known = mentions.people([line])
    owner = next((known[name] for name in names if name in known), None) or _by_first_name(names)
    text = mentions.NAME.sub("", rest, count=1).strip(" ,:–-")
    return Parsed(" ".join(text.split()), owner, due, names[0] if names else "")


def day(text: str, today: dt.date) -> dt.date | None:
    """The next such day to come: 12 Dec, December 12, 12.12., 2026-12-12, Friday, tomorrow. None: it is no day."""
    text = text.strip().lower().rstrip(",")
    if text in ("today", "tomorrow"):
        return today + dt.timedelta(days=text == "tomorrow")
    if text[:3] in WEEKDAYS and text.isalpha():
        ahead = (WEEKDAYS.index(text[:3]) - today.weekday()) % 7
        return today + dt.timedelta(days=ahead or 7)
    if match := ISO.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := NUMBERS.fullmatch(text):
        return _next(match[3], int(match[2]), int(match[1]), today)
    if match := DAY_MONTH.fullmatch(text):
        return _next(match[3], _month(match[2]), int(match[1]), today)
    if match := MONTH_DAY.fullmatch(text):
        return _next(match[3], _month(match[1]), int(match[2]), today)
    return None


def _month(name: str) -> int:
    return MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else 0


def _next(year: str | None, month: int, number: int, today: dt.date) -> dt.date | None:
    if year:
        return _date(int(year), month, number)
    found = _date(today.year, month, number)
    return found if found is None or found >= today else _date(today.year + 1, month, number)


def _date(year: int, month: int, number: int) -> dt.date | None:
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None


def _by_first_name(names: list[str]) -> User | None:
    """Whoever is the only one of this first name."""
    if not names:
        return None
    found = list(
        User.objects.filter(is_active=True, memberships__isnull=False, first_name__iexact=names[0]).distinct()[:2]
    )
    return found[0] if len(found) == 1 else None
