"""Sales actuals: every posting as received, and the monthly history that follows from them."""

from django.conf import settings
from django.db import models

from sop.models.lines import Line
from sop.models.places import Market
from sop.models.products import Product
from sop.vectors import VectorField


class PostingBatch(models.Model):
    """One delivery of actuals: a request, or a file."""

    source = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    accepted = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "posting batches"

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"


class Posting(models.Model):
    """One sales actual as received; a negative quantity is a return."""

    class Kind(models.TextChoices):
        ORDERED = "ordered"
        SHIPPED = "shipped"

    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    market = models.ForeignKey(Market, models.PROTECT, related_name="+")
    date = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    quantity = models.FloatField()
    revenue = models.FloatField()
    batch = models.ForeignKey(PostingBatch, models.PROTECT, related_name="postings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("source", "external_id"), name="posting_once")]
        indexes = [
            models.Index(fields=("product", "market", "date"), name="posting_series"),
            models.Index(fields=("date",), name="posting_date"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class RejectedPosting(models.Model):
    """A posting that could not be taken, kept as received until it can be."""

    batch = models.ForeignKey(PostingBatch, models.CASCADE, related_name="rejections")
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128, blank=True)
    record = models.JSONField()
    errors = models.JSONField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.source} {self.external_id or '?'}"


class History(Line):
    """Ordered and shipped units and revenue by month from `start` on; a month without postings is 0.

    The months after the last sale are not stored: read through `sop.queries.history`, which fills them in.
    """

    start = models.DateField()
    ordered = VectorField()
    shipped = VectorField()
    revenue = VectorField()

    class Meta(Line.Meta):
        verbose_name_plural = "histories"
        constraints = [
            *Line.Meta.constraints,
            models.UniqueConstraint(fields=("series",), name="history_once_per_series"),
            models.UniqueConstraint(fields=("family", "market"), name="history_once_per_total"),
        ]

    def __str__(self) -> str:
        return f"history {self.series_id or (self.family_id, self.market_id)}"
