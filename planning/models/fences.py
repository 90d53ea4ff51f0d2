"""The time fences of the sales plan: near months change only with approval, the next ones only with a reason."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from planning.models.sales import SalesPlan, Stream
from sop.models import Family


class Fence(models.Model):
    """How many plan months are frozen, and how many after them slushy, for a family with all below it.

    No family: every family that has no fence of its own or above it.
    """

    family = models.OneToOneField(Family, models.CASCADE, null=True, blank=True, related_name="fence")
    frozen_months = models.PositiveSmallIntegerField(default=0)
    slushy_months = models.PositiveSmallIntegerField(default=0)
    production_months = models.PositiveSmallIntegerField(
        default=0, help_text="Plan months in which production stays as the plan of record has it."
    )

    class Meta:
        ordering = ("family",)
        constraints = [models.UniqueConstraint(Coalesce("family", 0), name="fence_one_default")]

    def __str__(self) -> str:
        return f"{self.family or 'every family'}: {self.frozen_months} frozen, {self.slushy_months} slushy"


class FenceRequest(models.Model):
    """An edit inside the frozen months, waiting for somebody who may approve it."""

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REFUSED = "refused"

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="fence_requests")
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, blank=True, related_name="+")
    cells = models.JSONField(help_text="The edits as the page sent them.")
    summary = models.CharField(max_length=300)
    reason = models.CharField(max_length=500)
    families = models.JSONField(default=list)
    markets = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    change_set = models.UUIDField(null=True, blank=True, help_text="The edit it became.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.summary
