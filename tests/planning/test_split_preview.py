"""What an entry would do is seen before it is saved, by the code that saves it."""

import pytest

from planning.actions import CellEdit, lock_cells
from planning.actions.fences import set_fences
from planning.actions.previewing import preview_edit
from planning.models import Input
from sop.errors import NotAllowed, PlanningError
from tests import factories as make
from tests.planning.test_demand_page import Company as Page
from tests.planning.test_editing import JUNE, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


def test_each_row_below_with_before_after_and_what_is_locked(company: Company) -> None:
    lock_cells(plan=company.plan, cells=[(company.key("bikes-1-south"), JUNE)], locked=True, by=company.planner)
    preview = preview_edit(plan=company.plan, edit=CellEdit("product:bikes-1", JUNE, "50"), by=company.planner)
    assert [(part.name, part.before, part.after, part.locked) for part in preview.parts] == [
        ("North", 10, 30, 0),
        ("South", 20, 20, 1),
    ]
    assert preview.note == "Split over 2 markets in proportion to the current plan; South locked at 20."
    assert company.value("bikes-1-north") == 10.0
    assert Input.objects.count() == 1
    edited = company.edit("product:bikes-1", "50")
    assert (edited.note, company.value("bikes-1-north")) == (preview.note, 30.0)


def test_a_family_shows_its_products_and_the_total_its_families(company: Company) -> None:
    def names(row: str) -> list[str]:
        preview = preview_edit(plan=company.plan, edit=CellEdit(row, JUNE, "+10%"), by=company.planner)
        assert sum(part.after for part in preview.parts) == pytest.approx(preview.after)
        return sorted(part.name for part in preview.parts)

    assert names("family:bikes") == ["Product bikes-1", "Product bikes-2"]
    assert names("total") == ["Bikes", "Parts"]


def test_it_tells_of_the_fence_and_refuses_what_saving_would_refuse(company: Company) -> None:
    set_fences(wanted={"bikes": (1, 0)}, by=company.planner)
    edit = CellEdit("total", JUNE, "+80")
    assert "Jun 26 is frozen for 4 of the 8" in preview_edit(plan=company.plan, edit=edit, by=company.planner).fence
    with pytest.raises(PlanningError, match="not a quantity"):
        preview_edit(plan=company.plan, edit=CellEdit("total", JUNE, "many"), by=company.planner)
    with pytest.raises(NotAllowed):
        preview_edit(plan=company.plan, edit=edit, by=make.make_user("sally", "sales"))


def test_the_page_shows_it_to_who_may_edit() -> None:
    page = Page()
    asked = {"row": "family:bikes", "month": "2026-06", "entry": "100"}
    shown = page.get(page.planner, "preview", **asked).content.decode()
    for words in ("Jun 26: 80 → 100", "Split over 4 series", "Product city"):
        assert words in shown
    assert page.get(page.planner, "preview", **(asked | {"entry": "x"})).status_code == 422
    assert page.get(make.make_outsider(), "preview", **asked).status_code == 403
