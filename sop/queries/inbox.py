"""What a person's inbox holds: their own lines only, the newest first."""

from collections.abc import Collection

from django.db.models import Count, QuerySet

from sop.models import Notification, User

SHOWN = 200


def notifications(user: User) -> QuerySet[Notification]:
    """The user's own, the newest first."""
    return Notification.objects.filter(user=user).select_related("actor")


def unread(user: User) -> int:
    """How many lines the user has not seen."""
    return Notification.objects.filter(user=user, read_at__isnull=True).count()


def unread_of(users: Collection[int]) -> dict[int, int]:
    """How many lines each of these people has not seen; who has seen all is left out. One query."""
    waiting = Notification.objects.filter(user__in=users, read_at__isnull=True).order_by()
    return dict(waiting.values_list("user").annotate(Count("pk")))
