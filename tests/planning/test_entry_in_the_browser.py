"""A salesperson goes through their rows on a phone, meets a colleague's number, and submits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Input, Skip, StreamSubmission
from tests import factories as make
from tests.planning.test_streams import Company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def ready(page: Any) -> None:
    page.wait_for_selector("html[data-ready]")


def test_a_phone_takes_a_salesperson_from_the_first_row_to_submit(
    new_page: Callable[..., Any], axe: Callable[..., list[str]]
) -> None:
    company = Company()
    for series in company.series.values():
        make.make_history(series, dt.date(2024, 6, 1), [90.0] * 24)
    page = new_page(company.sally, color_scheme="light", **PHONE)
    page.goto("/demand/entry/")
    ready(page)
    assert axe(page) == []
    fits_a_thumb(page)
    two_months_with_a_reason_that_is_kept(page)
    a_colleague_was_faster(page, company)
    the_others_stay_as_the_baseline(page)
    page.emulate_media(color_scheme="dark")
    page.goto("/demand/entry/?row=end")
    ready(page)
    assert axe(page) == []
    page.get_by_role("button", name="Submit Sales…").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("Withdraw it to change numbers").wait_for()
    assert StreamSubmission.objects.get().state == "submitted"
    page.goto(f"/demand/entry/?row={company.series['city-north'].pk}")
    ready(page)
    assert page.get_by_role("button", name="Save, next").count() == 0
    assert axe(page) == []


def fits_a_thumb(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing to scroll sideways"
    heights = [button.bounding_box()["height"] for button in page.locator(".en-sheet .bt.l").all()]
    assert min(heights) >= 44
    save = page.get_by_role("button", name="Save, next").bounding_box()
    assert save["y"] + save["height"] <= 844, "in sight without scrolling"


def two_months_with_a_reason_that_is_kept(page: Any) -> None:
    page.get_by_role("button", name="+10 %").click()
    assert page.locator("[data-month='2026-06'] .v").inner_text() == "110"
    page.locator("[data-month='2026-07']").click()
    page.get_by_label("Units in this month").fill("150")
    page.get_by_label("Units in this month").press("Enter")
    page.get_by_role("button", name="Other…").click()
    page.get_by_role("textbox", name="Reason").fill("New customer")
    page.get_by_label("Keep it").select_option(index=1)
    page.get_by_role("button", name="Save, next").click()
    page.get_by_text("South, units ·").wait_for()
    said = {entry.month.month: entry for entry in Input.objects.all()}
    meant = {month: (entry.mode, round(entry.quantity)) for month, entry in said.items()}
    assert meant == {6: ("percent", 110), 7: ("absolute", 150)}
    assert {(entry.reason, entry.expires) for entry in said.values()} == {("New customer", dt.date(2026, 9, 1))}


def a_colleague_was_faster(page: Any, company: Company) -> None:
    ready(page)
    page.get_by_role("button", name="New customer").click()
    page.get_by_role("button", name="−1", exact=True).click()
    company.enter(company.sally, company.key("city-south"), 130)
    page.get_by_role("button", name="Save, next").click()
    page.get_by_text("Use mine: 99").click()
    page.get_by_role("button", name="Save the choice").click()
    page.get_by_role("heading", name="Product bell").wait_for()
    assert Input.objects.get(series=company.series["city-south"]).quantity == 99


def the_others_stay_as_the_baseline(page: Any) -> None:
    for market in ("North", "South"):
        page.get_by_text(f"{market}, units ·").wait_for()
        ready(page)
        page.get_by_role("button", name="Skip, as baseline").click()
    page.get_by_role("heading", name="Every row is done").wait_for()
    assert Skip.objects.count() == 2
