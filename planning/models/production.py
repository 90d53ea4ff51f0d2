"""The production plan that follows from the sales plan, and the load it puts on resources."""

import datetime as dt

from django.conf import settings
from django.db import models

from planning.models.sales import SalesPlan
from planning.models.scenarios import Scenario
from planning.models.supply import Resource
from sop import months
from sop.models import Cycle, Product, Run
from sop.vectors import VectorField


class ProductionPlan(models.Model):
    """A supply plan computed from one version of the sales plan. Cost, bound and gap come from the certificate."""

    class Strategy(models.TextChoices):
        LEVEL = "level"
        CHASE = "chase"
        OPTIMAL = "optimal"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="production_plans")
    sales_plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="production_plans")
    demand_version = models.PositiveIntegerField(help_text="The sales plan's version it was computed from.")
    run = models.OneToOneField(Run, models.SET_NULL, null=True, blank=True, related_name="production_plan")
    scenario = models.ForeignKey(Scenario, models.CASCADE, null=True, blank=True, related_name="production_plans")
    strategy = models.CharField(max_length=7, choices=Strategy, default=Strategy.OPTIMAL)
    start = models.DateField()
    horizon = models.PositiveSmallIntegerField()
    cost = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    gap = models.FloatField(null=True)
    method = models.CharField(max_length=20, blank=True)
    seconds = models.FloatField(null=True)
    risk = models.JSONField(null=True, blank=True, help_text="What a simulation with the forecast's errors found.")
    edits = models.PositiveIntegerField(
        default=0, help_text="Changes of production by hand since it was computed; its cost and prices are from before."
    )
    current = models.BooleanField(default=False, help_text="The one the pages show and the review signs.")
    locked_at = models.DateTimeField(
        null=True, blank=True, help_text="Set when the supply review is signed off: no other plan until it is reopened."
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("cycle",), condition=models.Q(current=True), name="production_plan_one_current_per_cycle"
            ),
            models.CheckConstraint(
                condition=models.Q(current=False) | models.Q(scenario__isnull=True),
                name="production_plan_of_a_scenario_is_not_current",
            ),
        ]

    def __str__(self) -> str:
        return f"production plan {self.cycle} {self.strategy} #{self.pk}"

    @property
    def months(self) -> list[dt.date]:
        return months.span(self.start, self.horizon)

    @property
    def stale(self) -> bool:
        """Whether the sales plan has moved on since. Reads `sales_plan`; select it."""
        return self.demand_version != self.sales_plan.version


class ProductionLine(models.Model):
    """A product's months. opening + production (lead time earlier) + subcontract + receipts − demand − used in parents
    = inventory − backorder + what was lost, carried from month to month."""

    plan = models.ForeignKey(ProductionPlan, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    opening = models.FloatField(default=0.0, help_text="Stock at the start; negative is backlog.")
    demand = VectorField()
    dependent = VectorField(help_text="Used in the production of parents.")
    receipts = VectorField(help_text="Scheduled receipts.")
    production = VectorField(help_text="Released in the month, ready after the lead time.")
    arrivals = VectorField(help_text="Production ready in the month.")
    subcontract = VectorField(help_text="Bought-in units arriving in the month.")
    inventory = VectorField()
    backorder = VectorField()
    lost = VectorField()
    safety_stock = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("plan", "product"), name="production_line_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.product}"


class ProductionOverride(models.Model):
    """A planner's word on what of a product is begun in a month; every plan of the cycle keeps to it."""

    class Kind(models.TextChoices):
        FIXED = "fixed", "exactly"
        LEAST = "least", "at least"
        MOST = "most", "at most"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="production_overrides")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.FIXED)
    quantity = models.FloatField()
    locked = models.BooleanField(default=False, help_text="Neither an entry here nor one above changes it.")
    planned = models.FloatField(null=True, help_text="What the plan had; comes back when the override is taken away.")
    planned_in = models.ForeignKey(ProductionPlan, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("cycle", "product", "month"), name="production_override_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="production_override_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.month:%Y-%m}: {self.get_kind_display()} {self.quantity:g}"


class ResourceLoad(models.Model):
    """Hours of a resource by month: needed, regular, overtime used, overtime allowed; `price` of one more hour."""

    plan = models.ForeignKey(ProductionPlan, models.CASCADE, related_name="loads")
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    load = VectorField()
    regular = VectorField()
    overtime = VectorField()
    overtime_limit = VectorField()
    price = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("plan", "resource"), name="resource_load_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.resource}"
