"""A review's meeting: who presents, which item is on, who is there, what each department says, what is noted."""

from django.conf import settings
from django.db import models

from reviews.models.agenda import AgendaItem
from reviews.models.stages import Stage
from sop.models import Department


class Meeting(models.Model):
    """One sitting of a review. Everybody's page shows the item that is on; `version` counts what they would see."""

    class State(models.TextChoices):
        RUNNING = "running"
        ENDED = "ended"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="meetings")
    presenter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True, related_name="+")
    item_since = models.DateTimeField(help_text="Since when this item is on.")
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(auto_now_add=True)
    planned_end = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("stage",), condition=models.Q(state="running"), name="meeting_one_running_per_stage"
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", ended_at__isnull=True)
                | models.Q(state="ended", ended_at__isnull=False),
                name="meeting_end_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage}, {self.started_at:%Y-%m-%d}"


class Attendance(models.Model):
    """Somebody came to a meeting; `seen_at` says until when."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("joined_at", "id")
        constraints = [models.UniqueConstraint(fields=("meeting", "user"), name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.meeting}"


class Answer(models.Model):
    """What a department says to an item: it agrees, or has a number of its own, and why."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="answers")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    units = models.FloatField(null=True, blank=True, help_text="Its own number.")
    why = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("item", "id")
        constraints = [
            models.UniqueConstraint(fields=("item", "department"), name="answer_once_per_department"),
            models.CheckConstraint(condition=models.Q(agrees=True) | ~models.Q(why=""), name="dissent_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.department} to {self.item}"


class Talk(models.Model):
    """What was noted on an item in a meeting, and how long it was on."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="talks")
    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="talks")
    notes = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0, help_text="Of the notes.")
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("meeting", "item"), name="talk_once_per_item")]

    def __str__(self) -> str:
        return f"{self.item} in {self.meeting}"
