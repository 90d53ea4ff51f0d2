"""Changing many cells in one gesture, seen before it is saved, undone as a whole."""

import datetime as dt

import pytest

from planning.actions import lock_cells, undo
from planning.actions.fences import set_fences
from planning.actions.mass_editing import MassEdit, mass_edit, preview_mass_edit
from planning.actions.sheets import Cause
from planning.engine.mass import Kind
from planning.models import Input
from planning.queries.rows import Filters
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.models import Change
from sop.permissions import scope
from tests import factories as make
from tests.planning.test_demand_page import Company as Page
from tests.planning.test_editing import JULY, JUNE, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
AUGUST = dt.date(2026, 8, 1)
WHY = Cause("New price list")


@pytest.fixture
def company() -> Company:
    return Company()


def change(company: Company, kind: Kind, amount: float = 0, **keywords: object) -> object:
    options = {"first": JUNE, "last": JULY} | {k: keywords.pop(k) for k in ("first", "last", "rows") if k in keywords}
    what = MassEdit(kind, amount=amount, **options)
    by = keywords.pop("by", company.planner)
    return mass_edit(plan=company.plan, what=what, by=by, cause=WHY, **keywords)


def test_all_that_the_filter_shows_changes_by_a_share_and_adds_up(company: Company) -> None:
    filters = Filters(scope(company.planner), family="bikes")
    edited, effect = change(company, Kind.PERCENT, 10, filters=filters)
    assert [company.value(name, 1) for name in list(company.series)[:5]] == [11, 22, 33, 44, 50]
    assert (effect.series, effect.cells, effect.before, effect.after) == (4, 8, 200, 220)
    assert edited.note == "Changed 8 cells of 4 series."
    assert Change.objects.filter(kind="plan.mass_edited").count() == 1
    [entry] = set(Input.objects.values_list("method", "mode", "reason"))
    assert entry == ("mass:percent", Input.Mode.PERCENT, "New price list")
    company.assert_totals_add_up()


def test_each_selected_row_gets_what_is_set_and_a_family_speaks_for_the_products_below_it(company: Company) -> None:
    change(company, Kind.SET, 60, rows=["family:bikes", "product:bikes-1", "product:parts-1"])
    assert sum(company.value(name) for name in list(company.series)[:4]) == 60
    assert company.value("parts-1-north") + company.value("parts-1-south") == 60
    assert company.value("parts-2-north") == 70


def test_a_total_is_spread_over_rows_and_months(company: Company) -> None:
    change(company, Kind.SPREAD, 400, rows=["family:bikes"])
    assert [company.value("bikes-1-north", month) for month in range(3)] == [20, 20, 10]


def test_last_year_is_copied_and_months_are_shifted(company: Company) -> None:
    make.make_history(company.series["bikes-1-north"], dt.date(2025, 6, 1), [7.0, 8.0])
    change(company, Kind.COPY_LAST_YEAR, rows=["product:bikes-1"])
    assert [company.value("bikes-1-north", month) for month in range(3)] == [7, 8, 10]
    assert company.value("bikes-1-south") == 20
    change(company, Kind.SHIFT, 1, rows=["product:bikes-1"], first=JULY, last=AUGUST)
    assert [company.value("bikes-1-north", month) for month in range(3)] == [7, 7, 8]
    company.assert_totals_add_up()


def test_locked_cells_and_frozen_months_are_left_alone_and_counted(company: Company) -> None:
    lock_cells(plan=company.plan, cells=[(company.key("parts-1-north"), JULY)], locked=True, by=company.planner)
    set_fences(wanted={"bikes": (1, 0)}, by=company.planner)
    edited, effect = change(company, Kind.PERCENT, 100)
    assert (effect.locked, effect.frozen) == (1, 4)
    assert edited.note.endswith("Left alone: 1 locked and 4 frozen.")
    assert [company.value("bikes-1-north", month) for month in range(2)] == [10, 20]
    assert [company.value("parts-1-north", month) for month in range(2)] == [100, 50]
    with pytest.raises(PlanningError, match="Nothing would change"):
        change(company, Kind.PERCENT, 5, rows=["family:bikes"], last=JUNE)


def test_what_it_would_do_is_seen_first_and_nothing_is_written(company: Company) -> None:
    what = MassEdit(Kind.PERCENT, JUNE, JUNE, 10, ["family:bikes"])
    effect = preview_mass_edit(plan=company.plan, what=what, by=company.planner)
    assert (effect.before, effect.after) == (100, 110)
    assert effect.largest[0] == {"name": "Product bikes-2, South", "before": 40, "after": 44}
    assert not Input.objects.exists()
    assert company.value("bikes-2-south") == 40


def test_one_undo_takes_it_all_back(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "15")
    edited, _ = change(company, Kind.PERCENT, 10)
    undo(plan=company.plan, change_set=edited.change_set, by=company.planner)
    assert [company.value(name) for name in company.series] == [15, 20, 30, 40, 50, 60, 70, 80]
    assert Input.objects.get().quantity == 15
    company.assert_totals_add_up()


def test_it_always_says_why(company: Company) -> None:
    what = MassEdit(Kind.PERCENT, JUNE, JUNE, 1)
    with pytest.raises(PlanningError, match="Say why"):
        mass_edit(plan=company.plan, what=what, by=company.planner, cause=Cause())


def test_planner_colleague_and_outsider(company: Company) -> None:
    northern = make.make_user("nora", "demand-planning", "planner", markets=[company.north])
    _, effect = change(company, Kind.ADD, 5, by=northern)
    assert effect.series == 4
    assert company.value("bikes-1-south") == 20
    with pytest.raises(NotFound):
        change(company, Kind.ADD, 5, rows=[company.key("bikes-1-south")], by=northern)
    for person in (make.make_user("sally", "sales"), make.make_outsider()):
        with pytest.raises(NotAllowed):
            change(company, Kind.ADD, 5, by=person)


def test_the_page_previews_saves_and_refuses_what_makes_no_sense() -> None:
    page = Page()
    body = {"kind": "percent", "amount": "10", "first": "2026-06", "last": "2026-07", "rows": ["family:bikes"]}
    effect = page.post(page.planner, "mass", body | {"dry": True}).json()
    assert (effect["before"], effect["after"]) == (160, 176)
    answer = page.post(page.planner, "mass", body | {"reason": "Fair", "refresh": ["total"]}).json()
    assert answer["rows"][0]["key"] == "total"
    for bad in ({"kind": "halve"}, {"amount": "ten"}, {"first": "2026-09"}, {"kind": "set", "amount": "-1"}):
        assert page.post(page.planner, "mass", body | bad | {"reason": "x"}).status_code in (400, 422)
    assert page.post(make.make_outsider(), "mass", body).status_code == 403
