"""Cleansing: months are proposed, a planner decides, the forecast reads the accepted ones, the history stays."""

import datetime as dt

import numpy as np
import pytest
from django.test import Client

from forecasting.actions import cleansing
from forecasting.models import Correction
from forecasting.queries import histories
from sop.actions import runs
from sop.errors import NotAllowed, NotFound, PlanningError
from sop.models import Change, Cycle, History, Posting, PostingBatch, Run, Series, User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
START = dt.date(2023, 1, 1)
ODD = dt.date(2025, 3, 1)
USUAL, LARGE = 100.0, 900.0
State = Correction.State


class Company:
    """41 months around 100 of one series, with 900 in March 2025."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.colleague = make.make_user("sam", "sales", "planner")
        self.outsider = make.make_outsider()
        self.series = make.make_series(make.make_product("bike"))
        self.units = [USUAL + 5 * (month % 3) for month in range(41)]
        self.units[26] = LARGE
        make.make_history(self.series, START, self.units)
        post_first_and_last(self.series)
        self.cycle = make.make_cycle(dt.date(2026, 6, 1), 6)

    def propose(self) -> Correction:
        cleansing.propose(cycle=self.cycle, series=[self.series.pk])
        return Correction.objects.get()

    def march(self) -> float:
        past = histories(self.cycle, [self.series.pk])
        return float(past.ordered[0, 26])

    def post(self, user: User, **body: object) -> int:
        client = Client()
        client.force_login(user)
        return client.post("/demand/forecast/history/decide/", body).status_code


def post_first_and_last(series: Series) -> None:
    batch = PostingBatch.objects.create(source="test")
    for number, day in enumerate((START, dt.date(2026, 5, 31))):
        Posting.objects.create(
            source="test",
            external_id=str(number),
            product=series.product,
            market=series.market,
            date=day,
            kind="ordered",
            quantity=1,
            revenue=1,
            batch=batch,
        )


@pytest.fixture
def company() -> Company:
    return Company()


def accept(company: Company) -> Correction:
    correction = company.propose()
    cleansing.decide(corrections=[correction.pk], state=State.ACCEPTED, by=company.planner, reason="typing error")
    correction.refresh_from_db()
    return correction


def test_an_odd_month_is_proposed(company: Company) -> None:
    correction = company.propose()
    assert (correction.month, correction.original, correction.state) == (ODD, LARGE, State.PROPOSED)
    assert correction.replacement == pytest.approx(USUAL, abs=15)
    assert company.march() == LARGE


def test_the_forecast_reads_an_accepted_correction_and_the_history_stays(company: Company) -> None:
    correction = accept(company)
    assert company.march() == correction.replacement
    assert History.objects.get(series=company.series).ordered[26] == LARGE
    assert (correction.by, correction.reason) == (company.planner, "typing error")
    change = Change.objects.get(kind="correction.accepted")
    assert (change.by, change.families, change.data["corrections"][0]["was"]) == (
        company.planner,
        ["bikes"],
        "proposed",
    )


def test_a_rejected_correction_is_not_read_nor_proposed_again(company: Company) -> None:
    correction = company.propose()
    cleansing.decide(corrections=[correction.pk], state=State.REJECTED, by=company.planner)
    assert company.march() == LARGE
    assert company.propose().state == State.REJECTED


def test_accepting_can_be_taken_back(company: Company) -> None:
    cleansing.decide(corrections=[accept(company).pk], state=State.REJECTED, by=company.planner)
    assert company.march() == LARGE


def test_a_late_correction_of_the_actual_puts_it_out_of_force(company: Company) -> None:
    accept(company)
    line = History.objects.get(series=company.series)
    line.ordered[26] = 800.0
    line.save()
    assert company.march() == 800.0
    again = company.propose()
    assert (again.state, again.original) == (State.PROPOSED, 800.0)


def test_a_month_that_fits_after_all_is_no_longer_proposed(company: Company) -> None:
    company.propose()
    line = History.objects.get(series=company.series)
    line.ordered[26] = USUAL
    line.save()
    assert cleansing.propose(cycle=company.cycle, series=[company.series.pk]) == 0
    assert not Correction.objects.exists()


def test_a_zero_after_the_last_sale_can_be_corrected(company: Company) -> None:
    line = History.objects.get(series=company.series)
    line.ordered = line.ordered[:40]
    line.save()
    Correction.objects.create(
        series=company.series, month=dt.date(2026, 5, 1), original=0, replacement=90, deviations=-5, state="accepted"
    )
    assert histories(company.cycle, [company.series.pk]).ordered[0, -1] == 90


def test_all_at_once(company: Company) -> None:
    company.propose()
    assert company.post(company.planner, all="1", state="accepted") == 302
    assert Correction.objects.get().state == State.ACCEPTED


def test_one_by_one_from_the_page(company: Company) -> None:
    pk = company.propose().pk
    assert company.post(company.planner, correction=pk, state="rejected") == 302
    assert Correction.objects.get().state == State.REJECTED


@pytest.mark.parametrize("who", ["colleague", "outsider"])
def test_others_may_not_decide(company: Company, who: str) -> None:
    pk = company.propose().pk
    assert company.post(getattr(company, who), correction=pk, state="accepted") == 403
    with pytest.raises(NotAllowed):
        cleansing.decide(corrections=None, state=State.ACCEPTED, by=getattr(company, who))
    assert Correction.objects.get().state == State.PROPOSED


def test_a_planner_decides_about_what_they_see(company: Company) -> None:
    pk = company.propose().pk
    elsewhere = make.make_user("eva", "demand-planning", "planner", families=[make.make_family("parts")])
    with pytest.raises(NotFound):
        cleansing.decide(corrections=[pk], state=State.ACCEPTED, by=elsewhere)


def test_what_is_not_understood_is_refused(company: Company) -> None:
    pk = company.propose().pk
    assert company.post(company.planner, correction="x", state="accepted") == 400
    assert company.post(company.planner, state="accepted") == 400
    with pytest.raises(PlanningError):
        cleansing.decide(corrections=[pk], state="perhaps", by=company.planner)


def test_the_job_looks_through_every_history(company: Company) -> None:
    run = runs.run_inline(runs.start(kind="cleansing", cycle=company.cycle, by=company.planner))
    assert (run.state, run.result) == (Run.State.DONE, {"proposed": 1}), run.error
    assert Change.objects.get(kind="history.checked").summary == "History checked: 1 month to look at"


def test_the_forecast_follows_the_correction(company: Company) -> None:
    def mean() -> float:
        run = runs.run_inline(runs.start(kind="forecast", cycle=company.cycle, by=company.planner))
        line = Cycle.objects.get().forecasts.get(run=run).lines.get(series=company.series)
        return float(np.sum(line.mean))

    before = mean()
    accept(company)
    assert mean() < before


def test_the_page_takes_a_reason(company: Company) -> None:
    correction = company.propose()
    assert company.post(company.planner, correction=correction.pk, state="rejected", reason=" Trade fair ") == 302
    correction.refresh_from_db()
    assert (correction.state, correction.reason) == (State.REJECTED, "Trade fair")


# --- REST -------------------------------------------------------------------------------------------------------------


def rest(user: User, path: str = "", body: object = None) -> tuple[int, dict[str, object]]:
    client = Client()
    client.force_login(user)
    address = f"/api/v1/corrections/{path}"
    answer = client.get(address) if body is None else client.post(address, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_programs_read_and_decide(company: Company) -> None:
    correction = company.propose()
    status, found = rest(company.planner)
    assert status == 200
    assert [each["product"] for each in found["results"]] == ["bike"]
    body = {"corrections": [correction.pk], "state": "accepted", "reason": "trade fair"}
    assert rest(company.planner, "decide/", body) == (200, {"decided": 1})
    correction.refresh_from_db()
    assert (correction.state, correction.reason, correction.by) == (State.ACCEPTED, "trade fair", company.planner)


def test_programs_decide_as_their_user_may(company: Company) -> None:
    correction = company.propose()
    body = {"corrections": [correction.pk], "state": "accepted"}
    assert rest(company.colleague)[0] == 200
    assert rest(company.colleague, "decide/", body)[0] == 403
    assert rest(company.outsider)[0] == 403
    assert rest(company.outsider, "decide/", body)[0] == 403
    elsewhere = make.make_user("eva", "demand-planning", "planner", families=[make.make_family("parts")])
    assert rest(elsewhere)[1]["results"] == []
    assert rest(elsewhere, "decide/", body)[0] == 404
    assert rest(company.planner, "decide/", body | {"state": "maybe"})[0] == 400
    correction.refresh_from_db()
    assert correction.state == State.PROPOSED
