"""The register, the product changes and their API: for those who may, as far as they may."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, freezing, scoring
from planning.actions.sheets import Cause
from planning.models import Assumption, ProductChange, SalesPlanLine
from planning.queries import assumptions as queries
from planning.queries.rows import Filters
from sop.models import User
from sop.permissions import scope
from tests import factories as make
from tests.planning.test_assumptions import JULY, JUNE, Company, company

__all__ = ["company"]
pytestmark = pytest.mark.django_db
REGISTER, CHANGES = "/demand/assumptions/", "/demand/product-changes/"


def client(user: User) -> Client:
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


def typed(**told: Any) -> dict[str, Any]:
    usual = {"name": "Trade fair", "kind": "promotion", "first_month": "2026-07", "last_month": "2026-08"}
    return usual | {"effect": "20", "unit": "share", "probability": "100", "included": "on", "owner": "dan"} | told


def page(user: User, address: str, **query: str) -> str:
    answer = client(user).get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


# --- The register -----------------------------------------------------------------------------------------------------


def test_what_is_typed_moves_the_plan_and_stands_in_the_register(company: Company) -> None:
    answer = client(company.planner).post(f"{REGISTER}new/", typed(family="bikes", market="north"), follow=True)
    assert "the plan moves by +80 units in 2 rows" in answer.content.decode()
    assert company.line("city-north")[1] == 120
    text = page(company.planner, REGISTER)
    for shown in ("Trade fair", "A-", "Bikes", "+20", "+80", "€\u2009\u2060400", "In the plan"):
        assert shown in text


def test_a_mistake_comes_back_with_what_was_typed(company: Company) -> None:
    answer = client(company.planner).post(f"{REGISTER}new/", typed(last_month="2026-06", evidence="Booked"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The last month is before the first." in text
    assert "Booked" in text
    assert not Assumption.objects.exists()


def test_a_stale_form_is_a_conflict_in_words(company: Company) -> None:
    kept = company.assume()
    address = f"{REGISTER}{kept.assumption.pk}/"
    assert client(company.planner).post(address, typed(row_version="1", effect="10")).status_code == 302
    stale = client(company.planner).post(address, typed(row_version="1", effect="30"))
    assert stale.status_code == 409
    assert "Somebody has changed A-" in stale.content.decode()
    assert Assumption.objects.get().effect == pytest.approx(0.1)


def test_one_click_leaves_an_assumption_out(company: Company) -> None:
    kept = company.assume()
    address = f"{REGISTER}{kept.assumption.pk}/leave-out/"
    assert client(company.planner).post(address, {"row_version": "1"}).status_code == 302
    assert not Assumption.objects.get().included
    assert company.line("city-north")[1] == 100
    assert "Opportunity" in page(company.planner, REGISTER)


def test_the_head_tells_the_range_around_the_plan(company: Company) -> None:
    company.assume(included=False, effect=-0.5, probability=0.2, market=company.north, family=company.parts)
    company.assume(included=False, effect=30, unit="units", probability=0.5)
    found = queries.outlook(company.plan, Filters(scope(company.planner)))
    totals = found.totals
    assert (totals["plan"], totals["risks"], totals["opportunities"]) == (2700, -100, 60)
    assert totals["weighted"] == pytest.approx(-20 + 30)
    assert totals["risks_revenue"] == -500
    assert found.risks.tolist() == [0, -50, -50, 0, 0, 0]
    text = page(company.planner, REGISTER)
    assert "2\u2009\u2060700" in text
    assert "−100" in text


def test_a_colleague_sees_the_own_part_and_no_money(company: Company) -> None:
    company.assume(name="Everywhere", effect=0.1)
    company.assume(name="Bells only", family=company.parts)
    sam = make.make_user("sam", "sales", money=False, families=[company.bikes], markets=[company.north])
    text = page(sam, REGISTER)
    assert "Everywhere" in text
    assert "Bells only" not in text
    assert "€" not in text
    [entry] = queries.register(company.plan, Filters(scope(sam)))
    assert entry.worth.total == pytest.approx(40)  # of city and race in north, two months
    assert not entry.writable
    hidden = Assumption.objects.get(name="Bells only")
    assert client(sam).get(f"{REGISTER}{hidden.pk}/").status_code == 404
    assert client(sam).post(f"{REGISTER}{hidden.pk}/withdraw/").status_code == 404
    wide = Assumption.objects.get(name="Everywhere")
    assert "Keep the change" not in page(sam, f"{REGISTER}{wide.pk}/")
    assert client(sam).post(f"{REGISTER}{wide.pk}/leave-out/").status_code == 403


@pytest.mark.parametrize("address", [REGISTER, CHANGES, f"{REGISTER}new/", f"{CHANGES}new/", f"{CHANGES}preview/"])
def test_an_outsider_sees_none_of_it(company: Company, address: str) -> None:
    assert client(make.make_outsider()).get(address).status_code == 403


def test_a_viewer_reads_and_does_not_write(company: Company) -> None:
    vera = make.make_user("vera", "sales", "viewer")
    kept = company.assume()
    assert "Add an assumption" not in page(vera, REGISTER)
    assert client(vera).post(f"{REGISTER}new/", typed()).status_code == 403
    assert client(vera).post(f"{REGISTER}{kept.assumption.pk}/leave-out/").status_code == 403


def test_the_register_takes_a_fixed_number_of_queries(company: Company, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        company.assume(name=f"Number {number}", included=number % 2 == 0, family=company.bikes)
    with django_assert_max_num_queries(60):
        page(company.planner, REGISTER)


def test_an_assumption_shows_where_it_is_cited_and_what_was_done_with_it(company: Company) -> None:
    kept = company.assume()
    cell = CellEdit(f"series:{company.series['city-north'].pk}", JULY, "140")
    edit_cells(plan=company.plan, edits=[cell], by=company.planner, cause=Cause("As booked", kept.assumption))
    text = page(company.planner, f"{REGISTER}{kept.assumption.pk}/")
    assert "Product city, North" in text
    assert "Added A-" in text


def test_past_assumptions_are_a_record_to_learn_from(company: Company) -> None:
    company.assume(product=company.products["city"], market=company.north, first_month=JUNE, last_month=JUNE)
    company.sold("city-north", JUNE, 115)
    scoring.score_expired(cycle=make.make_cycle(JULY), by=None)
    text = page(company.planner, REGISTER, state="settled")
    assert "Held true" in text
    assert "How earlier ones turned out" in text
    found = queries.record(Filters(scope(company.planner)))
    assert [(row.who, row.judged, row.held, row.came) for row in found["owners"]] == [
        ("Dan", 1, 1, pytest.approx(0.75))
    ]


def test_a_row_of_the_grid_lists_what_touches_it(company: Company) -> None:
    company.assume(name="Bike fair", family=company.bikes)
    company.assume(name="Bell fair", family=company.parts)
    address = f"/demand/{company.plan.pk}/assumptions-of/"
    assert "Bike fair" in page(company.planner, address, row="product:city")
    assert "Bell fair" not in page(company.planner, address, row="product:city")
    assert "Bell fair" in page(company.planner, address, row="total")
    assert "Nothing is assumed" in page(company.marketer, address, row="family:parts")
    assert client(make.make_outsider()).get(address).status_code == 403


# --- Product changes --------------------------------------------------------------------------------------------------


def change_typed(**told: str) -> dict[str, str]:
    usual = {"kind": "launch", "product": "gravel", "name": "Gravel", "month": "2026-08", "follows": "city"}
    return usual | {"level": "50", "ramp_months": "0", "loser_0": "race", "share_0": "25"} | told


def test_a_launch_is_previewed_then_planned(company: Company) -> None:
    planner = client(company.planner)
    shown = planner.get(f"{CHANGES}preview/", change_typed())
    assert "Gravel: +300 units over the plan" in shown.content.decode()
    assert "Product race" in shown.content.decode()
    chart = planner.get(f"{CHANGES}preview/chart/", change_typed()).json()
    assert [series["values"] for series in chart["series"]] == [[0] * 6, [0, 0, 75, 75, 75, 75]]
    assert not ProductChange.objects.exists()
    answer = planner.post(f"{CHANGES}new/", change_typed(), follow=True)
    assert "the plan moves by +225 units" in answer.content.decode()
    assert "Gravel" in page(company.planner, CHANGES)


def test_an_end_of_life_needs_no_like_product(company: Company) -> None:
    told = {"kind": "end of life", "product": "bell", "month": "2026-08", "level": "100", "ramp_months": "0"}
    assert client(company.planner).post(f"{CHANGES}new/", told).status_code == 302
    assert "End of life" in page(company.planner, CHANGES)
    change = ProductChange.objects.get()
    assert "Product bell" in page(company.planner, f"{CHANGES}{change.pk}/")
    assert client(company.planner).post(f"{CHANGES}{change.pk}/withdraw/").status_code == 302
    assert company.line("bell-north") == [100] * 6


def test_a_slip_is_previewed_against_the_plan_as_it_is(company: Company) -> None:
    client(company.planner).post(f"{CHANGES}new/", change_typed())
    change = ProductChange.objects.get()
    slipped = change_typed(month="2026-10", change=str(change.pk))
    chart = client(company.planner).get(f"{CHANGES}preview/chart/", slipped).json()
    assert [series["values"] for series in chart["series"]] == [[0, 0, 75, 75, 75, 75], [0, 0, 0, 0, 75, 75]]
    answer = client(company.planner).post(f"{CHANGES}{change.pk}/", slipped | {"row_version": "1"})
    assert answer.status_code == 302
    assert ProductChange.objects.get().month == dt.date(2026, 10, 1)


def test_a_colleague_sees_the_changes_of_the_own_families(company: Company) -> None:
    client(company.planner).post(f"{CHANGES}new/", change_typed(product="bell", follows="city", loser_0=""))
    change = ProductChange.objects.get()
    assert "Product bell" not in page(company.marketer, CHANGES)
    assert client(company.marketer).get(f"{CHANGES}{change.pk}/").status_code == 404
    refused = client(company.marketer).get(f"{CHANGES}preview/", change_typed(follows="bell"))
    assert "the curve then appears here" in refused.content.decode()


# --- REST -------------------------------------------------------------------------------------------------------------

API = "/api/v1/assumptions/"


def send(user: User, method: str, address: str, body: Any = None, **headers: str) -> Any:
    return getattr(client(user), method)(address, body, content_type="application/json", headers=headers)


def test_assumptions_are_kept_by_rest_with_a_version(company: Company) -> None:
    body = {"name": "Fair", "first_month": "2026-07", "last_month": "2026-08", "effect": 0.2, "family": "bikes"}
    made = send(company.planner, "post", API, body)
    assert made.status_code == 201, made.content
    assert made.json()["owner"] == "dan"
    assert company.line("city-north")[1] == 120
    address = f"{API}{made.json()['id']}/"
    changed = send(company.planner, "patch", address, {"effect": 0.1}, **{"If-Match": made["ETag"]})
    assert changed.json()["effect"] == 0.1
    assert company.line("city-north")[1] == pytest.approx(110)
    stale = send(company.planner, "patch", address, {"effect": 0.3}, **{"If-Match": made["ETag"]})
    assert stale.status_code == 412
    assert [row["name"] for row in send(company.planner, "get", "/api/v1/events/").json()["results"]] == ["Fair"]
    assert send(company.planner, "delete", address, **{"If-Match": changed["ETag"]}).status_code == 204
    assert send(company.planner, "get", address).json()["state"] == "withdrawn"
    assert send(company.planner, "get", "/api/v1/events/").json()["results"] == []


def test_rest_keeps_to_the_scope(company: Company) -> None:
    company.assume(name="Bells only", family=company.parts)
    assert send(company.marketer, "get", API).json()["results"] == []
    body = {"name": "Fair", "first_month": "2026-07", "last_month": "2026-08", "effect": 0.2}
    assert send(company.marketer, "post", API, body).status_code == 403
    assert send(make.make_outsider(), "get", API).status_code == 403
    wrong = send(company.planner, "post", API, body | {"first_month": "2026-7"})
    assert wrong.status_code == 400
    assert "first_month" in wrong.json()["errors"]


def test_product_changes_are_read_by_rest(company: Company) -> None:
    client(company.planner).post(f"{CHANGES}new/", change_typed())
    [row] = send(company.planner, "get", "/api/v1/product-changes/").json()["results"]
    assert (row["product"], row["like_product"], row["month"]) == ("gravel", "city", "2026-08")
    assert row["cannibalised"] == [{"product": "race", "share": 0.25}]
    assert send(make.make_outsider("olga"), "get", "/api/v1/product-changes/").status_code == 403


def test_product_changes_are_kept_by_rest_with_a_version(company: Company) -> None:
    address = "/api/v1/product-changes/"
    body = {"kind": "launch", "product": "gravel", "name": "Gravel", "like_product": "city", "month": "2026-08"}
    body |= {"ramp_months": 2, "level": 0.5, "cannibalised": [{"product": "race", "share": 0.25}]}
    made = send(company.planner, "post", address, body)
    assert made.status_code == 201, made.content
    assert (made.json()["product"], made.json()["owner"], made.json()["row_version"]) == ("gravel", "dan", 1)
    one = f"{address}{made.json()['id']}/"
    slipped = send(company.planner, "patch", one, {"month": "2026-10"}, **{"If-Match": made["ETag"]})
    told = slipped.json()
    assert (told["month"], told["ramp_months"], told["level"], told["like_product"]) == ("2026-10", 2, 0.5, "city")
    assert told["cannibalised"] == [{"product": "race", "share": 0.25}]
    assert send(company.planner, "patch", one, {"level": 1}, **{"If-Match": made["ETag"]}).status_code == 412
    assert send(company.planner, "delete", one, **{"If-Match": slipped["ETag"]}).status_code == 204
    assert send(company.planner, "get", one).json()["state"] == "withdrawn"


def test_a_product_change_by_rest_says_what_is_wrong_and_keeps_to_the_scope(company: Company) -> None:
    address = "/api/v1/product-changes/"
    body = {"kind": "end of life", "product": "city", "month": "2026-08"}
    unknown = send(company.planner, "post", address, body | {"product": "nothing"})
    assert unknown.status_code == 400
    assert "Send a name" in unknown.content.decode()
    assert send(company.planner, "post", address, body | {"month": "2026-8"}).status_code == 400
    assert send(company.marketer, "post", address, body).status_code == 403, "beyond the own markets"
    assert send(make.make_outsider("olga"), "post", address, body).status_code == 403
    assert not ProductChange.objects.exists()


def test_a_locked_plan_says_so(company: Company) -> None:
    freezing.lock_plan(company.plan)
    answer = client(company.planner).post(f"{REGISTER}new/", typed(), follow=True)
    assert "signed off and locked" in answer.content.decode()
    lines = SalesPlanLine.objects.filter(plan=company.plan, series__isnull=False)
    assert not np.any([line.events for line in lines])
