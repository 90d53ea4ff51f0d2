"""Editing the sales plan: at any level, all or nothing, and never over somebody else's number unseen."""

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from planning.actions import CellEdit, edit_cells, plan_demand, undo
from planning.actions.sheets import Cause
from planning.models import Input, SalesPlan, SalesPlanLine
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Series
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE, JULY = dt.date(2026, 6, 1), dt.date(2026, 7, 1)


class Company:
    """Two families of two products in two markets: a baseline of 10, 20, 30 … a month, price 5, cost 2."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.bikes, self.parts = make.make_family("bikes"), make.make_family("parts")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        self.series: dict[str, Series] = {}
        means = {}
        for family in (self.bikes, self.parts):
            for number in (1, 2):
                product = make.make_product(f"{family.code}-{number}", family, price=5, cost=2)
                for market in (self.north, self.south):
                    series = make.make_series(product, market)
                    self.series[f"{product.code}-{market.code}"] = series
                    means[series] = 10.0 * len(self.series)
        self.cycle = make.make_cycle(JUNE)
        make.make_forecast(self.cycle, means)
        self.plan = plan_demand(cycle=self.cycle, by=self.planner)

    def value(self, name: str, month: int = 0) -> float:
        return float(SalesPlanLine.objects.get(plan=self.plan, series=self.series[name]).consensus[month])

    def edit(self, row: str, entry: str | float | None, **keywords: object) -> object:
        options = {key: keywords.pop(key) for key in ("base", "version", "month") if key in keywords}
        cell = CellEdit(row, options.pop("month", JUNE), entry, **options)
        keywords.setdefault("cause", Cause("Agreed with sales"))
        return edit_cells(plan=self.plan, edits=[cell], by=keywords.pop("by", self.planner), **keywords)

    def key(self, name: str) -> str:
        return f"series:{self.series[name].pk}"

    def assert_totals_add_up(self) -> None:
        """Every family × market total is the sum of its leaves, in units and in money."""
        for total in SalesPlanLine.objects.filter(plan=self.plan, family__isnull=False):
            leaves = SalesPlanLine.objects.filter(
                plan=self.plan, series__product__family=total.family, series__market=total.market
            )
            for measure in ("baseline", "consensus", "revenue", "cost"):
                np.testing.assert_allclose(
                    getattr(total, measure), sum(getattr(leaf, measure) for leaf in leaves), atol=1e-9
                )


@pytest.fixture
def company() -> Company:
    return Company()


def test_the_plan_starts_at_the_baseline_valued_at_plan_price_and_cost(company: Company) -> None:
    line = SalesPlanLine.objects.get(plan=company.plan, series=company.series["bikes-1-north"])
    assert line.consensus.tolist() == [10.0] * 6
    assert line.revenue.tolist() == [50.0] * 6
    assert line.cost.tolist() == [20.0] * 6
    company.assert_totals_add_up()


def test_a_number_typed_into_a_leaf_is_saved_with_its_author_and_reason(company: Company) -> None:
    edited = company.edit(company.key("bikes-1-north"), "+10%", cause=Cause("Trade fair"))
    assert company.value("bikes-1-north") == pytest.approx(11.0)
    entry = Input.objects.get()
    assert (entry.author, entry.reason, entry.row_version) == (company.planner, "Trade fair", 1)
    assert edited.version == 2 == SalesPlan.objects.get(pk=company.plan.pk).version
    company.assert_totals_add_up()


def test_a_family_is_split_in_proportion_and_adds_up_exactly(company: Company) -> None:
    edited = company.edit("family:bikes", "=131")
    values = [company.value(name) for name in list(company.series)[:4]]
    assert sum(values) == 131
    assert values == [13, 26, 39, 53]  # 131 over 10:20:30:40; the largest remainders are .4 (of 52.4) and .3
    assert "in proportion to the current plan" in edited.note
    assert company.value("parts-1-north") == 50.0
    company.assert_totals_add_up()


def test_a_locked_cell_keeps_its_value_and_the_rest_absorb(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "10")
    Input.objects.update(locked=True)
    company.edit("family:bikes", "190")
    assert company.value("bikes-1-north") == 10
    assert [company.value(n) for n in ("bikes-1-south", "bikes-2-north", "bikes-2-south")] == [40, 60, 80]


def test_when_all_is_locked_the_edit_is_refused(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "10")
    Input.objects.update(locked=True)
    with pytest.raises(PlanningError, match="locked"):
        company.edit(company.key("bikes-1-north"), "11")


def test_less_than_the_locked_cells_is_refused_in_words(company: Company) -> None:
    company.edit(company.key("bikes-2-south"), "40")
    Input.objects.update(locked=True)
    with pytest.raises(PlanningError, match="locked parts add up to 40"):
        company.edit("family:bikes", "30")


def test_delete_goes_back_to_the_baseline(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "99")
    company.edit("product:bikes-1", None)
    assert company.value("bikes-1-north") == 10.0
    assert not Input.objects.exists()
    company.assert_totals_add_up()


def test_undo_puts_back_the_whole_change_set(company: Company) -> None:
    first = company.edit("family:bikes", "200")
    second = company.edit("total", "*2")
    undo(plan=company.plan, change_set=second.change_set, by=company.planner)
    assert company.value("bikes-1-north") == 20.0
    undo(plan=company.plan, change_set=first.change_set, by=company.planner)
    assert [company.value(name) for name in company.series] == [10.0 * n for n in range(1, 9)]
    assert not Input.objects.exists()
    company.assert_totals_add_up()


def test_undo_is_refused_after_somebody_elses_edit_of_the_same_cell(company: Company) -> None:
    first = company.edit("family:bikes", "200")
    company.edit(company.key("bikes-1-north"), "77", by=make.make_demand_planner("dora"))
    with pytest.raises(Conflict, match="changed Jun 26 since"):
        undo(plan=company.plan, change_set=first.change_set, by=company.planner)


def test_a_stale_cell_is_a_conflict_with_theirs_mine_and_the_base(company: Company) -> None:
    colleague = make.make_demand_planner("dora")
    key = company.key("bikes-1-north")
    company.edit(key, "15", base=10.0, version=0, by=colleague)
    with pytest.raises(Conflict) as refused:
        company.edit(key, "12", base=10.0, version=0)
    [conflict] = refused.value.extra["conflicts"]
    assert (conflict["base"], conflict["mine"], conflict["theirs"], conflict["by"]) == (10.0, 12.0, 15.0, "Dora")
    assert company.value("bikes-1-north") == 15.0
    company.edit(key, "12", base=10.0, version=0, force=True)
    assert company.value("bikes-1-north") == 12.0


def test_a_stale_family_is_a_conflict_too_but_another_month_is_not(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "15")
    with pytest.raises(Conflict) as refused:
        company.edit("family:bikes", "+20%", base=100.0)
    [conflict] = refused.value.extra["conflicts"]
    assert (conflict["mine"], conflict["by"]) == (120.0, company.planner.display_name)
    assert dt.datetime.fromisoformat(conflict["at"]).tzinfo
    company.edit("family:bikes", "120", base=100.0, month=JULY)


def test_one_bad_cell_saves_nothing_of_the_gesture(company: Company) -> None:
    edits = [CellEdit("family:bikes", JUNE, "120"), CellEdit("family:parts", JUNE, "many")]
    with pytest.raises(PlanningError) as refused:
        edit_cells(plan=company.plan, edits=edits, by=company.planner)
    assert refused.value.errors == {"cells.1": ["“many” is not a quantity. Write 1200, +10%, -5%, *1.1, +500 or 15k."]}
    assert company.value("bikes-1-north") == 10.0
    assert not Input.objects.exists()


@pytest.mark.parametrize(
    ("row", "month", "error", "words"),
    [
        ("family:boats", JUNE, NotFound, "no family “boats”"),
        ("series:999999", JUNE, NotFound, "no row"),
        ("shelf:1", JUNE, NotFound, "no row “shelf:1”"),
        ("total", dt.date(2026, 5, 1), PlanningError, "May 26 is not a month of this plan"),
        ("total/measure:baseline", JUNE, PlanningError, "calculated"),
    ],
)
def test_what_does_not_exist_is_named(company: Company, row: str, month: dt.date, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        company.edit(row, "1", month=month)


def test_a_department_enters_its_own_stream_and_the_consensus_stays(company: Company) -> None:
    make.make_stream("sales")
    company.edit("product:bikes-1/measure:sales", "60", by=make.make_user("sally", "sales"))
    assert sorted(Input.objects.values_list("quantity", flat=True)) == [20.0, 40.0]
    assert company.value("bikes-1-north") == 10.0
    assert SalesPlan.objects.get(pk=company.plan.pk).version == 1


def test_a_colleague_of_another_department_may_not_enter_it(company: Company) -> None:
    make.make_stream("sales")
    with pytest.raises(NotAllowed, match=r"enter a forecast for this department \(Sales\)"):
        company.edit("product:bikes-1/measure:sales", "60", by=make.make_user("mark", "marketing"))


def test_only_the_demand_planner_edits_the_consensus(company: Company) -> None:
    for person in (make.make_user("sally", "sales"), make.make_outsider()):
        with pytest.raises(NotAllowed, match="edit the sales plan"):
            company.edit("total", "1", by=person)


def test_a_planner_with_a_scope_edits_only_what_lies_in_it(company: Company) -> None:
    northern = make.make_user("nora", "demand-planning", "planner", markets=[company.north])
    company.edit("family:bikes", "80", by=northern)
    assert [company.value(name) for name in list(company.series)[:4]] == [20, 20, 60, 40]
    with pytest.raises(NotFound):
        company.edit(company.key("bikes-1-south"), "1", by=northern)


def test_a_signed_or_closed_plan_takes_no_edit(company: Company) -> None:
    company.cycle.state = company.cycle.State.PUBLISHED
    company.cycle.save()
    with pytest.raises(Locked, match="published"):
        company.edit("total", "1")


def test_every_edit_is_logged_with_old_and_new(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "15")
    change = Change.objects.filter(kind="plan.edited").get()
    assert change.data["cells"] == [[company.series["bikes-1-north"].pk, "2026-06", None, 15.0, 1]]
    assert (change.families, change.markets) == (["bikes"], ["north"])


def test_planning_again_keeps_what_people_entered(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "15")
    plan_demand(cycle=company.cycle, by=company.planner)
    assert company.value("bikes-1-north") == 15.0
    assert company.value("bikes-1-north", 1) == 10.0
    company.assert_totals_add_up()


def test_an_empty_market_is_split_by_the_last_years_sales(company: Company) -> None:
    SalesPlanLine.objects.filter(plan=company.plan).update(
        consensus=np.zeros(6), baseline=np.zeros(6), revenue=np.zeros(6), cost=np.zeros(6)
    )
    make.make_history(company.series["bikes-1-north"], dt.date(2025, 6, 1), [30.0])
    make.make_history(company.series["bikes-1-south"], dt.date(2025, 6, 1), [10.0])
    edited = company.edit("product:bikes-1", "100")
    assert [company.value("bikes-1-north"), company.value("bikes-1-south")] == [75.0, 25.0]
    assert "last year’s sales" in edited.note


def test_a_single_cell_is_saved_without_reading_the_whole_portfolio(company: Company) -> None:
    with CaptureQueriesContext(connection) as queries:
        company.edit(company.key("bikes-1-north"), "15")
    reads = [query["sql"] for query in queries if 'FROM "sop_series"' in query["sql"]]
    assert reads
    assert all('"sop_series"."id" IN' in sql for sql in reads)
