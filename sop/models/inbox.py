"""What a person should know of, until they have seen it."""

from django.conf import settings
from django.db import models


class Notification(models.Model):
    """A line of somebody's inbox: what happened, and where to look."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40, help_text="Noun and verb: comment.mentioned, capacity.checked.")
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("user", "read_at"), name="notification_unread")]

    def __str__(self) -> str:
        return self.text
