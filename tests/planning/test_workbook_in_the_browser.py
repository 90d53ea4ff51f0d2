"""A planner exports the plan, works in the file, drops it on the page and takes a part of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.planning.workbooks import Company, cell, changed

pytestmark = pytest.mark.browser
BIKE = ("city", "North", "Consensus")


@pytest.fixture
def company(transactional_db: None) -> Company:
    return Company()


def test_the_plan_goes_to_excel_and_comes_back(
    company: Company, new_page: Callable[..., Any], axe: Callable[[Any], list[str]], tmp_path: Path
) -> None:
    page = new_page(company.planner)
    page.goto("/demand/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("More on this page").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export to Excel as the grid").click()
    file = tmp_path / "plan.xlsx"
    file.write_bytes(changed(Path(download.value.path()).read_bytes(), enter))
    company.edit("city-south", 2000)

    page.goto(f"/demand/{company.plan.pk}/workbook/")
    assert axe(page) == []
    page.get_by_label("Workbook or CSV file").set_input_files(file)
    page.get_by_role("button", name="Show what it changes").click()
    page.get_by_role("heading", name="What the file changes").wait_for()
    assert axe(page) == []
    chosen = page.locator("[data-chosen]")
    assert "2 changes chosen" in chosen.inner_text()

    page.get_by_label("Take Jul 26 of Product city, North, Consensus").uncheck()
    page.locator("input[value=mine]").check()
    assert "2 changes chosen" in chosen.inner_text()
    page.get_by_role("button", name="Take what is ticked").click()
    page.get_by_text("2 changes of the file taken into the plan").wait_for()
    assert [company.value("city-north"), company.value("city-south"), company.value("city-north", 1)] == [
        1400,
        1500,
        1234.5,
    ]
    assert page.get_by_label("Take Jul 26 of Product city, North, Consensus").is_checked()
    page.get_by_role("button", name="Undo what was taken").click()
    page.get_by_text("2 changes of the file undone").wait_for()
    assert company.value("city-north") == 1234.5


def enter(sheet: Any) -> None:
    cell(sheet, "2026-06", *BIKE).value = 1400
    cell(sheet, "2026-07", *BIKE).value = 1600
    cell(sheet, "2026-06", "city", "South", "Consensus").value = "1 500"
    cell(sheet, "2026-07", "city", "South", "Consensus").value = "plenty"
