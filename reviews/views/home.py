"""Home: what needs me today?"""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from planning.queries import plans
from reviews.queries.home import home
from reviews.views.frame import SignedIn
from sop.permissions import Verb, can, scope
from sop.queries import cycles

NOON, EVENING = 12, 18


@login_required
@require_GET
def show(request: SignedIn) -> HttpResponse:
    """Tasks, exceptions, figures and news; on the first day the doors in, and without a role whom to ask."""
    if not can(request.user, Verb.VIEW):
        return render(request, "reviews/no_role.html")
    cycle = cycles.current(request)
    if cycle is None:
        may = {"may_open": can(request.user, Verb.OPEN_CYCLE), "may_import": can(request.user, Verb.IMPORT)}
        return render(request, "reviews/first_run.html", may)
    context = {
        "page": home(request.user, cycle),
        "plan": plans.working(cycle),
        "greeting": _greeting(),
        "now": timezone.localtime(),
        "sees_money": scope(request.user).sees_money,
    }
    return render(request, "reviews/home.html", context)


def _greeting() -> str:
    hour = timezone.localtime().hour
    return "Good morning" if hour < NOON else "Good afternoon" if hour < EVENING else "Good evening"
