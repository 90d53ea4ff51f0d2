"""Assumptions move the plan where they reach, by as much as they say, and are judged by what came."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.actions import CellEdit, assumptions, edit_cells, events, freezing, plan_demand, scoring
from planning.actions.assumptions import Facts
from planning.actions.sheets import Cause
from planning.models import Assumption, Input, SalesPlan, SalesPlanLine
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Change, Posting, PostingBatch, Product, Series
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE, JULY, AUGUST = dt.date(2026, 6, 1), dt.date(2026, 7, 1), dt.date(2026, 8, 1)
MEASURES = ("baseline", "events", "consensus", "revenue", "cost")


class Company:
    """Bikes (city, race) and parts (bell) in north and south: 100 and 50 a month of each, price 5, cost 2."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.bikes, self.parts = make.make_family("bikes"), make.make_family("parts")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.marketer = make.make_user("mia", "marketing", families=[self.bikes], markets=[self.north])
        self.products: dict[str, Product] = {}
        self.series: dict[str, Series] = {}
        means: dict[Series, float] = {}
        for code, family in (("city", self.bikes), ("race", self.bikes), ("bell", self.parts)):
            self.products[code] = product = make.make_product(code, family, price=5, cost=2)
            for market, mean in ((self.north, 100.0), (self.south, 50.0)):
                self.series[f"{code}-{market.code}"] = series = make.make_series(product, market)
                means[series] = mean
        self.cycle = make.make_cycle(JUNE)
        make.make_forecast(self.cycle, means)
        self.plan = plan_demand(cycle=self.cycle, by=self.planner)

    def facts(self, **told: Any) -> Facts:
        usual = {"name": "Trade fair", "kind": "promotion", "first_month": JULY, "last_month": AUGUST, "effect": 0.2}
        return Facts(**(usual | told))

    def assume(self, **told: Any) -> assumptions.Kept:
        by = told.pop("by", self.planner)
        return assumptions.add(facts=self.facts(**told), by=by)

    def line(self, name: str, measure: str = "consensus") -> list[float]:
        line = SalesPlanLine.objects.get(plan=self.plan, series=self.series[name])
        return getattr(line, measure).tolist()

    def sold(self, name: str, month: dt.date, units: float) -> None:
        """Actuals of a single month, and the posting that says how far they are known."""
        make.make_history(self.series[name], month, [units])
        posting = {"source": "t", "kind": "ordered", "revenue": 0, "quantity": units, "date": month}
        posting |= {"batch": PostingBatch.objects.create(source="t"), "external_id": name}
        series = self.series[name]
        Posting.objects.create(**posting, product=series.product, market=series.market)

    def numbers(self) -> dict[Any, list[float]]:
        """All lines of the plan, by what they are of."""
        lines = SalesPlanLine.objects.filter(plan=self.plan).order_by("pk")
        return {
            (line.series_id, line.family_id, line.market_id): np.concatenate(
                [getattr(line, measure) for measure in MEASURES]
            ).tolist()
            for line in lines
        }

    def assert_whole(self) -> None:
        """Making the whole plan anew changes nothing, and totals are the sums of their leaves."""
        part = self.numbers()
        plan_demand(cycle=self.cycle, by=self.planner)
        whole = self.numbers()
        assert part.keys() == whole.keys()
        for key in whole:
            np.testing.assert_allclose(part[key], whole[key], atol=1e-9)
        for total in SalesPlanLine.objects.filter(plan=self.plan, family__isnull=False):
            leaves = SalesPlanLine.objects.filter(
                plan=self.plan, series__product__family=total.family, series__market=total.market
            )
            for measure in MEASURES:
                np.testing.assert_allclose(
                    getattr(total, measure), sum(getattr(leaf, measure) for leaf in leaves), atol=1e-9
                )


@pytest.fixture
def company() -> Company:
    return Company()


# --- The layer of events ----------------------------------------------------------------------------------------------


def test_a_share_of_the_baseline_moves_only_what_it_reaches(company: Company) -> None:
    kept = company.assume(family=company.bikes, market=company.north)
    assert company.line("city-north", "events") == [0, 20, 20, 0, 0, 0]
    assert company.line("city-north") == [100, 120, 120, 100, 100, 100]
    assert company.line("city-south") == company.line("city-south", "baseline")
    assert (kept.moved.lines, kept.moved.units, kept.moved.revenue) == (2, 80, 400)
    assert "moves by +80 units in 2 rows" in kept.note
    assert SalesPlan.objects.get(pk=company.plan.pk).version == 2
    company.assert_whole()


