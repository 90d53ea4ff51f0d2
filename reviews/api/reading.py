"""The body of a request, checked."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer


def read(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
