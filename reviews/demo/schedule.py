"""When what happened at Halden took place."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from reviews.demo.clock import at, weekday
from reviews.demo.company import Company
from reviews.demo.plot import DATA, DEMAND, EXECUTIVE, PRE_SOP, SUPPLY, Chapter
from sop import months

# A closed cycle: on which working day of its month each review takes place.
HELD = {DATA: 3, DEMAND: 8, SUPPLY: 12, PRE_SOP: 15, EXECUTIVE: 18}
# The cycle in progress: how far each review's work lies between its opening and now.
LATELY = {DATA: 0.0, DEMAND: 0.6}
FOUNDED_BEFORE = 30  # days before the first cycle


@dataclass(frozen=True)
class Calendar:
    """When things took place, seen from today."""

    company: Company
    today: dt.date

    @property
    def founded(self) -> dt.datetime:
        return at(months.add(self.company.first, -2) - dt.timedelta(days=FOUNDED_BEFORE), 9)

    def held(self, first_month: dt.date, key: str, hour: int) -> dt.datetime:
        """An hour of the day on which a closed cycle held a review."""
        return at(months.working_day(first_month, HELD[key]), hour)

    def lately(self, share: float) -> dt.datetime:
        """A moment of the cycle in progress: 0 is its opening, 1 is now. Nobody works at weekends."""
        first = at(self.company.first, 8)
        now = timezone.now() if timezone.localdate() == self.today else at(self.today, 16)
        opened = min(first, now - dt.timedelta(days=6))
        moment = opened + share * (now - opened)
        # The hour grows with the share too, so that moments of one day stay in order.
        return at(weekday(timezone.localdate(moment)), 8 + int(8 * share), int(480 * share) % 60)

    def moment(self, chapter: Chapter, key: str, hour: int) -> dt.datetime:
        """When a review took place at an hour, in a closed cycle or the one in progress."""
        if chapter.ago:
            return self.held(months.add(self.company.first, -chapter.ago), key, hour)
        return self.lately(LATELY[key] + hour / 100)
