"""In a browser: a colleague is named by keyboard, their bell counts up by itself and leads to the cell."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def visit(page: Any, address: str) -> Any:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_colleague_is_named_and_led_to_the_cell(
    new_page: Callable[..., Any], axe: Callable[..., list[str]], scheme: str
) -> None:
    company = Company()
    sara = make.make_user("sara", markets=[company.north])
    hers = visit(new_page(sara, color_scheme=scheme), "/inbox/")
    page = visit(new_page(company.planner, color_scheme=scheme), "/demand/?row=product:city&month=2026-08")
    box = page.locator("#comments .cm-new textarea")
    page.get_by_text("Comment on Aug 26").wait_for(state="attached")
    box.focus()
    page.keyboard.type("Enough, @sa")
    page.get_by_role("option", name="Sara").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Sara will be told.").first.wait_for()
    assert box.input_value() == "Enough, @sara "
    assert axe(page) == []
    page.keyboard.press("Control+Enter")
    page.locator("#comments .cm-at", has_text="@sara").wait_for()
    page.locator(".slick-cell.nt").first.wait_for()

    hers.get_by_label("Inbox, 1 unread").click()
    hers.locator(".ib .ib-list").wait_for()
    assert axe(hers) == []
    hers.get_by_text("Dan mentioned you on Product city, Aug 26").click()
    hers.locator(".cm.here", has_text="Enough").wait_for()
    assert hers.locator("[data-row-name]").inner_text() == "Product city"
    hers.keyboard.press("Control+k")
    hers.keyboard.type("race")
    hers.get_by_role("option", name="Product race").wait_for()
    assert axe(hers) == []
    hers.keyboard.press("Enter")
    hers.wait_for_url("**/demand/?row=product%3Arace")
