"""In browsers: five people in one meeting see the same, answer, write at once, and find it all in the minutes."""

from collections.abc import Callable
from typing import Any

import pytest

from reviews.actions import agenda
from reviews.models import Meeting, Talk
from sop.models import Cycle
from tests.reviews.company import Company, stage, walk
from tests.reviews.test_agenda import speak
from tests.reviews.test_review_browser import visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def drawn(ready: Cycle, company: Company) -> Cycle:
    """The demand review is about to meet on a disputed bicycle and a topic."""
    walk(ready, company, until="demand-review")
    speak(ready, company, {"sales": 180, "finance": 90})
    demand = stage(ready, "demand-review")
    agenda.draw_up(stage=demand, by=company.coordinator)
    agenda.add(stage=demand, topic=agenda.Topic("Trade fair"), by=company.sales)
    return ready


def heading(page: Any, title: str) -> None:
    page.get_by_role("heading", name=title, level=1).wait_for()


def answer(page: Any, *, agrees: bool, number: str = "", why: str = "") -> None:
    form = page.locator("#mt-mine form").first
    if number:
        form.locator("[name=number]").fill(number)
    form.locator("[name=why]").fill(why)
    form.get_by_role("button", name="Agree" if agrees else "Own number").click()


def test_a_meeting_from_its_opening_to_its_minutes(
    drawn: Cycle, company: Company, new_page: Callable[..., Any], wait_for: Callable[..., None]
) -> None:
    lead = new_page(company.coordinator, viewport={"width": 1440, "height": 900})
    visit(lead, "/reviews/2013-06/demand-review/agenda/")
    lead.get_by_role("button", name="Open the meeting room").click()
    heading(lead, "Bikes against budget")
    people = {who: new_page(company.people[who]) for who in ("sales", "operations", "finance")}
    room = f"/meetings/{Meeting.objects.get().pk}/"
    for page in people.values():
        visit(page, room)
        heading(page, "Bikes against budget")

    # Everybody follows to the disputed bicycle; who comes late is in step at once.
    lead.get_by_role("button", name="Product bikes-1, Jun 13").click()
    people["executive"] = new_page(company.executive)
    visit(people["executive"], room)
    for page in people.values():
        heading(page, "Product bikes-1, Jun 13")
    lead.locator("[data-here]", has_text="5").wait_for()

    departments_answer(lead, people)
    two_write_at_once(lead, people["sales"], wait_for)
    # The presenter reloads and is where the meeting is.
    lead.reload()
    heading(lead, "Product bikes-1, Jun 13")
    presenter_settles(lead, people)

    lead.get_by_role("button", name="End…").click()
    lead.get_by_role("button", name="End the meeting").click()
    for page in (lead, *people.values()):
        heading(page, "Minutes of the Demand review, June 2013")
    check_minutes(lead.locator(".rv-minutes").inner_text().replace("\u2009\u2060", " "))


def departments_answer(lead: Any, people: dict[str, Any]) -> None:
    """They say their word, everybody sees it; management is not asked in this review."""
    answer(people["sales"], agrees=False, number="190", why="Sport Nord has signed")
    answer(people["finance"], agrees=True)
    answer(people["operations"], agrees=True, why="Paint has room")
    for page in (lead, people["executive"]):
        page.get_by_text("“Sport Nord has signed”").wait_for()
        page.get_by_text("“Paint has room”").wait_for()
    assert people["executive"].locator("#mt-mine form").count() == 0


def two_write_at_once(lead: Any, sales: Any, wait_for: Callable[..., None]) -> None:
    """One of them without a connection for a while."""
    notes = Talk.objects.filter(item__kind="dispute")
    sales.context.set_offline(True)
    sales.get_by_label("Notes").press_sequentially("DACH decides in July")
    lead.get_by_label("Notes").press_sequentially("Stock is enough")
    wait_for(notes.filter(notes="Stock is enough").exists, "the presenter's notes")
    sales.get_by_text("not saved yet").wait_for()
    sales.context.set_offline(False)
    wait_for(notes.filter(notes__contains="DACH decides in July").exists, "the notes of Sales")
    assert "Stock is enough" in notes.get().notes


def presenter_settles(lead: Any, people: dict[str, Any]) -> None:
    """An action, a decision that everybody sees, and an item put off."""
    lead.get_by_label("Action").fill("@sales confirm the order by tomorrow")
    lead.locator("[data-preview]", has_text="confirm the order").wait_for()
    lead.get_by_role("button", name="Add", exact=True).click()
    lead.get_by_label("What is decided").select_option("stream:sales")
    lead.get_by_label("Reason").fill("The order is in")
    lead.get_by_role("button", name="Decide").click()
    for page in (lead, *people.values()):
        page.locator("#mt-decide", has_text="Decided: Sales 180").wait_for()
    lead.get_by_role("button", name="Trade fair").click()
    heading(people["finance"], "Trade fair")
    lead.get_by_label("Reason").fill("Nobody from the fair is here")
    lead.get_by_role("button", name="Defer").click()
    people["finance"].locator("#mt-decide", has_text="Deferred").wait_for()


def check_minutes(told: str) -> None:
    attended = told.split("Items")[0]
    assert [who for who in ("Coordinator", "Sales", "Operations", "Finance", "Executive") if who not in attended] == []
    done = (
        "Sales 180. The order is in",
        "Agreed: Finance, Operations (“Paint has room”)",
        "Dissent: Sales 190, “Sport Nord has signed”",
        "DACH decides in July",
        "Stock is enough",
        "Sales confirm the order",
        "Deferred: Nobody from the fair is here",
        "Bikes against budget",
    )
    assert [words for words in done if words not in told] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    drawn: Cycle, company: Company, new_page: Callable[..., Any], axe: Callable[..., list[str]], scheme: str
) -> None:
    page = new_page(company.coordinator, color_scheme=scheme)
    visit(page, "/reviews/2013-06/demand-review/agenda/")
    assert axe(page) == []
    page.get_by_role("button", name="Open the meeting room").click()
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Product bikes-1, Jun 13").click()
    heading(page, "Product bikes-1, Jun 13")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit(page, f"/meetings/{Meeting.objects.get().pk}/minutes/")
    assert axe(page) == []
