"""The Supply page in Chromium: the cell that is clicked explains itself, and the grid opens."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Resource
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


def test_a_family_opens_into_its_balance(supply: Any) -> None:
    supply.locator("planning-grid .ex").first.click()
    supply.get_by_text("= Closing").first.wait_for()
    assert supply.get_by_text("+ Production").count() == 1


def test_it_is_accessible(supply: Any, axe: Callable[[Any], list[str]]) -> None:
    supply.get_by_role("button", name="Assembly, Jul 26").click()
    supply.locator("#load-cell capacity-chart svg").wait_for()
    assert axe(supply) == []
