"""`/api/v1/streams/`: a CRM or a customer portal posts forecasts; what departments said is read by who may."""

import json
from typing import Any

import pytest
from django.test import Client

from planning.models import Input
from sop.models import Change, User
from tests import factories as make
from tests.planning.test_streams import Company

pytestmark = pytest.mark.django_db
PATH = "/api/v1/streams/sales/entries/"
GOOD = {"product": "city", "market": "north", "month": "2026-06", "quantity": 140, "reason": "Order forecast"}


@pytest.fixture
def company() -> Company:
    return Company()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, *records: Any) -> Any:
    return client_of(user).post(PATH, json.dumps({"entries": records}), content_type="application/json")


def test_good_records_are_kept_and_bad_ones_reported_by_index(company: Company) -> None:
    bad = [
        GOOD | {"product": "gossip"},
        GOOD | {"month": "2031-01"},
        GOOD | {"month": "soon"},
        GOOD | {"quantity": -1},
        GOOD | {"quantity": "many"},
        "nothing",
    ]
    answer = post(company.sally, GOOD, *bad, GOOD | {"market": "south", "quantity": 90.5, "reason": ""})
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["updated"], told["unchanged"]) == (200, 2, 0, 0)
    assert [(each["index"], next(iter(each["errors"]))) for each in told["rejected"]] == [
        (1, "product"), (2, "month"), (3, "month"), (4, "quantity"), (5, "quantity"), (6, "record"),
    ]  # fmt: skip
    assert list(Input.objects.order_by("quantity").values_list("quantity", "reason", "mode")) == [
        (90.5, "", "absolute"),
        (140, "Order forecast", "absolute"),
    ]


def test_a_repost_changes_nothing_and_a_changed_record_updates(company: Company) -> None:
    post(company.sally, GOOD)
    before = Change.objects.count()
    assert post(company.sally, GOOD).json() == {"accepted": 0, "updated": 0, "unchanged": 1, "rejected": []}
    assert Change.objects.count() == before
    assert post(company.sally, GOOD | {"quantity": 150}).json()["updated"] == 1
    assert post(company.sally, GOOD | {"quantity": None}).json()["updated"] == 1
    assert not Input.objects.exists()
    assert post(company.sally, GOOD | {"quantity": None}).json()["unchanged"] == 1


def test_the_last_record_of_a_cell_counts(company: Company) -> None:
    told = post(company.sally, GOOD, GOOD | {"quantity": 150}).json()
    assert (told["accepted"], told["unchanged"], Input.objects.get().quantity) == (1, 1, 150)


def test_a_locked_cell_is_rejected_alone(company: Company) -> None:
    post(company.sally, GOOD)
    Input.objects.update(locked=True)
    told = post(company.sally, GOOD | {"quantity": 150}, GOOD | {"market": "south"}).json()
    assert (told["accepted"], [each["index"] for each in told["rejected"]]) == (1, [0])
    assert "locked" in told["rejected"][0]["errors"]["quantity"][0]


def test_a_submitted_stream_refuses_the_whole_post(company: Company) -> None:
    company.submit()
    answer = post(company.sally, GOOD)
    assert (answer.status_code, Input.objects.count()) == (423, 0)
    assert "submitted (Sally" in answer.json()["detail"]


def test_what_is_no_list_of_entries_is_not_understood(company: Company) -> None:
    answer = client_of(company.sally).post(PATH, '{"entries": 5}', content_type="application/json")
    assert answer.status_code == 400
    assert client_of(company.sally).get("/api/v1/streams/gossip/entries/").status_code == 404


def test_entries_and_submissions_are_read(company: Company) -> None:
    post(company.sally, GOOD)
    company.submit()
    [entry] = client_of(company.planner).get(PATH, {"month": "2026-06"}).json()["results"]
    shown = [entry[name] for name in ("product", "market", "month", "quantity", "author", "cycle")]
    assert shown == ["city", "north", "2026-06", 140, "sally", "2026-06"]
    assert client_of(company.planner).get(PATH, {"month": "2026-07"}).json()["results"] == []
    [submission] = client_of(company.planner).get("/api/v1/stream-submissions/?state=submitted").json()["results"]
    assert (submission["stream"], submission["by"]) == ("sales", "sally")
    [stream] = client_of(company.planner).get("/api/v1/streams/").json()["results"]
    assert stream == {"code": "sales", "name": "Sales", "department": "sales"}


def test_a_colleague_posts_and_reads_only_their_markets(company: Company) -> None:
    post(company.sally, GOOD)
    sven = make.make_user("sven", markets=[company.south])
    assert client_of(sven).get(PATH).json()["results"] == []
    assert post(sven, GOOD | {"quantity": 1}).json()["rejected"][0]["index"] == 0
    assert Input.objects.get().quantity == 140


@pytest.mark.parametrize("who", ["planner", "marketing", "outsider"])
def test_nobody_posts_into_another_departments_stream(company: Company, who: str) -> None:
    user = {
        "planner": lambda: company.planner,
        "marketing": lambda: make.make_user("mark", "marketing"),
        "outsider": make.make_outsider,
    }[who]()
    assert post(user, GOOD).status_code == 403
    reads = [client_of(user).get(path).status_code for path in (PATH, "/api/v1/stream-submissions/")]
    assert reads == ([403, 403] if who == "outsider" else [200, 200])
    assert Client().get(PATH).status_code == 401
