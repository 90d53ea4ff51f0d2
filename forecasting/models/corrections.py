"""What the forecast reads instead of an actual that tells it nothing. The actual itself is never touched."""

from django.conf import settings
from django.db import models

from sop.models import Series


class Correction(models.Model):
    """One month of one series. It counts while it is accepted and the actual is still the `original` it was made for.

    A late posting that changes the actual therefore puts the correction out of force by itself.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    series = models.ForeignKey(Series, models.CASCADE, related_name="corrections")
    month = models.DateField()
    original = models.FloatField(help_text="Ordered units of the month when the correction was proposed.")
    replacement = models.FloatField(help_text="What the forecast reads instead.")
    deviations = models.FloatField(help_text="How many usual deviations the month lies from what was expected of it.")
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("series", "month")
        constraints = [
            models.UniqueConstraint(fields=("series", "month"), name="correction_once_per_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="correction_month_is_a_month"),
            models.CheckConstraint(condition=models.Q(replacement__gte=0), name="correction_not_negative"),
        ]
        indexes = [models.Index(fields=("state", "series"), name="correction_state")]

    def __str__(self) -> str:
        return f"correction {self.series_id} {self.month:%Y-%m}"
