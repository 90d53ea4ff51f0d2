"""The Data page: “can we trust it?”, and the way in for files."""

import csv
import hashlib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from planning.actions.importing import ORDER, Imported, import_tables
from planning.forms import UploadForm
from planning.queries import readiness
from sop.actions import postings
from sop.actions.reading import Source, upload
from sop.errors import PlanningError
from sop.http import signed_in
from sop.models import ServiceToken, User
from sop.permissions import Verb, can, require, scope
from sop.queries import cycles

DIFFERENCES_SHOWN = 30


@login_required
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """Readiness, problems, the import form, recent deliveries, tokens."""
    user = signed_in(request)
    require(user, Verb.VIEW)
    return render(request, "planning/data.html", _context(request, user))


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    tokens = ServiceToken.objects.select_related("user").order_by("-pk")
    return {
        "readiness": readiness.readiness(scope(user), cycles.current(request)),
        "batches": readiness.recent_batches(),
        "tokens": tokens if can(user, Verb.ADMINISTER) else tokens.filter(user=user),
        "may_import": can(user, Verb.IMPORT),
        "may_retry": can(user, Verb.POST_ACTUALS),
        "form": UploadForm(),
        "tables": ORDER,
    }


@login_required
@require_POST
def import_files(request: HttpRequest) -> HttpResponse:
    """Show what files would do; do it when the same files come again with `take`."""
    user = signed_in(request)
    require(user, Verb.IMPORT)
    sources, digest = _uploaded(request)
    take = "take" in request.POST and request.POST.get("seen") == digest
    imported = import_tables(sources, by=user, source=request.POST.get("source") or "erp", preview=not take)
    if request.headers.get("HX-Request") == "true":
        return render(request, "planning/_import_result.html", _result(imported, digest))
    return render(request, "planning/data.html", _context(request, user) | _result(imported, digest))


@login_required
@require_POST
def bad_rows(request: HttpRequest) -> HttpResponse:
    """The rows that would not be taken, and why, as a file to mend."""
    user = signed_in(request)
    require(user, Verb.IMPORT)
    sources, _ = _uploaded(request)
    imported = import_tables(sources, by=user, preview=True)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rows-not-taken.csv"'
    writer = csv.writer(answer)
    writer.writerow(["file", "row", "column", "what is wrong"])
    for outcome in imported.tables:
        writer.writerows([outcome.file, each.row, each.field, _harmless(each.message)] for each in outcome.errors)
    return answer


@login_required
@require_POST
def retry_actuals(request: HttpRequest) -> HttpResponse:
    """Try the actuals again that were not taken."""
    receipt = postings.retry_rejected(by=signed_in(request))
    taken = receipt.accepted + receipt.updated + receipt.unchanged
    messages.info(request, f"{taken:,} actuals were taken, {len(receipt.rejected):,} still cannot be.")
    return redirect("planning:data")


def _uploaded(request: HttpRequest) -> tuple[list[Source], str]:
    """The tables of the files that were sent, and a digest by which they are known again."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise PlanningError("Choose one or more files to import.", status=400)
    files: Sequence[UploadedFile] = form.cleaned_data["files"]
    digest = hashlib.sha256()
    sources: list[Source] = []
    for file in files:
        content = file.read()
        digest.update(content)
        sources += upload(file.name or "", content, limit=settings.UPLOAD_MAX_BYTES)
    return sources, digest.hexdigest()


def _result(imported: Imported, digest: str) -> dict[str, Any]:
    return {"imported": imported, "digest": digest, "shown": DIFFERENCES_SHOWN}


def _harmless(text: str) -> str:
    """A spreadsheet takes a cell that starts like this for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
