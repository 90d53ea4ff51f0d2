"""“Where does this number come from?” answered step by step for a series, a product, a family and the total."""

import datetime as dt
import html
import re
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from planning.actions import CellEdit, consensus, edit_cells, plan_demand
from planning.actions.consensus import Choice
from planning.actions.sheets import Cause
from planning.models import Assumption, Fence, ProductChange, SalesPlan, SalesPlanLine
from planning.queries import contributions, rows
from planning.queries.grid import Grid
from planning.queries.rows import Filters
from sop.models import History, Posting, PostingBatch, User
from sop.permissions import scope
from sop.words import MINUS, THIN, typeset
from tests import factories as make
from tests.planning.test_demand_page import JUNE, Company
from tests.planning.voices_company import FIRST, found_company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


def told(answer: Any) -> str:
    """The words of a fragment, one space between them."""
    assert answer.status_code == 200
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))).replace(" ,", ",")


def story(company: Company, row: str, user: User | None = None, **query: str) -> str:
    return told(company.get(user or company.planner, "cell", row=row, **{"month": "2026-06"} | query))


def post_sales(company: Company, series: str, *quantities: float, kind: str = "ordered") -> None:
    """Postings of June 2025, € 10 a unit."""
    batch = PostingBatch.objects.create(source="erp")
    for quantity in quantities:
        Posting.objects.create(
            source="erp",
            external_id=str(Posting.objects.count()),
            product=company.series[series].product,
            market=company.series[series].market,
            date=dt.date(2025, 6, 1 + Posting.objects.count() % 28),
            kind=kind,
            quantity=quantity,
            revenue=quantity * 10,
            batch=batch,
        )


# --- The steps --------------------


def test_the_baseline_says_how_sure_it_is(company: Company) -> None:
    series = company.series["city-north"]
    assert f"Baseline 80{THIN}% between 16 and 24 20" in story(company, f"series:{series.pk}")
    # Four series of 20 ± 4 whose errors are independent: ± 8.
    assert "between 72 and 88 80" in story(company, "family:bikes")


def test_each_cause_of_events_has_a_line_and_together_they_are_the_layer(company: Company) -> None:
    city, race = (company.series[f"{code}-north"].product for code in ("city", "race"))
    fair = Assumption.objects.create(name="Fair", product=city, first_month=JUNE, last_month=JUNE, effect=0.5)
    units = {"effect": -8, "unit": Assumption.Unit.UNITS, "first_month": JUNE, "last_month": JUNE}
    rival = Assumption.objects.create(name="Rival", family=city.family, **units)
    ProductChange.objects.create(kind="end of life", product=race, month=dt.date(2026, 5, 1))
    plan_demand(cycle=company.plan.cycle, by=company.planner)
    page = story(company, "family:bikes")
    assert f"{fair.code} Fair" in page
    assert f"{rival.code} Rival" in page
    assert "End of life of Product race From May 26 " + MINUS + "40" in page
    plan = SalesPlan.objects.get(frozen_at=None)
    grid = Grid(plan, company.planner, Filters(scope(company.planner)))
    for row in ("total", "family:bikes", "product:city", f"series:{company.series['race-south'].pk}"):
        key = rows.parse(row)
        leaves = rows.leaves(key, grid.filters)["series"].tolist()
        layer = sum(line.events[0] for line in SalesPlanLine.objects.filter(plan=plan, series__in=leaves))
        steps = contributions.by_cause(grid, key, JUNE, float(layer))
        assert sum(step.value for step in steps) == pytest.approx(layer)
        assert not [step for step in steps if step.name == "Other events"], row


def test_a_number_decided_by_record_says_the_method_its_weights_and_who() -> None:
    company = found_company()
    planner = make.make_demand_planner()
    company.say("sales", "B1/north", 150)
    company.say("finance", "B1/north", 90)
    row = f"series:{company.series['B1/north'].pk}"
    consensus.decide(plan=company.plan, row=row, choice=Choice("blend", reason="As agreed"), by=planner)
    client = Client()
    client.force_login(planner)
    page = told(client.get(f"/demand/{company.plan.pk}/cell/", {"row": row, "month": f"{FIRST:%Y-%m}"}))
    blend = re.search(r"Blend by record (Sales \d+ / Finance \d+) (\d+)", page)
    assert blend, page
    assert f"“As agreed” Blend by record {blend[1]} {blend[2]}" in page, "the decision is the blend of today"
    sales, finance = (int(number) for number in re.findall(r"\d+", blend[1]))
    assert sales + finance == 100
    assert int(blend[2]) == pytest.approx((sales * 150 + finance * 90) / 100, abs=1)


