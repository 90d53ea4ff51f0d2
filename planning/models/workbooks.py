"""Workbooks that came back: what a file says about a sales plan, kept until it is taken or a day has passed."""

from django.conf import settings
from django.db import models

from planning.models.sales import SalesPlan


class WorkbookImport(models.Model):
    """What was read from a file. It is compared with the plan whenever its page is opened, and taken in parts."""

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="workbook_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    content = models.JSONField(help_text="The cells that differ from what was exported, errors and notes.")
    change_sets = models.JSONField(default=list, help_text="The edits that were made of it and can be undone.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} by {self.by}"
