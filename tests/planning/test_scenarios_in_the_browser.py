"""A supply review in Chromium: an overload is found, a lever tried in a scenario, compared, and taken into the plan."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Capacity, ProductionPlan, Resource
from sop.actions import runs
from sop.models import Run
from tests import factories as make
from tests.planning.supply_company import SupplyCompany

pytestmark = pytest.mark.browser


@pytest.fixture
def company(transactional_db: None) -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=90, overtime_hours_per_month=5)
    company.supply("chase")
    return company


def ready(page: Any, address: str) -> Any:
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def test_an_overload_is_found_relieved_compared_and_adopted(
    company: SupplyCompany, new_page: Callable[..., Any]
) -> None:
    planner = ready(new_page(company.planner), "/supply/")
    planner.get_by_role("button", name="Assembly, Jul 26: 111 %, overload").click()
    planner.get_by_role("button", name="Try: Extra shift").click()
    planner.get_by_role("heading", name="Scenario: Extra shift, Assembly, Jul 26").wait_for()
    # A worker of other tests may have been quicker. The page reloads when the job ends, so the next step has its own.
    runs.run_inline(Run.objects.get(kind="scenario"))
    planner = ready(new_page(company.planner), "/scenarios/")
    planner.get_by_role("row", name="Highest load").wait_for()
    planner.get_by_text("not worked out yet").wait_for(state="detached")
    planner.locator("job-progress").wait_for(state="detached")
    for verb in ("Share", "Propose"):
        planner.get_by_role("button", name=verb, exact=True).click()
        planner.wait_for_load_state("networkidle")

    coordinator = ready(new_page(make.make_coordinator()), "/scenarios/")
    coordinator.get_by_placeholder("Why it is taken into the plan").fill("Agreed in the supply review")
    coordinator.get_by_role("button", name="Take 1 into the plan…").click()
    coordinator.get_by_text("are in the plan. Plan supply again").wait_for()
    capacity = Capacity.objects.get()
    assert capacity.resource == company.assembly
    assert capacity.regular_hours >= 100
    assert ProductionPlan.objects.select_related("sales_plan").get(current=True).stale


def test_it_is_accessible(
    company: SupplyCompany, new_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    planner = ready(new_page(company.planner), "/scenarios/")
    planner.get_by_role("button", name="New from June 2026").click()
    planner.get_by_label("Name").fill("Extra shift")
    planner.get_by_role("button", name="Make it").click()
    planner.get_by_text("Changes in Extra shift").wait_for()
    assert axe(planner) == []
    planner.get_by_role("link", name="Add a change").click()
    planner.get_by_label("What changes").select_option("regular_hours")
    planner.get_by_label("Resource").wait_for()
    assert axe(planner) == []
