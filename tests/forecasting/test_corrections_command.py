"""`manage.py corrections`: what the page's buttons do, from a script."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from forecasting.actions import cleansing
from forecasting.models import Correction
from sop.models import Change
from tests import factories as make
from tests.forecasting.test_cleansing import LARGE, START, Company

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
State = Correction.State


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def bike(company: Company) -> Correction:
    """900 in a history around 100, proposed."""
    return company.propose()


def run(*words: str | int) -> str:
    out = StringIO()
    call_command("corrections", *map(str, words), stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def refusal(*words: str | int) -> str:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return str(caught.value)


def test_what_does_not_fit_is_found(company: Company) -> None:
    assert run("find", "--user", company.planner.username) == "1 month to look at"
    assert Correction.objects.get().state == State.PROPOSED


def test_what_is_proposed_is_listed(bike: Correction) -> None:
    said = run()
    assert said.startswith(f"{bike.pk}  2025-03")
    assert f"900 instead of {bike.replacement:g} units" in said
    (listed,) = json.loads(run("list", "--json"))
    assert (listed["id"], listed["product"], listed["month"], listed["original"]) == (bike.pk, "bike", "2025-03", LARGE)


def test_other_states_and_rows_can_be_listed(bike: Correction) -> None:
    assert run("--state", "accepted") == "No correction is accepted."
    assert len(json.loads(run("--row", "product:bike", "--json"))) == 1
    assert "There is no row “product:tent”" in refusal("--row", "product:tent")


def test_a_correction_is_accepted_and_rejected_by_its_number(company: Company, bike: Correction) -> None:
    said = run("accept", bike.pk, "--reason", "typing error", "--user", company.planner.username)
    assert said == "1 correction accepted"
    bike.refresh_from_db()
    assert (bike.state, bike.by, bike.reason) == (State.ACCEPTED, company.planner, "typing error")
    assert Change.objects.get(kind="correction.accepted").by == company.planner
    assert json.loads(run("reject", bike.pk, "--json")) == {"decided": 1, "state": "rejected"}
    bike.refresh_from_db()
    assert (bike.state, bike.by) == (State.REJECTED, None)


def test_all_of_a_row_at_once(company: Company, bike: Correction) -> None:
    tent = make.make_series(make.make_product("tent", make.make_family("tents")))
    make.make_history(tent, START, company.units)
    cleansing.propose(cycle=company.cycle, series=[tent.pk])
    assert run("accept", "--all", "--row", "family:tents") == "1 correction accepted"
    assert Correction.objects.get(state=State.ACCEPTED).series == tent
    assert run("reject", "--all") == "1 correction rejected"


def test_a_decision_names_numbers_or_all_not_both(bike: Correction) -> None:
    asked = "Name corrections by their numbers, or all of them by --all."
    assert refusal("accept") == asked
    assert refusal("accept", bike.pk, "--all") == asked


def test_a_number_that_is_not_there_is_refused(bike: Correction) -> None:
    assert "There is no such correction" in refusal("accept", bike.pk + 1)


def test_who_may_not_run_the_forecast_may_not_decide(company: Company, bike: Correction) -> None:
    colleague, outsider = company.colleague, company.outsider
    assert "You may not run the forecast" in refusal("accept", bike.pk, "--user", colleague.username)
    assert "You may not run the forecast" in refusal("find", "--user", colleague.username)
    assert "You may not" in refusal("list", "--user", outsider.username)
    assert run("list", "--user", colleague.username).startswith(str(bike.pk))
    assert Correction.objects.get().state == State.PROPOSED
