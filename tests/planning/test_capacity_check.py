"""The rough-cut capacity check, against figures worked out by hand."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from planning.models import Resource
from sop.models import Change, Product
from tests import factories as make
from tests.planning.supply_company import HORIZON, SupplyCompany, run_job

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


def test_a_plan_that_fits(company: SupplyCompany) -> None:
    run = run_job("capacity", company.cycle, by=company.planner)
    assert run.result == {"demand_version": company.sales_plan.version, "overloads": []}


def test_bicycles_load_the_welding_of_their_frames(company: SupplyCompany) -> None:
    """120 frames of 2 h are 240 h; of 200 h that is 120 %, five sixths of it for bicycles."""
    Resource.objects.filter(pk=company.welding.pk).update(regular_hours_per_month=200, overtime_hours_per_month=50)
    found = run_job("capacity", company.cycle, by=company.planner).result["overloads"]
    assert len(found) == HORIZON
    june = next(each for each in found if each["month"] == "2026-06")
    assert (june["resource"], june["load_percent"], june["hours_over"]) == ("welding", 120.0, 40.0)
    assert june["fits_overtime"]
    assert june["contributors"] == [
        {"product": "bike", "hours": 200.0, "share": 0.8333},
        {"product": "frame", "hours": 40.0, "share": 0.1667},
    ]


def test_the_worst_comes_first(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.welding.pk).update(regular_hours_per_month=200)
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=40)
    found = run_job("capacity", company.cycle, by=company.planner).result["overloads"]
    assert [each["resource"] for each in found] == ["assembly"] * HORIZON + ["welding"] * HORIZON
    assert not found[0]["fits_overtime"]


def test_a_resource_without_hours(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.assembly.pk).update(regular_hours_per_month=0)
    found = run_job("capacity", company.cycle, by=company.planner).result["overloads"]
    assert found[0]["load_percent"] is None
    assert found[0]["hours_over"] == 100


def test_what_is_due_before_the_plan_begins_counts_into_its_first_month(company: SupplyCompany) -> None:
    """Frames are needed when their bicycle is begun: with a month's lead time June makes those of June and July."""
    Product.objects.filter(pk=company.bike.pk).update(lead_time_months=1)
    found = run_job("capacity", company.cycle, by=company.planner).result["overloads"]
    assert [(each["resource"], each["month"], each["hours"]) for each in found] == [
        ("welding", "2026-06", 440.0),
    ]


def test_the_log_keeps_it(company: SupplyCompany) -> None:
    run_job("capacity", company.cycle, by=company.planner)
    assert Change.objects.get(kind="capacity.checked").summary == "Capacity checked: the sales plan fits"


def test_the_command_prints_one_json_object(company: SupplyCompany) -> None:
    out = StringIO()
    call_command("check_capacity", "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue())["overloads"] == []


def test_the_command_says_it_in_words(company: SupplyCompany) -> None:
    Resource.objects.filter(pk=company.welding.pk).update(regular_hours_per_month=200)
    out = StringIO()
    call_command("check_capacity", stdout=out, stderr=StringIO())
    assert "2026-06 Welding: 120.0 %, 40.0 h over regular hours" in out.getvalue()


def test_the_command_says_what_is_missing() -> None:
    make.make_cycle()
    with pytest.raises(CommandError, match="plan_demand"):
        call_command("check_capacity", stderr=StringIO())
