"""Months are first-of-month dates everywhere; only this module does arithmetic on them."""

import calendar
import datetime as dt
import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

MONTHS_PER_YEAR = 12
_FORMAT = re.compile(r"(\d{4})-(\d{2})(-(\d{2}))?")
_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def first(day: dt.date) -> dt.date:
    """The month a day lies in."""
    return dt.date(day.year, day.month, 1)


def parse(text: str) -> dt.date:
    """`2013-06` or `2013-06-01` as a month; ValueError says what is wrong."""
    match = _FORMAT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"“{text}” is not a month; write it as 2013-06")
    year, month, day = int(match[1]), int(match[2]), int(match[4] or 1)
    if not 1 <= month <= MONTHS_PER_YEAR:
        raise ValueError(f"“{text}” is not a month: there is no month {month}")
    if day != 1:
        raise ValueError(
            f"“{text}” is a day; a month is written as {year:04d}-{month:02d} or {year:04d}-{month:02d}-01"
        )
    if year < 1:
        raise ValueError(f"“{text}” is not a month: there is no year {year}")
    return dt.date(year, month, 1)


def number(month: dt.date) -> int:
    """Months since year 0, so that a difference of numbers is a distance in months."""
    return month.year * MONTHS_PER_YEAR + month.month - 1


def numbers(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """`number` of each day's month."""
    since_1970: NDArray[np.int64] = days.astype("datetime64[M]").astype(np.int64)
    return since_1970 + 1970 * MONTHS_PER_YEAR


def from_number(value: int) -> dt.date:
    """The inverse of `number`."""
    return dt.date(value // MONTHS_PER_YEAR, value % MONTHS_PER_YEAR + 1, 1)


def add(month: dt.date, count: int) -> dt.date:
    """The month `count` months later (earlier when negative)."""
    return from_number(number(month) + count)


def distance(start: dt.date, end: dt.date) -> int:
    """How many months `end` lies after `start`."""
    return number(end) - number(start)


def span(start: dt.date, count: int) -> list[dt.date]:
    """`count` months from `start` on."""
    return [add(start, offset) for offset in range(count)]


def code(month: dt.date) -> str:
    """`2013-06`: how a month is written in addresses, files and JSON."""
    return f"{month.year:04d}-{month.month:02d}"


def short(month: dt.date) -> str:
    """`Jun 13`: how a month is written on screen."""
    return f"{_SHORT[month.month - 1]} {month.year % 100:02d}"


def name(month: dt.date) -> str:
    """`Jun`: how a month is written under its year."""
    return _SHORT[month.month - 1]


def long(month: dt.date) -> str:
    """`June 2013`: how a cycle is titled."""
    return f"{calendar.month_name[month.month]} {month.year}"


def last_day(month: dt.date) -> dt.date:
    """The last day of a month."""
    return dt.date(month.year, month.month, calendar.monthrange(month.year, month.month)[1])


def working_days(month: dt.date, days_per_week: int = 5, closed: Iterable[tuple[dt.date, dt.date]] = ()) -> int:
    """Days of a month on which work is done: so many a week from Monday on, less those from `closed` first to last."""
    days = calendar.monthrange(month.year, month.month)[1]
    open_days = {day for day in range(1, days + 1) if month.replace(day=day).weekday() < days_per_week}
    for begin, end in closed:
        if begin <= last_day(month) and end >= month:
            open_days -= {*range(max(begin, month).day, min(end, last_day(month)).day + 1)}
    return len(open_days)


def working_day(month: dt.date, count: int) -> dt.date:
    """The `count`-th working day of a month (1 is the first); runs on into the next month when there are fewer."""
    day = month
    while True:
        if day.weekday() < 5:
            count -= 1
        if count <= 0:
            return day
        day += dt.timedelta(days=1)
