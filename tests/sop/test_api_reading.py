"""Master data, history, cycles and plans by REST: pages, filters, scope, money, and a fixed number of queries."""

import datetime as dt

import pytest
from django.test import Client

from planning.models import SalesPlan, SalesPlanLine
from sop.actions import postings
from sop.models import Family, Product, ProductPrice
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

LISTS = [
    "families",
    "products",
    "product-prices",
    "product-costs",
    "markets",
    "sites",
    "history",
    "cycles",
    "forecasts",
    "sales-plans",
    "production-plans",
    "parts",
    "resources",
    "calendars",
    "shutdowns",
    "storage",
    "crews",
    "capacities",
    "routings",
    "components",
    "policies",
    "inventory",
    "receipts",
    "budgets",
    "events",
    "assumptions",
    "product-changes",
]


@pytest.fixture
def company(db):
    bikes, parts = make.make_family("bikes"), make.make_family("parts")
    make.make_family("road", bikes)
    make.make_site()
    north, south = make.make_market("north"), make.make_market("south")
    make.make_product("B1", Family.objects.get(code="road"), price=100, cost=60)
    make.make_product("P1", parts, price=10, cost=5)
    records = [
        {"external_id": f"{product}{market}", "product": product, "market": market.code, "date": "2013-01-05"}
        | {"kind": "ordered", "quantity": 2, "revenue": 20}
        for product in ("B1", "P1")
        for market in (north, south)
    ]
    postings.post_actuals(source="erp", records=records, by=None)
    return bikes


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def planner(company):
    return client_of(make.make_demand_planner())


@pytest.fixture
def colleague(company):
    """Sees bikes only, and no money."""
    return client_of(make.make_user("sam", "sales", "contributor", money=False, families=[company]))


def results(client, path, **query):
    answer = client.get(f"/api/v1/{path}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_answers(planner, path):
    assert isinstance(results(planner, path), list)


@pytest.mark.parametrize("path", LISTS)
def test_an_outsider_sees_nothing(company, path):
    assert client_of(make.make_outsider()).get(f"/api/v1/{path}/").status_code == 403
    assert Client().get(f"/api/v1/{path}/").status_code == 401


def test_history_by_leaf_and_total(planner):
    [first, *_] = results(planner, "history", product="B1", market="north")
    assert first == {
        "product": "B1",
        "family": "road",
        "market": "north",
        "ordered": {"2013-01": 2.0},
        "shipped": {"2013-01": 0.0},
        "revenue": {"2013-01": 20.0},
    }
    totals = results(planner, "history", level="total")
    assert {(row["product"], row["family"], row["market"]) for row in totals} == {
        (None, family, market) for family in ("road", "parts") for market in ("north", "south")
    }


def test_history_is_zero_up_to_the_last_posting_month(planner):
    late = {"external_id": "late", "product": "P1", "market": "north", "date": "2013-03-05", "kind": "ordered"}
    postings.post_actuals(source="erp", records=[late | {"quantity": 1, "revenue": 1}], by=None)
    [row] = results(planner, "history", product="B1", market="north")
    assert row["ordered"] == {"2013-01": 2.0, "2013-02": 0.0, "2013-03": 0.0}


def test_a_family_stands_for_those_below_it(planner):
    assert {row["product"] for row in results(planner, "history", family="bikes")} == {"B1"}
    assert [row["code"] for row in results(planner, "products", family="bikes")] == ["B1"]


def test_a_scope_holds_everywhere(colleague):
    assert {row["product"] for row in results(colleague, "history")} == {"B1"}
    assert {row["family"] for row in results(colleague, "history", level="total")} == {"road"}
    assert [row["code"] for row in results(colleague, "products")] == ["B1"]
    assert [row["code"] for row in results(colleague, "families")] == ["bikes", "road"]
    assert colleague.get("/api/v1/products/P1/").status_code == 404


def test_money_is_left_out_for_who_does_not_see_it(colleague):
    assert "revenue" not in results(colleague, "history")[0]
    for path in ("product-prices", "product-costs"):
        answer = colleague.get(f"/api/v1/{path}/")
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"


def test_lines_of_a_sales_plan(planner, colleague):
    cycle = make.make_cycle(dt.date(2013, 2, 1), horizon=2)
    plan = SalesPlan.objects.create(cycle=cycle, start=cycle.first_month, horizon=2)
    for product in Product.objects.all():
        SalesPlanLine.objects.create(
            plan=plan, series=product.series.first(), consensus=[1, 2], revenue=[5, float("nan")]
        )
    answer = planner.get("/api/v1/sales-plans/2013-02/")
    assert (answer.json()["cycle"], answer["ETag"]) == ("2013-02", '"1"')
    rows = results(planner, "sales-plans/2013-02/lines")
    assert [row["product"] for row in rows] == ["B1", "P1"]
    assert rows[0]["consensus"] == {"2013-02": 1.0, "2013-03": 2.0}
    assert rows[0]["revenue"] == {"2013-02": 5.0, "2013-03": None}
    [row] = results(colleague, "sales-plans/2013-02/lines")
    assert (row["product"], "revenue" in row) == ("B1", False)
    assert planner.get("/api/v1/sales-plans/2013-09/").status_code == 404
    assert planner.get("/api/v1/sales-plans/soon/").json()["detail"].startswith("“soon” is not a month")


def test_pages_follow_each_other(planner):
    first = planner.get("/api/v1/history/", {"page_size": 3}).json()
    second = planner.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (3, 1, None)


@pytest.mark.parametrize("query", [{"cursor": "nonsense"}, {"month": "soon"}])
def test_a_query_that_makes_no_sense(planner, query):
    answer = planner.get("/api/v1/inventory/", query)
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "queries"), [("history", 6), ("products", 5), ("product-prices", 5), ("markets", 5)])
def test_the_number_of_queries_does_not_grow_with_the_rows(planner, path, queries, django_assert_max_num_queries):
    for number in range(20):
        make.make_product(f"X{number}", price=5)
    with django_assert_max_num_queries(queries + 2):  # two for the session and its user
        results(planner, path)


