"""Production typed into the grid: what follows at once, who may, and what is refused."""

import json
import uuid
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from planning.actions.editing import CellEdit
from planning.actions.production import edit_production, lock_production, undo_production
from planning.models import Component, Fence, ProductionLine, ProductionOverride, ProductionPlan, ResourceLoad
from sop import months
from sop.errors import Conflict, Locked, NotAllowed, NotFound, PlanningError
from sop.models import Change, Product
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany, assert_balances

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

AUGUST = months.add(JUNE, 2)


@pytest.fixture
def company() -> SupplyCompany:
    return SupplyCompany()


@pytest.fixture
def plan(company: SupplyCompany) -> ProductionPlan:
    """Chase: 60 bikes in June, then 100 a month; an hour of assembly each, a frame and two pedals."""
    company.sell()
    return company.supply("chase")


def enter(plan: ProductionPlan, row: str, entry: Any, by: Any, *, month: Any = AUGUST, **options: Any) -> Any:
    edit = CellEdit(f"{row}/measure:production", month, entry, options.pop("base", None), options.pop("version", None))
    return edit_production(plan=plan, edits=[edit], by=by, **{"reason": "a large order"} | options)


def ready(plan: ProductionPlan, product: Product) -> list[float]:
    return ProductionLine.objects.get(plan=plan, product=product).arrivals.tolist()


def test_it_works(company: SupplyCompany, plan: ProductionPlan) -> None:
    before = company.line(plan, company.bike), company.line(plan, company.frame)
    enter(plan, "product:bike", "+30", company.planner)
    bike, frame = company.line(plan, company.bike), company.line(plan, company.frame)
    assert bike.production[2] == 130
    np.testing.assert_allclose(bike.inventory - before[0].inventory, [0, 0, 30, 30, 30, 30])
    # Each bike takes a frame in the month it is made, which nobody made: stock falls short.
    np.testing.assert_allclose(frame.dependent - before[1].dependent, [0, 0, 30, 0, 0, 0])
    assert frame.backorder[2] == 30
    assert ResourceLoad.objects.get(plan=plan, resource=company.assembly).load[2] == 130
    assert_balances(plan)


def test_the_override_is_kept_with_its_reason_and_logged(company: SupplyCompany, plan: ProductionPlan) -> None:
    edited = enter(plan, "product:bike", "120", company.planner)
    [said] = ProductionOverride.objects.all()
    assert (said.quantity, said.month, said.reason, said.by) == (120, AUGUST, "a large order", company.planner)
    change = Change.objects.get(change_set=edited.change_set)
    assert (change.kind, change.object) == ("plan.production_edited", f"production-plan:{plan.pk}")
    assert change.families == ["bikes"]
    plan.refresh_from_db()
    assert plan.edits == edited.version == 1


def test_shorthand(company: SupplyCompany, plan: ProductionPlan) -> None:
    enter(plan, "product:bike", "+10%", company.planner)
    assert ready(plan, company.bike)[2] == pytest.approx(110)


def test_delete_brings_the_plans_own_number_back(company: SupplyCompany, plan: ProductionPlan) -> None:
    before = ready(plan, company.bike), ready(plan, company.frame)
    enter(plan, "product:bike", "150", company.planner)
    enter(plan, "product:bike", "170", company.planner)
    enter(plan, "product:bike", None, company.planner)
    assert not ProductionOverride.objects.exists()
    assert (ready(plan, company.bike), ready(plan, company.frame)) == before
    assert_balances(plan)


def test_a_family_is_spread_as_its_products_are_made(company: SupplyCompany) -> None:
    sport = Product.objects.create(code="sport", name="Sport", family=company.bikes)
    company.demand[make.make_series(sport)] = 50.0
    company.sell()
    plan = company.supply("chase")
    enter(plan, "family:bikes", "300", company.planner)
    assert (ready(plan, company.bike)[2], ready(plan, sport)[2]) == (200, 100)


def test_locked_cells_keep_their_number_when_a_family_is_entered(company: SupplyCompany) -> None:
    sport = Product.objects.create(code="sport", name="Sport", family=company.bikes)
    company.demand[make.make_series(sport)] = 50.0
    company.sell()
    plan = company.supply("chase")
    row = ("product:sport/measure:production", AUGUST)
    lock_production(plan=plan, cells=[row], locked=True, by=company.planner)
    enter(plan, "family:bikes", "300", company.planner)
    assert (ready(plan, company.bike)[2], ready(plan, sport)[2]) == (250, 50)
    with pytest.raises(PlanningError, match="locked"):
        enter(plan, "product:sport", "60", company.planner)
    lock_production(plan=plan, cells=[row], locked=False, by=company.planner)
    enter(plan, "product:sport", "60", company.planner)
    assert ready(plan, sport)[2] == 60