def test_a_series_says_which_part_of_an_entry_above_it_has(company: Company) -> None:
    series = company.series["city-north"]
    edit = CellEdit("family:bikes", JUNE, "+10%")
    edit_cells(plan=company.plan, edits=[edit], by=company.planner, cause=Cause("Fair"))
    page = story(company, f"series:{series.pk}")
    assert f"25{THIN}% of +10{THIN}% for Bikes, in proportion to the plan as it was 22" in page
    northern = make.make_user("nora", "sales", markets=[company.north])
    hidden = story(company, f"series:{series.pk}", northern)
    assert "A part of the change in % entered at Bikes" in hidden, "the whole is not theirs to see"


def test_a_frozen_month_says_until_when_and_what_a_change_needs(company: Company) -> None:
    Fence.objects.create(frozen_months=2, slushy_months=1)
    assert "Frozen until Jul 26: a change needs approval." in story(company, "product:city")
    assert "Near until Aug 26: a change needs a reason." in story(company, "product:city", month="2026-08")


def test_in_money_the_result_is_money_and_the_steps_say_that_they_are_units(company: Company) -> None:
    page = story(company, "product:city", unit="revenue")
    assert "The steps are in units" in page
    assert f"How Jun 26 came about €{THIN}400 40 units." in page
    blind = make.make_user("bo", "sales", money=False)
    assert company.get(blind, "cell", row="product:city", month="2026-06", unit="revenue").status_code == 403


def test_a_past_month_shows_what_was_sold_and_how_far_off_earlier_plans_were(company: Company) -> None:
    before = make.make_cycle(dt.date(2026, 4, 1), horizon=6)
    signed = SalesPlan.objects.create(
        cycle=before, start=before.first_month, horizon=6, frozen_at=dt.datetime(2026, 4, 20, tzinfo=dt.UTC)
    )
    vectors = dict.fromkeys(
        ("baseline", "events", "consensus", "price", "unit_cost", "revenue", "cost"), np.full(6, 12.0)
    )
    SalesPlanLine.objects.create(plan=signed, series=company.series["city-north"], **vectors)
    page = story(company, f"series:{company.series['city-north'].pk}", month="2026-05")
    assert "Sold in May 26 10" in page
    assert f"April 2026 1 12 10 20{THIN}% over" in page


def test_the_total_takes_the_same_queries_however_many_products_there_are(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(company.planner)
    edit_cells(plan=company.plan, edits=[CellEdit("total", JUNE, "+10%")], by=company.planner)
    with django_assert_max_num_queries(40):
        page = told(client.get(f"/demand/{company.plan.pk}/cell/", {"row": "total", "month": "2026-06"}))
    assert "Dan for 6 series" in page
    assert "Latest changes to these families" in page


def test_figures_of_the_log_are_set_as_everywhere() -> None:
    assert (
        typeset("3 cells of 2 series, -5,032 units in 2026-06") == f"3 cells of 2 series, −5{THIN}032 units in 2026-06"
    )


# --- The postings behind it --------------------


def test_the_postings_of_a_month_add_up_to_its_history(company: Company) -> None:
    post_sales(company, "city-north", 12, -2)
    post_sales(company, "city-north", 9, kind="shipped")
    post_sales(company, "race-south", 10)
    series = f"series:{company.series['city-north'].pk}"
    page = told(company.get(company.planner, "postings", row=series, month="2025-06"))
    assert f"Ordered 10 units for €{THIN}100, shipped 9 ; the history of the month holds 10, the same." in page
    assert f"{MINUS}2" in page
    family = told(company.get(company.planner, "postings", row="family:bikes", month="2025-06"))
    assert "Ordered 20 units" in family
    assert "holds 40 : +20 came without a posting that is kept." in family
    assert "3 postings" in story(company, "family:bikes"), "orders are counted, shipments are not"


def test_many_postings_come_in_pages(company: Company) -> None:
    post_sales(company, "city-north", *[1.0] * 120)
    History.objects.all().delete()
    page = told(company.get(company.planner, "postings", row="total", month="2025-06", page=2))
    assert "Postings 101 to 120 of 120" in page


def test_planner_colleague_and_outsider(company: Company) -> None:
    post_sales(company, "city-north", 12)
    post_sales(company, "city-south", 34)
    northern = make.make_user("nora", "sales", markets=[company.north], money=False)
    page = told(company.get(northern, "postings", row="product:city", month="2025-06"))
    assert "Ordered 12 units" in page
    assert "34" not in page
    assert "€" not in page
    assert "Revenue" not in page
    south = f"series:{company.series['city-south'].pk}"
    assert company.get(northern, "postings", row=south, month="2025-06").status_code == 404
    assert company.get(northern, "cell", row=south, month="2026-06").status_code == 404
    outsider = make.make_outsider()
    for path in ("cell", "postings"):
        assert company.get(outsider, path, row="total", month="2026-06").status_code == 403