def test_a_coordinator_puts_many_rows_at_once(company):
    client = client_of(make.make_coordinator())
    rows = [
        {"code": "B1", "name": "Bike one", "family": "road"},
        {"code": "B2", "name": "Bike two", "family": "road", "safety_stock": 5},
        {"code": "B3", "name": "Bike three", "family": "raod"},
        {"code": "B4", "name": "Bike four", "family": "road", "colour": "red"},
        "B5",
    ]
    answer = client.put("/api/v1/products/", rows, content_type="application/json").json()
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (1, 1, 0)
    assert answer["rejected"] == [
        {"index": 2, "errors": {"family": ["no family has the code “raod”; did you mean “road”?"]}},
        {"index": 3, "errors": {"colour": ["there is no such field"]}},
        {"index": 4, "errors": {"": ["“B5” is not an object with fields"]}},
    ]
    assert Product.objects.get(code="B1").name == "Bike one"
    again = client.put("/api/v1/products/", rows[:2], content_type="application/json").json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


def test_what_was_read_can_be_put_back(company):
    client = client_of(make.make_coordinator())
    for path in ("families", "products", "product-prices", "product-costs", "markets", "sites"):
        rows = results(client, path)
        answer = client.put(f"/api/v1/{path}/", rows, content_type="application/json").json()
        assert answer == {"created": 0, "updated": 0, "unchanged": len(rows), "rejected": []}


def test_one_row_is_changed_only_as_it_was_read(company):
    client = client_of(make.make_coordinator())
    read = client.get("/api/v1/products/B1/")
    url, kind = "/api/v1/products/B1/", "application/json"
    changed = client.patch(url, {"name": "One"}, content_type=kind, headers={"If-Match": read["ETag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "One")
    stale = client.patch(url, {"name": "Two"}, content_type=kind, headers={"If-Match": read["ETag"]})
    assert stale.status_code == 412
    wrong = client.patch(url, {"lot_multiple": 0}, content_type=kind)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["lot_multiple"])
    assert Product.objects.get(code="B1").name == "One"


def test_a_planner_changes_no_master_data(planner):
    put = planner.put("/api/v1/product-prices/", [], content_type="application/json")
    patch = planner.patch("/api/v1/products/B1/", {"name": "x"}, content_type="application/json")
    assert (put.status_code, patch.status_code) == (403, 403)
    assert ProductPrice.objects.count() == 2


def test_nothing_is_deleted(company):
    client = client_of(make.make_coordinator())
    assert client.delete("/api/v1/products/B1/").status_code == 405


def test_a_coordinator_of_some_families_changes_no_master_data(company):
    client = client_of(make.make_user("cas", "sop-office", "coordinator", families=[company]))
    answer = client.put("/api/v1/products/", [], content_type="application/json")
    assert (answer.status_code, "only some families" in answer.json()["detail"]) == (403, True)
