"""Two planners on one plan, in Chromium: a paste from a spreadsheet, each other's changes and places, a conflict."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from planning.actions import plan_demand
from planning.models import Input, SalesPlanLine
from sop import months
from tests import factories as make
from tests.planning.test_editing import JUNE

pytestmark = pytest.mark.browser
PRODUCTS, MONTHS = 50, 24


class Shop:
    """Fifty products of one family in one market, twenty a month each, planned for two years."""

    def __init__(self) -> None:
        self.dan, self.dora = make.make_demand_planner(), make.make_demand_planner("dora")
        family, market = make.make_family("bikes"), make.make_market("north")
        products = [make.make_product(f"p{number:02d}", family, price=5) for number in range(PRODUCTS)]
        self.series = [make.make_series(product, market) for product in products]
        cycle = make.make_cycle(JUNE, horizon=MONTHS)
        make.make_forecast(cycle, dict.fromkeys(self.series, 20.0))
        self.plan = plan_demand(cycle=cycle, by=self.dan)

    def consensus(self, product: int) -> list[float]:
        values: list[float] = SalesPlanLine.objects.get(plan=self.plan, series=self.series[product]).consensus.tolist()
        return values


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return Shop()


def open_grid(page: Any) -> Any:
    page.goto("/demand/")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator('[data-key="family:bikes"] [data-fold]').click()
    cell(page, 0).wait_for()
    return page


def cell(page: Any, product: int, month: int = 0) -> Any:
    code = months.code(months.add(JUNE, month))
    return page.locator(f'.grid-canvas-right [data-key="product:p{product:02d}"] [data-month="{code}"]')


def scrolled(page: Any) -> list[float]:
    place: list[float] = page.evaluate(
        "() => { const v = document.querySelector('.slick-viewport-right.slick-viewport-top')"
        " ?? document.querySelector('.slick-viewport-right'); return [v.scrollTop, v.scrollLeft] }"
    )
    return place


def shows(page: Any, product: int, month: int, text: str) -> None:
    """Wait until the cell reads so."""
    cell(page, product, month).filter(has_text=re.compile(f"^{text}$")).wait_for()


def explain(page: Any, reason: str) -> None:
    page.get_by_label("Reason").fill(reason)
    with page.expect_response(re.compile(r"/edits/")) as saved:
        page.get_by_role("button", name="Save the change").click()
    assert saved.value.status == 200, saved.value.text()


def test_a_sheet_of_fifty_rows_and_two_years_is_pasted_at_once(
    shop: Shop, new_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    page = open_grid(new_page(shop.dan))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet = "\n".join("\t".join(str(100 + row + col) for col in range(MONTHS)) for row in range(PRODUCTS))
    page.evaluate("text => navigator.clipboard.writeText(text)", sheet)
    cell(page, 0).click()
    before = scrolled(page)
    page.keyboard.press("Control+v")
    shows(page, 0, 0, "100")
    assert "un" in cell(page, 0).get_attribute("class").split()
    assert scrolled(page) == before
    page.get_by_role("heading", name="Why this change?").wait_for()
    assert axe(page) == []
    explain(page, "Plan of the region")
    assert shop.consensus(0) == [100.0 + col for col in range(MONTHS)]
    assert shop.consensus(49) == [149.0 + col for col in range(MONTHS)]
    assert Input.objects.count() == PRODUCTS * MONTHS
    assert scrolled(page) == before
    page.keyboard.press("Control+z")
    shows(page, 0, 0, "20")
    assert Input.objects.count() == 0


def test_two_planners_see_each_other_and_decide_a_conflict(shop: Shop, new_page: Callable[..., Any]) -> None:
    dan, dora = open_grid(new_page(shop.dan)), open_grid(new_page(shop.dora))
    cell(dora, 1, 1).click()
    dora.wait_for_timeout(700)
    cell(dan, 0, 0).click()
    dan.locator(".pg-colleague").get_by_text("Dora").wait_for()
    dan.get_by_role("img", name="Dora").wait_for()

    dora.keyboard.type("25")
    dora.keyboard.press("Enter")
    shows(dan, 1, 1, "25")

    dan.keyboard.press("F2")
    cell(dora, 0, 0).click()
    dora.keyboard.type("22")
    with dora.expect_response(re.compile(r"/edits/")):
        dora.keyboard.press("Enter")
    dan.keyboard.press("Control+a")
    dan.keyboard.type("28")
    dan.keyboard.press("Enter")
    conflict = dan.get_by_role("dialog", name="This cell was changed meanwhile")
    conflict.get_by_text("Dora").wait_for()
    for number in ("20", "22", "28"):
        assert number in conflict.inner_text()
    conflict.get_by_label(re.compile("Use mine")).check()
    conflict.get_by_role("button", name="Save the choice").click()
    shows(dora, 0, 0, "28")
    assert shop.consensus(0)[0] == 28


def test_a_lock_is_seen_and_kept_by_the_other(shop: Shop, new_page: Callable[..., Any]) -> None:
    dan, dora = open_grid(new_page(shop.dan)), open_grid(new_page(shop.dora))
    cell(dan, 0).click()
    with dan.expect_response(re.compile(r"/locks/")):
        dan.keyboard.press("Control+Shift+L")
    dora.locator('.grid-canvas-right [data-key="product:p00"] .lk').first.wait_for()
    cell(dora, 0).click()
    dora.keyboard.type("1")
    dora.locator(".pg-note").get_by_text("takes no entry: locked").wait_for()


def test_the_menu_a_split_and_a_change_of_many_cells(shop: Shop, new_page: Callable[..., Any]) -> None:
    page = open_grid(new_page(shop.dan))
    family = page.locator('.grid-canvas-right [data-key="family:bikes"] [data-month="2026-06"]').first
    family.click()
    page.keyboard.type("1100")
    page.keyboard.press("Alt+Enter")
    split = page.get_by_role("dialog", name=re.compile(r"^Jun 26: 1\W*000 → 1\W*100$"))
    split.get_by_text("Split over 50 series in proportion to the current plan.").wait_for()
    assert shop.consensus(0)[0] == 20
    with page.expect_response(re.compile(r"/edits/")):
        split.get_by_role("button", name="Save the split").click()
    shows(page, 0, 0, "22")

    cell(page, 0, 1).click(button="right")
    page.get_by_role("menuitem", name="Change many cells…").click()
    page.get_by_label("By", exact=True).fill("50")
    page.get_by_text("1 cells of 1 series change").wait_for()
    page.get_by_label("Reason").fill("Price list")
    page.get_by_role("button", name="Change the cells").click()
    shows(page, 0, 1, "30")
    page.keyboard.press("Control+z")
    shows(page, 0, 1, "20")
    page.keyboard.press("Control+y")
    shows(page, 0, 1, "30")
