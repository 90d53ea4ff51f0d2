"""What the departments take to be true about the months ahead, and what it does to demand."""

import datetime as dt

from django.conf import settings
from django.db import models

from sop import words
from sop.models import Cycle, Family, Market, Product


class Assumption(models.Model):
    """Something expected to move demand, or to leave it: who believes it, why, for how long, and what came of it.

    Included ones build the plan's `events` above the baseline; the others are its range of risks and opportunities.
    """

    class Kind(models.TextChoices):
        MARKET = "market", "market condition"
        COMPETITOR = "competitor", "competitor move"
        PROMOTION = "promotion", "promotion"
        PRICE = "price", "price change"
        LAUNCH = "launch", "launch"
        RISK = "risk", "risk"
        OPPORTUNITY = "opportunity", "opportunity"

    class Unit(models.TextChoices):
        SHARE = "share", "% of the baseline"
        UNITS = "units", "units a month"

    class State(models.TextChoices):
        OPEN = "open"
        HELD = "held", "held true"
        FAILED = "failed", "did not hold"
        WITHDRAWN = "withdrawn"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.PROMOTION)
    family = models.ForeignKey(Family, models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="+")
    market = models.ForeignKey(Market, models.CASCADE, null=True, blank=True, related_name="+")
    first_month = models.DateField()
    last_month = models.DateField()
    effect = models.FloatField(help_text="Share of the baseline (0.2 is +20 %), or units a month over all it covers.")
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.SHARE)
    low = models.FloatField(null=True, blank=True, help_text="The effect's lower bound, in the same unit.")
    high = models.FloatField(null=True, blank=True, help_text="The effect's upper bound, in the same unit.")
    probability = models.FloatField(default=1.0)
    included = models.BooleanField(default=True, help_text="Part of the plan; otherwise a risk or an opportunity.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    evidence = models.CharField(max_length=500, blank=True)
    expires = models.DateField(null=True, blank=True, help_text="The month it is judged in; blank: the last.")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    outcome = models.FloatField(null=True, blank=True, help_text="The effect that actuals show, in the same unit.")
    verdict = models.CharField(max_length=500, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    cycle = models.ForeignKey(Cycle, models.SET_NULL, null=True, blank=True, related_name="+")
    row_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True, null=True)

    class Meta:
        ordering = ("first_month", "name")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_month__gte=models.F("first_month")), name="assumption_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(unit="units") | models.Q(effect__gte=-1), name="assumption_takes_no_more_than_all"
            ),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="assumption_probability"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """What people call it: A-14."""
        return f"A-{self.pk}"

    @property
    def due(self) -> dt.date:
        """The month after which it is judged."""
        return self.expires or self.last_month

    @property
    def expected_words(self) -> str:
        return self.in_words(self.effect)

    @property
    def interval_words(self) -> str:
        """+10 % to +20 %, where an interval is known."""
        ends = (self.in_words(self.low), self.in_words(self.high))
        return " to ".join(end.removesuffix(" a month") for end in ends) if self.low is not None else ""

    @property
    def outcome_words(self) -> str:
        return "" if self.outcome is None else self.in_words(self.outcome)

    def in_words(self, value: float | None) -> str:
        """+15 %, or −40 a month."""
        if value is None:
            return words.UNKNOWN
        if self.unit == self.Unit.UNITS:
            return f"{words.difference(value, words.units(value))} a month"
        return words.difference(value, words.percent(value, 0 if round(value, 2) == round(value, 4) else 1))


class ProductChange(models.Model):
    """A product that comes, takes over from another, or goes: what moves its curve and those of its neighbours."""

    class Kind(models.TextChoices):
        LAUNCH = "launch"
        SUCCESSOR = "successor"
        END_OF_LIFE = "end of life"

    class State(models.TextChoices):
        PLANNED = "planned"
        WITHDRAWN = "withdrawn"

    kind = models.CharField(max_length=11, choices=Kind)
    product = models.ForeignKey(Product, models.CASCADE, related_name="changes")
    like_product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", help_text="Whose profile a launch follows."
    )
    predecessor = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", help_text="What a successor replaces."
    )
    market = models.ForeignKey(Market, models.CASCADE, null=True, blank=True, related_name="+")
    month = models.DateField(help_text="First month of sales; for an end of life the last one.")
    ramp_months = models.PositiveSmallIntegerField(default=0, help_text="Months until the full level.")
    level = models.FloatField(default=1.0, help_text="Share of the like product's, or the predecessor's, volume.")
    run_out = models.BooleanField(default=False, help_text="Sell no more than the stock at hand until the end.")
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    row_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("month", "product")
        constraints = [
            models.UniqueConstraint(
                fields=("product", "kind"), condition=models.Q(state="planned"), name="product_change_once"
            ),
            models.CheckConstraint(condition=models.Q(level__gte=0), name="product_change_level_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.capitalize()} of {self.product}"

    @property
    def follows(self) -> Product | None:
        """The product whose volume it goes by: the predecessor, or the like product."""
        return self.predecessor or self.like_product


class Cannibalisation(models.Model):
    """The share of a change's new volume that a named product loses."""

    change = models.ForeignKey(ProductChange, models.CASCADE, related_name="cannibalised")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    share = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("change", "product"), name="cannibalisation_once"),
            models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=1), name="cannibalisation_share"),
        ]

    def __str__(self) -> str:
        return f"{self.product} loses {self.share:.0%} to {self.change}"
