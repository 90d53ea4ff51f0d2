"""The addresses that belong to no planning step: cancelling a job, and what a load balancer asks."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from sop.actions import runs
from sop.models import Run, User
from tests.factories import make_coordinator, make_demand_planner

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def planner() -> User:
    return make_demand_planner()


@pytest.fixture
def run(planner: User, settings) -> Run:
    settings.JOBS = {**settings.JOBS, "counting": "tests.jobs.counting"}
    return runs.start(kind="counting", by=planner)


@pytest.fixture
def address(run: Run) -> str:
    return reverse("runs:cancel", args=[run.pk])


def state(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def test_the_cancel_button_of_a_script_gets_an_empty_answer(client: Client, planner, run: Run, address: str) -> None:
    client.force_login(planner)
    assert client.post(address, headers=SCRIPT).status_code == 204
    assert state(run) == Run.State.CANCELLED


def test_the_cancel_button_of_a_form_goes_back_where_it_was(client: Client, planner, run: Run, address: str) -> None:
    client.force_login(planner)
    answer = client.post(address, headers={"Referer": "http://testserver/demand/"})
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/demand/")
    assert state(run) == Run.State.CANCELLED


def test_nobody_is_sent_to_another_site(client: Client, planner, address: str) -> None:
    client.force_login(planner)
    answer = client.post(address, headers={"Referer": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("home")


def test_a_colleague_is_told_who_may(client: Client, run: Run, address: str) -> None:
    client.force_login(make_coordinator())
    answer = client.post(address, headers=SCRIPT)
    assert answer.status_code == 403
    assert "Only the person who started a job" in answer.json()["detail"]
    assert state(run) == Run.State.QUEUED


def test_a_job_that_has_ended_or_never_was_is_refused(client: Client, planner, run: Run, address: str) -> None:
    client.force_login(planner)
    runs.run_inline(run)
    assert client.post(address, headers=SCRIPT).status_code == 422
    assert client.post(reverse("runs:cancel", args=[run.pk + 1]), headers=SCRIPT).status_code == 404


def test_a_link_or_nobody_cancels_nothing(client: Client, planner, run: Run, address: str) -> None:
    assert client.post(address).status_code == 302
    client.force_login(planner)
    assert client.get(address).status_code == 405
    assert state(run) == Run.State.QUEUED


def test_health_answers_without_a_log_in(client: Client) -> None:
    answer = client.get(reverse("health"))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_says_so_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("sop.views.ops.connection.cursor", away)
    answer = client.get(reverse("health"))
    assert (answer.status_code, answer.json()["status"]) == (503, "the database does not answer")


def test_a_browser_that_looks_for_an_icon_finds_ours(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/static/img/evenkeel.")
