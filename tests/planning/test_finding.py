"""Find in the grid: rows by name or code in the grid's order, also those no page loaded, and only those in sight."""

from typing import Any

import pytest

from planning.queries import finding
from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = pytest.mark.django_db


def found(company: Company, text: str, user: Any = None, **query: object) -> list[str]:
    return company.get(user or company.planner, "find", text=text, **query).json()["keys"]


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


def test_the_way_to_a_row_is_named_with_its_place_under_each_parent() -> None:
    company = Company()
    series = company.series["race-south"].pk
    path = company.get(company.planner, "find", row=f"series:{series}").json()["path"]
    assert path == [["total", 0], ["family:bikes", 0], ["product:race", 1], [f"series:{series}", 6]]


def test_many_rows_are_cut_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company()
    monkeypatch.setattr(finding, "MOST", 2)
    answer = company.get(company.planner, "find", text="south").json()
    assert (len(answer["keys"]), answer["more"]) == (2, True)


def test_nobody_finds_what_lies_outside_their_markets() -> None:
    company = Company()
    seller = make.make_user("sally", markets=[company.north])
    assert found(company, "south", seller) == []
    assert found(company, "city", seller) == ["product:city"]
    assert company.get(make.make_outsider(), "find", text="city").status_code == 403
