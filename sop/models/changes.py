"""The log of every write: audit trail, undo list, lineage, and the feed that pages follow."""

import uuid

from django.conf import settings
from django.db import models

from sop.models.cycles import Cycle


class Change(models.Model):
    """What somebody did, appended in the transaction that did it and never altered."""

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40, help_text="Noun and verb: plan.edited, stage.signed_off.")
    cycle = models.ForeignKey(Cycle, models.CASCADE, null=True, blank=True, related_name="changes")
    object = models.CharField(max_length=80, blank=True, help_text="What was changed: sales-plan:12.")
    summary = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True)
    change_set = models.UUIDField(default=uuid.uuid4)
    data = models.JSONField(default=dict, help_text="Old and new values.")
    families = models.JSONField(
        default=list, help_text="Codes of the families touched; empty: no family in particular."
    )
    markets = models.JSONField(default=list, help_text="Codes of the markets touched; empty: no market in particular.")

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=("object", "id"), name="change_object"),
            models.Index(fields=("change_set",), name="change_set"),
        ]

    def __str__(self) -> str:
        return self.summary
