"""One row of vectors: a series' months, or the total of a family in a market, one level up in the same table."""

from django.db import models

from sop.models.places import Market
from sop.models.products import Family
from sop.models.series import Series


class Line(models.Model):
    """Either a leaf (`series`) or a total (`family` and `market`); the check constraint holds it to that."""

    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="+")
    family = models.ForeignKey(Family, models.CASCADE, null=True, blank=True, related_name="+")
    market = models.ForeignKey(Market, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(series__isnull=False, family__isnull=True, market__isnull=True)
                | models.Q(series__isnull=True, family__isnull=False, market__isnull=False),
                name="%(app_label)s_%(class)s_leaf_or_total",
            )
        ]
