"""The grain of demand."""

from django.db import models

from sop.models.places import Market, Site
from sop.models.products import Product


class Series(models.Model):
    """A product in a market, supplied from a site."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="series")
    market = models.ForeignKey(Market, models.PROTECT, related_name="series")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="series")

    class Meta:
        verbose_name_plural = "series"
        constraints = [models.UniqueConstraint(fields=("product", "market"), name="series_once")]

    def __str__(self) -> str:
        return f"{self.product} · {self.market}"
