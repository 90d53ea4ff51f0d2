"""What the menu of saved views posts."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from planning.actions import saved_views
from planning.models import SavedView
from planning.queries.saved_views import address
from sop.http import back, signed_in


@login_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Save the page as it is shown now, and show it by its new link."""
    view = saved_views.save_view(
        page=request.POST.get("page", ""),
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
        shared="shared" in request.POST,
        by=signed_in(request),
    )
    return HttpResponseRedirect(address(view))


@login_required
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or delete one's own view."""
    view, user = get_object_or_404(SavedView, pk=pk), signed_in(request)
    if "delete" in request.POST:
        saved_views.delete_view(view=view, by=user)
    else:
        saved_views.change_view(view=view, name=request.POST.get("name", ""), shared="shared" in request.POST, by=user)
    return back(request, view.page)
