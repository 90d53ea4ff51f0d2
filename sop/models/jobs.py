"""Work in the background, as rows: the outbox, the crash record and the progress bar at once.

queued ──► running ──► done
   │          ├──────► failed      (a shard failed five times)
   └──────────┴──────► cancelled   (a user asked)
"""

from django.conf import settings
from django.db import models

from sop.models.cycles import Cycle


class Run(models.Model):
    """One job, cut into shards. At most one of a kind is active in a scope."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=32)
    cycle = models.ForeignKey(Cycle, models.CASCADE, null=True, blank=True, related_name="runs")
    scope = models.CharField(max_length=64, blank=True, help_text="What may not run twice at once: the cycle's code.")
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    parameters = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0, help_text="Units of work done.")
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "scope"),
                condition=models.Q(state__in=("queued", "running")),
                name="run_single_flight",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.state}"

    @property
    def active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def percent(self) -> int:
        return 100 if self.state == self.State.DONE else int(100 * self.done / self.total) if self.total else 0


class Shard(models.Model):
    """A part of a run that one worker does in one go, under a lease that lapses when the worker dies."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    run = models.ForeignKey(Run, models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    parameters = models.JSONField(default=dict)
    weight = models.PositiveIntegerField(default=1, help_text="Units of work in this shard.")
    progress = models.PositiveIntegerField(default=0, help_text="Units of work done in this attempt.")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True, help_text="Who holds the lease.")
    lease_until = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("run", "number")
        constraints = [models.UniqueConstraint(fields=("run", "number"), name="shard_once")]
        indexes = [models.Index(fields=("state", "lease_until"), name="shard_open")]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"
