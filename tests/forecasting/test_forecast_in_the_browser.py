"""The Forecast page in Chromium: reached from the grid, drawn under the Content-Security-Policy, clean for axe."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from forecasting.models import Correction
from planning.actions import plan_demand
from sop.actions import runs
from sop.models import Series, User
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
START = dt.date(2023, 6, 1)


@pytest.fixture
def planner(transactional_db: None) -> User:
    """A demand planner with one series that is forecast and in the plan, and an odd month in its history."""
    planner = make.make_demand_planner()
    series = make.make_series(make.make_product("city", price=10))
    make.make_history(series, START, [100.0 + month % 4 for month in range(36)])
    cycle = make.make_cycle(dt.date(2026, 6, 1), 12)
    runs.run_inline(runs.start(kind="forecast", cycle=cycle, by=planner))
    plan_demand(cycle=cycle, by=planner)
    Correction.objects.create(series=series, month=START, original=100, replacement=40, deviations=9)
    return planner


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_clean(planner: User, new_page: Callable[..., Any], axe: Any, theme: str) -> None:
    page = new_page(planner, color_scheme=theme)
    for row in ("total", f"series:{Series.objects.get().pk}"):
        page.goto(f"/demand/forecast/?row={row}")
        page.wait_for_selector("html[data-ready]")
        assert page.locator("fan-chart svg").count() > 0
        assert axe(page) == []


def test_from_the_grid_to_the_reason_and_to_a_decision(planner: User, new_page: Callable[..., Any]) -> None:
    page = new_page(planner)
    page.goto("/demand/")
    page.wait_for_selector("html[data-ready]")
    page.get_by_text("Why this forecast").click()
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Accept: ").first.click()
    page.get_by_text("1 correction accepted").wait_for()
    assert Correction.objects.get().state == Correction.State.ACCEPTED
