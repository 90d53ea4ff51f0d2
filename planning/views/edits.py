"""What a planner does to cells of the Demand page beside typing into them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from planning import forms
from planning.actions import lock_cells
from planning.views.demand import _answer, _body, _grid
from sop.http import signed_in


@login_required
@require_POST
def lock(request: HttpRequest, pk: int) -> JsonResponse:
    """Lock or unlock the selected cells."""
    grid, body = _grid(request, pk), _body(request)
    edited = lock_cells(
        plan=grid.plan,
        cells=forms.places(body),
        locked=bool(body.get("locked", True)),
        by=signed_in(request),
        filters=grid.filters,
    )
    return _answer(request, grid, edited, body)
