"""The Data page: readiness for everybody, importing for the coordinator."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from planning.models import InventoryBalance
from planning.queries.readiness import readiness
from sop.actions.postings import post_actuals
from sop.models import Posting, Product
from sop.permissions import EVERYTHING, scope
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
PRODUCTS = "code,name,family\nB1,Bike one,bikes\nB2,Bike two,bkes\n"


@pytest.fixture
def company(db):
    make.make_family("bikes")
    make.make_site()
    make.make_market("de")


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(company):
    return client_of(make.make_coordinator())


def send(client, content=PRODUCTS, name="products.csv", url="/data/import/", **fields):
    return client.post(url, {"files": SimpleUploadedFile(name, content.encode()), **fields})


def test_it_shows_what_there_is(coordinator):
    page = coordinator.get("/data/").content.decode()
    assert "Readiness by source" in page
    assert "Show what they change" in page


def test_a_viewer_sees_readiness_and_no_import(company):
    page = client_of(make.make_user("vera", "sop-office", "viewer")).get("/data/").content.decode()
    assert "Readiness by source" in page
    assert "Show what they change" not in page


@pytest.mark.parametrize("url", ["/data/import/", "/data/import/bad-rows/", "/data/retry/"])
def test_a_planner_may_not_import(company, url):
    assert send(client_of(make.make_demand_planner()), url=url).status_code == 403
    assert Product.objects.count() == 0


def test_an_outsider_sees_nothing_and_nobody_is_sent_to_log_in(company):
    assert client_of(make.make_outsider()).get("/data/").status_code == 403
    assert Client().get("/data/").status_code == 302


def test_a_preview_first_then_the_good_rows(coordinator):
    preview = send(coordinator)
    page = preview.content.decode()
    assert "Import 1 good row<" in page
    assert "no family has the code “bkes”; did you mean “bikes”?" in page
    assert Product.objects.count() == 0
    taken = send(coordinator, take="1", seen=preview.context["digest"])
    assert "1 rows were taken, 1 were not" in taken.content.decode()
    assert Product.objects.get().code == "B1"


def test_other_files_than_those_seen_are_shown_first(coordinator):
    preview = send(coordinator)
    other = PRODUCTS.replace("B1", "B9")
    answer = send(coordinator, other, take="1", seen=preview.context["digest"])
    assert "Nothing is written yet" in answer.content.decode()
    assert Product.objects.count() == 0


def test_the_fragment_for_htmx(coordinator):
    upload = SimpleUploadedFile("products.csv", PRODUCTS.encode())
    answer = coordinator.post("/data/import/", {"files": upload}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Import 1 good row<" in answer.content.decode()


def test_the_bad_rows_as_a_file(coordinator):
    answer = send(coordinator, url="/data/import/bad-rows/")
    assert answer["Content-Disposition"] == 'attachment; filename="rows-not-taken.csv"'
    assert "products.csv,3,family,no family has the code “bkes”; did you mean “bikes”?" in answer.content.decode()


def test_no_file_and_a_file_that_is_too_large(coordinator, settings):
    answer = coordinator.post("/data/import/", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "Choose one or more files" in answer.content.decode()
    settings.UPLOAD_MAX_BYTES = 10_000
    large = coordinator.post(
        "/data/import/", {"files": SimpleUploadedFile("products.csv", b"x" * 20_000)}, headers={"HX-Request": "true"}
    )
    assert large.status_code == 413
    assert "larger than" in large.content.decode()


def test_rejected_actuals_are_tried_again(coordinator):
    record = {"external_id": "1", "product": "B1", "market": "de", "date": "2013-01-31", "kind": "ordered"}
    post_actuals(source="erp", records=[record | {"quantity": 3, "revenue": 300.0}], by=None)
    assert "Actuals not taken" in coordinator.get("/data/").content.decode()
    make.make_product("B1")
    coordinator.post("/data/retry/")
    assert Posting.objects.count() == 1


def test_problems_are_counted_and_ranked(company):
    product = make.make_product("B1")
    make.make_product("B2", price=1, cost=1)
    InventoryBalance.objects.create(product=product, site=make.make_site(), month=dt.date(2013, 1, 1), on_hand=-3)
    record = {"external_id": "1", "product": "B1", "market": "de", "date": "2013-01-31", "kind": "ordered"}
    records = [record | {"quantity": 3, "revenue": 300.0}, record | {"external_id": "2", "date": "2013-03-01"}]
    post_actuals(source="erp", records=[each | {"quantity": 3, "revenue": 300.0} for each in records], by=None)
    found = {each.what: each for each in readiness(EVERYTHING, make.make_cycle(dt.date(2013, 6, 1))).problems}
    assert found["Months to come"].count == 2
    assert found["Months without any actuals"].which == "Feb 13"
    assert (found["No price"].which, found["No cost"].which) == ("B1", "B1")
    assert found["Made, but without a routing"].count == 2
    assert found["Negative stock in Jan 13"].which == "B1 −3"
    assert found["Stock not counted in Jan 13"].which == "B2"


def test_problems_stay_within_the_scope(company):
    make.make_product("B1")
    other = make.make_family("parts")
    sam = make.make_user("sam", "sales", "contributor", families=[other])
    assert "B1" not in str(readiness(scope(sam), None).problems)


def test_the_number_of_queries_is_fixed(coordinator, django_assert_max_num_queries):
    for number in range(10):
        make.make_product(f"B{number}")
    with django_assert_max_num_queries(50):
        coordinator.get("/data/")


def test_an_empty_file_says_what_it_lacks(coordinator):
    assert "products.csv is empty" in send(coordinator, "").content.decode()
