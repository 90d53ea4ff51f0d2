"""What planners say about a number, who follows a row, who looks at it now, and the views they keep."""

from django.conf import settings
from django.db import models

from planning.models.sales import SalesPlan
from sop.models import Cycle, Family, Market, Product, Series


class Comment(models.Model):
    """A remark on a row of the grid, or on one month of it; seen from every row above and below.

    The row is kept by its name and by what it stands for, so that its family and market decide who may read it.
    """

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="comments")
    row = models.CharField(max_length=80)
    family = models.ForeignKey(Family, models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="+")
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="+")
    market = models.ForeignKey(Market, models.CASCADE, null=True, blank=True, related_name="+")
    month = models.DateField(null=True, blank=True)
    body = models.TextField(max_length=4_000)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=("cycle", "row"), name="comment_row")]

    def __str__(self) -> str:
        return self.body[:60]


class Follow(models.Model):
    """Somebody who wants to hear of what happens to a row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    row = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "row"), name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user} follows {self.row}"


class Presence(models.Model):
    """Where in a plan somebody is right now; forgotten when they stop saying so."""

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="present")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    row = models.CharField(max_length=80, blank=True)
    month = models.CharField(max_length=7, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("plan", "user"), name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.row}"


class SavedView(models.Model):
    """A page with its filters under a name: the owner's own, or shared with everybody."""

    name = models.CharField(max_length=80)
    page = models.CharField(max_length=40, help_text="The page it opens: planning:demand.")
    query = models.CharField(max_length=1_000, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("owner", "page", "name"), name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
