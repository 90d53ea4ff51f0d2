"""What is planned: families for volume, products for mix, and what a product costs and earns over time."""

from django.db import models

from sop.models.named import Named, Tree


class Family(Tree):
    """A group of products that is planned as one."""

    class Meta(Tree.Meta):
        verbose_name_plural = "families"


class Product(Named):
    """A product, or a part that only goes into products (`sold` is false)."""

    class Strategy(models.TextChoices):
        STOCK = "MTS", "make to stock"
        ORDER = "MTO", "make to order"

    class Source(models.TextChoices):
        MAKE = "make", "made"
        BUY = "buy", "bought"

    family = models.ForeignKey(Family, models.PROTECT, null=True, blank=True, related_name="products")
    sold = models.BooleanField(default=True, help_text="False for a part that is only a component.")
    uom = models.CharField("unit of measure", max_length=8, default="EA")
    planning_factor = models.FloatField(default=1.0, help_text="Planning units of the family per unit of the product.")
    strategy = models.CharField(max_length=3, choices=Strategy, default=Strategy.STOCK)
    make_or_buy = models.CharField(max_length=4, choices=Source, default=Source.MAKE)
    launch_month = models.DateField(null=True, blank=True)
    last_month = models.DateField(null=True, blank=True)
    predecessor = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="successors")
    like_product = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    lead_time_months = models.PositiveSmallIntegerField(default=0)
    lot_multiple = models.FloatField(default=1.0)
    safety_stock = models.FloatField(default=0.0)
    shelf_life_months = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(Named.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(lot_multiple__gt=0), name="product_lot_multiple_positive"),
            models.CheckConstraint(condition=models.Q(planning_factor__gt=0), name="product_planning_factor_positive"),
            models.CheckConstraint(condition=models.Q(safety_stock__gte=0), name="product_safety_stock_not_negative"),
            models.CheckConstraint(
                condition=models.Q(sold=False) | models.Q(family__isnull=False), name="product_sold_has_family"
            ),
        ]


class ProductPrice(models.Model):
    """The list price of a product from a day on."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    valid_from = models.DateField()
    price = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("product", "valid_from"), name="price_once_per_day"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.valid_from}: {self.price}"


class ProductCost(models.Model):
    """The standard cost of a unit of a product from a day on."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="costs")
    valid_from = models.DateField()
    unit_cost = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("product", "valid_from"), name="cost_once_per_day"),
            models.CheckConstraint(condition=models.Q(unit_cost__gte=0), name="cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.valid_from}: {self.unit_cost}"
