"""Locks: a locked cell keeps its number whatever happens around it, until somebody unlocks it."""

import datetime as dt

import pytest

from planning.actions import CellEdit, edit_cells, lock_cells, plan_demand, undo
from planning.models import Input, SalesPlan
from sop.errors import Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change
from tests import factories as make
from tests.planning.test_demand_page import Company as Page
from tests.planning.test_editing import JULY, JUNE, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


def lock(company: Company, row: str, month: dt.date = JUNE, *, locked: bool = True, by: object = None) -> object:
    return lock_cells(plan=company.plan, cells=[(row, month)], locked=locked, by=by or company.planner)


def test_a_cell_without_an_entry_gets_its_present_number_as_its_entry(company: Company) -> None:
    edited = lock(company, company.key("bikes-1-north"))
    entry = Input.objects.get()
    assert (entry.quantity, entry.locked, entry.method) == (10.0, True, Input.LOCK)
    assert edited.note == "Locked 1 cell."
    assert SalesPlan.objects.get().version == 1
    change = Change.objects.get(kind="plan.locked")
    assert change.summary == "Locked cells of the sales plan: 1 cell of 1 series"


def test_what_an_entry_carries_stays_when_it_is_locked_and_unlocked(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "+5")
    before = Input.objects.get()
    lock(company, company.key("bikes-1-north"), by=make.make_demand_planner("dora"))
    lock(company, company.key("bikes-1-north"), locked=False)
    after = Input.objects.get()
    assert (after.quantity, after.author, after.mode) == (before.quantity, before.author, before.mode)
    assert (after.locked, after.row_version) == (False, 3)


def test_a_locked_cell_keeps_its_number_through_edits_from_above_and_new_forecasts(company: Company) -> None:
    lock(company, company.key("bikes-2-south"))
    company.edit("family:bikes", "160")
    assert company.value("bikes-2-south") == 40.0
    assert sum(company.value(name) for name in list(company.series)[:4]) == 160
    make.make_forecast(make.make_cycle(dt.date(2027, 1, 1)), {})
    plan_demand(cycle=company.cycle, by=company.planner)
    company.edit("family:bikes", None)
    assert company.value("bikes-2-south") == 40.0
    with pytest.raises(PlanningError, match="locked"):
        company.edit(company.key("bikes-2-south"), "41")
    company.assert_totals_add_up()


def test_locking_a_family_locks_every_series_below_it_for_the_month(company: Company) -> None:
    edited = lock(company, "family:bikes")
    assert edited.cells == 4
    assert {entry.month for entry in Input.objects.all()} == {JUNE}
    company.edit("total", "500")
    assert [company.value(name) for name in list(company.series)[:4]] == [10, 20, 30, 40]
    company.edit("family:bikes", "120", month=JULY)
    with pytest.raises(PlanningError, match="locked already"):
        lock(company, "family:bikes")


def test_undo_takes_a_lock_back_and_can_itself_be_undone(company: Company) -> None:
    company.edit(company.key("bikes-1-north"), "12")
    locked = lock(company, "product:bikes-1")
    undone = undo(plan=company.plan, change_set=locked.change_set, by=company.planner)
    [entry] = Input.objects.all()
    assert (entry.quantity, entry.locked) == (12.0, False)
    undo(plan=company.plan, change_set=undone.change_set, by=company.planner)
    assert Input.objects.filter(locked=True).count() == 2


def test_undo_never_changes_a_cell_that_was_locked_since(company: Company) -> None:
    edited = company.edit(company.key("bikes-1-north"), "12")
    lock(company, company.key("bikes-1-north"))
    with pytest.raises(Locked, match="locked since"):
        undo(plan=company.plan, change_set=edited.change_set, by=company.planner)
    assert company.value("bikes-1-north") == 12.0


def test_undo_gives_an_entry_back_as_it_was_meant(company: Company) -> None:
    author = make.make_demand_planner("dora")
    company.edit(company.key("bikes-1-north"), "+10%", by=author)
    edited = company.edit(company.key("bikes-1-north"), "15")
    undo(plan=company.plan, change_set=edited.change_set, by=company.planner)
    entry = Input.objects.get()
    assert (entry.quantity, entry.mode, entry.author) == (pytest.approx(11.0), Input.Mode.PERCENT, author)


def test_planner_colleague_and_outsider(company: Company) -> None:
    make.make_stream("sales")
    northern = make.make_user("nora", "demand-planning", "planner", markets=[company.north])
    assert lock(company, "family:bikes", by=northern).cells == 2
    with pytest.raises(NotFound):
        lock(company, company.key("bikes-1-south"), by=northern)
    sally = make.make_user("sally", "sales")
    assert lock(company, "product:bikes-1/measure:sales", by=sally).cells == 2
    for person in (sally, make.make_outsider()):
        with pytest.raises(NotAllowed):
            lock(company, "family:parts", by=person)


def test_the_grid_tells_some_below_locked_from_all_locked() -> None:
    page = Page()
    south = f"series:{page.series['city-south'].pk}"
    body = {"cells": [{"row": south, "month": "2026-06"}], "locked": True, "refresh": [south, "product:city", "total"]}
    answer = page.post(page.planner, "locks", body).json()
    assert [row["flags"]["2026-06"] for row in answer["rows"]] == ["lk", "pl", "pl"]
    north = f"series:{page.series['city-north'].pk}"
    answer = page.post(page.planner, "locks", body | {"cells": [{"row": north, "month": "2026-06"}]}).json()
    assert [row["flags"]["2026-06"] for row in answer["rows"]] == ["lk", "lk", "pl"]
    assert page.post(make.make_outsider(), "locks", body).status_code == 403


def test_a_gesture_of_several_cells_takes_them_all_or_none(company: Company) -> None:
    edits = [CellEdit(company.key(name), JUNE, "1") for name in ("bikes-1-north", "bikes-1-south")]
    lock(company, company.key("bikes-1-south"))
    with pytest.raises(PlanningError, match="locked"):
        edit_cells(plan=company.plan, edits=edits, by=company.planner)
    assert company.value("bikes-1-north") == 10.0
