"""Telling people what they should know of: a line in the inbox of everyone who may see the plans."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from sop.models import Notification, User
from sop.nudges import nudge
from sop.permissions import Verb, can, prepare

TEXT_LENGTH, URL_LENGTH = 300, 500


@transaction.atomic
def notify(users: Iterable[User], *, kind: str, text: str, url: str = "", actor: User | None = None) -> list[User]:
    """Tell these people, but not the one who did it, nor anybody without a role; returns who was told.

    A line of the same kind and address that is still unread gives way to the new one. What the text says must lie in
    the scope of everybody it goes to: that is for the caller to see to.
    """
    people = {user.pk: user for user in users if actor is None or user.pk != actor.pk}
    told = [user for user in prepare(people.values()) if can(user, Verb.VIEW)] if people else []
    if not told:
        return []
    url = url[:URL_LENGTH]
    Notification.objects.filter(user__in=told, kind=kind, url=url, read_at__isnull=True).delete()
    Notification.objects.bulk_create(
        Notification(user=user, kind=kind, text=text[:TEXT_LENGTH], url=url, actor=actor) for user in told
    )
    transaction.on_commit(nudge, robust=True)
    return told


def mark_read(*, by: User, notification: Notification | None = None) -> int:
    """One line of somebody's own inbox, or all of it, is seen; how many were unread."""
    unread = Notification.objects.filter(user=by, read_at__isnull=True)
    if notification is not None:
        unread = unread.filter(pk=notification.pk)
    seen = unread.update(read_at=timezone.now())
    transaction.on_commit(nudge, robust=True)
    return seen
