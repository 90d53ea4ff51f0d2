"""In Chromium: an assumption is written and left out again, a launch is seen before it is kept; axe is content."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Assumption, ProductChange
from tests.planning.test_assumptions import Company

pytestmark = pytest.mark.browser


@pytest.fixture
def company(transactional_db: None) -> Company:
    return Company()


def test_what_is_assumed_moves_the_plan_and_can_be_left_out(
    company: Company, new_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    page = new_page(company.planner)
    page.goto("/demand/assumptions/new/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("What is assumed").fill("Trade fair")
    page.get_by_label("Family").select_option("bikes")
    page.get_by_label("Effect").fill("20")
    page.get_by_label("First month").fill("2026-07")
    page.get_by_label("Last month").fill("2026-08")
    assert axe(page) == []
    page.get_by_role("button", name="Add assumption").click()
    page.get_by_text("the plan moves by +120 units").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Leave out A-").click()
    page.get_by_text("the plan moves by −120 units").wait_for()
    assert not Assumption.objects.get().included
    page.goto("/demand/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator("planning-grid").get_by_text("Bikes").first.click()
    page.locator("#row-assumptions").get_by_text("Trade fair").wait_for()


def test_a_launch_is_seen_before_it_is_kept(
    company: Company, new_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    page = new_page(company.planner)
    page.goto("/demand/product-changes/new/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("Product", exact=True).fill("gravel")
    page.get_by_label("Name, if it is new").fill("Gravel")
    page.get_by_label("Month", exact=True).fill("2026-08")
    page.get_by_label("Like, or after").fill("city")
    page.get_by_label("Level, %").fill("50")
    page.get_by_label("Months until full level").fill("0")
    page.get_by_label("Product that loses 1").fill("race")
    page.get_by_label("Share of the new volume, % 1").fill("25")
    page.get_by_label("Share of the new volume, % 1").press("Tab")
    page.get_by_text("Gravel: +300 units over the plan; all rows together +225.").wait_for()
    page.locator("#preview fan-chart svg").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Plan the change").click()
    page.get_by_text("the plan moves by +225 units").wait_for()
    assert ProductChange.objects.get().product.code == "gravel"
    assert axe(page) == []
