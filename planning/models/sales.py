"""The sales plan: a baseline, events on top, what each department says, and the consensus that counts."""

import datetime as dt

from django.conf import settings
from django.db import models

from forecasting.models import Forecast
from planning.models.assumptions import Assumption
from sop import months
from sop.models import Cycle, Department, Line, Series
from sop.models.named import Named
from sop.vectors import VectorField


class Stream(Named):
    """A department's voice in the sales plan."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="streams")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Named.Meta):
        ordering = ["position", "code"]


class SalesPlan(models.Model):
    """The sales plan of a cycle. `version` counts changes, so that what was computed from it knows if it is stale."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="sales_plans")
    forecast = models.ForeignKey(Forecast, models.PROTECT, null=True, blank=True, related_name="+")
    start = models.DateField()
    horizon = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    frozen_at = models.DateTimeField(
        null=True, blank=True, help_text="Set on the immutable copy that a snapshot holds."
    )
    locked_at = models.DateTimeField(
        null=True, blank=True, help_text="Set when the demand review is signed off: no entries until it is reopened."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("cycle",), condition=models.Q(frozen_at__isnull=True), name="sales_plan_one_working_per_cycle"
            )
        ]

    def __str__(self) -> str:
        return f"sales plan {self.cycle} v{self.version}"

    @property
    def months(self) -> list[dt.date]:
        return months.span(self.start, self.horizon)


class SalesPlanLine(Line):
    """Units by plan month; `revenue` and `cost` value the consensus at plan price and standard cost.

    `price` and `unit_cost` are the plan's own per unit; on a total they are the averages its consensus has.
    """

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="lines", db_index=False)
    baseline = VectorField()
    events = VectorField()
    consensus = VectorField()
    price = VectorField()
    unit_cost = VectorField()
    revenue = VectorField()
    cost = VectorField()

    class Meta(Line.Meta):
        constraints = [
            *Line.Meta.constraints,
            models.UniqueConstraint(fields=("plan", "series"), name="sales_plan_line_once_per_series"),
            models.UniqueConstraint(fields=("plan", "family", "market"), name="sales_plan_line_once_per_total"),
        ]

    def __str__(self) -> str:
        return f"plan {self.plan_id} {self.series_id or (self.family_id, self.market_id)}"


class StreamSubmission(models.Model):
    """How far a department's stream is for a plan. While it is submitted or accepted, the stream takes no entries.

    not started ──► in progress ──► submitted ──► accepted
                        ▲               │
                        └── returned ◄──┘
    """

    class State(models.TextChoices):
        NOT_STARTED = "not started"
        IN_PROGRESS = "in progress"
        SUBMITTED = "submitted"
        ACCEPTED = "accepted"
        RETURNED = "returned"

    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="submissions")
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="submissions")
    state = models.CharField(max_length=11, choices=State, default=State.NOT_STARTED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("plan", "stream")
        constraints = [models.UniqueConstraint(fields=("plan", "stream"), name="stream_submission_once_per_plan")]

    def __str__(self) -> str:
        return f"{self.stream}: {self.state}"


class Input(models.Model):
    """A number that somebody entered: in a department's stream, or as the consensus (no stream).

    `quantity` is what counts. `mode` says how it was meant, for the cycles after: a number stays, a difference and a
    share follow the new baseline.
    """

    class Mode(models.TextChoices):
        ABSOLUTE = "absolute"
        QUANTITY = "quantity", "± quantity"
        PERCENT = "percent", "± %"

    # The method of an entry that somebody made by locking a cell, without changing its number.
    LOCK = "lock"

    # Half a million entries may be written at once, and each index takes a second of that: there are no others than
    # those of the constraints below.
    plan = models.ForeignKey(SalesPlan, models.CASCADE, related_name="inputs", db_index=False)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="inputs", db_index=False)
    series = models.ForeignKey(Series, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    quantity = models.FloatField()
    locked = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.ABSOLUTE)
    level = models.CharField(max_length=80, blank=True, help_text="The row it was entered at, when above the series.")
    method = models.CharField(max_length=70, blank=True, help_text="How the consensus came about: blend, stream:sales.")
    assumption = models.ForeignKey(
        Assumption, models.SET_NULL, null=True, blank=True, related_name="inputs", db_index=False
    )
    expires = models.DateField(null=True, blank=True, help_text="The last cycle that takes it over; blank: this one.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    row_version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("plan", "series", "month", "stream"), name="input_once_per_stream"),
            # NULLs count as different in a unique constraint, so the consensus needs its own.
            models.UniqueConstraint(
                fields=("plan", "series", "month"), condition=models.Q(stream__isnull=True), name="input_once_consensus"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="input_not_negative"),
        ]
        indexes = [
            models.Index(fields=("assumption",), condition=models.Q(assumption__isnull=False), name="input_assumption"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.month:%Y-%m}: {self.quantity}"
