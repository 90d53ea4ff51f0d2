"""The time fence: frozen months change only with somebody else's approval, slushy and large changes with a reason."""

import datetime as dt

import pytest
from django.test import Client

from planning.actions import CellEdit, edit_cells, fences, undo
from planning.actions.sheets import Cause
from planning.models import Assumption, Fence, FenceRequest, Input
from sop.errors import Conflict, NotAllowed, PlanningError
from sop.models import Change, Notification
from tests import factories as make
from tests.planning.test_demand_page import Company as Page
from tests.planning.test_editing import JULY, JUNE, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
AUGUST = dt.date(2026, 8, 1)
WHY = Cause("Dealer order")


class Fenced(Company):
    """June is frozen for bikes and July slushy; parts have no fence. Cora approves."""

    def __init__(self) -> None:
        super().__init__()
        self.cora = make.make_coordinator()
        fences.set_fences(wanted={"bikes": (1, 1)}, by=self.planner)

    def ask(self, row: str, entry: str, month: dt.date = JUNE, **keywords: object) -> FenceRequest:
        by = keywords.pop("by", self.planner)
        edits = [CellEdit(row, month, entry, **keywords)]
        return fences.ask_approval(plan=self.plan, edits=edits, by=by, cause=WHY)[0]


@pytest.fixture
def company() -> Fenced:
    return Fenced()


def test_a_change_of_a_frozen_month_waits_until_somebody_else_approves_it(company: Fenced) -> None:
    with pytest.raises(
        PlanningError, match=r"Jun 26 is frozen\. A change there needs somebody else’s approval"
    ) as refused:
        company.edit("family:bikes", "120")
    assert refused.value.extra["approval_required"] == [{"row": "family:bikes", "month": "2026-06"}]
    request = company.ask("family:bikes", "120")
    assert request.summary == "+20 units in Jun 26, 1 cell of 4 series"
    assert company.value("bikes-1-north") == 10.0
    edited = fences.approve(request=request, by=company.cora)
    assert [company.value(name) for name in list(company.series)[:4]] == [12, 24, 36, 48]
    change = Change.objects.get(change_set=edited.change_set)
    assert (change.by, change.reason) == (company.planner, "Dealer order")
    assert change.summary.endswith("approved by Cora")
    assert Input.objects.first().author == company.planner
    company.assert_totals_add_up()


def test_the_approvers_hear_of_a_request_and_the_requester_of_the_answer(company: Fenced) -> None:
    request = company.ask("family:bikes", "120")
    told = Notification.objects.get(user=company.cora)
    assert "Dan asks to change frozen months: +20 units in Jun 26" in told.text
    fences.refuse(request=request, by=company.cora, answer="Material is cut already")
    answered = Notification.objects.get(user=company.planner)
    assert "Cora refused your change" in answered.text
    assert "Material is cut already" in answered.text
    assert company.value("bikes-1-north") == 10.0
    with pytest.raises(PlanningError, match="refused already"):
        fences.approve(request=request, by=company.cora)


def test_four_eyes_the_approvers_own_change_needs_another_approver(company: Fenced) -> None:
    with pytest.raises(PlanningError, match="approval"):
        company.edit("family:bikes", "120", by=company.cora)
    request = company.ask("family:bikes", "120", by=company.cora)
    with pytest.raises(NotAllowed, match="Somebody else must answer"):
        fences.approve(request=request, by=company.cora)
    fences.approve(request=request, by=make.make_user("max", "management", "executive"))
    assert company.value("bikes-1-north") == 12.0


def test_only_who_may_approves_and_only_within_their_scope(company: Fenced) -> None:
    request = company.ask("family:bikes", "120")
    northern = make.make_user("nora", "management", "executive", markets=[company.north])
    for person, words in ((make.make_demand_planner("dora"), "approve changes"), (northern, "beyond your families")):
        with pytest.raises(NotAllowed, match=words):
            fences.approve(request=request, by=person)
    assert not Notification.objects.filter(user=northern).exists()


def test_of_a_gesture_the_free_cells_are_saved_and_the_frozen_ones_asked_for(company: Fenced) -> None:
    edits = [CellEdit("product:bikes-1", month, "60") for month in (JUNE, JULY, AUGUST)]
    request, edited = fences.ask_approval(plan=company.plan, edits=edits, by=company.planner, cause=WHY)
    assert [cell["month"] for cell in request.cells] == ["2026-06"]
    assert edited.cells == 4
    assert [company.value("bikes-1-north", month) for month in range(3)] == [10, 20, 20]


def test_across_several_fences_the_strictest_counts_and_says_so(company: Fenced) -> None:
    with pytest.raises(PlanningError, match="Jun 26 is frozen for 4 of the 8 series below, and the strictest fence"):
        company.edit("total", "+50")
    company.edit("family:parts", "+50")


def test_a_fence_is_inherited_and_a_nearer_one_counts(company: Fenced) -> None:
    fences.set_fences(wanted={"": (2, 0), "parts": None}, by=company.planner)
    with pytest.raises(PlanningError, match="frozen"):
        company.edit("family:parts", "+50", month=JULY)
    company.edit("family:bikes", "+50", month=JULY)
    fences.set_fences(wanted={"": None, "bikes": None}, by=company.planner)
    company.edit("total", "+50")
    assert not Fence.objects.exists()


