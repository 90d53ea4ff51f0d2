"""My entry: one's own rows, the important ones first, saved one at a time through the same action as the grid."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, plan_demand
from planning.actions import entry as actions
from planning.models import Assumption, Input, Skip
from planning.queries import entry, streams
from sop.errors import NotFound
from sop.models import User
from sop.permissions import scope
from tests import factories as make
from tests.planning.test_streams import JUNE, Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def open_page(user: User, query: str = "") -> Any:
    return client_of(user).get(f"/demand/entry/{query}")


def save(company: Company, user: User, name: str, cells: list[dict[str, Any]] | None = None, **body: Any) -> Any:
    series = company.series[name]
    row = {"row": f"series:{series.pk}/measure:sales", "month": "2026-06"}
    body["cells"] = [row | cell for cell in cells or []]
    path = f"/demand/entry/{company.plan.pk}/sales/{series.pk}/"
    return client_of(user).post(path, json.dumps(body), content_type="application/json")


def test_a_row_is_saved_with_its_reason_expiry_and_how_it_was_meant(company: Company) -> None:
    fair = Assumption.objects.create(name="Fair", first_month=JUNE, last_month=JUNE, effect=0.1)
    answer = save(
        company,
        company.sally,
        "city-north",
        [{"entry": "*1.21", "base": 100.0, "version": 0}],
        reason="Fair",
        assumption=fair.code,
        expires="2026-09",
    )
    assert answer.json() == {"done": 1, "rows": 4}
    said = Input.objects.get()
    assert (said.quantity, said.mode, said.reason) == (pytest.approx(121), "percent", "Fair")
    assert (said.assumption, said.expires, said.author) == (fair, dt.date(2026, 9, 1), company.sally)


def test_a_row_that_is_skipped_counts_as_looked_at_and_stays_as_the_baseline(company: Company) -> None:
    assert save(company, company.sally, "city-north").json() == {"done": 1, "rows": 4}
    assert save(company, company.sally, "city-north").json() == {"done": 1, "rows": 4}
    assert (Skip.objects.count(), Input.objects.count()) == (1, 0)
    assert streams.submission_of(company.plan, company.stream).state == "in progress"


def test_to_skip_takes_back_the_whole_row_but_what_is_locked(company: Company) -> None:
    for month in ("2026-06", "2026-08", "2026-11"):
        save(company, company.sally, "city-north", [{"entry": "120", "month": month}])
    Input.objects.filter(month=dt.date(2026, 8, 1)).update(locked=True)
    save(company, company.sally, "city-south", [{"entry": "130"}])
    page = [{"entry": None, "base": 120.0, "version": 1}]
    assert save(company, company.sally, "city-north", page, skip=True).status_code == 200
    said = Input.objects.filter(stream=company.stream).values_list("series__market__code", "month")
    assert set(said) == {("north", dt.date(2026, 8, 1)), ("south", JUNE)}


def test_an_entry_that_is_taken_back_leaves_the_row_looked_at(company: Company) -> None:
    save(company, company.sally, "city-north", [{"entry": "120"}])
    save(company, company.sally, "city-north", [{"entry": None, "base": 120.0, "version": 1}])
    assert (Skip.objects.count(), Input.objects.count()) == (1, 0)


def test_somebody_elses_number_is_not_overwritten_unseen(company: Company) -> None:
    company.enter(company.sally, company.key("city-north"), 130)
    stale = save(company, company.sally, "city-north", [{"entry": "120", "base": 100.0, "version": 0}])
    assert (stale.status_code, Input.objects.get().quantity) == (409, 130)
    [conflict] = stale.json()["conflicts"]
    assert (conflict["theirs"], conflict["mine"]) == (130, 120)
    forced = save(company, company.sally, "city-north", [{"entry": "120", "base": 100.0, "version": 0}], force=True)
    assert (forced.status_code, Input.objects.get().quantity) == (200, 120)


def test_a_save_names_one_row(company: Company) -> None:
    other = {"row": company.key("city-south"), "entry": "5"}
    assert save(company, company.sally, "city-north", [other]).status_code == 400


def test_the_page_opens_the_heaviest_row_nobody_looked_at(company: Company) -> None:
    rows = entry.rows(company.plan, company.stream, scope(company.sally))
    assert [(row.product, row.market) for row in rows.main] == [
        ("Product city", "North"), ("Product city", "South"), ("Product bell", "North"), ("Product bell", "South"),
    ]  # fmt: skip
    save(company, company.sally, "city-north")
    page = open_page(company.sally).content.decode()
    assert "2 of 4" in page
    assert "South, units" in page
    assert "1 of 4 done" in page


def test_by_volume_for_who_does_not_see_money(company: Company) -> None:
    blind = make.make_user("bill", money=False)
    rows = entry.rows(company.plan, company.stream, scope(blind))
    assert {row.weight for row in rows.main} == {600.0}


def test_the_small_rows_are_left_together(company: Company) -> None:
    for number in range(16):
        make.make_series(make.make_product(f"odd-{number}", company.bikes), company.north)
    plan_demand(cycle=company.cycle, by=company.planner)
    rows = entry.rows(company.plan, company.stream, scope(company.sally))
    assert (len(rows.main), len(rows.tiny), rows.total) == (12, 8, 20)
    assert "Leave the other 8 rows as baseline" in open_page(company.sally, "?row=end").content.decode()
    path = f"/demand/entry/{company.plan.pk}/sales/rest/"
    assert client_of(company.sally).post(path).status_code == 302
    assert Skip.objects.count() == 8
    assert len(entry.rows(company.plan, company.stream, scope(company.sally)).tiny) == 0


def test_the_end_adds_up_and_submits(company: Company) -> None:
    company.enter(company.sally, company.key("city-north"), 150)
    page = open_page(company.sally, "?row=end").content.decode()
    rows = entry.rows(company.plan, company.stream, scope(company.sally))
    assert (rows.mine, rows.baseline) == (2450, 2400)
    assert "1 of 4 rows are done" in page
    assert "Submit Sales…" in page


def test_a_submitted_stream_is_only_read(company: Company) -> None:
    company.submit()
    page = open_page(company.sally, f"?row={company.series['city-north'].pk}").content.decode()
    assert "Withdraw it to change numbers" in page
    refused = save(company, company.sally, "city-north", [{"entry": "120"}])
    assert (refused.status_code, save(company, company.sally, "city-north").status_code) == (423, 423)
    assert "submitted (Sally" in refused.json()["detail"]


def test_after_it_is_handed_in_the_page_lists_what_was_said_and_nothing_else(company: Company) -> None:
    save(company, company.sally, "city-north", [{"entry": "150"}], reason="New chain")
    save(company, company.sally, "bell-south", [{"entry": "90", "month": "2026-07"}])
    company.submit()
    page = open_page(company.sally).content.decode()
    assert "2 of 4 rows differ from the baseline" in page
    assert page.index("Product city") < page.index("Product bell"), "the largest difference first"
    assert all(text in page for text in ("New chain", "Jul 26", "+50", "−10", "Withdraw Sales"))
    assert "My rows" not in page
    southern = make.make_user("sue", markets=[company.south])
    assert "Product city" not in open_page(southern).content.decode()


def test_the_reasons_offered_are_open_assumptions_of_the_row_and_ones_own_last_words(company: Company) -> None:
    months = {"first_month": JUNE, "last_month": JUNE, "effect": 0.1}
    Assumption.objects.create(name="For bikes", family=company.bikes, **months)
    Assumption.objects.create(name="For parts", family=company.parts, **months)
    Assumption.objects.create(name="In the south", market=company.south, **months)
    save(company, company.sally, "bell-south", [{"entry": "90"}], reason="Lost a chain")
    series = entry.series_of(company.series["city-north"].pk, scope(company.sally))
    found = entry.chips(company.plan, company.stream, series, company.sally)
    assert [chip.text for chip in found] == ["For bikes", "Lost a chain"]
    assert "Lost a chain" in open_page(company.sally).content.decode()


def test_the_chart_shows_what_was_sold_the_baseline_mine_and_last_year(company: Company) -> None:
    make.make_history(company.series["city-north"], dt.date(2024, 6, 1), [80.0] * 24)
    company.enter(company.sally, company.key("city-north"), 130)
    path = f"/demand/entry/{company.plan.pk}/sales/{company.series['city-north'].pk}/chart/"
    drawn = client_of(company.sally).get(path).json()
    named = {line["name"]: line["values"] for line in drawn["series"]}
    assert set(named) == {"Sold", "Baseline", "Mine", "Last year"}
    assert drawn["labels"][drawn["now"]] == "Jun 26"
    assert (named["Mine"][drawn["now"]], named["Baseline"][drawn["now"]]) == (130, 100)
    assert len({len(values) for values in named.values()} | {len(drawn["labels"])}) == 1


# --- Who --------------------------------------------------------------------------------------------------------------
def test_a_colleague_has_only_the_rows_of_their_markets(company: Company) -> None:
    nora = make.make_user("nora", markets=[company.north])
    rows = entry.rows(company.plan, company.stream, scope(nora))
    assert {row.market for row in rows.main} == {"North"}
    south = company.series["city-south"]
    assert open_page(nora, f"?row={south.pk}").status_code == 404
    assert save(company, nora, "city-south", [{"entry": "120"}]).status_code == 404
    assert save(company, nora, "city-south").status_code == 404
    assert client_of(nora).get(f"/demand/entry/{company.plan.pk}/sales/{south.pk}/chart/").status_code == 404
    with pytest.raises(NotFound):
        actions.leave_rows(plan=company.plan, stream=company.stream, series=[south.pk], by=nora)
    assert not Skip.objects.exists()


@pytest.mark.parametrize("who", ["planner", "viewer", "marketing", "outsider"])
def test_who_does_not_enter_the_stream_gets_neither_page_nor_verb(company: Company, who: str) -> None:
    if who == "marketing":
        make.make_stream("marketing")
    user = {
        "planner": lambda: company.planner,
        "viewer": lambda: make.make_user("vera", "sales", "viewer"),
        "marketing": lambda: make.make_user("mark", "marketing"),
        "outsider": make.make_outsider,
    }[who]()
    base = f"/demand/entry/{company.plan.pk}/sales/"
    assert open_page(user, "?stream=sales").status_code == 403
    assert save(company, user, "city-north", [{"entry": "120"}]).status_code == 403
    assert client_of(user).post(f"{base}rest/").status_code == 403
    assert client_of(user).get(f"{base}{company.series['city-north'].pk}/chart/").status_code == 403
    assert not Input.objects.exists()
    assert not Skip.objects.exists()


def test_without_a_plan_the_page_says_what_it_waits_for(db: None) -> None:
    make.make_stream("sales")
    make.make_cycle()
    assert "There is no sales plan yet" in open_page(make.make_user("sally")).content.decode()


def test_the_page_takes_a_fixed_number_of_queries(company: Company, django_assert_max_num_queries: Any) -> None:
    edits = [CellEdit(company.key(name), JUNE, 110) for name in company.series]
    edit_cells(plan=company.plan, edits=edits, by=company.sally)
    client = client_of(company.sally)
    with django_assert_max_num_queries(45):
        client.get(f"/demand/entry/?row={company.series['city-north'].pk}")
