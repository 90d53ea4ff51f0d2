"""Accuracy of signed plans: numbers computed by hand, who sees which, the page and the address for programs."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from planning.models import SalesPlanLine
from planning.queries.rows import Filters
from reviews.models import Snapshot
from reviews.queries import accuracy
from reviews.queries.waterfall import waterfall
from sop.errors import NotFound
from sop.models import Cycle, Series
from sop.permissions import EVERYTHING, scope
from tests.factories import (
    make_coordinator,
    make_demand_planner,
    make_family,
    make_history,
    make_market,
    make_outsider,
    make_product,
    make_series,
    make_user,
    vector,
)
from tests.reviews.closed_cycles import A_YEAR_BEFORE, AUGUST, JULY, JUNE, actuals, close_two_cycles, sign

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
FILTERS = Filters(EVERYTHING)


@pytest.fixture
def bikes(db: None) -> Series:
    return make_series(make_product("B1", make_family("bikes")), make_market("north"))


@pytest.fixture
def gear(db: None) -> Series:
    return make_series(make_product("G1", make_family("gear", make_family("all"))), make_market("south"))


@pytest.fixture
def past(bikes: Series, gear: Series) -> None:
    close_two_cycles(bikes, gear)


def test_lag_one_takes_the_cycle_that_planned_the_month_first(past: None) -> None:
    record = accuracy.read(FILTERS, [1], 6)[1]
    assert record.months == [JUNE, JULY]
    (total,) = accuracy.figures(record, "consensus", "total")
    # bikes: 24 for 20, 27 for 30; gear: 8 for 10, 5 for 0.
    assert (total.pairs, total.actual, total.forecast, total.absolute_error) == (4, 60, 64, 4 + 3 + 2 + 5)
    assert total.wape == pytest.approx(14 / 60)
    assert total.accuracy == pytest.approx(46 / 60)
    assert total.bias == pytest.approx(4 / 60)
    assert total.mad == pytest.approx(3.5)
    # Net errors of the months: 30 − 32 = −2, then 30 − 32 = −2.
    assert total.tracking_signal == pytest.approx(-2)


def test_lag_two_takes_the_cycle_before(past: None) -> None:
    record = accuracy.read(FILTERS, [2], 6)[2]
    assert record.months == [JULY]
    (total,) = accuracy.figures(record, "consensus", "total")
    # The plan of June for July: bikes 24 for 30, gear 8 for 0.
    assert (total.actual, total.forecast, total.absolute_error) == (30, 32, 14)
    assert total.bias == pytest.approx(2 / 30)


def test_mase_knows_only_what_the_plan_could_know(past: None) -> None:
    rows = {row.code: row for row in accuracy.figures(accuracy.read(FILTERS, [1], 6)[1], "consensus", "product")}
    # Up to May there is no year-on-year change; up to June bikes changed by 10, so only July counts: 3 ÷ 10.
    assert rows["B1"].mase == pytest.approx(0.3)
    assert rows["G1"].mase is None


def test_a_family_holds_those_below_it_and_comes_with_its_own_figures(past: None) -> None:
    rows = {row.code: row for row in accuracy.figures(accuracy.read(FILTERS, [1], 6)[1], "consensus", "family")}
    assert rows["all"].absolute_error == rows["gear"].absolute_error == 7
    assert rows["bikes"].wape == pytest.approx(7 / 50)
    assert {row.code for row in accuracy.figures(accuracy.read(FILTERS, [1], 6)[1], "consensus", "series")} == {
        "B1/north",
        "G1/south",
    }


def test_the_staircase_on_the_same_pairs(past: None) -> None:
    record = accuracy.read(FILTERS, [1], 6)[1]
    stairs = {stair.key: stair for stair in accuracy.staircase(record)}
    # Naive 10 everywhere: misses 10 + 20 + 0 + 10. Baseline: 2 + 3 + 2 + 5. Sales entered 20 for June: 0 + 3 + 2 + 5.
    assert list(stairs) == ["naive", "baseline", "sales", "consensus"]
    assert [stair.wape for stair in stairs.values()] == pytest.approx([40 / 60, 12 / 60, 10 / 60, 14 / 60])
    assert stairs["baseline"].value_added == pytest.approx(28 / 60)
    assert (stairs["sales"].of, stairs["sales"].value_added) == ("baseline", pytest.approx(2 / 60))
    assert stairs["consensus"].value_added == pytest.approx(-2 / 60)
    assert accuracy.left_out(record) == 0


def test_a_series_without_a_year_before_is_left_out_of_the_staircase_only(past: None) -> None:
    fresh = make_series(make_product("N1", make_family("bikes")), make_market("south"))
    make_history(fresh, JUNE, [5.0, 5.0])
    july = Snapshot.objects.get(cycle__first_month=JULY).sales_plan
    empty = dict.fromkeys(("events", "price", "unit_cost", "revenue", "cost"), vector(0, 3))
    SalesPlanLine.objects.create(plan=july, series=fresh, baseline=vector(9, 3), consensus=vector(9, 3), **empty)
    record = accuracy.read(FILTERS, [1], 6)[1]
    assert accuracy.left_out(record) == 1
    assert accuracy.figures(record, "consensus", "total")[0].absolute_error == 18
    assert accuracy.staircase(record)[1].wape == pytest.approx(12 / 60)


def test_the_last_signature_of_the_demand_review_counts(past: None, bikes: Series) -> None:
    sign(JULY, {bikes: (30.0, 30.0)})
    sign(JULY, {bikes: (99.0, 99.0)}, key="pre-sop")
    record = accuracy.read(FILTERS, [1], 1)[1]
    assert accuracy.figures(record, "consensus", "product")[0].absolute_error == 0


def test_a_month_counts_once_the_next_cycle_is_open(past: None) -> None:
    Cycle.objects.filter(first_month=AUGUST).delete()
    assert accuracy.read(FILTERS, [1], 6)[1].months == [JUNE]
    Cycle.objects.update(state=Cycle.State.OPEN)
    assert accuracy.read(FILTERS, [1], 6) == {}


def test_the_golden_numbers_through_the_plans(bikes: Series) -> None:
    actual, said = [100.0, 0, 50, 200, 150, 80], [120.0, 10, 40, 180, 165, 80]
    make_history(bikes, dt.date(2013, 2, 1), actual)
    actuals(bikes)
    for number, level in enumerate(said):
        sign(dt.date(2013, 2 + number, 1), {bikes: (level, level)})
    Cycle.objects.create(first_month=AUGUST)
    (total,) = accuracy.figures(accuracy.read(FILTERS, [1], 6)[1], "consensus", "total")
    assert (total.absolute_error, total.mad) == (75, 12.5)
    assert total.wape == pytest.approx(0.12931, abs=5e-6)
    assert total.bias == pytest.approx(0.02586, abs=5e-6)
    assert total.tracking_signal == pytest.approx(-1.2)


def test_what_each_cycle_said(past: None) -> None:
    fall = waterfall(FILTERS)
    assert fall is not None
    assert [said.cycle.first_month for said in fall.cycles] == [JUNE, JULY]
    assert fall.cycles[0].units[:3].tolist() == [32, 32, 32]
    assert fall.cycles[1].units[1] == 32
    assert fall.months[:2] == [JUNE, JULY]
    assert fall.cycles[0].signed


def test_the_number_of_queries_does_not_grow(past: None, django_assert_max_num_queries: Any, bikes: Series) -> None:
    for number in range(20):
        series = make_series(make_product(f"X{number}", bikes.product.family), bikes.market)
        make_history(series, A_YEAR_BEFORE, [10.0] * 14)
    with django_assert_max_num_queries(16):
        records = accuracy.read(FILTERS, [1, 2, 3], 12)
    with django_assert_max_num_queries(2):
        accuracy.figures(records[1], "consensus", "series")
        accuracy.staircase(records[1])
    with django_assert_max_num_queries(9):
        waterfall(FILTERS)


def test_who_sees_one_family_is_told_of_it_alone(past: None, bikes: Series) -> None:
    narrow = make_user("nora", families=[bikes.product.family])
    (total,) = accuracy.figures(accuracy.read(Filters(scope(narrow)), [1], 6)[1], "consensus", "total")
    assert total.absolute_error == 7
    with pytest.raises(NotFound):
        accuracy.read(Filters(EVERYTHING, family="ghost"), [1], 6)


# --- The page ---------------------------------------------------------------------------------------------------------


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\u2009\u2060", " ")


@pytest.mark.parametrize("make", [make_demand_planner, make_coordinator, make_user])
def test_everybody_with_a_role_sees_the_page(past: None, client: Client, make: Any) -> None:
    client.force_login(make("pia"))
    answer = client.get("/performance/?level=product&lag=2&months=6")
    assert answer.status_code == 200
    assert "Product B1" in text(answer)
    assert "style=" not in text(answer).split("<main")[1]


def test_the_page_asks_a_bounded_number_of_questions(
    past: None, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make_demand_planner())
    with django_assert_max_num_queries(60):
        client.get("/performance/")


def test_an_outsider_sees_neither_page_nor_numbers(past: None, client: Client) -> None:
    client.force_login(make_outsider())
    for address in ("/performance/", "/performance/staircase/", "/api/v1/accuracy/"):
        assert client.get(address).status_code == 403


def test_the_page_says_what_is_missing(client: Client) -> None:
    client.force_login(make_demand_planner())
    page = text(client.get("/performance/"))
    assert "Nothing to compare yet" in page
    assert "Two closed cycles give a first comparison" in page


def test_what_is_not_understood_takes_the_default(past: None, client: Client) -> None:
    client.force_login(make_demand_planner())
    assert client.get("/performance/?lag=x&months=-1&level=ghost&family=ghost&measure=ghost").status_code == 200


def test_the_chart_of_the_staircase(past: None, client: Client) -> None:
    client.force_login(make_demand_planner())
    chart = client.get("/performance/staircase/?lag=1").json()
    assert chart["labels"] == ["Naive", "Baseline", "Sales", "Consensus"]
    assert chart["errors"] == pytest.approx([66.667, 20, 16.667, 23.333])
    assert chart["added"][1:] == pytest.approx([46.667, 3.333, -3.333])


# --- For programs -----------------------------------------------------------------------------------------------------


def test_accuracy_by_rest(past: None, client: Client) -> None:
    client.force_login(make_user("nora", money=False))
    told = client.get("/api/v1/accuracy/?level=family&code=bikes&lag=1&months=6&measure=consensus").json()
    assert told["months"] == ["2013-06", "2013-07"]
    assert [(row["code"], row["wape"]) for row in told["rows"]] == [("bikes", pytest.approx(7 / 50))]
    assert told["staircase"][0]["wape"] == pytest.approx(30 / 50)
    assert "wape" in told["definitions"]
    assert told["missing"] == ""
    assert client.get("/api/v1/accuracy/?level=series&limit=1").json()["count"] == 2


def test_rest_refuses_what_it_does_not_know(past: None, client: Client, bikes: Series) -> None:
    client.force_login(make_user("nora", families=[bikes.product.family]))
    assert client.get("/api/v1/accuracy/?measure=ghost").status_code == 400
    assert client.get("/api/v1/accuracy/?lag=0").status_code == 400
    assert client.get("/api/v1/accuracy/?level=family&code=gear").status_code == 404


def test_rest_says_what_is_missing(client: Client) -> None:
    client.force_login(make_demand_planner())
    told = client.get("/api/v1/accuracy/").json()
    assert told["rows"] == []
    assert "needs a signed plan" in told["missing"]
