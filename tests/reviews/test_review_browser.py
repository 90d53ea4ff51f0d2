"""In a browser: dialogs open and close, a review is signed and a plan approved by clicking, and axe finds nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.queries import plans
from reviews.actions import decisions
from reviews.models import ActionItem
from sop.models import Cycle
from tests.reviews.company import Company, make_production, stage, walk
from tests.reviews.test_decisions import soon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PAGES = (
    "/",
    "/reviews/",
    "/reviews/2013-06/",
    "/reviews/2013-06/supply-review/",
    "/reviews/2013-06/executive/",
    "/actions/",
    "/actions/?view=board&state=all",
)


@pytest.fixture
def busy(ready: Cycle, company: Company) -> Cycle:
    """In its supply review, with an overload, a decision and two actions."""
    walk(ready, company, until="supply-review")
    make_production(plans.working(ready), company, load=1_400.0)
    proposal = decisions.Proposal(
        "How does Paint get through spring?",
        company.operations,
        soon(),
        ["Overtime", "Build ahead"],
        "Overtime",
        stage(ready, "supply-review"),
    )
    decisions.propose(cycle=ready, proposal=proposal, by=company.operations)
    ActionItem.objects.create(cycle=ready, text="Hire six", owner=company.operations, due=soon(-2))
    ActionItem.objects.create(cycle=ready, text="Ask the works council", owner=company.operations, due=soon())
    return ready


def visit(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    busy: Cycle, company: Company, new_page: Callable[..., Any], axe: Callable[..., list[str]], scheme: str
) -> None:
    page = new_page(company.operations, color_scheme=scheme)
    for address in PAGES:
        visit(page, address)
        assert axe(page) == []


def test_a_phone_needs_no_sideways_scrolling(busy: Cycle, company: Company, new_page: Callable[..., Any]) -> None:
    page = new_page(company.operations, viewport={"width": 390, "height": 844})
    for address in PAGES:
        visit(page, address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_a_review_is_signed_despite_a_red_gate(busy: Cycle, company: Company, new_page: Callable[..., Any]) -> None:
    page = new_page(company.operations)
    visit(page, "/reviews/2013-06/supply-review/")
    page.get_by_role("button", name="Decide 1, D-").click()
    page.get_by_text("Decided: Overtime.").wait_for()
    page.get_by_role("button", name="Sign off…").click()
    page.get_by_label("Why sign all the same?").fill("Overtime is agreed")
    page.get_by_role("dialog").get_by_role("button", name="Sign off").click()
    page.get_by_text("The supply review is signed off.").wait_for()
    assert stage(busy, "supply-review").signed_by == company.operations


def test_the_executive_approves_in_two_clicks(ready: Cycle, company: Company, new_page: Callable[..., Any]) -> None:
    walk(ready, company, until="executive")
    page = new_page(company.executive)
    visit(page, "/reviews/2013-06/executive/")
    page.get_by_role("button", name="Approve plan…").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve plan").click()
    page.get_by_text("approved and published").wait_for()
    ready.refresh_from_db()
    assert ready.state == Cycle.State.PUBLISHED
