"""Find in the grid: rows by name or code in the grid's order, also those no page loaded, and only those in sight."""

from collections.abc import Callable
from typing import Any

import pytest

from planning.models import Input, SalesPlanLine
from planning.queries import finding
from tests import factories as make
from tests.planning.test_demand_page import Company


def found(company: Company, text: str, user: Any = None, **query: object) -> list[str]:
    return company.get(user or company.planner, "find", text=text, **query).json()["keys"]


@pytest.mark.django_db
def test_rows_are_found_by_name_or_code_from_the_top_down() -> None:
    make.make_stream("sales")
    company = Company()
    city, south = company.series["city-south"].pk, [company.series[f"{code}-south"].pk for code in ("race", "bell")]
    assert found(company, "BIKES") == ["family:bikes"]
    assert found(company, " city ") == ["product:city"]
    assert found(company, "south") == [f"series:{pk}" for pk in (city, *south)]
    assert found(company, "c", mode="enter", stream="sales")[0] == "product:city/measure:sales"
    assert found(company, "south", family="parts") == [f"series:{south[1]}"]
    assert found(company, "nothing") == found(company, "") == []


@pytest.mark.django_db
def test_the_way_to_a_row_is_named_with_its_place_under_each_parent() -> None:
    company = Company()
    series = company.series["race-south"].pk
    path = company.get(company.planner, "find", row=f"series:{series}").json()["path"]
    assert path == [["total", 0], ["family:bikes", 0], ["product:race", 1], [f"series:{series}", 6]]


@pytest.mark.django_db
def test_many_rows_are_cut_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company()
    monkeypatch.setattr(finding, "MOST", 2)
    answer = company.get(company.planner, "find", text="south").json()
    assert (len(answer["keys"]), answer["more"]) == (2, True)


@pytest.mark.django_db
def test_nobody_finds_what_lies_outside_their_markets() -> None:
    company = Company()
    seller = make.make_user("sally", markets=[company.north])
    assert found(company, "south", seller) == []
    assert found(company, "city", seller) == ["product:city"]
    assert company.get(make.make_outsider(), "find", text="city").status_code == 403


def open_grid(new_page: Callable[..., Any], company: Company) -> Any:
    page = new_page(company.planner)
    page.goto("/demand/?mode=decide")
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
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


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
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
