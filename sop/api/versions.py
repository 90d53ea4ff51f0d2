"""ETag and If-Match for rows that carry no version of their own: the tag is a digest of what is shown."""

import hashlib
from collections.abc import Mapping
from typing import Any

from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from sop.errors import PlanningError


def etag(shown: Mapping[str, Any]) -> str:
    return f'"{hashlib.sha256(JSONRenderer().render(dict(shown))).hexdigest()[:32]}"'


def require_match(request: Request, shown: Mapping[str, Any]) -> None:
    """Refuse when the caller names another version than the one there is; who names none takes the risk."""
    wanted = request.headers.get("If-Match", "")
    if wanted not in ("", "*") and etag(shown) not in [tag.strip() for tag in wanted.split(",")]:
        raise PlanningError(
            "Somebody changed this since you read it. Read it again, then repeat what you want.",
            status=status.HTTP_412_PRECONDITION_FAILED,
        )


def tagged(shown: Mapping[str, Any], code: int = status.HTTP_200_OK) -> Response:
    return Response(shown, status=code, headers={"ETag": etag(shown)})
