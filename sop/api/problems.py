"""Errors as problem documents (RFC 9457), always and only: never a page, never a redirect."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as NotPermitted
from rest_framework.response import Response

from sop.actions.reading import too_large
from sop.errors import PlanningError

CONTENT_TYPE = "application/problem+json"


def document(
    status: int, detail: str, *, errors: Mapping[str, Any] | None = None, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of a problem; `type` is blank because the status says what kind it is."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": dict(errors or {}),
        **(extra or {}),
    }


def response(error: PlanningError) -> JsonResponse:
    """A problem document for a view that is none of REST framework's."""
    body = document(error.status, error.detail, errors=error.errors, extra=error.extra)
    return JsonResponse(body, status=error.status, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest) -> JsonResponse:
    """There is no such address in the API."""
    return response(PlanningError(f"There is nothing at {request.path}. See /api/docs/.", status=404))


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler; None lets a programming error be one."""
    if isinstance(error, PlanningError):
        return _problem(document(error.status, error.detail, errors=error.errors, extra=error.extra))
    if isinstance(error, RequestDataTooBig):
        return handler(too_large("The request", 2**26), context)
    known = _as_api_exception(error)
    if known is None:
        return None
    told = {"WWW-Authenticate": getattr(known, "auth_header", None), "Retry-After": getattr(known, "wait", None)}
    return _problem(_document_of(known), {name: str(value) for name, value in told.items() if value})


def _as_api_exception(error: Exception) -> APIException | None:
    if isinstance(error, Http404):
        return NotFound("There is no such thing, or you may not see it.")
    if isinstance(error, PermissionDenied):
        return NotPermitted()
    return error if isinstance(error, APIException) else None


def _document_of(error: APIException) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        errors = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return document(error.status_code, "Some fields are not right.", errors=_lists(errors))
    return document(error.status_code, str(error.detail))


def _lists(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        str(name): [str(each) for each in messages] if isinstance(messages, list) else [str(messages)]
        for name, messages in errors.items()
    }


def _problem(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=dict(headers or {}), content_type=CONTENT_TYPE)
