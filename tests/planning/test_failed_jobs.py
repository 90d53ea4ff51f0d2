"""A job that failed: the page that started it says why, as does one that is opened later, until a job succeeds."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sop.actions import runs
from sop.models import Run
from sop.queries.runs import failures
from tests.planning.supply_company import SupplyCompany, run_job

DIVISION = "The supply plan failed: division by zero. The plan is as it was before."


@pytest.fixture
def company(db: None) -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[bool], None]:
    """`broken(True)` lets every supply job divide by zero, at the first attempt."""
    settings.SHARD_ATTEMPTS = 1

    def work(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    def set_broken(wanted: bool) -> None:
        monkeypatch.undo()
        if wanted:
            monkeypatch.setattr("planning.actions.supply_job.work", work)

    return set_broken


def page(company: SupplyCompany, name: str = "planning:supply") -> str:
    client = Client()
    client.force_login(company.planner)
    return client.get(reverse(name)).content.decode()


@pytest.mark.sqlite
def test_a_page_opened_later_says_why_until_a_job_succeeds(company: SupplyCompany, broken: Any) -> None:
    broken(True)
    assert run_job("supply", company.cycle, by=company.planner).state == Run.State.FAILED
    assert f"<span>{DIVISION}</span>" in page(company)
    assert DIVISION not in page(company, "planning:demand")
    broken(False)
    run_job("capacity", company.cycle, by=company.planner)
    assert DIVISION in page(company)
    run_job("supply", company.cycle, by=company.planner)
    assert "failed" not in page(company)


@pytest.mark.sqlite
def test_so_it_does_for_the_forecast_in_the_words_of_the_job(company: SupplyCompany) -> None:
    run = Run.objects.create(kind="forecast", cycle=company.cycle, state=Run.State.FAILED, error="No sales at all.")
    told = "The forecast failed: No sales at all. The plan is as it was before."
    assert told in page(company, "planning:demand")
    again = Run.objects.create(kind="forecast", cycle=company.cycle, state=Run.State.CANCELLED)
    assert failures(company.cycle, "forecast") == [told]
    Run.objects.filter(pk=again.pk).update(state=Run.State.RUNNING)
    assert failures(company.cycle, "forecast") == []
    assert failures(None, "forecast") == []
    assert run.error


@pytest.mark.browser
def test_the_page_that_started_it_says_why_and_stays(
    transactional_db: None, company: SupplyCompany, broken: Any, new_page: Callable[..., Any]
) -> None:
    broken(True)
    run = runs.start(kind="supply", cycle=company.cycle, by=company.planner)
    shown = new_page(company.planner)
    shown.goto("/supply/")
    shown.wait_for_selector("html[data-ready]", state="attached")
    runs.run_inline(run)
    shown.get_by_role("alert").wait_for()
    assert shown.get_by_role("alert").inner_text() == DIVISION
    assert shown.locator("job-progress progress").count() == 0
    shown.get_by_role("link", name="Reload the page").click()
    shown.get_by_role("button", name="Plan supply").wait_for()
    assert DIVISION in shown.locator("#messages").inner_text()