def test_units_a_month_are_spread_over_all_they_cover_and_add_up(company: Company) -> None:
    company.assume(family=company.bikes, effect=31, unit="units")
    events_of = [company.line(name, "events")[1] for name in ("city-north", "city-south", "race-north", "race-south")]
    assert sum(events_of) == 31
    assert events_of == [11, 5, 10, 5]  # 10.33, 5.17, 10.33, 5.17: the unit left over goes to the first largest rest
    company.assert_whole()


def test_a_number_that_somebody_decided_stays(company: Company) -> None:
    cell = CellEdit(f"series:{company.series['city-north'].pk}", JULY, "500")
    edit_cells(plan=company.plan, edits=[cell], by=company.planner, cause=Cause("A new customer"))
    company.assume(product=company.products["city"])
    assert company.line("city-north") == [100, 500, 120, 100, 100, 100]
    assert Input.objects.count() == 1
    company.assert_whole()


def test_what_is_left_out_moves_nothing_until_it_is_included(company: Company) -> None:
    kept = company.assume(included=False, effect=-0.5)
    assert company.line("bell-north") == [100] * 6
    assumptions.include(assumption=kept.assumption, included=True, by=company.planner)
    assert company.line("bell-north") == [100, 50, 50, 100, 100, 100]
    assumptions.include(assumption=kept.assumption, included=False, by=company.planner)
    assert company.line("bell-north") == [100] * 6


def test_a_changed_scope_leaves_the_old_one_clean(company: Company) -> None:
    kept = company.assume(family=company.bikes)
    facts = company.facts(family=company.parts, effect=0.1)
    changed = assumptions.change(assumption=kept.assumption, facts=facts, by=company.planner, row_version=1)
    assert changed.assumption.row_version == 2
    assert company.line("city-north") == [100] * 6
    assert company.line("bell-north")[1] == pytest.approx(110)
    company.assert_whole()


def test_a_withdrawn_one_leaves_the_plan_and_stays_in_the_register(company: Company) -> None:
    kept = company.assume()
    withdrawn = assumptions.withdraw(assumption=kept.assumption, by=company.planner, reason="Fair cancelled")
    assert withdrawn.assumption.state == "withdrawn"
    assert company.line("city-north") == [100] * 6
    assert Change.objects.filter(object=f"assumption:{kept.assumption.pk}").count() == 2


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_assumed_one_by_one_is_what_a_whole_plan_has(company: Company, data: st.DataObject) -> None:
    Assumption.objects.all().delete()
    families, markets = st.sampled_from([None, company.bikes, company.parts]), st.sampled_from([None, company.north])
    for _ in range(data.draw(st.integers(1, 4))):
        unit = data.draw(st.sampled_from(["share", "units"]))
        amount = data.draw(st.floats(-0.9, 1) if unit == "share" else st.integers(-80, 90)) or 0.5
        first = data.draw(st.integers(5, 11))
        company.assume(
            effect=float(amount),
            unit=unit,
            family=data.draw(families),
            market=data.draw(markets),
            first_month=dt.date(2026, first, 1),
            last_month=dt.date(2026, 12, 1),
            included=data.draw(st.booleans()),
        )
    plan = SalesPlan.objects.select_related("cycle").get(pk=company.plan.pk)
    events.everything(plan)
    company.assert_whole()


def test_a_locked_plan_keeps_its_numbers_until_it_is_reopened(company: Company) -> None:
    freezing.lock_plan(company.plan)
    kept = company.assume()
    assert "locked" in kept.note
    assert Assumption.objects.count() == 1
    assert company.line("city-north") == [100] * 6
    freezing.unlock_plan(company.plan)
    assert company.line("city-north") == [100, 120, 120, 100, 100, 100]


# --- Who may, and what is refused -------------------------------------------------------------------------------------


