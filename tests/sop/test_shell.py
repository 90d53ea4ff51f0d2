"""The frame round every page: navigation, the cycle it is about, running jobs."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from sop import context
from sop.models import Cycle, Run, User
from tests.factories import make_coordinator, make_outsider, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner() -> User:
    return make_coordinator()


@pytest.fixture
def cycles() -> list[Cycle]:
    return [
        Cycle.objects.create(first_month=dt.date(2013, 5, 1), state=Cycle.State.PUBLISHED),
        Cycle.objects.create(first_month=dt.date(2013, 6, 1)),
    ]


def ask(path: str, user: User | AnonymousUser, session: dict[str, str] | None = None) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.session = SessionStore()
    request.session.update(session or {})
    return request


def frame(request: HttpRequest) -> dict[str, Any]:
    return context.shell(request)["shell"]  # type: ignore[no-any-return]


def test_it_shows_the_newest_open_cycle(planner: User, cycles: list[Cycle]) -> None:
    shown = frame(ask("/", planner))
    assert shown["cycle"]["label"] == "June 2013"
    assert [entry["code"] for entry in shown["cycles"]] == ["2013-06", "2013-05"]


def test_a_cycle_named_in_the_address_is_remembered(planner: User, cycles: list[Cycle]) -> None:
    request = ask("/?cycle=2013-05", planner)
    assert context.chosen_cycle(request) == cycles[0]
    assert context.chosen_cycle(ask("/", planner, dict(request.session.items()))) == cycles[0]


@pytest.mark.parametrize("code", ["2013-99", "1999-01", "nonsense"])
def test_an_unknown_cycle_is_passed_over(planner: User, cycles: list[Cycle], code: str) -> None:
    assert context.chosen_cycle(ask(f"/?cycle={code}", planner)) == cycles[1]


def test_there_may_be_no_cycle_yet(planner: User) -> None:
    shown = frame(ask("/", planner))
    assert shown["cycle"] is None
    assert shown["stages"] == []


def test_it_marks_where_we_are(planner: User) -> None:
    assert [entry["label"] for entry in frame(ask("/demand/", planner))["nav"] if entry["current"]] == ["Demand"]
    assert [entry["label"] for entry in frame(ask("/", planner))["nav"] if entry["current"]] == ["Home"]


def test_it_shows_running_jobs(planner: User) -> None:
    run = Run.objects.create(kind="forecast", state=Run.State.RUNNING, done=1, total=4)
    Run.objects.create(kind="supply", state=Run.State.DONE)
    cancel = f"/runs/{run.pk}/cancel/"
    assert frame(ask("/", planner))["jobs"] == [
        {"id": run.pk, "label": "Forecast", "percent": 25, "cancel_url": cancel},
    ]


def test_nobody_sees_no_plan(cycles: list[Cycle]) -> None:
    shown = frame(ask("/", AnonymousUser()))
    assert shown["user"] is None
    assert "cycle" not in shown


def test_an_outsider_sees_nothing_to_open(cycles: list[Cycle]) -> None:
    shown = frame(ask("/", make_outsider()))
    assert shown["user"]["name"] == "otto"
    assert shown.keys() == {"theme", "user"}


def test_a_viewer_may_open_everything_but_administration(cycles: list[Cycle]) -> None:
    shown = frame(ask("/", make_user("viewer", role="viewer")))
    labels = ["Home", "Demand", "Supply", "Scenarios", "Reviews", "Performance", "Actions", "Data"]
    assert [entry["label"] for entry in shown["nav"]] == labels
    assert shown["user"]["admin_url"] is None
    assert frame(ask("/", User.objects.create_superuser("admin")))["user"]["admin_url"] == "/admin/"


def test_the_theme_comes_from_the_cookie_when_it_is_one(planner: User) -> None:
    request = ask("/", planner)
    request.COOKIES["theme"] = "dark"
    assert frame(request)["theme"] == "dark"
    request.COOKIES["theme"] = "<script>"
    assert frame(request)["theme"] == ""


def test_a_fragment_that_does_not_draw_the_frame_costs_nothing(
    planner: User, cycles: list[Cycle], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        context.shell(ask("/", planner))
