"""What if: sparse changes over the plan of a cycle, tried beside it, compared, and taken into it or not."""

from django.conf import settings
from django.db import models

from planning.models.supply import Resource
from sop.models import Cycle, Family, Market, Product


class Scenario(models.Model):
    """A set of changes to a cycle's demand and supply. Without changes it equals its base exactly."""

    class State(models.TextChoices):
        PRIVATE = "private"
        SHARED = "shared"
        PROPOSED = "proposed"
        ADOPTED = "adopted"
        REJECTED = "rejected"

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="scenarios")
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PRIVATE)
    strategy = models.CharField(max_length=7, default="optimal", help_text="How its supply is planned.")
    version = models.PositiveIntegerField(default=1, help_text="Counts what was changed in it.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=500, blank=True, help_text="Why it was adopted or rejected.")

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=("cycle", "name"), name="scenario_name_once_per_cycle")]

    def __str__(self) -> str:
        return self.name


class ScenarioChange(models.Model):
    """One difference to the base: what, of which products or resource, becomes how much in which months."""

    class Target(models.TextChoices):
        DEMAND = "demand", "demand"
        PRICE = "price", "price"
        UNIT_COST = "unit_cost", "unit cost"
        REGULAR_HOURS = "regular_hours", "regular hours"
        OVERTIME_HOURS = "overtime_hours", "overtime allowed"
        OVERTIME_COST = "overtime_cost", "cost of an hour of overtime"
        SUBCONTRACT_COST = "subcontract_cost", "cost of a unit bought in"
        LEAD_TIME = "lead_time", "lead time in months"
        HOURS_PER_UNIT = "hours_per_unit", "hours per unit"
        OTHER_RESOURCE = "other_resource", "made on another resource"
        SAFETY_STOCK = "safety_stock", "safety stock"
        PRODUCTION = "production", "production"
        RECEIPTS = "receipts", "scheduled receipts"

    class Operation(models.TextChoices):
        SET = "set"
        ADD = "add"
        PERCENT = "percent"
        MOVE = "move", "move to later or earlier months"

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="changes")
    target = models.CharField(max_length=16, choices=Target)
    operation = models.CharField(max_length=7, choices=Operation)
    value = models.FloatField(help_text="In the target's unit; percent as 5 for +5 %; units moved.")
    family = models.ForeignKey(Family, models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="+")
    market = models.ForeignKey(Market, models.CASCADE, null=True, blank=True, related_name="+")
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="+")
    other = models.ForeignKey(
        Resource, models.CASCADE, null=True, blank=True, related_name="+", help_text="The resource it moves to."
    )
    first_month = models.DateField(null=True, blank=True, help_text="Blank: from the first plan month.")
    last_month = models.DateField(null=True, blank=True, help_text="Blank: to the end of the horizon.")
    to_month = models.DateField(null=True, blank=True, help_text="Where what is moved goes.")
    note = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Changes apply in this order.")
    adopted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_month__isnull=True)
                | models.Q(last_month__isnull=True)
                | models.Q(last_month__gte=models.F("first_month")),
                name="scenario_change_months_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.operation} {self.value:g}"
