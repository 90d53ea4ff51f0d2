"""From many voices to one number: records, what departments disagree on, and deciding it."""

import datetime as dt

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from planning.actions import consensus, locks, undoing
from planning.actions.consensus import Choice
from planning.models import ConsensusDecision, Fence, Input, SalesPlanLine
from planning.queries import compare, records, rules
from planning.queries.compare import Question
from planning.queries.rows import Filters
from sop import months
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.models import Change
from sop.permissions import EVERYTHING, Scope, scope
from tests import factories as make
from tests.planning.voices_company import FIRST, Company, found_company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ALL = Filters(EVERYTHING)


@pytest.fixture
def company() -> Company:
    """Of B1 in the north, sales says 150 and finance 90 for three months, marketing 120 for one; of H1 only sales."""
    found = found_company()
    found.say("sales", "B1/north", 150, 150, 150)
    found.say("finance", "B1/north", 90, 90, 90)
    found.say("marketing", "B1/north", 120)
    found.say("sales", "H1/north", 110)
    found.say("sales", "H1/south", 105)
    return found


def planned(company: Company, series: str) -> list[float]:
    line = SalesPlanLine.objects.get(plan=company.plan, series=company.series[series])
    return [round(float(value), 3) for value in line.consensus]


# --- Records --------------------


def test_a_record_is_read_from_the_signed_plans_at_the_planning_lag(company: Company) -> None:
    standing = records.standing(EVERYTHING)
    assert standing.lag == 2
    assert [months.code(month) for month in standing.months][:1] == ["2012-07"]
    assert len(standing.months) == 7
    found = standing.figures(company.series["B1/north"].product_id, company.series["B1/north"].product.family_id)
    assert found["sales"].bias == pytest.approx(0.20)
    assert found["sales"].error == pytest.approx(0.20)
    assert found["sales"].value_added == pytest.approx(-0.10)
    assert found["marketing"].accuracy == pytest.approx(0.95)
    assert found["finance"].bias == pytest.approx(-0.10)
    assert found["baseline"].error == pytest.approx(0.10)
    assert found["baseline"].value_added == pytest.approx(-0.10)  # last year's month was right
    assert found["consensus"].months == 7


def test_the_lag_is_shorter_while_there_is_no_month_to_judge() -> None:
    found_company(closed=1)
    assert records.standing(EVERYTHING).lag == 1


def test_without_a_signed_plan_all_weigh_the_same() -> None:
    company = found_company(closed=0)
    standing = records.standing(EVERYTHING)
    bike = company.series["B1/north"].product
    assert standing.lag == 0
    assert standing.shares([bike.pk], [bike.family_id]) == pytest.approx(np.full((1, 3), 1 / 3))


def test_a_department_that_spoke_nowhere_has_no_record() -> None:
    company = found_company(silent="finance")
    figures = records.standing(EVERYTHING).figures(*key_of(company, "B1/north"))
    assert figures["finance"].months == 0
    assert figures["finance"].accuracy is None


def test_where_a_product_has_no_record_its_familys_is_shown_and_said_so() -> None:
    company = found_company(silent="B1")
    figures = records.standing(EVERYTHING).figures(*key_of(company, "B1/north"))
    assert (figures["sales"].whose, figures["sales"].months) == ("family", 7)


def key_of(company: Company, series: str) -> tuple[int, int]:
    product = company.series[series].product
    return product.pk, product.family_id


# --- Where departments disagree --------------------


def test_rows_are_ranked_by_what_lies_between_highest_and_lowest(company: Company) -> None:
    found = compare.compared(company.plan, ALL, Question())
    assert [row.key for row in found.rows] == [f"series:{company.series['B1/north'].pk}", "product:H1"]
    first, second = found.rows
    assert first.apart == pytest.approx(3 * (150 - 90) * 10)
    assert first.period == "Feb – Apr 13"
    assert {voice.key: voice.units for voice in first.voices} == {
        "baseline": 300,
        "sales": 450,
        "marketing": 320,
        "finance": 270,
    }
    assert [voice.key for voice in first.voices if voice.best] == ["marketing"]
    assert second.apart == pytest.approx(150)
    assert {voice.key: voice.units for voice in second.voices}["finance"] is None
    assert (found.found, found.decided, found.apart) == (2, 0, pytest.approx(1950))


def test_who_sees_no_money_gets_the_ranking_in_units(company: Company) -> None:
    found = compare.compared(company.plan, Filters(Scope(None, None, False)), Question())
    assert not found.in_money
    assert found.rows[0].apart == pytest.approx(180)


