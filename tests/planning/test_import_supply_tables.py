"""Importing calendars, crews, alternates and stock targets; the same rows by REST."""

import datetime as dt
from typing import Any

import pytest
from rest_framework.test import APIClient

from planning.actions import tables
from planning.models import Calendar, Crew, Resource, Routing, Shutdown, Storage, SupplyPolicy
from sop.actions.importing import Outcome, Table, import_records
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def take(table: Table, *rows: dict[str, Any]) -> Outcome:
    return import_records(table, rows, by=None)


def refused(outcome: Outcome) -> list[tuple[str, str]]:
    return [(error.field, error.message) for error in outcome.errors]


@pytest.fixture
def shop() -> Routing:
    """P1 is painted."""
    product = make.make_product("P1")
    make.make_resource("spray")
    return Routing.objects.create(product=product, resource=make.make_resource("paint"), hours_per_unit=0.5)


def test_a_calendar_and_its_shutdowns() -> None:
    take(tables.CALENDARS, {"code": "plant", "name": "Plant"})
    take(tables.SHUTDOWNS, {"calendar": "plant", "first_day": "2026-08-03", "last_day": "2026-08-14", "name": "Summer"})
    take(tables.SHUTDOWNS, {"calendar": "plant", "first_day": "2026-12-25"})
    assert Calendar.objects.get().days_per_week == 5
    assert Shutdown.objects.get(first_day="2026-12-25").last_day == dt.date(2026, 12, 25)


def test_a_shutdown_that_ends_before_it_starts() -> None:
    take(tables.CALENDARS, {"code": "plant", "name": "Plant"})
    row = {"calendar": "plant", "first_day": "2026-08-14", "last_day": "2026-08-03"}
    assert refused(take(tables.SHUTDOWNS, row)) == [("last_day", "is before first_day")]


def test_a_week_has_seven_days() -> None:
    outcome = take(tables.CALENDARS, {"code": "plant", "name": "Plant", "days_per_week": 8})
    assert refused(outcome) == [("days_per_week", "8 is more than 7")]


def test_a_resource_with_its_owner_and_calendar() -> None:
    make.make_site()
    make.make_user("olga", "operations", "planner")
    take(tables.CALENDARS, {"code": "plant", "name": "Plant"})
    row = {"code": "paint", "name": "Paint", "site": "main", "regular_hours_per_month": 160}
    more = {"owner": "olga", "calendar": "plant", "hours_per_working_day": 8, "demonstrated_percent": 90}
    assert take(tables.RESOURCES, row | more).created == 1
    found = Resource.objects.select_related("owner", "calendar").get()
    assert (found.owner.username, found.calendar.code, found.demonstrated_percent) == ("olga", "plant", 90)
    assert take(tables.RESOURCES, row).unchanged == 1, "columns left out stay"


def test_an_owner_who_does_not_exist() -> None:
    make.make_site()
    make.make_user("olga", "operations", "planner")
    row = {"code": "paint", "name": "Paint", "site": "main", "regular_hours_per_month": 160, "owner": "olgo"}
    assert refused(take(tables.RESOURCES, row)) == [("owner", "no user has the code “olgo”; did you mean “olga”?")]


def test_a_crew(shop: Routing) -> None:
    take(tables.CREWS, {"resource": "paint", "workers": 6, "wage_per_month": 2_800, "whole": "yes"})
    crew = Crew.objects.get()
    assert (crew.workers, crew.hours_per_worker_day, crew.whole) == (6, 8, True)


def test_whole_is_yes_or_no(shop: Routing) -> None:
    outcome = take(tables.CREWS, {"resource": "paint", "workers": 6, "whole": "perhaps"})
    assert refused(outcome) == [("whole", "“perhaps” is neither yes nor no")]


def test_storage() -> None:
    make.make_site()
    take(tables.STORAGE, {"site": "main", "limit": 500})
    assert Storage.objects.get().limit == 500


# --- Alternates -------------------------------------------------------------------------------------------------------


