"""Making and taking back the secret address of a calendar feed."""

import secrets

from django.db import transaction

from reviews.models import CalendarFeed
from sop.actions import changes
from sop.errors import Conflict
from sop.models import User
from sop.models.people import token_digest
from sop.permissions import Verb, require


@transaction.atomic
def make(*, by: User) -> str:
    """A new secret for somebody's own calendar; it is told only now, and the one before it ends."""
    require(by, Verb.VIEW)
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(user=by, defaults={"digest": token_digest(secret)})
    changes.record(changes.What("calendar.made", "Made a calendar address", object=f"user:{by.pk}"), by=by)
    return secret


@transaction.atomic
def revoke(*, by: User) -> None:
    """The address leads nowhere any more."""
    deleted, _ = CalendarFeed.objects.filter(user=by).delete()
    if not deleted:
        raise Conflict("You have no calendar address.")
    changes.record(changes.What("calendar.revoked", "Took back a calendar address", object=f"user:{by.pk}"), by=by)
