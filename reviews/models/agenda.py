"""What a review talks about: the items of its agenda, who is asked, and what was agreed before the meeting.

        ┌── decide ──► decided
open ───┼── defer ───► deferred ──► the same review of the next cycle
  ▲     ├── escalate ► escalated ─► an item of the pre-S&OP or the executive review
  │     └── merge ───► merged
  └──────── reopen ──────┘              dropped: the exception has gone
"""

from django.conf import settings
from django.db import models

from reviews.models.stages import Stage
from sop.models import Department, Family


class Seat(models.Model):
    """A department that is asked in a review's meeting, in this order."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="seats")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("stage", "position")
        constraints = [models.UniqueConstraint(fields=("stage", "department"), name="seat_once_per_department")]

    def __str__(self) -> str:
        return f"{self.department} in {self.stage}"


class AgendaItem(models.Model):
    """One thing to settle. What is made from an exception keeps its key, so that it never stands there twice."""

    class Kind(models.TextChoices):
        DISPUTE = "dispute", "Departments disagree"
        GAP = "gap", "Gap to budget"
        OVERLOAD = "overload", "Overload"
        SHORTAGE = "shortage", "Shortage"
        TOPIC = "topic", "Topic"

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"
        DEFERRED = "deferred"
        ESCALATED = "escalated"
        MERGED = "merged"
        DROPPED = "dropped"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="agenda")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True)
    worth = models.FloatField(default=0.0, help_text="Revenue at stake; orders the agenda.")
    family = models.ForeignKey(
        Family, models.CASCADE, null=True, blank=True, related_name="+", help_text="Who does not see it sees no item."
    )
    row = models.CharField(max_length=80, blank=True, help_text="The row of the demand grid it is about.")
    resource = models.CharField(max_length=40, blank=True, help_text="The resource it is about.")
    url = models.CharField(max_length=300, blank=True, help_text="The page that settles it.")
    owner = models.ForeignKey(Department, models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Where somebody put it; blank: by money."
    )
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was decided, deferred or escalated.")
    source = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="followers")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    decision = models.ForeignKey("Decision", models.SET_NULL, null=True, blank=True, related_name="agenda")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = (models.F("position").asc(nulls_last=True), "-worth", "id")
        constraints = [
            models.UniqueConstraint(fields=("stage", "key"), name="agenda_item_once_per_key"),
            models.CheckConstraint(condition=models.Q(minutes__gte=1), name="agenda_item_has_minutes"),
            models.CheckConstraint(
                condition=models.Q(state="merged", merged_into__isnull=False)
                | (~models.Q(state="merged") & models.Q(merged_into__isnull=True)),
                name="agenda_item_merged_into_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FamilyAgreement(models.Model):
    """A department agrees to a family's plan before the meeting; void once the plan of the family has moved."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="agreements")
    family = models.ForeignKey(Family, models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    units = models.FloatField(help_text="The family's plan as it was agreed to.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("stage", "family", "department"), name="family_agreed_once")]

    def __str__(self) -> str:
        return f"{self.department} to {self.family}, {self.stage}"
