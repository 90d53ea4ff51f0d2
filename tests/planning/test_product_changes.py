"""A product comes, takes over or goes in one step, and the plan and the master data follow."""

import datetime as dt

import pytest
from django.db.models import Q

from planning.actions import assumptions, plan_demand, product_changes
from planning.actions.product_changes import Facts, NewProduct
from planning.models import InventoryBalance, ProductChange, Receipt, SalesPlanLine
from planning.queries.events import Move
from planning.queries.product_changes import preview
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Cycle, Product, Series
from tests import factories as make
from tests.planning.test_assumptions import AUGUST, JULY, JUNE, Company, company

__all__ = ["company"]
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def launch(company: Company, **told: object) -> product_changes.Kept:
    """A gravel bike that sells half of the city bike from August on, a quarter of it out of the race bike."""
    usual = {"kind": "launch", "product": NewProduct("gravel", "Gravel"), "month": AUGUST, "level": 0.5}
    usual |= {"follows": company.products["city"], "losers": [(company.products["race"], 0.25)]}
    return product_changes.add(facts=Facts(**(usual | told)), by=company.planner)


def line(company: Company, product: str, market: str = "north") -> list[float]:
    found = SalesPlanLine.objects.get(plan=company.plan, series__product__code=product, series__market__code=market)
    return found.consensus.tolist()


def baseline(company: Company, product: str) -> list[float]:
    return SalesPlanLine.objects.get(
        plan=company.plan, series__product__code=product, series__market__code="north"
    ).baseline.tolist()


def test_a_launch_makes_the_product_its_rows_and_its_curve(company: Company) -> None:
    kept = launch(company, ramp_months=1)
    gravel = Product.objects.get(code="gravel")
    assert (gravel.family, gravel.launch_month, gravel.like_product.code) == (company.bikes, AUGUST, "city")
    assert Series.objects.filter(product=gravel).count() == 2
    assert line(company, "gravel") == [0, 0, 25, 50, 50, 50]
    assert line(company, "gravel", "south") == [0, 0, 12.5, 25, 25, 25]
    assert baseline(company, "gravel") == [0] * 6
    assert line(company, "race") == [100, 100, 93.75, 87.5, 87.5, 87.5]
    assert "rows" in kept.note
    revenue = SalesPlanLine.objects.get(plan=company.plan, series__product=gravel, series__market=company.south).revenue
    assert revenue.tolist() == [0, 0, 62.5, 125, 125, 125]
    company.assert_whole()


def test_a_slip_moves_the_curve_and_the_launch_month(company: Company) -> None:
    kept = launch(company)
    facts = Facts("launch", kept.change.product, dt.date(2026, 10, 1), company.products["city"], level=0.5)
    product_changes.change(change=kept.change, facts=facts, by=company.planner, row_version=1)
    assert line(company, "gravel") == [0, 0, 0, 0, 50, 50]
    assert line(company, "race") == [100] * 6
    assert Product.objects.get(code="gravel").launch_month == dt.date(2026, 10, 1)
    company.assert_whole()


def test_a_launch_in_one_market_stays_there(company: Company) -> None:
    launch(company, market=company.north)
    assert Series.objects.filter(product__code="gravel").count() == 1
    assert line(company, "race", "south") == [50] * 6
    company.assert_whole()


def test_a_withdrawn_launch_leaves_nothing_in_the_plan(company: Company) -> None:
    kept = launch(company)
    product_changes.withdraw(change=kept.change, by=company.planner)
    assert line(company, "gravel") == [0] * 6
    assert line(company, "race") == [100] * 6
    assert Product.objects.get(code="gravel").launch_month is None
    company.assert_whole()


def test_a_successor_takes_over_and_the_predecessor_ends(company: Company) -> None:
    succession = Facts(
        "successor", NewProduct("city2", "City 2"), JULY, company.products["city"], level=1.1, ramp_months=1
    )
    product_changes.add(facts=succession, by=company.planner)
    assert line(company, "city") == [100, 50, 0, 0, 0, 0]
    assert line(company, "city2") == pytest.approx([0, 55, 110, 110, 110, 110])
    city, new = (Product.objects.get(code=code) for code in ("city", "city2"))
    assert (city.last_month, new.launch_month, new.predecessor) == (JULY, JULY, city)
    company.assert_whole()


def test_after_its_last_month_a_product_plans_nothing_whatever_is_assumed(company: Company) -> None:
    product_changes.add(facts=Facts("end of life", company.products["bell"], JULY), by=company.planner)
    company.assume(effect=10, unit="units", product=company.products["bell"], market=company.north)
    assert line(company, "bell") == [100, 110, 0, 0, 0, 0]
    assert Product.objects.get(code="bell").last_month == JULY
    company.assert_whole()