def test_an_alternate_may_come_before_what_it_stands_in_for() -> None:
    make.make_product("P1")
    make.make_resource("paint")
    make.make_resource("spray")
    other = {"product": "P1", "resource": "spray", "hours_per_unit": 0.7, "instead_of": "paint"}
    outcome = take(tables.ROUTINGS, other, {"product": "P1", "resource": "paint", "hours_per_unit": 0.5})
    assert outcome.created == 2
    assert Routing.objects.get(resource__code="spray").alternate_of == Routing.objects.get(resource__code="paint")
    assert take(tables.ROUTINGS, other).unchanged == 1


def test_a_routing_imported_again_stays_an_alternate(shop: Routing) -> None:
    row = {"product": "P1", "resource": "spray", "hours_per_unit": 0.7}
    take(tables.ROUTINGS, row | {"instead_of": "paint"})
    assert take(tables.ROUTINGS, row).unchanged == 1


@pytest.mark.parametrize("instead_of", ["spray", "dip"])
def test_an_alternate_of_itself_or_of_no_step(shop: Routing, instead_of: str) -> None:
    make.make_resource("dip")
    row = {"product": "P1", "resource": "spray", "hours_per_unit": 0.7, "instead_of": instead_of}
    told = f"there is no other routing of “P1” on “{instead_of}” to stand in for"
    assert refused(take(tables.ROUTINGS, row)) == [("instead_of", told)]
    assert Routing.objects.get() == shop


# --- Targets ----------------------------------------------------------------------------------------------------------


def test_targets_of_stock(shop: Routing) -> None:
    take(tables.SUPPLY_COSTS, {"product": "P1", "target": "service", "service_level": 0.97, "least_lot": 50})
    policy = SupplyPolicy.objects.get()
    assert (policy.target, policy.service_level, policy.least_lot) == ("service", 0.97, 50)


@pytest.mark.parametrize(("target", "figure"), [("cover", "cover_months"), ("service", "service_level")])
def test_a_target_needs_its_figure(shop: Routing, target: str, figure: str) -> None:
    outcome = take(tables.SUPPLY_COSTS, {"product": "P1", "target": target})
    assert refused(outcome) == [(figure, f"is missing; the target “{target}” needs it")]


def test_a_service_level_is_less_than_certain(shop: Routing) -> None:
    outcome = take(tables.SUPPLY_COSTS, {"product": "P1", "target": "service", "service_level": 95})
    assert refused(outcome)[0][0] == "service_level"


# --- By REST ----------------------------------------------------------------------------------------------------------


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_rows_are_put_and_read_by_their_codes(shop: Routing) -> None:
    client = client_of(make.make_coordinator())
    rows = [{"product": "P1", "resource": "spray", "hours_per_unit": 0.7, "instead_of": "paint"}]
    assert client.put("/api/v1/routings/", rows, format="json").json()["created"] == 1
    found = client.get("/api/v1/routings/", {"instead_of": "paint"}).json()["results"]
    assert [(each["resource"], each["instead_of"]) for each in found] == [("spray", "paint")]


def test_a_resource_is_changed_by_its_code(shop: Routing) -> None:
    make.make_user("olga", "operations", "planner")
    client = client_of(make.make_coordinator())
    tag = client.get("/api/v1/resources/paint/")["ETag"]
    answer = client.patch("/api/v1/resources/paint/", {"owner": "olga"}, format="json", headers={"If-Match": tag})
    assert answer.json()["owner"] == "olga"


def test_wages_are_money(shop: Routing) -> None:
    take(tables.CREWS, {"resource": "paint", "workers": 6, "wage_per_month": 2_800})
    seen = client_of(make.make_user("sam", money=False)).get("/api/v1/crews/").json()["results"][0]
    assert "wage_per_month" not in seen
    assert seen["workers"] == 6


def test_only_who_may_writes(shop: Routing) -> None:
    rows = [{"resource": "paint", "workers": 6}]
    colleague, outsider = make.make_user("sam"), make.make_outsider()
    assert client_of(colleague).put("/api/v1/crews/", rows, format="json").status_code == 403
    assert client_of(outsider).get("/api/v1/crews/").status_code == 403
    assert not Crew.objects.exists()
