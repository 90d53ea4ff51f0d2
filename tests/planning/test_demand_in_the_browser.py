"""In a browser: from units to revenue, an edit in money, a saved view, where the number comes from, the postings."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from planning.models import SalesPlanLine
from tests.planning.test_demand_page import Company
from tests.planning.test_inspector import post_sales

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_number_is_edited_in_revenue_and_followed_down_to_its_postings(
    new_page: Callable[..., Any], axe: Callable[..., list[str]], scheme: str
) -> None:
    company = Company()
    post_sales(company, "city-north", 7, 3)
    page = new_page(company.planner, color_scheme=scheme)
    series = company.series["city-north"]
    page.goto(f"/demand/?row=series:{series.pk}&month=2026-06")
    page.get_by_role("link", name="Revenue", exact=True).click()
    page.wait_for_url("**unit=revenue**")
    page.wait_for_selector("html[data-ready]", state="attached")
    cell = page.locator(f'.grid-canvas-right [data-key="series:{series.pk}"] [data-month="2026-06"]')
    cell.filter(has_text="200").click()
    page.keyboard.type("250")
    with page.expect_response(re.compile(r"/edits/")) as saved:
        page.keyboard.press("Enter")
    assert saved.value.status == 200, saved.value.text()
    assert SalesPlanLine.objects.get(plan=company.plan, series=series).consensus[0] == 25
    cell.click()
    page.locator("#cell").get_by_text("25 units. The steps are in units").wait_for()
    assert axe(page) == []

    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save this view as").fill("City in money")
    page.get_by_role("button", name="Save view").click()
    page.locator(".vw-name", has_text="City in money").wait_for()
    assert "unit=revenue" in page.url

    page.locator("#cell").get_by_role("link", name="2 postings").click()
    page.get_by_role("heading", name="Postings of North, Jun 25").wait_for()
    assert "the same" in page.locator(".ek-page").inner_text()
    assert axe(page) == []
    page.get_by_role("link", name="Back to the plan").click()
    page.wait_for_url("**/demand/?row=series**unit=revenue**")
