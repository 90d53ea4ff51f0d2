"""`/api/v1/comments/`: reading within one's scope, commenting, answering."""

from typing import Any

import pytest
from django.test import Client

from planning.actions import comments
from sop.models import User
from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, **body: Any) -> Any:
    return client_of(user).post("/api/v1/comments/", body, content_type="application/json")


def bodies(user: User, query: str = "") -> list[str]:
    return [row["body"] for row in client_of(user).get(f"/api/v1/comments/{query}").json()["results"]]


def test_a_comment_is_posted_read_and_answered(company: Company) -> None:
    sara = make.make_user("sara", markets=[company.north])
    answer = post(company.planner, row="family:bikes", month="2026-07", market="north", body="Mild winter, @sara")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["row"], said["market"], said["month"], said["author"]) == (
        "family:bikes",
        "north",
        "2026-07-01",
        "dan",
    )
    assert post(sara, parent=said["id"], body="Yes").json()["parent"] == said["id"]
    assert bodies(sara) == bodies(company.planner) == ["Mild winter, @sara", "Yes"]
    assert bodies(sara, "?author=sara&cycle=2026-06&month=2026-07") == ["Yes"]
    assert bodies(sara, "?row=total") == []


def test_a_colleague_reads_their_part_and_an_outsider_nothing(company: Company) -> None:
    ben = make.make_user("ben", families=[make.make_family("parts")])
    for row in ("total", "family:bikes", "family:parts"):
        comments.add(cycle=company.plan.cycle, row=row, body=row, by=company.planner)
    assert bodies(ben) == ["total", "family:parts"]
    assert post(ben, row="family:bikes", body="hello").status_code == 404
    assert client_of(make.make_outsider()).get("/api/v1/comments/").status_code == 403
    assert post(make.make_user("vera", role="viewer"), body="hello").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"body": ""}, 400),
        ({"body": "x", "month": "soon"}, 400),
        ({"body": "x", "row": "galaxy:9"}, 404),
        ({"body": "x", "parent": 999}, 404),
        ({"body": "x", "cycle": "1999-01"}, 404),
        ({"body": "x", "month": "2040-01"}, 422),
    ],
    ids=["empty", "no-month", "no-row", "no-comment", "no-cycle", "too-late"],
)
def test_what_cannot_be_said_is_refused_with_a_reason(company: Company, body: dict[str, Any], status: int) -> None:
    answer = post(company.planner, **body)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_removed_comment_leaves_its_trace_without_its_words(company: Company) -> None:
    comment = comments.add(cycle=company.plan.cycle, row="total", body="oops", by=company.planner)
    comments.remove(comment=comment, by=company.planner)
    [row] = client_of(company.planner).get("/api/v1/comments/").json()["results"]
    assert (row["body"], row["removed_at"] is not None) == ("", True)
