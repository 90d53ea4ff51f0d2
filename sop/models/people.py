"""People, the departments they speak for, and the tokens their systems use."""

import hashlib

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from sop.models.named import Named
from sop.models.places import Market
from sop.models.products import Family


class User(AbstractUser):
    """A person, or a service account of a system that posts or reads by REST."""

    code_field = "username"

    @property
    def initials(self) -> str:
        names = [self.first_name, self.last_name] if self.last_name else [self.username]
        return "".join(name[0] for name in names if name).upper()

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Department(Named):
    """A function of the company that has a voice in the plan."""


class Membership(models.Model):
    """What a person may do for a department, and for which families and markets (none named: all)."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", "S&OP coordinator"
        PLANNER = "planner"
        CONTRIBUTOR = "contributor"
        EXECUTIVE = "executive"
        VIEWER = "viewer"
        INTEGRATION = "integration"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    families = models.ManyToManyField(Family, blank=True, related_name="+")
    markets = models.ManyToManyField(Market, blank=True, related_name="+")
    sees_money = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "department"), name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} in {self.department}"


def token_digest(token: str) -> str:
    """What is kept of a token: enough to recognise it, not enough to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


class ServiceToken(models.Model):
    """A secret that lets a system act as a user until it expires; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="service_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
