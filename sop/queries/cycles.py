"""Which cycle a page is about."""

from django.http import HttpRequest

from sop import months
from sop.errors import NotFound
from sop.models import Cycle

SESSION_KEY = "cycle"


def newest() -> Cycle | None:
    """The newest open cycle, else the newest of all."""
    return Cycle.objects.filter(state=Cycle.State.OPEN).first() or Cycle.objects.first()


def by_code(code: str) -> Cycle:
    """The cycle of a first plan month written as 2013-06; NotFound says what to do."""
    try:
        month = months.parse(code)
    except ValueError as error:
        raise NotFound(str(error)) from error
    cycle = Cycle.objects.filter(first_month=month).first()
    if cycle is None:
        raise NotFound(f"No cycle was opened for {months.long(month)}. Open it with: manage.py open_cycle {code}")
    return cycle


def named_or_newest(code: str | None) -> Cycle:
    """For commands: the cycle named, else the newest; NotFound when there is none at all."""
    cycle = by_code(code) if code else newest()
    if cycle is None:
        raise NotFound("No cycle is open. Open one with: manage.py open_cycle 2013-06 (the first plan month).")
    return cycle


def current(request: HttpRequest) -> Cycle | None:
    """The cycle in the address (`?cycle=2013-06`), else the one last chosen in this session, else the newest."""
    if code := request.GET.get("cycle"):
        cycle = by_code(code)
        request.session[SESSION_KEY] = cycle.code
        return cycle
    if code := request.session.get(SESSION_KEY):
        chosen = Cycle.objects.filter(first_month=months.parse(code)).first()
        if chosen:
            return chosen
    return newest()
