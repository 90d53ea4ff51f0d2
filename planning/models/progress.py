"""How far a department is with its stream: the rows it left alone on purpose, and whose part is in."""

from django.conf import settings
from django.db import models

from planning.models.sales import SalesPlan, Stream
from sop.models import Series


class Skip(models.Model):
    """A series that a department looked at and left as the baseline; one with entries needs none."""

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="skips")
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="+")
    series = models.ForeignKey(Series, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("plan", "stream", "series"), name="skip_once")]

    def __str__(self) -> str:
        return f"{self.stream}: {self.series} as baseline"


class StreamPart(models.Model):
    """The word of somebody who covers only some families or markets that their part of a stream is done."""

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="stream_parts")
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="parts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("plan", "stream", "by"), name="stream_part_once")]

    def __str__(self) -> str:
        return f"{self.stream}: the part of {self.by}"
