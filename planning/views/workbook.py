"""The sales plan as a file: export of what is on screen, and the way back with every difference shown first."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from planning.actions import workbook as actions
from planning.forms import WorkbookForm
from planning.models import SalesPlan, WorkbookImport
from planning.queries import valuation
from planning.queries.grid import Grid
from planning.queries.workbook import plain, xlsx
from planning.queries.workbook.compare import compare, unit_of
from planning.views.demand import _grid
from sop import months
from sop.errors import NotFound, PlanningError
from sop.http import signed_in, whole
from sop.permissions import Verb, require
from sop.words import counted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAYOUTS, FORMATS = ("grid", "list"), ("xlsx", "csv")
IN_MEMORY = 4 * 2**20


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows in sight as a workbook or CSV."""
    grid = _grid(request, pk)
    layout, kind = request.GET.get("layout", "grid"), request.GET.get("format", "xlsx")
    if layout not in LAYOUTS or kind not in FORMATS:
        raise PlanningError("Choose layout grid or list, and format xlsx or csv.", status=400)
    name = f"sales-plan-{months.code(grid.plan.cycle.first_month)}-v{grid.plan.version}-{layout}.{kind}"
    if kind == "csv":
        lines = (plain.grid_layout if layout == "grid" else plain.list_layout)(grid)
        answer: HttpResponseBase = StreamingHttpResponse(
            _streamed(request, lines), content_type="text/csv; charset=utf-8"
        )
    else:
        answer = _workbook(grid, layout)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _workbook(grid: Grid, layout: str) -> HttpResponseBase:
    # What does not fit into memory goes to a file that the answer closes and thereby deletes.
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    (xlsx.grid_layout if layout == "grid" else xlsx.list_layout)(grid, target)
    target.seek(0)
    return FileResponse(target, content_type=XLSX)


def _streamed(request: HttpRequest, lines: Iterator[str]) -> Any:
    """Portion by portion; the ASGI server would gather a plain iterator whole before it sends anything."""

    async def portions() -> AsyncIterator[bytes]:
        while text := await sync_to_async(lambda: next(lines, ""))():
            yield text.encode()

    return portions() if isinstance(request, ASGIRequest) else (text.encode() for text in lines)


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a file; read it and show what it would change."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    plan = _plan(pk)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            received = actions.receive(plan=plan, name=file.name or "", content=file.read(), by=user)
            return redirect("planning:workbook-compare", plan.pk, received.pk)
        except PlanningError as error:
            problem = error
    last = WorkbookImport.objects.filter(plan=plan, by=user).first()
    context = {"plan": plan, "cycle": plan.cycle, "form": form, "problem": problem, "last": last}
    return render(request, "planning/workbook.html", context, status=problem.status if problem else 200)


@login_required
@require_http_methods(["GET", "POST"])
def compared(request: HttpRequest, pk: int, upload: int) -> HttpResponse:
    """Every difference of a file, and taking a part of them."""
    user, received = signed_in(request), _received(request, pk, upload)
    if request.method == "POST":
        return _take(request, received)
    context = {
        "plan": received.plan,
        "cycle": received.plan.cycle,
        "upload": received,
        "read": received.content,
        "ignored": sum(received.content["ignored"].values()),
        "compared": compare(received, user),
        "unit_name": valuation.NAMES[unit_of(received)],
        "reason": request.GET.get("reason") or f"From workbook {received.name}",
    }
    return render(request, "planning/workbook_compare.html", context)


def _take(request: HttpRequest, received: WorkbookImport) -> HttpResponse:
    chosen = {whole(number) for number in request.POST.getlist("take")}
    chosen |= {
        whole(name.removeprefix("choice-"))
        for name, value in request.POST.items()
        if name.startswith("choice-") and value == "mine"
    }
    try:
        taken = actions.take(
            upload=received,
            chosen=chosen,
            seen=request.POST.get("seen", ""),
            reason=request.POST.get("reason", ""),
            by=signed_in(request),
            rest="rest" in request.POST,
        )
    except PlanningError as error:
        messages.error(request, error.detail)
    else:
        _tell(request, taken.cells, taken.moved)
    return redirect("planning:workbook-compare", received.plan_id, received.pk)


def _tell(request: HttpRequest, cells: int, moved: int) -> None:
    if cells:
        messages.success(request, f"{counted(cells, 'change')} of the file taken into the plan.")
    if moved:
        messages.warning(
            request,
            f"{counted(moved, 'cell was', 'cells were')} changed by somebody else since this page was shown. "
            "Look at them once more: they are below.",
        )


@login_required
@require_POST
def undo(request: HttpRequest, pk: int, upload: int) -> HttpResponse:
    """Take back what was accepted of a file."""
    received = _received(request, pk, upload)
    try:
        cells = actions.undo(upload=received, by=signed_in(request))
        messages.success(request, f"{counted(cells, 'change')} of the file undone.")
    except PlanningError as error:
        messages.error(request, error.detail)
    return redirect("planning:workbook-compare", pk, upload)


@login_required
@require_GET
def errors(request: HttpRequest, pk: int, upload: int) -> HttpResponse:
    """What could not be read, as a file to mend by."""
    received = _received(request, pk, upload)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["sheet", "row", "column", "what is wrong"])
    for each in received.content["errors"]:
        cells = (each["sheet"], each["row"], each["column"], each["message"])
        writer.writerow([plain.harmless(str(cell)) for cell in cells])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="cells-not-read.csv"'
    return answer


def _plan(pk: int) -> SalesPlan:
    return get_object_or_404(SalesPlan.objects.select_related("cycle", "forecast"), pk=pk)


def _received(request: HttpRequest, pk: int, upload: int) -> WorkbookImport:
    """The file that this user sent; nobody else's, and none from long ago."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    found = WorkbookImport.objects.select_related("plan__cycle", "plan__forecast").filter(plan=pk, by=user, pk=upload)
    if received := found.first():
        return received
    raise NotFound("This file is no longer kept: a newer one took its place, or a day has passed. Import it again.")
