"""Who is asking: a system by its token, or a person by the session of the pages."""

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from sop.models import ServiceToken, User
from sop.models.people import token_digest

KEYWORD = "Bearer"
# The time of the last use is for people to see; writing it on every request would cost more than the request.
NOTED_EVERY = dt.timedelta(minutes=5)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, made by `manage.py create_token`."""

    def authenticate(self, request: Request) -> tuple[User, ServiceToken] | None:
        keyword, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            return None
        digest = token_digest(secret.strip())
        token = ServiceToken.objects.select_related("user").filter(digest=digest).first()
        if token is None or not constant_time_compare(token.digest, digest):
            raise AuthenticationFailed("This token is not known. Make one with “manage.py create_token”.")
        if token.expires_at <= timezone.now():
            raise AuthenticationFailed(f"This token expired on {token.expires_at:%Y-%m-%d}. Make a new one.")
        if not token.user.is_active:
            raise AuthenticationFailed("The user of this token is not active.")
        note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{KEYWORD} realm="evenkeel"'


def note_use(token: ServiceToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > NOTED_EVERY:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=now)


class SessionAuthentication(RestSessionAuthentication):
    """The session of the pages; who has none is told 401 rather than 403."""

    def authenticate_header(self, request: Request) -> str:
        return f'{KEYWORD} realm="evenkeel"'


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes tokens."""

    target_class = "sop.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the schema describes sessions."""

    target_class = "sop.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def user_of(request: Request) -> User:
    """The authenticated user of a request that the permission classes let pass."""
    if isinstance(request.user, AnonymousUser):
        raise AuthenticationFailed("Log in, or send a token.")
    return request.user
