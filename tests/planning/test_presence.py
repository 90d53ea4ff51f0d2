"""Colleagues on the same plan see each other, as far as they may see the rows."""

import datetime as dt

import pytest
from django.utils import timezone

from planning.models import Presence
from sop.models import Change
from tests import factories as make
from tests.planning.test_demand_page import Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> Company:
    return Company()


def test_each_hears_where_the_others_are_and_nothing_of_it_is_logged(company: Company) -> None:
    dora = make.make_demand_planner("dora")
    logged = Change.objects.count()
    here = {"row": "family:bikes", "month": "2026-07"}
    assert company.post(dora, "presence", here).json() == {"others": []}
    seen = company.post(company.planner, "presence", {"row": "total", "month": ""}).json()
    assert seen == {"others": [{"name": "Dora", "initials": "D", **here}]}
    company.post(dora, "presence", {"gone": True})
    assert company.post(company.planner, "presence", {}).json() == {"others": []}
    assert Change.objects.count() == logged


def test_who_has_been_silent_for_half_a_minute_is_forgotten(company: Company) -> None:
    company.post(make.make_demand_planner("dora"), "presence", {"row": "total"})
    Presence.objects.update(at=timezone.now() - dt.timedelta(seconds=31))
    assert company.post(company.planner, "presence", {}).json() == {"others": []}


def test_planner_colleague_and_outsider(company: Company) -> None:
    northern = make.make_user("nora", "sales", markets=[company.north])
    company.post(company.planner, "presence", {"row": f"series:{company.series['city-south'].pk}", "month": "2026-07"})
    assert company.post(northern, "presence", {}).json() == {"others": [{"name": "Dan", "initials": "D"}]}
    company.post(company.planner, "presence", {"row": f"series:{company.series['city-north'].pk}/measure:baseline"})
    assert "row" in company.post(northern, "presence", {}).json()["others"][0]
    company.post(company.planner, "presence", {"row": "nonsense:1"})
    assert company.post(northern, "presence", {}).json() == {"others": [{"name": "Dan", "initials": "D"}]}
    assert company.post(make.make_outsider(), "presence", {}).status_code == 403