def test_a_run_out_sells_the_stock_and_what_still_comes(company: Company) -> None:
    bell, site = company.products["bell"], make.make_site()
    InventoryBalance.objects.create(product=bell, site=site, month=dt.date(2026, 5, 1), on_hand=180)
    Receipt.objects.create(product=bell, site=site, month=JULY, quantity=60)
    product_changes.add(facts=Facts("end of life", bell, AUGUST, run_out=True), by=company.planner)
    sold = [sum(month) for month in zip(line(company, "bell"), line(company, "bell", "south"), strict=True)]
    assert sold == pytest.approx([150, 90, 0, 0, 0, 0])
    company.assert_whole()


def test_a_promotion_lifts_a_product_that_is_still_to_come(company: Company) -> None:
    launch(company)
    company.assume(product=Product.objects.get(code="gravel"), effect=0.2)
    assert line(company, "gravel") == [0, 0, 60, 50, 50, 50]
    company.assert_whole()


def test_the_forecast_that_knows_of_the_launch_does_not_double_it(company: Company) -> None:
    launch(company)
    means = {series: 100.0 if series.market == company.north else 50.0 for series in Series.objects.all()}
    make.make_forecast(make.make_cycle(JULY), means)
    again = plan_demand(cycle=Cycle.objects.get(first_month=JULY), by=company.planner)
    found = SalesPlanLine.objects.get(plan=again, series__product__code="gravel", series__market=company.north)
    assert found.consensus.tolist() == [0, 50, 50, 50, 50, 50]


def test_the_preview_shows_both_curves_and_keeps_nothing(company: Company) -> None:
    city, race = company.products["city"], company.products["race"]
    move = Move("launch", -1, AUGUST, city.pk, level=0.5, losers=((race.pk, 0.25),))
    shown = preview(company.plan, move, "Gravel", Q())
    assert shown.product.before.tolist() == [0] * 6
    assert shown.product.after.tolist() == [0, 0, 75, 75, 75, 75]
    assert [(curve.name, curve.difference) for curve in shown.others] == [("Product race", -75)]
    assert not ProductChange.objects.exists()
    assert not Product.objects.filter(code="gravel").exists()


def test_what_makes_no_sense_is_refused(company: Company) -> None:
    city, race = company.products["city"], company.products["race"]
    for facts, field in (
        (Facts("launch", city, JULY), "follows"),
        (Facts("launch", city, JULY, city), "follows"),
        (Facts("launch", city, JULY, race, losers=[(race, 0.7), (company.products["bell"], 0.7)]), "losers"),
        (Facts("launch", city, JULY, race, losers=[(city, 0.1)]), "losers"),
        (Facts("end of life", city, JULY, market=company.north), "market"),
    ):
        with pytest.raises(PlanningError) as refused:
            product_changes.add(facts=facts, by=company.planner)
        assert field in refused.value.errors


def test_a_second_launch_of_a_product_is_refused_in_words(company: Company) -> None:
    launch(company)
    with pytest.raises(Conflict, match="already"):
        launch(company, product=Product.objects.get(code="gravel"))


def test_a_colleague_plans_within_the_own_families_and_markets_only(company: Company) -> None:
    end = Facts("end of life", company.products["city"], JULY)
    with pytest.raises(NotAllowed, match="markets"):
        product_changes.add(facts=end, by=company.marketer)
    other = Facts("launch", company.products["city"], JULY, company.products["bell"], company.north)
    with pytest.raises(NotAllowed, match="families"):
        product_changes.add(facts=other, by=company.marketer)
    mine = Facts("launch", company.products["city"], JULY, company.products["race"], company.north)
    assert product_changes.add(facts=mine, by=company.marketer).change.owner == company.marketer
    for nobody in (make.make_outsider(), make.make_user("vera", "sales", "viewer")):
        with pytest.raises(NotAllowed):
            product_changes.add(facts=end, by=nobody)


def test_an_assumption_that_ends_first_leaves_the_ramp_alone(company: Company) -> None:
    launch(company)
    kept = company.assume(family=company.bikes, effect=40, unit="units", first_month=JUNE, last_month=AUGUST)
    assumptions.withdraw(assumption=kept.assumption, by=company.planner)
    assert line(company, "gravel") == [0, 0, 50, 50, 50, 50]
    company.assert_whole()