def test_what_is_ready_was_begun_a_lead_time_before(company: SupplyCompany, plan: ProductionPlan) -> None:
    before = company.line(plan, company.pedal)
    enter(plan, "product:pedal", "+40", company.planner)
    after = company.line(plan, company.pedal)
    np.testing.assert_allclose(after.arrivals - before.arrivals, [0, 0, 40, 0, 0, 0])
    np.testing.assert_allclose(after.production - before.production, [0, 40, 0, 0, 0, 0])
    # Of what comes in, 200 go into bikes and are bought for them; the override is about the rest.
    assert ProductionOverride.objects.get().month == months.add(JUNE, 1)
    assert ProductionOverride.objects.get().quantity == pytest.approx(after.arrivals[2] - after.dependent[2])
    with pytest.raises(PlanningError, match="begun before this plan"):
        enter(plan, "product:pedal", "900", company.planner, month=JUNE)
    with pytest.raises(PlanningError, match="go into other products"):
        enter(plan, "product:pedal", "0", company.planner)


def test_parts_taken_as_available_follow(company: SupplyCompany, plan: ProductionPlan) -> None:
    before = company.line(plan, company.screw).dependent
    enter(plan, "product:bike", "+30", company.planner)
    after = company.line(plan, company.screw)
    np.testing.assert_allclose(after.dependent - before, [0, 0, 300, 0, 0, 0])
    assert not after.backorder.any()


def test_undo_puts_everything_back_and_can_be_undone(company: SupplyCompany, plan: ProductionPlan) -> None:
    before = ready(plan, company.bike)
    edited = enter(plan, "product:bike", "150", company.planner)
    undone = undo_production(plan=plan, change_set=edited.change_set, by=company.planner)
    assert ready(plan, company.bike) == before
    assert not ProductionOverride.objects.exists()
    undo_production(plan=plan, change_set=undone.change_set, by=company.planner)
    assert ready(plan, company.bike)[2] == 150
    assert ProductionOverride.objects.get().reason == "a large order"


def test_undo_is_refused_once_somebody_changed_the_cell(company: SupplyCompany, plan: ProductionPlan) -> None:
    edited = enter(plan, "product:bike", "150", company.planner)
    enter(plan, "product:bike", "160", make.make_user("otto", "operations", "planner"))
    with pytest.raises(Conflict):
        undo_production(plan=plan, change_set=edited.change_set, by=company.planner)
    with pytest.raises(NotFound):
        undo_production(plan=plan, change_set=uuid.uuid4(), by=company.planner)


def test_a_stale_cell_is_a_conflict_that_names_theirs_and_mine(company: SupplyCompany, plan: ProductionPlan) -> None:
    otto = make.make_user("otto", "operations", "planner")
    enter(plan, "product:bike", "150", otto)
    with pytest.raises(Conflict) as refused:
        enter(plan, "product:bike", "120", company.planner, base=100.0)
    [clash] = refused.value.extra["conflicts"]  # type: ignore[misc]
    assert (clash["theirs"], clash["mine"], clash["base"], clash["by"]) == (150, 120, 100, otto.display_name)
    enter(plan, "product:bike", "120", company.planner, base=100.0, force=True)
    assert ready(plan, company.bike)[2] == 120
    with pytest.raises(Conflict):
        enter(plan, "product:bike", "130", company.planner, base=120.0, version=1)


def test_large_changes_say_why(company: SupplyCompany, plan: ProductionPlan) -> None:
    with pytest.raises(PlanningError) as refused:
        enter(plan, "product:bike", "150", company.planner, reason="")
    assert refused.value.extra["reason_required"]
    assert not ProductionOverride.objects.exists()
    enter(plan, "product:bike", "105", company.planner, reason="")


def test_nothing_is_entered_where_it_follows(company: SupplyCompany, plan: ProductionPlan) -> None:
    edit = CellEdit("product:bike/measure:demand", AUGUST, "5")
    with pytest.raises(PlanningError, match="Only production"):
        edit_production(plan=plan, edits=[edit], by=company.planner)
    with pytest.raises(PlanningError, match="taken as available"):
        enter(plan, "product:screw", "5", company.planner)
    with pytest.raises(PlanningError, match="not a month of this plan"):
        enter(plan, "product:bike", "5", company.planner, month=months.add(JUNE, 30))
    with pytest.raises(PlanningError, match="not a quantity"):
        enter(plan, "product:bike", "much", company.planner)
    assert not ProductionOverride.objects.exists()


