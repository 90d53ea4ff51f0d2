"""The Supply page in Chromium: the cell that is clicked explains itself, and the grid opens."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from planning.models import ProductionPlan, Resource, Scenario
from tests.planning.supply_company import SupplyCompany

pytestmark = pytest.mark.browser


@pytest.fixture
def company(transactional_db: None) -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=90)
    company.supply()
    return company


@pytest.fixture
def supply(company: SupplyCompany, new_page: Callable[..., Any]) -> Any:
    page = new_page(company.planner)
    page.goto("/supply/")
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def test_a_click_on_a_cell_says_what_loads_it(supply: Any) -> None:
    supply.get_by_role("button", name="Assembly, Jul 26").click()
    panel = supply.locator("#load-cell")
    panel.get_by_role("heading", name="Assembly, Jul 2026").wait_for()
    panel.locator("capacity-chart svg").wait_for()
    assert "Bikes" in panel.inner_text()


def test_the_first_family_is_open_to_its_balance(supply: Any) -> None:
    for measure in ("+ Production", "= Closing"):
        supply.locator(".grid-canvas").get_by_text(measure).first.wait_for()


def test_production_typed_into_the_grid_is_simulated_at_once(supply: Any, company: SupplyCompany) -> None:
    supply.locator('.grid-canvas-right [data-key="family:bikes/measure:production"] [data-month="2026-08"]').click()
    supply.keyboard.type("+60")
    supply.keyboard.press("Enter")
    supply.get_by_label("Reason").fill("A large order")
    with supply.expect_response(re.compile(r"/edits/")) as saved:
        supply.get_by_role("button", name="Save the change").click()
    assert saved.value.status == 200, saved.value.text()
    supply.get_by_text("Changed by hand 1 time").wait_for()
    line = company.line(ProductionPlan.objects.get(), company.bike)
    hours = round(100 * line.production[2] / 90)
    supply.get_by_role("button", name=f"Assembly, Aug 26: {hours} %, overload").wait_for()
    supply.keyboard.press("Control+z")
    supply.get_by_role("button", name=f"Assembly, Aug 26: {hours} %, overload").wait_for(state="detached")


def test_a_lever_is_tried_in_a_scenario(supply: Any, company: SupplyCompany) -> None:
    company.supply("chase")
    supply.reload()
    supply.get_by_role("button", name="Assembly, Jul 26").click()
    supply.get_by_role("button", name="Try: Extra shift").click()
    supply.get_by_role("heading", name="Scenario: Extra shift, Assembly, Jul 26").wait_for()
    change = Scenario.objects.get().changes.get()
    assert (change.target, change.resource) == ("regular_hours", company.assembly)


def test_the_selected_row_shows_its_stock(supply: Any) -> None:
    supply.locator("#sup-row").get_by_role("heading", name="Bikes").wait_for()
    supply.locator("#sup-row fan-chart svg").wait_for()


def test_it_is_accessible(supply: Any, axe: Callable[[Any], list[str]]) -> None:
    supply.get_by_role("button", name="Assembly, Jul 26").click()
    supply.locator("#load-cell capacity-chart svg").wait_for()
    assert axe(supply) == []
