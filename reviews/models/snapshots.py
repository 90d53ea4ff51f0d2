"""Frozen plans: what was on the table when somebody put their name to it."""

from django.conf import settings
from django.db import models

from planning.models import ProductionPlan, SalesPlan
from reviews.models.stages import Stage
from sop.models import Cycle


class Snapshot(models.Model):
    """An immutable copy of the plans at a sign-off; the digest proves that nothing moved since."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="snapshots")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="snapshots")
    sales_plan = models.ForeignKey(SalesPlan, models.PROTECT, null=True, blank=True, related_name="+")
    production_plan = models.ForeignKey(ProductionPlan, models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.stage} {self.digest[:4]}"


class Approval(models.Model):
    """The executive's word on a cycle's plan: approved, or returned with a reason."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="approvals")
    approved = models.BooleanField()
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, blank=True, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved=True, snapshot__isnull=False) | models.Q(approved=False),
                name="approval_has_snapshot",
            ),
            models.CheckConstraint(condition=models.Q(approved=True) | ~models.Q(comment=""), name="return_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{'approved' if self.approved else 'returned'} {self.cycle}"
