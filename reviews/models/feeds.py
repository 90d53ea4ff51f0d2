"""A person's calendar feed: an address that needs no log-in, so it is a secret, and can be taken back."""

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """Only the digest of the secret is kept. Making a new one ends the old."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"calendar of {self.user}"
