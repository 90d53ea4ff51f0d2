"""What supply has and can do: resources, routings, bills of material, stock and policies."""

from django.db import models

from sop.models import Product, Site
from sop.models.named import Named


class Resource(Named):
    """A work centre or line whose hours limit the plan."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="resources")
    regular_hours_per_month = models.FloatField()
    overtime_hours_per_month = models.FloatField(default=0.0)
    hourly_cost = models.FloatField(default=0.0)
    overtime_hourly_cost = models.FloatField(default=0.0)

    class Meta(Named.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    regular_hours_per_month__gte=0,
                    overtime_hours_per_month__gte=0,
                    hourly_cost__gte=0,
                    overtime_hourly_cost__gte=0,
                ),
                name="resource_not_negative",
            )
        ]


class Capacity(models.Model):
    """A month in which a resource has other hours than usual: a shutdown, a holiday, an extra shift."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="capacities")
    month = models.DateField()
    regular_hours = models.FloatField()
    overtime_hours = models.FloatField(default=0.0)

    class Meta:
        verbose_name_plural = "capacities"
        constraints = [
            models.UniqueConstraint(fields=("resource", "month"), name="capacity_once_per_month"),
            models.CheckConstraint(
                condition=models.Q(regular_hours__gte=0, overtime_hours__gte=0), name="capacity_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.month:%Y-%m}"


class Routing(models.Model):
    """Hours of a resource that a unit of a product needs at its own level, `offset_months` before it is ready."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="routings")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="routings")
    hours_per_unit = models.FloatField()
    offset_months = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("product", "resource"), name="routing_once"),
            models.CheckConstraint(condition=models.Q(hours_per_unit__gte=0), name="routing_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} on {self.resource}"


class Component(models.Model):
    """A line of a bill of material: what goes into a unit of the parent."""

    parent = models.ForeignKey(Product, models.CASCADE, related_name="components")
    component = models.ForeignKey(Product, models.PROTECT, related_name="used_in")
    quantity_per = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("parent", "component"), name="component_once"),
            models.CheckConstraint(condition=models.Q(quantity_per__gt=0), name="component_quantity_positive"),
            models.CheckConstraint(condition=~models.Q(parent=models.F("component")), name="component_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.parent} needs {self.quantity_per} {self.component}"


class SupplyPolicy(models.Model):
    """What holding, being late and buying in cost for a product; a blank uses the company's default."""

    product = models.OneToOneField(Product, models.CASCADE, related_name="policy")
    holding_cost_rate_per_year = models.FloatField(default=0.2, help_text="Of the unit cost.")
    backorder_cost_per_unit_month = models.FloatField(null=True, blank=True)
    subcontract_unit_cost = models.FloatField(null=True, blank=True, help_text="Blank: cannot be bought in.")

    class Meta:
        verbose_name_plural = "supply policies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holding_cost_rate_per_year__gte=0), name="policy_holding_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"policy of {self.product}"


class InventoryBalance(models.Model):
    """Stock at the end of a month; negative when orders were taken that stock could not cover (backlog)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="balances")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    month = models.DateField()
    on_hand = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("product", "site", "month"), name="balance_once_per_month")]

    def __str__(self) -> str:
        return f"{self.product} {self.month:%Y-%m}: {self.on_hand}"


class Receipt(models.Model):
    """What came in, or is on order to come in, in a month."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="receipts")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    month = models.DateField()
    quantity = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("product", "site", "month"), name="receipt_once_per_month")]

    def __str__(self) -> str:
        return f"{self.product} {self.month:%Y-%m}: {self.quantity}"
