"""`POST /api/v1/actuals/` as an ERP uses it."""

import datetime as dt
import gzip
import json

import pytest
from django.test import Client
from django.utils import timezone

from sop.actions import tokens
from sop.models import Posting, RejectedPosting, ServiceToken
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
URL = "/api/v1/actuals/"


@pytest.fixture
def company(db):
    make.make_site()
    make.make_product("BK-1")
    make.make_market("DE")


@pytest.fixture
def erp(company):
    return bearer(make.make_user("erp", "it", "integration"))


def bearer(user, days=1):
    _, secret = tokens.create(user=user, name="test", days=days, by=None)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def record(external_id="1", **fields):
    told = {"product": "BK-1", "market": "DE", "date": "2013-01-15", "kind": "ordered", "quantity": 3, "revenue": 30.5}
    return {"external_id": external_id, **told, **fields}


def post(client, *records, url=URL, **body):
    return client.post(url, {"source": "erp", "records": records, **body}, content_type="application/json")


def assert_problem(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(problem)
    assert problem["status"] == status
    assert problem["detail"]
    return problem


def test_it_works(erp):
    answer = post(erp, record("1"), record("2", product="X")).json()
    errors = {"product": ["no product has the code “X”"]}
    assert answer.pop("batch") > 0
    assert answer == {
        "accepted": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [{"index": 1, "external_id": "2", "errors": errors}],
    }
    assert ServiceToken.objects.get().last_used_at is not None


def test_gzip(erp):
    body = gzip.compress(json.dumps({"source": "erp", "records": [record()]}).encode())
    answer = erp.post(URL, body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert answer.json()["accepted"] == 1


def test_gzip_that_is_none_or_breaks_off(erp):
    whole = gzip.compress(json.dumps({"source": "erp", "records": [record()]}).encode())
    for body in (b"{}", whole[:-20]):
        answer = erp.post(URL, body, content_type="application/json", headers={"Content-Encoding": "gzip"})
        assert_problem(answer, 400)


def test_gzip_that_unpacks_to_too_much(erp, settings):
    settings.UPLOAD_MAX_BYTES = 10_000
    bomb = gzip.compress(b" " * 1_000_000)
    answer = erp.post(URL, bomb, content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert "larger than" in assert_problem(answer, 413)["detail"]
    assert Posting.objects.count() == 0


def test_10001_records_are_too_many(erp):
    problem = assert_problem(post(erp, *[record(str(number)) for number in range(10_001)]), 413)
    assert problem["detail"] == "Send at most 10,000 records at once; these are 10,001."


def test_a_retry_after_the_master_data_was_mended(erp):
    batch = post(erp, record(product="BK-2")).json()["batch"]
    make.make_product("BK-2")
    answer = erp.post(f"{URL}retry/", {"batch": batch}, content_type="application/json").json()
    assert (answer["accepted"], answer["rejected"]) == (1, [])
    assert RejectedPosting.objects.count() == 0
    assert_problem(erp.post(f"{URL}retry/", {"batch": 999_999}, content_type="application/json"), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": ""}, "source"),
        ({"source": 7}, "source"),
        ({"source": "a\x00"}, "source"),
        ({"records": {}}, "records"),
    ],
)
def test_a_body_without_source_or_records(erp, body, field):
    assert field in assert_problem(post(erp, record(), **body), 400)["errors"]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "[" * 100_000, '{"source": NaN}', b"\xff\xfe"])
def test_a_body_that_makes_no_sense(erp, body):
    assert_problem(erp.post(URL, body, content_type="application/json"), 400)


def test_texts_that_no_database_stores_are_refused_and_kept(erp):
    body = '{"source": "erp", "records": [{"external_id": "\\u0000", "product": "\\ud800", "quantity": 1e999}]}'
    answer = erp.post(URL, body, content_type="application/json")
    assert answer.status_code == 200
    assert set(answer.json()["rejected"][0]["errors"]) >= {"external_id", "product", "quantity"}
    assert RejectedPosting.objects.count() == 1


def test_another_content_type(erp):
    assert_problem(erp.post(URL, {"source": "erp"}), 415)


def test_nobody_is_told_401_and_how_to_log_in(company):
    answer = post(Client())
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_or_expired_token_is_told_401(company):
    user = make.make_user("erp", "it", "integration")
    client = bearer(user)
    ServiceToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert "expired" in assert_problem(post(client, record()), 401)["detail"]
    assert_problem(post(Client(headers={"Authorization": "Bearer nonsense"}), record()), 401)
    assert_problem(post(Client(headers={"Authorization": "Bearer"}), record()), 401)


def test_the_token_of_somebody_who_left_is_told_401(company):
    user = make.make_user("erp", "it", "integration")
    client = bearer(user)
    user.is_active = False
    user.save()
    assert_problem(post(client, record()), 401)


@pytest.mark.parametrize("who", [make.make_demand_planner, make.make_outsider])
def test_who_may_not_post_is_told_403(company, who):
    assert_problem(post(bearer(who()), record()), 403)
    assert Posting.objects.count() == 0


def test_a_coordinator_may_post_from_a_page_but_not_without_the_csrf_token(company):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.make_coordinator())
    assert_problem(post(client, record()), 403)


def test_an_address_that_does_not_exist(erp):
    assert_problem(erp.get("/api/v1/nothing/"), 404)
    assert_problem(erp.get("/api/v2/"), 404)
    assert_problem(erp.get(URL), 405)
