"""A statistical baseline of every series, published whole or not at all."""

import datetime as dt

from django.db import models

from sop import months
from sop.models import Cycle, Line, Run
from sop.vectors import VectorField


class Forecast(models.Model):
    """One run of the engine over the portfolio of a cycle; parameters and version let it be reproduced."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        SUPERSEDED = "superseded"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="forecasts")
    run = models.OneToOneField(Run, models.SET_NULL, null=True, blank=True, related_name="forecast")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    start = models.DateField(help_text="Month of the first forecast value.")
    horizon = models.PositiveSmallIntegerField()
    engine_version = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("cycle",), condition=models.Q(state="published"), name="forecast_one_published_per_cycle"
            )
        ]

    def __str__(self) -> str:
        return f"forecast {self.cycle} #{self.pk}"

    @property
    def months(self) -> list[dt.date]:
        return months.span(self.start, self.horizon)


class Learned(models.Model):
    """What the series of a forecast learned from each other: with it, any of them can be forecast again alike."""

    forecast = models.OneToOneField(Forecast, models.CASCADE, related_name="learned")
    content = models.JSONField(help_text="Widths of the ranges by pattern, and the boosted model's own test.")
    model = models.BinaryField(null=True, help_text="The boosted model, compressed; null where it is not used.")

    def __str__(self) -> str:
        return f"learned for {self.forecast}"


class ForecastLine(Line):
    """Mean and intervals (80 % and 90 %) by month; accuracy of the rolling origin as fractions, null where no room.

    A total carries the sum of its leaves' means; its intervals assume the leaves' errors to be independent.
    """

    forecast = models.ForeignKey(Forecast, models.CASCADE, related_name="lines")
    mean = VectorField()
    lower80 = VectorField()
    upper80 = VectorField()
    lower90 = VectorField()
    upper90 = VectorField()
    pattern = models.CharField(max_length=12, blank=True)
    way = models.CharField(max_length=10, blank=True, help_text="How its family adds up; blank for what is its own.")
    members = models.JSONField(default=dict, help_text="Member name → its own forecast.")
    wape = models.FloatField(null=True)
    bias = models.FloatField(null=True)
    naive_wape = models.FloatField(null=True)

    class Meta(Line.Meta):
        constraints = [
            *Line.Meta.constraints,
            models.UniqueConstraint(fields=("forecast", "series"), name="forecast_line_once_per_series"),
            models.UniqueConstraint(fields=("forecast", "family", "market"), name="forecast_line_once_per_total"),
        ]

    def __str__(self) -> str:
        return f"forecast {self.forecast_id} {self.series_id or (self.family_id, self.market_id)}"
