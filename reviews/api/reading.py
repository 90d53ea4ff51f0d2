"""The body of a request, checked."""

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from sop.models import User


def read(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def signed_in(request: Request) -> User:
    """The user behind a request that the permissions have let through."""
    return cast(User, request.user)
