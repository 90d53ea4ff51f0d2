"""The Demand page in enter mode: whose rows it shows, how far they are, and the buttons each person gets."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from planning.models import Skip, StreamSubmission
from sop.models import User
from sop.templatetags.words import money
from tests import factories as make
from tests.planning.test_streams import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def open_page(user: User, address: str = "/demand/") -> Any:
    client = Client()
    client.force_login(user)
    return client.get(address)


def move(company: Company, user: User, verb: str, reason: str = "", code: str = "sales") -> Any:
    client = Client()
    client.force_login(user)
    return client.post(f"/demand/{company.plan.pk}/streams/{code}/{verb}/", {"reason": reason})


def test_a_contributor_enters_their_stream_and_sees_how_far_it_is(company: Company) -> None:
    company.enter(company.sally, company.key("city-north"), 120)
    Skip.objects.create(plan=company.plan, stream=company.stream, series=company.series["bell-south"])
    page = open_page(company.sally).content.decode()
    assert "mode=enter&amp;stream=sales" in page
    assert "2 of 4 rows looked at" in page
    assert "In progress" in page
    assert "Submit Sales…" in page
    assert "Return…" not in page


def test_a_colleague_counts_only_their_own_rows(company: Company) -> None:
    company.enter(company.sally, company.key("city-south"), 120)
    nora = make.make_user("nora", markets=[company.north])
    assert "0 of 2 rows looked at" in open_page(nora).content.decode()


def test_another_stream_keeps_the_filters(company: Company) -> None:
    make.make_stream("marketing")
    page = open_page(company.planner, "/demand/?mode=enter&family=bikes&market=north&unit=revenue").content.decode()
    assert "?mode=enter&amp;family=bikes&amp;market=north&amp;unit=revenue&amp;stream=marketing" in page


def test_the_story_of_a_number_is_the_departments_own_in_units_and_money(company: Company) -> None:
    company.enter(company.sally, company.key("city-north"), 120)
    asked = {"row": "family:bikes", "month": "2026-06", "mode": "enter", "stream": "sales", "unit": "revenue"}
    told = open_page(company.planner, f"/demand/{company.plan.pk}/cell/?{urlencode(asked)}").content.decode()
    assert "Sales in Jun 26" in told
    assert "220 units" in told
    assert money(1100) in told, "the consensus has 1 000"


def test_the_planner_decides_and_has_accept_and_return_for_what_is_submitted(company: Company) -> None:
    assert "Accept Sales" not in open_page(company.planner).content.decode()
    company.submit()
    page = open_page(company.planner).content.decode()
    assert "Accept Sales" in page
    assert "Return… to Sales" in page
    assert "Submit Sales" not in page


def test_a_viewer_sees_the_plan_without_any_buttons(company: Company) -> None:
    company.submit()
    page = open_page(make.make_user("vera", "sales", "viewer")).content.decode()
    assert "mode=enter&amp;stream" not in page
    assert "Withdraw" not in page


def test_the_buttons_do_what_they_say(company: Company) -> None:
    steps = [
        (company.sally, "submit", "submitted"),
        (company.sally, "withdraw", "in progress"),
        (company.sally, "submit", "submitted"),
        (company.planner, "accept", "accepted"),
        (company.planner, "return", "returned"),
    ]
    for user, verb, state in steps:
        assert move(company, user, verb, "June is missing").status_code == 302
        assert StreamSubmission.objects.get().state == state


@pytest.mark.parametrize("verb", ["submit", "withdraw", "accept", "return"])
def test_an_outsider_moves_nothing(company: Company, verb: str) -> None:
    assert move(company, make.make_outsider(), verb, "Why").status_code == 403
    assert Client().post(f"/demand/{company.plan.pk}/streams/sales/{verb}/").status_code == 302
    assert not StreamSubmission.objects.exists()


def test_what_is_not_known_is_not_found(company: Company) -> None:
    assert move(company, company.sally, "burn").status_code == 404
    assert move(company, company.sally, "submit", code="gossip").status_code == 404
