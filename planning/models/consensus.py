"""How the departments' numbers become one: the rule of each family, and what was decided row by row."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from planning.models.sales import SalesPlan, Stream
from sop.models import Family


class Method(models.TextChoices):
    BASELINE = "baseline", "baseline and events"
    STREAM = "stream", "one stream"
    BLEND = "blend", "blend by record"
    NUMBER = "number", "a number"


class ConsensusRule(models.Model):
    """How a family (none named: every family without a rule of its own) is decided unless somebody says otherwise."""

    family = models.OneToOneField(Family, models.CASCADE, null=True, blank=True, related_name="consensus_rule")
    method = models.CharField(max_length=8, choices=Method, default=Method.BLEND)
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(Coalesce("family", 0), name="consensus_rule_one_default"),
            models.CheckConstraint(
                condition=models.Q(method="stream", stream__isnull=False)
                | (~models.Q(method="stream") & models.Q(stream__isnull=True)),
                name="consensus_rule_names_its_stream",
            ),
            models.CheckConstraint(condition=~models.Q(method="number"), name="consensus_rule_is_no_number"),
        ]

    def __str__(self) -> str:
        return f"{self.family or 'every family'}: {self.get_method_display()}"


class ConsensusDecision(models.Model):
    """A row of the grid that somebody decided for some months: by which method, to what, and why."""

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="consensus_decisions")
    row = models.CharField(max_length=80, help_text="The grid's row: product:BK-1, series:12.")
    first_month = models.DateField()
    last_month = models.DateField()
    method = models.CharField(max_length=8, choices=Method)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    weights = models.JSONField(default=dict, help_text="Share of each stream in a blend, by code.")
    quantity = models.FloatField(help_text="Units over the months.")
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    change_set = models.UUIDField(default=uuid.uuid4)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("plan", "row"), name="consensus_decision_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.get_method_display()}"
