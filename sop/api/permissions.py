"""Reading takes a role; what writing takes, the actions know."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from sop.permissions import Verb, can


class MayView(IsAuthenticated):
    """Somebody with a role in the company."""

    message = f"You may not {Verb.VIEW.value}. Ask your S&OP coordinator for the role that can."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and can(request.user, Verb.VIEW)
