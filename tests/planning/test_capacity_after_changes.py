"""After every change of demand the capacity is checked, and owners hear of what no longer fits."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from planning.actions import CellEdit, edit_cells
from planning.actions.sheets import Cause
from planning.models import Resource
from planning.queries import outlook
from sop.actions import runs
from sop.models import Change, Cycle, Notification, Run, User
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany, run_job

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    """Assembly takes an hour a bicycle of 120, and Olga owns it."""
    company = SupplyCompany()
    company.sell()
    Resource.objects.filter(pk=company.assembly.pk).update(owner=company.planner)
    return company


@pytest.fixture
def editor() -> User:
    return make.make_demand_planner("dora")


def enter(company: SupplyCompany, by: User, units: int) -> None:
    series = next(iter(company.demand))
    edit = CellEdit(f"series:{series.pk}", JUNE, str(units))
    edit_cells(plan=company.sales_plan, edits=[edit], by=by, cause=Cause("A new customer"))


def checked(company: SupplyCompany) -> Run:
    """Work the check that waits."""
    run = Run.objects.get(kind="capacity", cycle=company.cycle, state=Run.State.QUEUED)
    return runs.run_inline(run)


def inbox(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("text", flat=True))


def test_a_change_of_demand_asks_for_a_check(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 150)
        assert not Run.objects.exists(), "not before the change is committed"
    run = checked(company)
    assert run.requested_by == editor
    assert [each["resource"] for each in run.result["overloads"]] == ["assembly"]
    assert inbox(company.planner) == ["Assembly no longer fits in Jun 26 (30 h over)"]
    assert Notification.objects.get().url == "/supply/?cycle=2026-06&resource=assembly&month=2026-06"


def test_many_changes_wait_for_one_check(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for units in (130, 140, 150):
            enter(company, editor, units)
    assert Run.objects.filter(kind="capacity").count() == 1


def test_a_change_during_a_check_asks_for_another(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 130)
    run = Run.objects.get(kind="capacity")
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 150)
    assert Run.objects.count() == 1, "one at a time"
    shard = run.shards.get()
    runs._job("capacity").work(shard, lambda *_, **__: None)
    shard.refresh_from_db()
    shard.parameters["found"]["demand_version"] -= 1
    shard.save()
    run.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        runs._job("capacity").finish(run)
        Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    assert Run.objects.filter(kind="capacity", state=Run.State.QUEUED).exists()


def test_no_word_when_nothing_changed(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    for units in (150, 151):
        with django_capture_on_commit_callbacks(execute=True):
            enter(company, editor, units)
        checked(company)
    assert len(inbox(company.planner)) == 1
    assert Change.objects.filter(kind="capacity.checked").count() == 1


def test_what_fits_again_is_told(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    for units in (150, 100):
        with django_capture_on_commit_callbacks(execute=True):
            enter(company, editor, units)
        checked(company)
    assert inbox(company.planner)[-1] == "Assembly fits again in Jun 26"


def test_nobody_else_is_told(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    colleague, outsider = make.make_user("cleo", "operations", "planner"), make.make_outsider()
    Resource.objects.filter(pk=company.welding.pk).update(owner=outsider, regular_hours_per_month=10)
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 150)
    checked(company)
    assert inbox(company.planner)
    assert not inbox(colleague)
    assert not inbox(outsider), "who may not see the plans is not told"


def test_a_check_of_its_own_accord_does_not_stand_in_the_way(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 150)
    assert Run.objects.filter(kind="capacity").exists()
    assert outlook.active_run(company.cycle) is None


def test_an_approved_cycle_is_left_alone(
    company: SupplyCompany, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enter(company, editor, 150)
        Cycle.objects.update(state=Cycle.State.APPROVED)
    assert not Run.objects.exists()


def test_a_check_that_somebody_asks_for_is_in_the_log(company: SupplyCompany) -> None:
    run_job("capacity", company.cycle, by=company.planner)
    run_job("capacity", company.cycle, by=company.planner)
    assert Change.objects.filter(kind="capacity.checked").count() == 2


def test_the_line_leads_to_the_cell(company: SupplyCompany, client: Client) -> None:
    plan = company.supply()
    client.force_login(company.planner)
    page = client.get("/supply/", {"cycle": "2026-06", "resource": "assembly", "month": "2026-06"}).content.decode()
    assert f'hx-get="/supply/{plan.pk}/load/?resource=assembly&amp;month=2026-06" hx-trigger="load"' in page
