"""Search: what the dialog behind Ctrl+K asks for with every key."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from sop.http import signed_in
from sop.permissions import Verb, require
from sop.queries.search import find


@login_required
@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """What the user may open under `q`, the best first."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    found = find(user, request.GET.get("q", ""))
    return JsonResponse({"found": [each.as_json() for each in found]})
