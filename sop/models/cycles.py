"""One month's round of planning."""

import datetime as dt

from django.conf import settings
from django.db import models

from sop import months


class Cycle(models.Model):
    """The round that plans `first_month` and the months after it, on actuals up to `as_of`."""

    class State(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        APPROVED = "approved"
        PUBLISHED = "published"
        CLOSED = "closed"

    first_month = models.DateField(unique=True, help_text="The first plan month.")
    horizon = models.PositiveSmallIntegerField(default=18, help_text="Plan months.")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-first_month",)
        constraints = [
            models.CheckConstraint(condition=models.Q(first_month__day=1), name="cycle_first_month_is_a_month"),
            models.CheckConstraint(condition=models.Q(horizon__gte=1), name="cycle_horizon_positive"),
        ]

    def __str__(self) -> str:
        return months.long(self.first_month)

    @property
    def code(self) -> str:
        return months.code(self.first_month)

    @property
    def as_of(self) -> dt.date:
        """The last month whose actuals are complete."""
        return months.add(self.first_month, -1)

    @property
    def plan_months(self) -> list[dt.date]:
        return months.span(self.first_month, self.horizon)

    @property
    def editable(self) -> bool:
        return self.state == self.State.OPEN
