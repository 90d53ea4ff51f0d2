"""Gates, figures, exceptions and tasks are computed from the data, in few queries, within a scope."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache

from planning.models import InventoryBalance, ProductionLine, SalesPlan, SalesPlanLine
from planning.queries import plans
from reviews.models import ActionItem
from reviews.queries import figures
from reviews.queries.exceptions import exceptions
from reviews.queries.gates import gates
from reviews.queries.home import home
from reviews.queries.scorecard import scorecard
from reviews.queries.sight import Sight
from sop.models import Cycle, PostingBatch, RejectedPosting
from sop.permissions import EVERYTHING, Scope, scope
from tests.factories import make_user
from tests.reviews.company import Company, make_production, stage, vector, walk

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
NO_MONEY = Scope(None, None, False)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def shut(cycle: Cycle, key: str) -> dict[str, str]:
    return {gate.key: gate.why for gate in gates(stage(cycle, key)) if not gate.ok}


def test_an_empty_cycle_says_what_is_missing(cycle: Cycle) -> None:
    assert shut(cycle, "data-gathering") == {
        "actuals": "No sales of May 2013 yet: import or post them",
        "balances": "No stock at the end of May 2013",
        "forecast": "No forecast is published for this cycle: run it",
        "submissions": "Waiting for Demand planning, Finance and Operations",
    }
    assert shut(cycle, "demand-review")["sales-plan"] == "There is no sales plan yet: build it from the forecast"
    assert shut(cycle, "supply-review")["production-plan"] == "There is no production plan yet: plan supply"
    assert shut(cycle, "pre-sop")["budget"] == "No budget for the plan months: import it"


def test_a_ready_cycle_waits_only_for_people(ready: Cycle, company: Company) -> None:
    assert set(shut(ready, "data-gathering")) == {"submissions"}
    walk(ready, company, until="executive")
    assert shut(ready, "executive") == {}


def test_the_gates_take_few_queries(ready: Cycle, django_assert_max_num_queries: Any) -> None:
    for each in ready.stages.select_related("cycle", "owner"):
        with django_assert_max_num_queries(9):
            gates(each)


def test_a_rejected_posting_shuts_a_gate(ready: Cycle) -> None:
    batch = PostingBatch.objects.create(source="erp", rejected=1)
    RejectedPosting.objects.create(batch=batch, source="erp", record={}, errors={})
    assert shut(ready, "data-gathering")["rejected"].startswith("1 posting could not be taken")


def test_actuals_after_the_forecast_shut_a_gate(ready: Cycle) -> None:
    PostingBatch.objects.create(source="erp", accepted=10)
    assert shut(ready, "data-gathering")["forecast"] == "1 batch of actuals came in since: run it again"


def test_an_edit_after_supply_was_planned_shuts_a_gate(ready: Cycle) -> None:
    SalesPlan.objects.filter(pk=plans.working(ready).pk).update(version=5)
    assert shut(ready, "supply-review")["production-plan"] == "The sales plan has changed since: plan supply again"


def test_stock_of_another_month_does_not_count(ready: Cycle) -> None:
    InventoryBalance.objects.update(month=dt.date(2013, 4, 1))
    assert shut(ready, "data-gathering")["balances"] == "No stock at the end of May 2013"


def test_accuracy_weighs_by_volume(ready: Cycle) -> None:
    forecast = ready.forecasts.get()
    line = forecast.lines.first()
    line.wape, line.bias, line.mean = 0.6, -0.4, vector(700)
    line.save()
    record = figures.accuracy(forecast, EVERYTHING)
    assert record.wape == pytest.approx(0.4)
    assert record.bias == pytest.approx((0.03 * 7 - 0.4 * 7) / 14)
    assert record.accuracy == pytest.approx(0.6)
    assert record.series == 8


def test_gaps_to_budget_add_up(ready: Cycle) -> None:
    found = figures.gaps(plans.working(ready), EVERYTHING)
    assert [(gap.family, gap.plan_revenue, gap.budget_revenue) for gap in found] == [
        ("bikes", 12_000.0, 15_000.0),
        ("gear", 12_000.0, 15_000.0),
    ]
    total = figures.total(found)
    assert (total.money, total.share) == (-6_000.0, pytest.approx(-0.2))


def test_a_budget_of_a_family_counts_the_families_below(ready: Cycle, company: Company) -> None:
    bikes, gear = company.families
    gear.parent = bikes
    gear.save()
    found = {gap.family: gap.plan_units for gap in figures.gaps(plans.working(ready), EVERYTHING)}
    assert found == {"bikes": 2_400.0, "gear": 1_200.0}


def test_the_highest_load_and_the_hours_nobody_has(ready: Cycle, company: Company) -> None:
    production = make_production(plans.working(ready), company, load=1_200.0)
    peak = figures.peaks(production)[0]
    assert (peak.resource, peak.load, peak.hours_over, peak.worth) == ("Paint", 1.2, 100.0, 2_000.0)


def test_shortages_in_money(ready: Cycle, company: Company) -> None:
    line = ProductionLine.objects.get(plan__current=True, product=company.products[0])
    line.backorder, line.lost = np.array([0.0, 30.0, 20.0]), np.array([0.0, 0.0, 5.0])
    line.save()
    (short,) = figures.shortages(line.plan, EVERYTHING)
    assert (short.product, short.units, short.month, short.worth) == ("bikes-1", 35.0, 1, 350.0)


def test_cover_in_months(ready: Cycle) -> None:
    assert figures.cover(ready.production_plans.get(), EVERYTHING) == pytest.approx(0.25)


def test_the_scorecard(ready: Cycle, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        tiles = {tile.key: tile for tile in scorecard(Sight(ready, EVERYTHING))}
    assert tiles["accuracy"].value.startswith("80.0")
    assert tiles["bias"].note == "over"
    assert tiles["load"].tone == "good"
    assert tiles["gap"].note.startswith("−€")


def test_exceptions_are_ordered_by_money(ready: Cycle, company: Company) -> None:
    make_production(plans.working(ready), company, load=1_400.0)
    late = dt.date(2013, 1, 1)
    ActionItem.objects.create(cycle=ready, text="Late", owner=company.sales, due=late)
    found = exceptions(Sight(ready, EVERYTHING))
    assert [each.kind for each in found] == ["Overload", "Budget gap", "Budget gap", "Action overdue"]
    assert found[1].stake.startswith("−€")
    assert found[1].url.endswith("?family=bikes")


def test_who_sees_no_money_reads_none(ready: Cycle, company: Company) -> None:
    make_production(plans.working(ready), company, load=1_400.0)
    words = " ".join(str(each) for each in exceptions(Sight(ready, NO_MONEY))) + str(scorecard(Sight(ready, NO_MONEY)))
    assert "€" not in words


def test_who_sees_one_family_reads_of_no_other(ready: Cycle, company: Company) -> None:
    narrow = make_user("nora", "sales", "contributor", families=[company.families[1]])
    found = exceptions(Sight(ready, scope(narrow)))
    assert {each.what for each in found} == {"Gear is below budget"}


def test_who_sees_one_market_reads_no_production(ready: Cycle, company: Company) -> None:
    make_production(plans.working(ready), company, load=1_400.0)
    narrow = make_user("mona", "sales", "contributor", markets=[company.markets[0]])
    assert {each.kind for each in exceptions(Sight(ready, scope(narrow)))} == {"Budget gap"}
    assert {tile.key for tile in scorecard(Sight(ready, scope(narrow)))} == {"accuracy", "bias", "gap"}


def test_home_asks_each_for_their_own_part(ready: Cycle, company: Company) -> None:
    def asked(name: str) -> list[str]:
        return [task.text for task in home(company.people[name], ready).tasks]

    assert asked("finance") == ["Submit for Finance"]
    assert asked("coordinator") == ["Sign off the data gathering"]
    assert asked("sales") == []
    walk(ready, company, until="executive")
    assert asked("executive") == ["Approve the plan, or return it"]


def test_home_costs_the_same_however_much_there_is(
    ready: Cycle, company: Company, django_assert_max_num_queries: Any
) -> None:
    SalesPlanLine.objects.filter(series__isnull=True).update(revenue=vector(1))
    with django_assert_max_num_queries(40):
        page = home(company.coordinator, ready)
    assert page.stage.key == "data-gathering"
    assert page.changes[0].kind == "cycle.opened"


def test_an_outsider_sees_nothing_of_it(ready: Cycle, company: Company) -> None:
    page = home(company.outsider, ready)
    assert (page.changes, page.tasks, page.findings) == ([], [], [])
    assert not {tile.key for tile in page.tiles} & {"accuracy", "gap", "load"}