def test_a_colleague_writes_within_the_own_scope_only(company: Company) -> None:
    kept = company.assume(family=company.bikes, market=company.north, by=company.marketer)
    assert kept.assumption.owner == company.marketer
    with pytest.raises(NotAllowed, match="families"):
        assumptions.add(facts=company.facts(market=company.north), by=company.marketer)
    with pytest.raises(NotAllowed, match="markets"):
        assumptions.add(facts=company.facts(product=company.products["city"]), by=company.marketer)
    wide = company.assume().assumption
    with pytest.raises(NotAllowed, match="beyond"):
        assumptions.withdraw(assumption=wide, by=company.marketer)


def test_who_has_no_such_role_writes_nothing(company: Company) -> None:
    for user in (make.make_outsider(), make.make_user("vera", "sales", "viewer")):
        with pytest.raises(NotAllowed):
            assumptions.add(facts=company.facts(), by=user)


def test_a_version_that_is_no_longer_there_is_a_conflict_in_words(company: Company) -> None:
    kept = company.assume()
    assumptions.include(assumption=kept.assumption, included=False, by=company.planner, row_version=1)
    with pytest.raises(Conflict, match="changed A-"):
        assumptions.include(assumption=kept.assumption, included=True, by=company.planner, row_version=1)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("name", {"name": " "}),
        ("last_month", {"last_month": JUNE}),
        ("effect", {"effect": 0}),
        ("effect", {"effect": -1.2}),
        ("probability", {"probability": 1.2}),
        ("low", {"low": 0.1}),
        ("high", {"low": 0.1, "high": 0.15}),
        ("expires", {"expires": JUNE}),
    ],
    ids=["no name", "ends early", "no effect", "more than all", "chance", "half an interval", "interval", "expiry"],
)
def test_what_makes_no_sense_is_refused_by_field(company: Company, field: str, told: dict[str, Any]) -> None:
    with pytest.raises(PlanningError) as refused:
        company.assume(**told)
    assert field in refused.value.errors


# --- What came of it --------------------------------------------------------------------------------------------------


def past(company: Company, effect: float, sold: float, **told: Any) -> Assumption:
    """Assumed for June in north, and June's sales of the city bike there."""
    usual = {"product": company.products["city"], "market": company.north, "first_month": JUNE, "last_month": JUNE}
    kept = company.assume(effect=effect, **(usual | told))
    company.sold("city-north", JUNE, sold)
    return kept.assumption


@pytest.mark.parametrize(
    ("effect", "sold", "state"),
    [(0.2, 112, "held"), (0.2, 109, "failed"), (-0.3, 80, "held"), (-0.3, 130, "failed")],
    ids=["half of it", "too little", "a fall", "the other way"],
)
def test_it_held_when_at_least_half_of_it_came(company: Company, effect: float, sold: float, state: str) -> None:
    assumption = past(company, effect, sold)
    SalesPlan.objects.update(frozen_at=dt.datetime(2026, 6, 8, tzinfo=dt.UTC))
    july = make.make_cycle(JULY)
    [judged] = scoring.score_expired(cycle=july, by=company.planner)
    assert (judged.pk, judged.state) == (assumption.pk, state)
    assert judged.outcome == pytest.approx(sold / 100 - 1)
    assert "Expected" in judged.verdict
    assert "Jun 26" in judged.verdict
    assert scoring.score_expired(cycle=july, by=company.planner) == []


def test_units_are_compared_by_month(company: Company) -> None:
    past(company, 20, 125, unit="units")
    [judged] = scoring.score_expired(cycle=make.make_cycle(JULY), by=None)
    assert (judged.outcome, judged.state) == (25, "held")


def test_without_actuals_it_stays_open(company: Company) -> None:
    company.assume(first_month=JUNE, last_month=JUNE)
    assert scoring.score_expired(cycle=make.make_cycle(JULY), by=None) == []
    assert Assumption.objects.get().state == "open"


def test_one_that_still_runs_is_not_judged(company: Company) -> None:
    kept = company.assume()
    with pytest.raises(PlanningError, match="runs until Aug 26"):
        assumptions.judge(assumption=kept.assumption, by=company.planner)


def test_what_has_not_expired_counts_in_the_next_cycle_by_itself(company: Company) -> None:
    company.assume(product=company.products["city"])
    july = make.make_cycle(JULY)
    make.make_forecast(july, dict.fromkeys(company.series.values(), 10.0))
    company.plan = plan_demand(cycle=july, by=company.planner)
    assert company.line("city-north", "events") == [2, 2, 0, 0, 0, 0]
