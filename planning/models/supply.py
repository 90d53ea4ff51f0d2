"""What supply has and can do: resources, routings, bills of material, stock and policies."""

from django.conf import settings
from django.db import models

from sop.models import Product, Site
from sop.models.named import Named


class Calendar(Named):
    """The days on which a site or line works: so many a week from Monday on, less its shutdowns."""

    days_per_week = models.PositiveSmallIntegerField(default=5)

    class Meta(Named.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days_per_week__gte=1, days_per_week__lte=7), name="calendar_days_of_a_week"
            )
        ]


class Shutdown(models.Model):
    """Days on which nobody works, the last included: a holiday, a summer break, maintenance."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="shutdowns")
    first_day = models.DateField()
    last_day = models.DateField()
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("first_day",)
        constraints = [
            models.UniqueConstraint(fields=("calendar", "first_day"), name="shutdown_once_per_day"),
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="shutdown_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.first_day} to {self.last_day}"


class Resource(Named):
    """A work centre or line whose hours limit the plan."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="resources")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Is told when a demand change no longer fits.",
    )
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, blank=True, related_name="resources")
    hours_per_working_day = models.FloatField(
        null=True, blank=True, help_text="With it a month's regular hours follow its working days."
    )
    demonstrated_percent = models.FloatField(
        default=100.0, help_text="What it has shown it can do, of its rated hours."
    )
    smoothing_cost_per_hour = models.FloatField(
        default=0.0, help_text="Of a change of its load from one month to the next."
    )
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
                    smoothing_cost_per_hour__gte=0,
                    demonstrated_percent__gte=0,
                )
                & (models.Q(hours_per_working_day__isnull=True) | models.Q(hours_per_working_day__gte=0)),
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


class Crew(models.Model):
    """The people of a resource; with one its hours come from them, and the plan may hire and lay off."""

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="crew")
    workers = models.FloatField(help_text="When the plan begins.")
    hours_per_worker_day = models.FloatField(default=8.0)
    overtime_hours_per_worker_month = models.FloatField(default=0.0)
    wage_per_month = models.FloatField(default=0.0)
    hire_cost = models.FloatField(default=0.0)
    layoff_cost = models.FloatField(default=0.0)
    whole = models.BooleanField(default=False, help_text="Only whole people are hired and laid off.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    workers__gte=0,
                    hours_per_worker_day__gte=0,
                    overtime_hours_per_worker_month__gte=0,
                    wage_per_month__gte=0,
                    hire_cost__gte=0,
                    layoff_cost__gte=0,
                ),
                name="crew_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"crew of {self.resource}"


class Routing(models.Model):
    """Hours of a resource that a unit of a product needs at its own level, `offset_months` before it is ready.

    An alternate is the same step on another resource; the plan decides how much goes there.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="routings")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="routings")
    hours_per_unit = models.FloatField()
    offset_months = models.PositiveSmallIntegerField(default=0)
    alternate_of = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="alternates")

    # A routing of a product is known by its resource.
    code_field = "resource__code"

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
    """How much stock a product should have, and what holding, being late and buying in cost.

    A blank uses the company's default.
    """

    class Target(models.TextChoices):
        UNITS = "units", "safety stock in units"
        COVER = "cover", "months of demand to come"
        SERVICE = "service", "service level, from the forecast's error"

    product = models.OneToOneField(Product, models.CASCADE, related_name="policy")
    target = models.CharField(max_length=7, choices=Target, default=Target.UNITS)
    cover_months = models.FloatField(null=True, blank=True)
    service_level = models.FloatField(null=True, blank=True, help_text="Between 0.5 and 1, for example 0.95.")
    least_lot = models.FloatField(default=0.0, help_text="The smallest quantity that is made or ordered at once.")
    storage_per_unit = models.FloatField(default=0.0, help_text="Room a unit takes, in the unit of its site's storage.")
    holding_cost_rate_per_year = models.FloatField(default=0.2, help_text="Of the unit cost.")
    backorder_cost_per_unit_month = models.FloatField(null=True, blank=True)
    subcontract_unit_cost = models.FloatField(null=True, blank=True, help_text="Blank: cannot be bought in.")

    class Meta:
        verbose_name_plural = "supply policies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holding_cost_rate_per_year__gte=0), name="policy_holding_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(least_lot__gte=0, storage_per_unit__gte=0), name="policy_lot_and_room_not_negative"
            ),
            models.CheckConstraint(
                condition=~models.Q(target="cover") | models.Q(cover_months__gte=0), name="policy_cover_is_given"
            ),
            models.CheckConstraint(
                condition=~models.Q(target="service") | models.Q(service_level__gte=0.5, service_level__lt=1),
                name="policy_service_level_is_given",
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.product}"


class Storage(models.Model):
    """The room of a site for stock."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="storage")
    limit = models.FloatField()

    class Meta:
        verbose_name_plural = "storage"
        constraints = [models.CheckConstraint(condition=models.Q(limit__gte=0), name="storage_not_negative")]

    def __str__(self) -> str:
        return f"storage of {self.site}"


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
