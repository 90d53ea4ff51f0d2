"""Tokens by which systems act as a user."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from sop import permissions
from sop.actions import changes
from sop.errors import PlanningError
from sop.models import ServiceToken, User
from sop.models.people import token_digest

PREFIX = "ek_"
BYTES = 32
LONGEST_DAYS = 3_650


@transaction.atomic
def create(*, user: User, name: str, days: int, by: User | None) -> tuple[ServiceToken, str]:
    """Make a token for a user and return it with its secret, which is shown this once and never kept."""
    if by is not None and by != user:
        permissions.require(by, permissions.Verb.ADMINISTER)
    if not 1 <= days <= LONGEST_DAYS:
        raise PlanningError(f"A token can last 1 to {LONGEST_DAYS:,} days, not {days}.")
    if not user.is_active:
        raise PlanningError(f"“{user.username}” is not active; a token would be of no use.")
    secret = PREFIX + secrets.token_urlsafe(BYTES)
    token = ServiceToken.objects.create(
        user=user, name=name, digest=token_digest(secret), expires_at=timezone.now() + dt.timedelta(days=days)
    )
    what = changes.What(kind="token.created", summary=f"Token “{name}” for {user.username}", object=f"token:{token.pk}")
    changes.record(what, by=by)
    return token, secret


@transaction.atomic
def revoke(*, token: ServiceToken, by: User) -> None:
    """End a token at once."""
    if by != token.user:
        permissions.require(by, permissions.Verb.ADMINISTER)
    what = changes.What(
        kind="token.revoked", summary=f"Token “{token.name}” of {token.user.username}", object=f"token:{token.pk}"
    )
    token.delete()
    changes.record(what, by=by)
