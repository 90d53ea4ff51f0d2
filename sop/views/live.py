"""Server-sent events: what changes while a page is open."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from sop import events as feed
from sop.models import User


async def events(request: HttpRequest) -> HttpResponseBase:
    """The feed of the logged-in user, from `Last-Event-ID` on when the browser reconnects."""
    user = await request.auser()
    if not isinstance(user, User):
        return HttpResponse(status=401)
    last = request.headers.get("Last-Event-ID", "")
    return StreamingHttpResponse(
        feed.stream(user, int(last) if last.isdigit() else None),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
