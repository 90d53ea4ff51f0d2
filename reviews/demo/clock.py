"""Another time of day, so that what the demo company did weeks ago carries the day it was done."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

WORKING_DAYS = 5  # Monday to Friday


@contextmanager
def clock(moment: dt.datetime) -> Iterator[None]:
    """Inside, `timezone.now()` starts at a moment and goes on from there.

    The verbs stamp what they do with the present time, and a story needs a past. Only the process that makes the demo
    company does this, before anything is served.
    """
    real_now = timezone.now
    ahead = moment - real_now()
    timezone.now = lambda: real_now() + ahead
    try:
        yield
    finally:
        timezone.now = real_now


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A time of day where the company is."""
    return dt.datetime.combine(day, dt.time(hour, minute), timezone.get_default_timezone())


def weekday(day: dt.date) -> dt.date:
    """The day, or the Friday before it."""
    return day - dt.timedelta(days=max(day.weekday() - 4, 0))


def working_days_after(day: dt.date, count: int) -> dt.date:
    """The `count`-th Monday to Friday after a day; before it when negative."""
    step = dt.timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        if day.weekday() < WORKING_DAYS:
            count -= 1 if count > 0 else -1
    return day
