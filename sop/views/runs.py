"""Control of jobs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from sop.actions import runs
from sop.http import back
from sop.models import Run


@login_required
@require_POST
def cancel_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a job to stop; answers an empty page to scripts and goes back for forms."""
    runs.cancel(run=get_object_or_404(Run, pk=pk), by=request.user)  # type: ignore[arg-type]
    if request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(status=204)
    messages.info(request, "The job stops at its next step.")
    return back(request, "home")
