"""A department's stream: entered, handed in, withdrawn, accepted, returned; and who may."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from planning.actions import CellEdit, edit_cells, plan_demand, streams, undo
from planning.actions.sheets import Cause
from planning.models import Assumption, Input, Stream, StreamPart, StreamSubmission
from planning.queries import streams as stream_queries
from planning.queries.grid import Grid
from planning.queries.rows import Filters
from sop.errors import Conflict, Locked, NotAllowed, PlanningError
from sop.models import Change, User
from sop.permissions import scope
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE = dt.date(2026, 6, 1)


class Company:
    """Two products in two markets, a baseline of 100 a month each; Sally speaks for Sales, Dan plans demand."""

    def __init__(self) -> None:
        self.planner, self.sally = make.make_demand_planner(), make.make_user("sally")
        self.stream = make.make_stream("sales")
        self.bikes, self.parts = make.make_family("bikes"), make.make_family("parts")
        self.north, self.south = make.make_market("north"), make.make_market("south")
        means = {
            make.make_series(product, market): 100.0
            for product in (make.make_product("city", self.bikes, price=5), make.make_product("bell", self.parts))
            for market in (self.north, self.south)
        }
        self.series = {f"{series.product.code}-{series.market.code}": series for series in means}
        self.cycle = make.make_cycle(JUNE)
        make.make_forecast(self.cycle, means)
        self.plan = plan_demand(cycle=self.cycle, by=self.planner)

    def key(self, name: str) -> str:
        return f"series:{self.series[name].pk}/measure:sales"

    def enter(self, by: User, row: str, entry: str | float | None) -> Any:
        edits = [CellEdit(row, JUNE, entry)]
        return edit_cells(plan=self.plan, edits=edits, by=by, cause=Cause("Agreed"))

    def submit(self, by: User | None = None) -> StreamSubmission:
        return streams.submit(plan=self.plan, stream=self.stream, by=by or self.sally)

    @property
    def state(self) -> str:
        return stream_queries.submission_of(self.plan, self.stream).state

    def grid(self, user: User, **options: Any) -> Grid:
        return Grid(self.plan, user, Filters(scope(user)), **options)


@pytest.fixture
def company() -> Company:
    return Company()


def june(grid: Grid, key: str) -> float:
    [values] = grid.monthly(grid.nodes([key]))
    return float(values[grid.window.now])


def test_a_stream_goes_from_the_first_entry_to_acceptance_and_the_log_tells_it(company: Company) -> None:
    assert company.state == "not started"
    company.enter(company.sally, company.key("city-north"), 120)
    assert company.state == "in progress"
    streams.submit(plan=company.plan, stream=company.stream, by=company.sally, note="Chains want more")
    streams.accept(plan=company.plan, stream=company.stream, by=company.planner)
    submission = StreamSubmission.objects.get()
    assert (submission.state, submission.by) == ("accepted", company.planner)
    kinds = list(Change.objects.filter(kind__startswith="stream.").values_list("kind", "by__username", "reason"))
    assert kinds == [("stream.submitted", "sally", "Chains want more"), ("stream.accepted", "dan", "")]


def test_what_is_submitted_takes_no_entries_and_the_refusal_names_who_and_the_way_out(company: Company) -> None:
    edited = company.enter(company.sally, company.key("city-north"), 120)
    company.submit()
    with pytest.raises(Locked, match=r"submitted \(Sally.*Withdraw the submission.*ask the demand planner"):
        company.enter(company.sally, company.key("city-north"), 130)
    with pytest.raises(Locked, match="submitted"):
        undo(plan=company.plan, change_set=edited.change_set, by=company.sally)
    streams.accept(plan=company.plan, stream=company.stream, by=company.planner)
    with pytest.raises(Locked, match=r"accepted \(Dan.*Ask the demand planner"):
        company.enter(company.sally, company.key("city-north"), 130)
    assert Input.objects.get().quantity == 120


def test_the_consensus_is_still_decided_while_a_stream_is_submitted(company: Company) -> None:
    company.submit()
    company.enter(company.planner, f"series:{company.series['city-north'].pk}", 130)
    assert Input.objects.get(stream=None).quantity == 130


def test_a_withdrawn_stream_takes_entries_again(company: Company) -> None:
    company.submit()
    streams.withdraw(plan=company.plan, stream=company.stream, by=company.sally)
    assert company.state == "in progress"
    company.enter(company.sally, company.key("city-north"), 130)


def test_a_returned_stream_says_what_is_missing_until_it_is_worked_on(company: Company) -> None:
    company.submit()
    with pytest.raises(PlanningError, match="Say what is missing"):
        streams.return_(plan=company.plan, stream=company.stream, by=company.planner, reason=" ")
    streams.return_(plan=company.plan, stream=company.stream, by=company.planner, reason="Where is the spring fair?")
    assert (company.state, StreamSubmission.objects.get().note) == ("returned", "Where is the spring fair?")
    company.enter(company.sally, company.key("city-north"), 130)
    assert company.state == "in progress"


def test_an_accepted_stream_is_returned_by_the_planner_not_withdrawn(company: Company) -> None:
    company.submit()
    streams.accept(plan=company.plan, stream=company.stream, by=company.planner)
    with pytest.raises(Conflict, match=r"Dan.* accepted Sales.*ask the demand planner"):
        streams.withdraw(plan=company.plan, stream=company.stream, by=company.sally)
    streams.return_(plan=company.plan, stream=company.stream, by=company.planner, reason="June is missing")
    assert company.state == "returned"


def test_each_step_has_its_place(company: Company) -> None:
    with pytest.raises(Conflict, match="nothing to withdraw"):
        streams.withdraw(plan=company.plan, stream=company.stream, by=company.sally)
    with pytest.raises(Conflict, match="only what is submitted"):
        streams.accept(plan=company.plan, stream=company.stream, by=company.planner)
    with pytest.raises(Conflict, match="nothing to return"):
        streams.return_(plan=company.plan, stream=company.stream, by=company.planner, reason="Why")
    company.submit()
    with pytest.raises(Conflict, match=r"submitted already \(Sally"):
        company.submit()


@pytest.mark.parametrize("who", ["planner", "marketing", "viewer", "outsider"])
def test_nobody_submits_or_withdraws_for_another_department(company: Company, who: str) -> None:
    people: dict[str, Callable[[], User]] = {
        "planner": lambda: company.planner,
        "marketing": lambda: make.make_user("mark", "marketing"),
        "viewer": lambda: make.make_user("vera", "sales", "viewer"),
        "outsider": make.make_outsider,
    }
    by = people[who]()
    with pytest.raises(NotAllowed):
        company.submit(by)
    company.submit()
    with pytest.raises(NotAllowed):
        streams.withdraw(plan=company.plan, stream=company.stream, by=by)


@pytest.mark.parametrize("who", ["sally", "outsider"])
def test_only_who_decides_the_consensus_accepts_or_returns(company: Company, who: str) -> None:
    company.submit()
    by = company.sally if who == "sally" else make.make_outsider()
    with pytest.raises(NotAllowed):
        streams.accept(plan=company.plan, stream=company.stream, by=by)
    with pytest.raises(NotAllowed):
        streams.return_(plan=company.plan, stream=company.stream, by=by, reason="Why not")


def test_a_signed_off_plan_takes_no_submissions(company: Company) -> None:
    company.plan.locked_at = dt.datetime(2026, 6, 5, tzinfo=dt.UTC)
    company.plan.save()
    with pytest.raises(Locked, match="signed off"):
        company.submit()


def test_the_last_part_that_is_handed_in_submits_the_stream(company: Company) -> None:
    company.sally.memberships.all().delete()
    nora = make.make_user("nora", markets=[company.north])
    sven = make.make_user("sven", markets=[company.south])
    company.submit(nora)
    assert company.state == "in progress"
    with pytest.raises(Locked, match="You handed in your part"):
        company.enter(nora, company.key("city-north"), 130)
    company.enter(sven, company.key("city-south"), 130)
    [voice] = stream_queries.voices(company.plan, nora)
    assert (voice.missing, voice.may_submit, voice.may_withdraw) == (["Sven"], False, True)
    company.submit(sven)
    assert company.state == "submitted"
    streams.withdraw(plan=company.plan, stream=company.stream, by=nora)
    assert company.state == "in progress"
    assert [part.by for part in StreamPart.objects.all()] == [sven]


def test_whoever_covers_all_of_a_department_submits_it_whole(company: Company) -> None:
    make.make_user("nora", markets=[company.north])
    company.submit(company.sally)
    assert company.state == "submitted"
    assert not StreamPart.objects.exists()


# --- The grid of a stream ---------------------------------------------------------------------------------------------
def test_the_rows_of_a_stream_are_its_numbers_at_every_level(company: Company) -> None:
    company.enter(company.sally, "family:bikes/measure:sales", "+20%")
    company.enter(company.sally, company.key("bell-north"), 90)
    grid = company.grid(company.sally, stream="sales")
    assert june(grid, "total/measure:sales") == pytest.approx(430)
    assert june(grid, "family:bikes/measure:sales") == pytest.approx(240)
    assert june(grid, "product:bell/measure:sales") == pytest.approx(190)
    assert june(grid, company.key("city-north")) == pytest.approx(120)
    assert june(grid, "product:city") == pytest.approx(200), "the consensus below is not moved by it"


def test_the_rows_of_a_stream_open_into_the_consensus_and_are_edited_like_any_other(company: Company) -> None:
    grid = company.grid(company.sally, stream="sales")
    [total] = grid.fill(grid.children("", 0, 9)[1])
    assert (total["key"], total["kind"], total["editable"]) == ("total/measure:sales", "total", True)
    _, below = grid.children("product:city/measure:sales", 0, 9)
    rows = grid.fill(below)
    assert [row["label"] for row in rows] == [
        "Last year", "History", "Baseline", "Events", "Consensus", "Last cycle", "North", "South",
    ]  # fmt: skip
    assert [row["kind"] for row in rows] == ["measure"] * 6 + ["series"] * 2
    company.submit()
    fresh = company.grid(company.sally, stream="sales")
    assert not fresh.fill(fresh.children("", 0, 9)[1])[0]["editable"], "submitted"


def test_events_are_part_of_what_a_stream_starts_from_so_that_an_entry_meets_no_conflict(company: Company) -> None:
    Assumption.objects.create(
        name="Fair", product=company.series["city-north"].product, first_month=JUNE, last_month=JUNE, effect=0.5
    )
    company.plan = plan_demand(cycle=company.cycle, by=company.planner)
    grid = company.grid(company.sally, stream="sales")
    for key in (company.key("city-north"), "product:city/measure:sales", "family:bikes/measure:sales"):
        seen = june(grid, key)
        assert seen in (150, 300)
        edit_cells(plan=company.plan, edits=[CellEdit(key, JUNE, None, base=seen)], by=company.sally)


def test_a_colleague_sees_the_stream_of_their_markets_only(company: Company) -> None:
    company.enter(company.sally, "total/measure:sales", 800)
    nora = make.make_user("nora", markets=[company.north])
    grid = company.grid(nora, stream="sales")
    assert june(grid, "total/measure:sales") == pytest.approx(400)
    assert np.isnan(grid.monthly(grid.nodes(["total/measure:sales"]))[0][: grid.window.now]).all()


def test_the_address_names_the_stream_that_is_entered(company: Company) -> None:
    assert stream_queries.entered({"mode": "enter", "stream": "sales"}) == "sales"
    assert stream_queries.entered({"stream": "sales"}) == ""
    with pytest.raises(PlanningError, match="no stream"):
        stream_queries.entered({"mode": "enter", "stream": "gossip"})
    assert Stream.objects.count() == 1
