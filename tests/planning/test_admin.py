"""The administrator's pages: what is set there, who may, and that the change log knows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from planning.models import (
    Assumption,
    Calendar,
    Capacity,
    ConsensusRule,
    Fence,
    Routing,
    Storage,
    SupplyPolicy,
)
from sop.actions import tokens
from sop.models import Change, Membership, PostingBatch, Product, Run, ServiceToken, User
from sop.permissions import Verb, can
from tests import factories as make

pytestmark = pytest.mark.django_db
NO_ROLES = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
SHOWN = {
    *("user", "department", "fence", "membership", "servicetoken", "product", "run", "change", "postingbatch"),
    *("stream", "assumption", "consensusrule", "resource", "calendar", "storage", "routing", "supplypolicy"),
}


@pytest.fixture
def administrator() -> User:
    return User.objects.create_superuser("admin")


@pytest.fixture
def desk(administrator: User, client: Client) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def secret(administrator: User) -> str:
    """Of a token; beside it stands one of everything that the pages list."""
    make.make_stream()
    Calendar.objects.create(code="plant", name="Plant")
    Storage.objects.create(site=make.make_site(), limit=500)
    made = make.make_product("P2")
    Routing.objects.create(product=made, resource=make.make_resource(), hours_per_unit=1)
    SupplyPolicy.objects.create(product=made)
    Assumption.objects.create(
        name="Spring sale",
        product=make.make_product("P1"),
        first_month=dt.date(2026, 6, 1),
        last_month=dt.date(2026, 7, 1),
        effect=0.2,
    )
    Fence.objects.create(frozen_months=1, slushy_months=2)
    ConsensusRule.objects.create()
    Run.objects.create(kind="supply", state=Run.State.FAILED, error="No routing.")
    PostingBatch.objects.create(source="erp")
    return tokens.create(user=make.make_user("erp", "it", "integration"), name="nightly", days=9, by=administrator)[1]


def address(page: str, model: Any, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def ours() -> list[Any]:
    return [model for model in admin.site._registry if model._meta.app_label in ("sop", "planning")]


@pytest.mark.sqlite
def test_every_page_opens_and_none_shows_a_secret(desk: Client, secret: str) -> None:
    digest = ServiceToken.objects.get().digest
    assert {model._meta.model_name for model in ours()} == SHOWN
    for model in ours():
        pages = [address("changelist", model), address("change", model, model.objects.first().pk)]
        if admin.site._registry[model].has_add_permission(desk.get("/admin/").wsgi_request):
            pages.append(address("add", model))
        for page in pages:
            answer = desk.get(page)
            assert answer.status_code == 200, page
            assert secret not in answer.content.decode()
            assert digest not in answer.content.decode()


@pytest.mark.sqlite
def test_a_person_with_a_role(desk: Client, administrator: User) -> None:
    bikes = make.make_family("bikes")
    role = {
        "department": make.make_department("sales").pk,
        "role": "contributor",
        "sees_money": "on",
        "families": [bikes.pk],
    }
    form = {
        "username": "ana",
        "usable_password": "true",
        "password1": "moss-green-4711",
        "password2": "moss-green-4711",
    }
    form |= NO_ROLES | {"memberships-TOTAL_FORMS": 1} | {f"memberships-0-{name}": each for name, each in role.items()}
    answer = desk.post(address("add", User), form)
    assert answer.status_code == 302, answer.context["errors"]
    ana = User.objects.get(username="ana")
    assert ana.check_password("moss-green-4711")
    assert not ana.is_staff
    assert can(ana, Verb.ENTER_STREAM, department=make.make_department("sales"))
    assert list(ana.memberships.get().families.all()) == [bikes]
    change = Change.objects.get(kind="user.added")
    assert (change.by, change.summary) == (administrator, "Added the user “ana”")


@pytest.mark.sqlite
def test_there_is_no_default_password(desk: Client) -> None:
    answer = desk.post(address("add", User), {"username": "ana", "usable_password": "true", **NO_ROLES})
    assert answer.context["errors"]
    assert not User.objects.filter(username="ana").exists()


@pytest.mark.sqlite
def test_a_person_is_made_inactive_not_deleted(desk: Client) -> None:
    ana = make.make_user("ana")
    assert desk.post(address("delete", User, ana.pk), {"post": "yes"}).status_code == 403
    member = ana.memberships.get()
    roles = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-id": member.pk, "0-user": ana.pk, "0-role": member.role}
    form = {f"memberships-{name}": each for name, each in roles.items()}
    form |= {"memberships-0-department": member.department_id, "username": "ana"}
    assert desk.post(address("change", User, ana.pk), form).status_code == 302
    ana.refresh_from_db()
    assert not ana.is_active
    assert Change.objects.get(kind="user.changed").object == f"user:{ana.pk}"


@pytest.mark.sqlite
def test_a_token_is_ended_and_not_made(desk: Client, administrator: User, secret: str) -> None:
    assert desk.get(address("add", ServiceToken)).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ServiceToken.objects.get().pk], "post": "yes"}
    assert desk.post(address("changelist", ServiceToken), chosen).status_code == 302
    assert not ServiceToken.objects.exists()
    assert Change.objects.get(kind="token.revoked").by == administrator


@pytest.mark.sqlite
def test_a_removal_is_in_the_log(desk: Client) -> None:
    member = make.make_user("ana").memberships.get()
    chosen = {"action": "delete_selected", "_selected_action": [member.pk], "post": "yes"}
    assert desk.post(address("changelist", Membership), chosen).status_code == 302
    assert not Membership.objects.exists()
    assert "ana, Contributor in Sales" in Change.objects.get(kind="membership.removed").summary


@pytest.mark.sqlite
def test_a_product_takes_over_anothers_past(desk: Client) -> None:
    old, new = make.make_product("old"), make.make_product("new")
    page = address("change", Product, new.pk)
    assert "name another product" in desk.post(page, {"predecessor": new.pk}).content.decode()
    assert desk.post(page, {"predecessor": old.pk, "like_product": "", "code": "hacked"}).status_code == 302
    new.refresh_from_db()
    assert (new.predecessor, new.code) == (old, "new")
    assert Change.objects.get(kind="product.changed").families == ["bikes"]


@pytest.mark.sqlite
def test_an_event_is_written_in_months(desk: Client) -> None:
    form = {"name": "Spring sale", "market": make.make_market("north").pk, "effect": "0.2", "included": "on"}
    form |= {"kind": "promotion", "unit": "share", "probability": "1", "state": "open"}
    refused = desk.post(address("add", Assumption), form | {"first_month": "2026-06-15", "last_month": "2026-7"})
    assert "is a day; a month is written as 2026-06" in refused.content.decode()
    form["first_month"] = "2026-06"
    before = desk.post(address("add", Assumption), form | {"last_month": "2026-05"})
    assert "This is before the first month." in before.content.decode()
    assert desk.post(address("add", Assumption), form | {"last_month": "2026-07"}).status_code == 302
    assert Assumption.objects.get().last_month == dt.date(2026, 7, 1)
    assert Change.objects.get(kind="assumption.added").markets == ["north"]
    assert 'value="2026-06"' in desk.get(address("change", Assumption, Assumption.objects.get().pk)).content.decode()


@pytest.mark.sqlite
def test_a_resource_has_other_hours_in_a_month(desk: Client) -> None:
    paint = make.make_resource("paint")
    hours = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "0-month": "2026-08", "0-regular_hours": 80, "0-overtime_hours": 0}
    form = {"code": "paint", "name": "Paint", "site": paint.site_id, "hourly_cost": 0, "overtime_hourly_cost": 0}
    form |= {"regular_hours_per_month": 160, "overtime_hours_per_month": 20}
    form |= {"demonstrated_percent": 100, "smoothing_cost_per_hour": 0}
    form |= {f"capacities-{name}": each for name, each in hours.items()}
    form |= {"crew-TOTAL_FORMS": 0, "crew-INITIAL_FORMS": 0}
    assert desk.post(address("change", type(paint), paint.pk), form).status_code == 302
    assert Capacity.objects.get().month == dt.date(2026, 8, 1)


@pytest.mark.sqlite
@pytest.mark.parametrize("who", [make.make_coordinator, make.make_demand_planner, make.make_outsider])
def test_nobody_else_gets_in(client: Client, who: Callable[[], User]) -> None:
    client.force_login(who())
    for page in ("/admin/", address("changelist", User), address("changelist", Change)):
        assert client.get(page).status_code == 302, page


@pytest.mark.browser
def test_it_works_in_a_browser_under_the_policy(
    transactional_db: None, administrator: User, secret: str, new_page: Callable[..., Any]
) -> None:
    page = new_page(administrator)
    for model in ours():
        page.goto(address("changelist", model))
        page.goto(address("change", model, model.objects.first().pk))
    page.goto(address("add", User))
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password:").fill("moss-green-4711")
    page.get_by_label("Password confirmation").fill("moss-green-4711")
    page.get_by_role("button", name="Add another Membership").click()
    page.locator("#id_memberships-0-department").select_option(label="IT")
    page.locator("#id_memberships-0-role").select_option("viewer")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()
    assert Membership.objects.get(user__username="ana").role == "viewer"
