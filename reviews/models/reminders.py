"""What somebody was reminded of, so that nobody is twice."""

from django.conf import settings
from django.db import models

from reviews.models.stages import Stage


class Reminder(models.Model):
    """A person was told that a review is due; once for each moment and due day, by inbox and, once sent, by e-mail."""

    class Moment(models.TextChoices):
        SOON = "T-3", "in three working days"
        NEXT = "T-1", "on the next working day"
        DUE = "due", "today"
        OVERDUE = "overdue"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    moment = models.CharField(max_length=7, choices=Moment)
    due = models.DateField()
    text = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("stage", "user", "moment", "due"), name="reminded_once_per_moment")
        ]

    def __str__(self) -> str:
        return self.text
