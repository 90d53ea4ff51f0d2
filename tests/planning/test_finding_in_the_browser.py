"""In a browser: a row far down is found by keyboard, and the split of what is typed is offered beside the cell."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Input, SalesPlanLine
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def open_grid(new_page: Callable[..., Any], company: Company) -> Any:
    page = new_page(company.planner)
    page.goto("/demand/?mode=decide")
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def test_a_row_is_found_and_left_by_keyboard_alone(new_page: Callable[..., Any], axe: Callable[..., list[str]]) -> None:
    company = Company()
    page = open_grid(new_page, company)
    page.keyboard.press("Control+f")
    page.keyboard.type("south")
    page.keyboard.press("Enter")
    selected = page.locator(".pg-here .slick-cell.label")
    first, second = (company.series[f"{code}-south"].pk for code in ("city", "race"))
    page.locator(f'.pg-here[data-key="series:{first}"]').first.wait_for()
    assert "South" in selected.first.inner_text()
    page.keyboard.press("Enter")
    page.locator(f'.pg-here[data-key="series:{second}"]').first.wait_for()
    page.get_by_text("2 of 3", exact=True).wait_for()
    page.keyboard.press("Shift+Enter")
    page.locator(f'.pg-here[data-key="series:{first}"]').first.wait_for()
    assert axe(page) == []

    page.keyboard.press("Escape")
    with page.expect_response(lambda answer: "/edits/" in answer.url):
        page.keyboard.type("22")
        assert page.get_by_role("button", name="Preview").is_hidden(), "a series is not split"
        page.keyboard.press("Enter")
    line = SalesPlanLine.objects.get(plan=company.plan, series=first)
    assert line.consensus[0] == 22


def test_the_split_of_what_is_typed_is_offered_beside_the_cell(new_page: Callable[..., Any]) -> None:
    company = Company()
    page = open_grid(new_page, company)
    page.keyboard.press("Control+f")
    page.keyboard.type("city")
    page.keyboard.press("Enter")
    page.locator('.pg-here[data-key="product:city"]').first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.type("90")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Save the split").wait_for()
    page.get_by_role("button", name="Drop my entry").click()
    assert not Input.objects.exists()
