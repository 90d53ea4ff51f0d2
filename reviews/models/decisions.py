"""What was decided, and what follows from it."""

import datetime as dt

from django.conf import settings
from django.db import models

from planning.models import Assumption, Scenario
from reviews.models.stages import Stage
from sop.models import Cycle, Department, Family


class Decision(models.Model):
    """An issue, its options, what was recommended and what was chosen."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        DECIDED = "decided"
        DEFERRED = "deferred"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="decisions")
    stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="decisions")
    issue = models.CharField(max_length=300)
    options = models.JSONField(default=list, help_text="Texts of the options, in order.")
    recommendation = models.CharField(max_length=300, blank=True)
    choice = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was chosen.")
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due = models.DateField(help_text="Decide by; once decided, review by.")
    family = models.ForeignKey(
        Family, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who does not see it is not told."
    )
    row = models.CharField(max_length=80, blank=True, help_text="The row of the demand grid it is about.")
    first_month = models.DateField(null=True, blank=True)
    last_month = models.DateField(null=True, blank=True)
    assumption = models.ForeignKey(Assumption, models.SET_NULL, null=True, blank=True, related_name="+")
    scenario = models.ForeignKey(
        Scenario, models.SET_NULL, null=True, blank=True, related_name="+", help_text="What was chosen."
    )
    expected_revenue = models.FloatField(null=True, blank=True, help_text="Expected change.")
    expected_margin = models.FloatField(null=True, blank=True, help_text="Expected change.")
    expected_stock = models.FloatField(null=True, blank=True, help_text="Expected change of its value.")
    expected_service = models.FloatField(null=True, blank=True, help_text="Expected change in percentage points.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="decided", decided_by__isnull=False, decided_at__isnull=False)
                | (~models.Q(state="decided") & models.Q(decided_by__isnull=True, decided_at__isnull=True)),
                name="decision_signature_complete",
            )
        ]

    def __str__(self) -> str:
        return self.issue

    @property
    def number(self) -> str:
        return f"D-{self.pk:02d}"


class OptionScenario(models.Model):
    """An option of a decision is a scenario with its effects."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="option_scenarios")
    option = models.CharField(max_length=300)
    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("decision", "option"), name="one_scenario_per_option")]

    def __str__(self) -> str:
        return f"{self.option}: {self.scenario}"


class ActionItem(models.Model):
    """Something somebody will do by a day."""

    class State(models.TextChoices):
        OPEN = "open"
        IN_PROGRESS = "in progress"
        DONE = "done"
        CANCELLED = "cancelled"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="action_items", help_text="Where it came from.")
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, blank=True, related_name="action_items")
    agenda_item = models.ForeignKey(
        "AgendaItem",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="action_items",
        help_text="Said at this item.",
    )
    meeting = models.ForeignKey("Meeting", models.SET_NULL, null=True, blank=True, related_name="action_items")
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="action_items")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    due = models.DateField()
    state = models.CharField(max_length=11, choices=State, default=State.OPEN)
    result = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("due", "id")

    def __str__(self) -> str:
        return self.text

    def overdue(self, today: dt.date) -> bool:
        return self.state in (self.State.OPEN, self.State.IN_PROGRESS) and self.due < today
