"""The register's risks and opportunities beside the plan: in the chart and the inspector of a row, and for whom."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from planning.queries import assumptions as queries
from planning.queries.rows import Filters
from sop.models import User
from sop.permissions import scope
from sop.templatetags.words import signed_money
from tests import factories as make
from tests.planning.test_assumptions import Company, company

__all__ = ["company"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def uncertain(company: Company) -> Company:
    """City in the north may lose half in July and August; everything may sell 30 a month more. Neither is planned."""
    city = company.products["city"]
    company.assume(name="New rival", included=False, effect=-0.5, probability=0.2, product=city, market=company.north)
    company.assume(name="Big fair", included=False, effect=30, unit="units", probability=0.5)
    company.assume(name="Planned one", effect=0.1, family=company.parts)
    return company


def fetch(company: Company, user: User, path: str, **query: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"/demand/{company.plan.pk}/{path}/", query)


def lines(company: Company, user: User, **query: str) -> dict[str, list[float | None]]:
    drawn = fetch(company, user, "chart", **query).json()
    return {each["key"]: each["values"][drawn["now"] :] for each in drawn["series"]}


def test_the_range_of_a_row_holds_what_touches_it_and_is_not_planned(uncertain: Company) -> None:
    found = queries.around(uncertain.plan, "product:city", Filters(scope(uncertain.planner)))
    assert [entry.assumption.name for entry in found.entries] == ["New rival", "Big fair"]
    np.testing.assert_allclose(found.risks, [0, -50, -50, 0, 0, 0])
    np.testing.assert_allclose(found.weighted, found.risks * 0.2 + found.opportunities * 0.5)
    np.testing.assert_allclose(found.risks_revenue, found.risks * 5)
    parts = queries.around(uncertain.plan, "family:parts", Filters(scope(uncertain.planner)))
    assert not parts.risks.any()
    assert parts.opportunities.any()


def test_the_chart_draws_the_plan_with_all_risks_and_with_all_opportunities(uncertain: Company) -> None:
    shown = lines(uncertain, uncertain.planner, row="product:city")
    assert shown["risks"][:3] == [150, 100, 100]
    assert shown["consensus"][:3] == [150, 150, 150]
    assert shown["opportunities"][1] > 150
    in_money = lines(uncertain, uncertain.planner, row="product:city", unit="revenue")
    assert in_money["risks"][:3] == [750, 500, 500]
    assert "risks" not in lines(uncertain, uncertain.planner, row="product:city", unit="margin")
    assert "risks" not in lines(uncertain, uncertain.planner, row="family:parts")


def test_the_inspector_says_both_sides_with_their_chance(uncertain: Company) -> None:
    told = fetch(uncertain, uncertain.planner, "cell", row="product:city", month="2026-07").content.decode()
    assert "New rival" in told
    assert "Planned one" not in told
    assert "−50" in told
    assert signed_money(-250) in told
    assert (
        "Not in this number"
        not in fetch(uncertain, uncertain.planner, "cell", row="product:city", month="2026-06").content.decode()
    )


def test_who_sees_no_money_gets_units_and_who_sees_a_part_gets_a_part(uncertain: Company) -> None:
    sam = make.make_user("sam", money=False, families=[uncertain.bikes], markets=[uncertain.south])
    told = fetch(uncertain, sam, "cell", row="product:city", month="2026-07").content.decode()
    assert "Big fair" in told
    assert "New rival" not in told, "it lies in another market"
    assert "€" not in told
    assert fetch(uncertain, make.make_outsider(), "cell", row="product:city", month="2026-07").status_code == 403