def test_slushy_months_and_large_changes_say_why(company: Fenced) -> None:
    with pytest.raises(PlanningError, match="Jul 26 is in the slushy zone") as refused:
        company.edit(company.key("bikes-1-north"), "11", month=JULY, cause=None)
    assert refused.value.extra["reason_required"] == [{"row": company.key("bikes-1-north"), "month": "2026-07"}]
    with pytest.raises(PlanningError, match="Aug 26 changes by more than 10 % and 10 units"):
        company.edit("family:bikes", "+11", month=AUGUST, cause=None)
    company.edit("family:bikes", "+10", month=AUGUST, cause=None)
    company.edit(company.key("bikes-1-north"), "+9", month=AUGUST, cause=None)
    company.edit("family:bikes", None, month=AUGUST, cause=None)
    assumption = Assumption.objects.create(name="Fair", first_month=JUNE, last_month=JUNE, effect=0.1)
    company.edit("family:bikes", "+50", month=AUGUST, cause=Cause(assumption=assumption))
    assert Input.objects.first().assumption == assumption


def test_a_department_gives_its_opinion_freely(company: Fenced) -> None:
    make.make_stream("sales")
    company.edit("product:bikes-1/measure:sales", "90", by=make.make_user("sally", "sales"), cause=None)


def test_what_was_approved_is_not_undone_without_approval(company: Fenced) -> None:
    edited = fences.approve(request=company.ask("family:bikes", "120"), by=company.cora)
    with pytest.raises(PlanningError, match="Jun 26 is frozen"):
        undo(plan=company.plan, change_set=edited.change_set, by=company.planner)
    assert company.value("bikes-1-north") == 12.0


def test_a_request_that_the_plan_has_overtaken_is_told_so(company: Fenced) -> None:
    first = company.ask("family:bikes", "120", base=100.0)
    second = company.ask("family:bikes", "130", base=100.0)
    fences.approve(request=second, by=company.cora)
    with pytest.raises(Conflict, match="changed since Dan asked"):
        fences.approve(request=first, by=company.cora)


def test_the_page_asks_answers_and_marks() -> None:
    page = Page()
    cora = make.make_coordinator()
    fences.set_fences(wanted={"bikes": (1, 2)}, by=page.planner)
    flags = {row["key"]: row["flags"] for row in page.rows("total")}
    assert flags == {"family:bikes": {"2026-06": "fz", "2026-07": "sl", "2026-08": "sl"}, "family:parts": {}}
    body = {"cells": [{"row": "family:bikes", "month": "2026-06", "entry": "100", "base": 80.0}]}
    answer = page.post(page.planner, "edits", body)
    assert answer.status_code == 422
    assert answer.json()["approval_required"] == [{"row": "family:bikes", "month": "2026-06"}]
    asked = page.post(page.planner, "approval", body | {"reason": "Fair"}).json()
    client = Client()
    client.force_login(cora)
    assert "“Fair”" in client.get("/demand/").content.decode()
    client.post(f"/demand/requests/{asked['request']}/", {"verdict": "approve"})
    assert FenceRequest.objects.get().state == "approved"
    planner = Client()
    planner.force_login(page.planner)
    assert "approved by Cora" in planner.get("/demand/").content.decode()
    for path in (f"/demand/{page.plan.pk}/why/", "/demand/fences/"):
        outsider = Client()
        outsider.force_login(make.make_outsider(f"otto{path[-4]}"))
        assert outsider.get(path).status_code == 403


def test_the_fences_are_set_on_a_page_by_those_who_plan_the_families() -> None:
    page = Page()
    client = Client()
    client.force_login(page.planner)
    client.post("/demand/fences/", {"frozen-": "1", "slushy-": "2", "frozen-bikes": "0", "slushy-bikes": "3"})
    assert set(Fence.objects.values_list("family__code", "frozen_months", "slushy_months")) == {
        (None, 1, 2),
        ("bikes", 0, 3),
    }
    assert client.post("/demand/fences/", {"frozen-": "many"}).status_code == 422
    limited = make.make_user("lena", "demand-planning", "planner", families=[make.make_family("parts")])
    client.force_login(limited)
    assert "Bikes" not in client.get("/demand/fences/").content.decode()
    with pytest.raises(NotAllowed):
        fences.set_fences(wanted={"bikes": None}, by=limited)
    client.force_login(make.make_user("sally", "sales"))
    assert client.get("/demand/fences/").status_code == 403


def test_the_page_offers_what_may_stand_behind_a_change() -> None:
    page = Page()
    Assumption.objects.create(
        name="Fair", family=make.make_family("bikes"), first_month=JUNE, last_month=JUNE, effect=0.1
    )
    Assumption.objects.create(
        name="Bell promotion", family=make.make_family("parts"), first_month=JUNE, last_month=JUNE, effect=0.1
    )
    edit_cells(plan=page.plan, edits=[CellEdit("product:city", JUNE, "90")], by=page.planner, cause=WHY)
    offered = page.get(page.planner, "why", row="product:city").json()
    assert offered["recent"] == ["Dealer order"]
    assert [each["name"] for each in offered["assumptions"]] == ["Fair"]
    assert offered["cycles"][0]["label"] == "Jul 26"
