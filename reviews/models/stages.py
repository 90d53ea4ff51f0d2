"""The steps of a cycle and who has put their name to them.

not started ──► in progress ──► signed off
                    ▲               │
                    └── returned ◄──┘
"""

from django.conf import settings
from django.db import models

from sop.models import Cycle, Department


class Stage(models.Model):
    """One review of a cycle, owned by the department that signs it off."""

    class Key(models.TextChoices):
        DATA_GATHERING = "data-gathering", "Data gathering"
        DEMAND_REVIEW = "demand-review", "Demand review"
        SUPPLY_REVIEW = "supply-review", "Supply review"
        PRE_SOP = "pre-sop", "Pre-S&OP"
        EXECUTIVE = "executive", "Executive"

    class State(models.TextChoices):
        NOT_STARTED = "not started"
        IN_PROGRESS = "in progress"
        RETURNED = "returned"
        SIGNED_OFF = "signed off"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="stages")
    key = models.CharField(max_length=20, choices=Key)
    position = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(Department, models.PROTECT, related_name="owned_stages")
    due = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.NOT_STARTED)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("cycle", "position")
        constraints = [
            models.UniqueConstraint(fields=("cycle", "key"), name="stage_once_per_cycle"),
            models.CheckConstraint(
                condition=models.Q(state="signed off", signed_by__isnull=False, signed_at__isnull=False)
                | (~models.Q(state="signed off") & models.Q(signed_by__isnull=True, signed_at__isnull=True)),
                name="stage_signature_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()}, {self.cycle}"


class Submission(models.Model):
    """A department's word that its part of a stage is done; every one is needed before the owner signs off."""

    class State(models.TextChoices):
        NOT_STARTED = "not started"
        SUBMITTED = "submitted"
        RETURNED = "returned"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="submissions")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=State, default=State.NOT_STARTED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("stage", "department")
        constraints = [models.UniqueConstraint(fields=("stage", "department"), name="submission_once_per_department")]

    def __str__(self) -> str:
        return f"{self.department} for {self.stage}"
