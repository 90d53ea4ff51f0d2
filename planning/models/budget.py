"""The annual operating plan that the sales plan is held against."""

from django.db import models

from sop.models import Family, Market


class Budget(models.Model):
    """What finance promised for a family in a market and month."""

    family = models.ForeignKey(Family, models.CASCADE, related_name="budgets")
    market = models.ForeignKey(Market, models.CASCADE, related_name="+")
    month = models.DateField()
    quantity = models.FloatField()
    revenue = models.FloatField()
    margin = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("family", "market", "month"), name="budget_once")]

    def __str__(self) -> str:
        return f"{self.family} · {self.market} {self.month:%Y-%m}"