def test_a_scope_hides_rows_and_their_records(company: Company) -> None:
    gear = make.make_user("gerd", families=[make.make_family("gear")])
    found = compare.compared(company.plan, Filters(scope(gear)), Question())
    assert [row.key for row in found.rows] == ["product:H1"]
    assert set(found.standing.frame["family"]) == {make.make_family("gear").pk}


def test_the_page_reads_with_a_fixed_number_of_queries(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(42):
        compare.compared(company.plan, ALL, Question())


# --- Deciding --------------------


def test_the_blend_becomes_the_consensus_by_the_weights_of_those_who_spoke(company: Company) -> None:
    planner = make.make_demand_planner()
    key = f"series:{company.series['B1/north'].pk}"
    consensus.decide(plan=company.plan, row=key, choice=Choice("blend"), by=planner)
    of = dict(
        zip(("sales", "marketing", "finance"), records.standing(EVERYTHING).shares(*wrapped(company))[0], strict=True)
    )
    march = (150 * of["sales"] + 90 * of["finance"]) / (of["sales"] + of["finance"])
    february = 150 * of["sales"] + 120 * of["marketing"] + 90 * of["finance"]
    assert planned(company, "B1/north") == pytest.approx([february, march, march, 100, 100, 100], abs=0.001)
    assert of["marketing"] > of["finance"] > of["sales"]
    decision = ConsensusDecision.objects.get()
    assert sum(decision.weights.values()) == pytest.approx(1, abs=0.001)
    assert decision.quantity == pytest.approx(february + 2 * march)
    entry = Input.objects.get(plan=company.plan, stream=None, month=FIRST)
    assert entry.method == "blend"
    assert "sales" in entry.reason
    assert Change.objects.get(change_set=decision.change_set).kind == "plan.edited"


def wrapped(company: Company) -> tuple[list[int], list[int]]:
    product, family = key_of(company, "B1/north")
    return [product], [family]


def test_one_stream_is_accepted_where_departments_spoke(company: Company) -> None:
    consensus.decide(
        plan=company.plan, row="product:H1", choice=Choice("stream", "sales"), by=make.make_demand_planner()
    )
    assert planned(company, "H1/north")[:2] == [110, 100]
    assert planned(company, "H1/south")[:2] == [105, 100]
    assert Input.objects.filter(plan=company.plan, stream=None).count() == 2
    assert set(Input.objects.filter(stream=None).values_list("method", flat=True)) == {"stream:sales"}


def test_a_number_is_spread_over_the_rows_series_and_needs_a_reason(company: Company) -> None:
    planner = make.make_demand_planner()
    with pytest.raises(PlanningError, match="reason"):
        consensus.decide(plan=company.plan, row="product:H1", choice=Choice("number", numbers={FIRST: 300}), by=planner)
    choice = Choice("number", numbers={FIRST: 300}, reason="A tender won")
    consensus.decide(plan=company.plan, row="product:H1", choice=choice, by=planner)
    assert planned(company, "H1/north")[0] + planned(company, "H1/south")[0] == 300
    assert ConsensusDecision.objects.get().reason == "A tender won"


def test_locked_and_frozen_cells_stay(company: Company) -> None:
    planner = make.make_demand_planner()
    key = f"series:{company.series['B1/north'].pk}"
    locks.lock_cells(plan=company.plan, cells=[(key, months.add(FIRST, 1))], locked=True, by=planner)
    Fence.objects.create(frozen_months=1)
    edited = consensus.decide(plan=company.plan, row=key, choice=Choice("stream", "sales"), by=planner)
    assert planned(company, "B1/north")[:3] == [100, 100, 150]
    assert "2 cells" in edited.note
    Fence.objects.update(frozen_months=6)
    with pytest.raises(PlanningError, match="locked or frozen"):
        consensus.decide(plan=company.plan, row=key, choice=Choice("stream", "finance"), by=planner)


def test_a_decision_can_be_undone(company: Company) -> None:
    planner = make.make_demand_planner()
    consensus.decide(plan=company.plan, row="product:H1", choice=Choice("blend"), by=planner)
    decision = ConsensusDecision.objects.get()
    undoing.undo(plan=company.plan, change_set=decision.change_set, by=planner)
    assert planned(company, "H1/north")[0] == 100
    decision.refresh_from_db()
    assert decision.undone
    assert compare.compared(company.plan, ALL, Question()).open == 2


def test_a_decided_row_is_open_again_when_somebody_speaks_of_another_month(company: Company) -> None:
    planner = make.make_demand_planner()
    consensus.decide(plan=company.plan, row="product:H1", choice=Choice("blend"), by=planner)
    assert compare.compared(company.plan, ALL, Question()).open == 1
    Input.objects.create(
        plan=company.plan,
        stream=company.streams["finance"],
        series=company.series["H1/north"],
        month=months.add(FIRST, 3),
        quantity=50,
    )
    assert compare.compared(company.plan, ALL, Question()).open == 2


def test_who_agrees_with_the_baseline_leaves_nothing_to_decide(company: Company) -> None:
    company.say("sales", "B2/north", 100)
    with pytest.raises(PlanningError, match="nothing to decide"):
        consensus.decide(plan=company.plan, row="product:B2", choice=Choice("blend"), by=make.make_demand_planner())


def test_remaking_the_plan_keeps_what_was_decided(company: Company) -> None:
    from planning.actions import plan_demand

    planner = make.make_demand_planner()
    consensus.decide(plan=company.plan, row="product:H1", choice=Choice("blend"), by=planner)
    before = planned(company, "H1/north")
    plan_demand(cycle=company.plan.cycle, by=planner)
    assert planned(company, "H1/north") == before


# --- Rules --------------------


def test_rules_decide_all_open_rows_below_a_limit_in_one_change(company: Company) -> None:
    planner = make.make_demand_planner()
    preview = consensus.preview_rules(plan=company.plan, by=planner, under=1_000)
    assert (preview.rows, preview.apart, preview.by_method) == (1, pytest.approx(150), {"blend by record": 1})
    assert preview.money == pytest.approx(150)
    edited = consensus.apply_rules(plan=company.plan, by=planner, under=1_000)
    assert planned(company, "H1/north")[0] == 110
    assert planned(company, "B1/north")[0] == 100
    undoing.undo(plan=company.plan, change_set=edited.change_set, by=planner)
    assert planned(company, "H1/north")[0] == 100


def test_a_familys_rule_holds_before_the_default(company: Company) -> None:
    planner = make.make_demand_planner()
    consensus.set_rule(family=None, method="baseline", by=planner)
    consensus.set_rule(family=make.make_family("bikes"), method="stream", stream="finance", by=planner)
    holds = rules.by_family()
    assert holds[make.make_family("gear").pk].method == "baseline"
    assert holds[make.make_family("bikes").pk].stream == "finance"
    consensus.apply_rules(plan=company.plan, by=planner)
    assert planned(company, "B1/north")[:4] == [90, 90, 90, 100]
    assert planned(company, "H1/north")[0] == 100
    assert ConsensusDecision.objects.count() == 2
    consensus.set_rule(family=make.make_family("bikes"), method="", by=planner)
    assert rules.by_family()[make.make_family("bikes").pk].method == "baseline"


def test_numbers_that_somebody_entered_are_left_alone_by_rules(company: Company) -> None:
    planner = make.make_demand_planner()
    choice = Choice("number", numbers={FIRST: 300}, reason="A tender won")
    consensus.decide(plan=company.plan, row="product:H1", choice=choice, by=planner)
    consensus.apply_rules(plan=company.plan, by=planner)
    assert planned(company, "H1/north")[0] + planned(company, "H1/south")[0] == 300


# --- Who may --------------------


def test_only_the_demand_planner_decides(company: Company) -> None:
    for person in (make.make_user("sam"), make.make_outsider()):
        with pytest.raises(NotAllowed):
            consensus.decide(plan=company.plan, row="product:H1", choice=Choice("blend"), by=person)
        with pytest.raises(NotAllowed):
            consensus.apply_rules(plan=company.plan, by=person)
        with pytest.raises(NotAllowed):
            consensus.preview_rules(plan=company.plan, by=person)
        with pytest.raises(NotAllowed):
            consensus.set_rule(family=None, method="blend", by=person)


def test_a_colleague_decides_only_inside_their_families(company: Company) -> None:
    gear = make.make_user("gerd", "demand-planning", "planner", families=[make.make_family("gear")])
    with pytest.raises(NotFound):
        consensus.decide(plan=company.plan, row="product:B1", choice=Choice("blend"), by=gear)
    consensus.apply_rules(plan=company.plan, by=gear)
    assert planned(company, "H1/north")[0] == 110
    assert planned(company, "B1/north")[0] == 100
    with pytest.raises(NotAllowed):
        consensus.set_rule(family=None, method="blend", by=gear)


def test_a_number_outside_the_plan_is_refused(company: Company) -> None:
    choice = Choice("number", numbers={dt.date(2030, 1, 1): 5}, reason="Far away")
    with pytest.raises(PlanningError, match="outside"):
        consensus.decide(plan=company.plan, row="product:H1", choice=choice, by=make.make_demand_planner())
