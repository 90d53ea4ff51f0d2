"""Halden from an empty database to a cycle in progress."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from reviews.demo import master, people
from reviews.demo.clock import clock
from reviews.demo.company import company
from reviews.demo.demand import SEED, sales
from reviews.demo.feed import Feed
from reviews.demo.plot import CHAPTERS
from reviews.demo.schedule import Calendar
from reviews.demo.story import Story
from reviews.demo.supply import stock
from sop.errors import PlanningError
from sop.models import Family, Product, User

Say = Callable[[str], None]


@dataclass(frozen=True)
class Seeded:
    """What was made."""

    actuals: int
    cycle: str
    seconds: float


def is_there() -> bool:
    """Whether this database holds Halden."""
    return User.objects.filter(username="coordinator", email__endswith=people.MAIL).exists()


def refuse_foreign() -> None:
    """Raise PlanningError when the database holds anything that is not Halden's."""
    if not is_there() and (User.objects.exists() or Product.objects.exists() or Family.objects.exists()):
        raise PlanningError(
            "This database holds other data, and the demo company never mixes with it. "
            "Name an empty one: EVENKEEL_DATA_DIR=some/folder, or DATABASE_URL."
        )


def make(*, reset: bool = False, say: Say = lambda line: None) -> Seeded | None:
    """Seed an empty database, or on request one that holds Halden; None when what is there is kept."""
    refuse_foreign()
    if is_there() and not reset:
        return None
    if is_there():
        say("Emptying the database of the demo company")
        call_command("flush", verbosity=0, interactive=False)
    made = seed(say=say)
    say(f"Made in {made.seconds:.0f} s")
    return made


@transaction.atomic
def seed(*, today: dt.date | None = None, say: Say = lambda line: None) -> Seeded:
    """Fill an empty database: master data, four years of history, two closed cycles and one in progress.

    One transaction: a seed that is interrupted leaves nothing behind.
    """
    refuse_foreign()
    began = time.monotonic()
    today = today or timezone.localdate()
    halden = company(today)
    sold = sales(halden, SEED)
    stocked = stock(halden, sold)
    calendar = Calendar(halden, today)
    with clock(calendar.founded):
        staff = people.hire()
        master.store(halden, sold.share, stocked, staff)
    say(f"Halden: {len(halden.items)} products and parts, {int((sold.share > 0).sum())} series")
    feed = Feed(halden, sold, stocked, staff["coordinator"])
    story = Story(halden, sold.share, calendar, staff, feed, say)
    for chapter in CHAPTERS:
        cycle = story.tell(chapter)
    return Seeded(feed.told, cycle.code, round(time.monotonic() - began, 1))