def test_frozen_months_stay(company: SupplyCompany, plan: ProductionPlan) -> None:
    Fence.objects.create(family=company.bikes, production_months=3)
    with pytest.raises(PlanningError, match="frozen"):
        enter(plan, "product:bike", "150", company.planner)
    enter(plan, "product:bike", "150", company.planner, month=months.add(JUNE, 3))


def test_a_signed_or_unused_plan_takes_nothing(company: SupplyCompany, plan: ProductionPlan) -> None:
    other = company.supply("level")
    with pytest.raises(Locked, match="in use"):
        enter(plan, "product:bike", "150", company.planner)
    ProductionPlan.objects.filter(pk=other.pk).update(locked_at=timezone.now())
    with pytest.raises(Locked, match="signed off"):
        enter(other, "product:bike", "150", company.planner)


def test_a_multi_level_bill_is_followed_one_level_at_a_time(company: SupplyCompany) -> None:
    """A frame is not made by itself because a bike is: what the bike takes is owed until somebody makes it."""
    Component.objects.create(parent=company.frame, component=company.screw, quantity_per=4)
    company.sell()
    plan = company.supply("chase")
    before = company.line(plan, company.screw).dependent
    enter(plan, "product:bike", "+30", company.planner)
    np.testing.assert_allclose(company.line(plan, company.screw).dependent - before, [0, 0, 300, 0, 0, 0])
    assert_balances(plan)


# --- The doors --------------------------------------------------------------------------------------------------------


def post(client: Client, plan: ProductionPlan, name: str = "edit", **body: Any) -> Any:
    address = reverse(f"planning:production-{name}", args=[plan.pk])
    return client.post(address, json.dumps(body), content_type="application/json")


CELL = {"row": "product:bike/measure:production", "month": "2026-08"}


def test_the_page_gets_the_rows_that_follow(client: Client, company: SupplyCompany, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    keys = [CELL["row"], "product:bike"]
    answer = post(client, plan, cells=[CELL | {"entry": "150"}], reason="order", refresh=keys).json()
    production, closing = answer["rows"]
    assert (production["values"][2], production["flags"]["2026-08"], production["editable"]) == (150, "ed", True)
    assert production["versions"] == {"2026-08": 1}
    assert closing["values"][2] == 50
    undone = post(client, plan, "undo", change_set=answer["change_set"], refresh=keys).json()
    assert undone["rows"][0]["flags"] == {}
    locked = post(client, plan, "lock", cells=[CELL], locked=True, refresh=keys).json()
    assert locked["rows"][0]["flags"] == {"2026-08": "ed lk"}


def test_a_conflict_is_409(client: Client, company: SupplyCompany, plan: ProductionPlan) -> None:
    client.force_login(company.planner)
    answer = post(client, plan, cells=[CELL | {"entry": "150", "base": 7}], reason="order")
    assert answer.status_code == 409
    assert answer.json()["conflicts"][0]["theirs"] == 100


def test_a_colleague_and_an_outsider_may_not(client: Client, company: SupplyCompany, plan: ProductionPlan) -> None:
    for user in (make.make_user("carl", "sales"), make.make_outsider()):
        client.force_login(user)
        for name in ("edit", "lock", "undo"):
            assert (
                post(client, plan, name, cells=[CELL | {"entry": "1"}], change_set=str(uuid.uuid4())).status_code == 403
            )
        with pytest.raises(NotAllowed):
            enter(plan, "product:bike", "150", user)


def test_a_planner_of_other_families_does_not_reach_it(company: SupplyCompany, plan: ProductionPlan) -> None:
    other = make.make_user("otto", "operations", "planner", families=[company.spares])
    with pytest.raises(NotFound):
        enter(plan, "product:bike", "150", other)
    edited = enter(plan, "product:bike", "150", company.planner)
    with pytest.raises(NotFound):
        undo_production(plan=plan, change_set=edited.change_set, by=other)


def test_who_may_not_edit_sees_a_computed_row(client: Client, company: SupplyCompany, plan: ProductionPlan) -> None:
    client.force_login(make.make_user("carl", "sales"))
    answer = client.get(reverse("planning:supply-rows", args=[plan.pk]), {"keys": CELL["row"]}).json()
    assert answer["rows"][0]["editable"] is False
    assert "edit-src" not in client.get(reverse("planning:supply")).content.decode()
