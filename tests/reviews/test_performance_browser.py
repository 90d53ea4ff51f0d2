"""The Performance page in a browser."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import make_demand_planner, make_family, make_market, make_product, make_series
from tests.reviews.closed_cycles import close_two_cycles


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_is_drawn_and_axe_finds_nothing(
    new_page: Callable[..., Any], axe: Callable[..., list[str]], scheme: str
) -> None:
    bikes = make_series(make_product("B1", make_family("bikes")), make_market("north"))
    close_two_cycles(bikes, make_series(make_product("G1", make_family("gear")), make_market("south")))
    page = new_page(make_demand_planner(), color_scheme=scheme)
    page.goto("/performance/")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector("stair-chart svg")
    assert axe(page) == []
    page.get_by_text("Show the numbers").click()
    assert page.get_by_role("row", name="Baseline 20.0 46.7").is_visible()
    page.locator("select[name=lag]").select_option("2")
    page.wait_for_url("**/performance/?*lag=2*")
    assert page.get_by_text("Jul 13 – Jul 13").is_visible()
