"""How good our numbers are."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews.forms import PerformanceForm
from reviews.queries.performance import DEFINITIONS, missing, performance, staircase_chart
from reviews.queries.process import process
from reviews.queries.signed_plans import signed_plans
from reviews.views.frame import SignedIn, viewer_page
from sop.permissions import scope


@viewer_page
@require_GET
def show(request: SignedIn) -> HttpResponse:
    seen = scope(request.user)
    form = PerformanceForm(request.GET, seen)
    question = form.question()
    page = performance(seen, question)
    context = {
        "page": page,
        "form": form,
        "question": question,
        "definitions": DEFINITIONS.values(),
        "process": process(seen),
        "query": request.GET.urlencode(),
        "missing": "" if page else missing(signed_plans(), question.lag),
    }
    return render(request, "reviews/performance.html", context)


@viewer_page
@require_GET
def staircase(request: SignedIn) -> JsonResponse:
    seen = scope(request.user)
    return JsonResponse(staircase_chart(seen, PerformanceForm(request.GET, seen).question()))
