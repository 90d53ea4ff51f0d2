"""What a load balancer asks, and every browser by itself."""

import logging

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static

log = logging.getLogger(__name__)


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, otherwise 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("The database does not answer: %s", error)
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers look for it here on pages that name no icon, such as the admin's."""
    return redirect(static("img/evenkeel.svg"))
