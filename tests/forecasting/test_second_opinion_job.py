"""A planner asks for a second opinion on a series; the page shows it to who sees the series."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from django.test import Client

from sop.actions import runs
from sop.models import History, Run, Series, User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def series() -> Series:
    """Four years of sales, forecast."""
    found = make.make_series(make.make_product("bike"))
    units = 100 * (1 + 0.3 * np.sin(np.arange(48) / 12 * 2 * np.pi)) + np.arange(48) % 5
    make.make_history(found, dt.date(2022, 6, 1), units.tolist())
    make.make_forecast(make.make_cycle(dt.date(2026, 6, 1), 12), {found: 100.0})
    return found


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(user: User, series: Series) -> int:
    return client_of(user).post(f"/demand/forecast/series/{series.pk}/second-opinion/").status_code


def page(user: User, series: Series) -> Any:
    return client_of(user).get("/demand/forecast/", {"row": f"series:{series.pk}"})


def test_it_is_shown_beside_ours(series: Series) -> None:
    planner = make.make_demand_planner()
    assert ask(planner, series) == 302
    run = runs.run_inline(Run.objects.get())
    assert run.state == Run.State.DONE, run.error
    names = [each.name.partition(":")[0] for each in page(planner, series).context["opinions"]]
    assert names == ["This forecast", "ETS", "SARIMAX"]
    drawn = client_of(planner).get(f"/demand/forecast/series/{series.pk}/parts/").json()
    assert [line["name"] for line in drawn["series"]] == ["Sold", "Trend", "Season", "Remainder"]
    assert (drawn["labels"][0], len(drawn["labels"])) == ("Jun 22", 48)


def test_a_short_history_has_none(series: Series) -> None:
    planner = make.make_demand_planner()
    young = make.make_series(make.make_product("young"))
    make.make_history(young, dt.date(2025, 6, 1), [5.0] * 12)
    ask(planner, young)
    runs.run_inline(Run.objects.get())
    assert "Three years of history are needed" in page(planner, young).content.decode()


def test_a_colleague_may_read_and_not_ask(series: Series) -> None:
    colleague = make.make_user("sam")
    assert ask(colleague, series) == 403
    answer = page(colleague, series)
    assert answer.status_code == 200
    assert "Ask for a second opinion" not in answer.content.decode()
    assert client_of(colleague).get(f"/demand/forecast/series/{series.pk}/parts/").status_code == 404


def test_nobody_asks_outside_their_scope(series: Series) -> None:
    elsewhere = make.make_user("eva", "demand-planning", "planner", families=[make.make_family("parts")])
    assert ask(elsewhere, series) == 404
    assert ask(make.make_outsider(), series) == 403
    assert not Run.objects.exists()


# --- What an event did ------------------------------------------------------------------------------------------------


def estimate(user: User, series: Series, *months: str, **data: str) -> int:
    asked = {"event": "1", "kind": "promotion", "name": "Spring sale", "month": list(months)} | data
    return client_of(user).post(f"/demand/forecast/series/{series.pk}/second-opinion/", asked).status_code


def promote(series: Series, *columns: int) -> None:
    history = History.objects.get(series=series)
    history.ordered = history.ordered * np.where(np.isin(np.arange(48), columns), 1.3, 1.0)
    history.save()


def test_an_event_is_estimated_and_offered_as_an_assumption(series: Series) -> None:
    planner = make.make_demand_planner()
    promote(series, 22, 34, 45)
    assert estimate(planner, series, "2024-04", "2025-04", "2026-03") == 302
    run = runs.run_inline(Run.objects.get())
    assert run.state == Run.State.DONE, run.error
    answer = page(planner, series)
    event = answer.context["event"]
    assert event.share == pytest.approx(0.3, abs=0.05)
    assert event.low < event.share < event.high
    told = parse_qs(event.link)
    assert told["name"] == ["Spring sale"]
    assert told["product"] == ["bike"]
    assert (told["first"], told["last"]) == (["2027-04"], ["2027-04"])
    assert float(told["low"][0]) < float(told["effect"][0]) < float(told["high"][0])
    assert "eight times of ten between" in answer.content.decode()
    form = client_of(planner).get(f"/demand/assumptions/new/?{event.link}").content.decode()
    for value in ("Spring sale", "2027-04", told["effect"][0], told["low"][0], told["high"][0], "Apr 24"):
        assert value in form


def test_an_event_needs_its_months(series: Series) -> None:
    planner = make.make_demand_planner()
    assert estimate(planner, series) == 400
    assert estimate(planner, series, "1999-01") == 400
    assert estimate(planner, series, "2025-04", kind="rain") == 400
    assert not Run.objects.exists()


def test_a_history_that_cannot_tell_says_so(series: Series) -> None:
    planner = make.make_demand_planner()
    estimate(planner, series, *[f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)])
    runs.run_inline(Run.objects.get())
    assert "The history cannot tell" in page(planner, series).content.decode()


def test_a_colleague_may_not_estimate(series: Series) -> None:
    assert estimate(make.make_user("sam"), series, "2025-04") == 403
    elsewhere = make.make_user("eva", "demand-planning", "planner", families=[make.make_family("parts")])
    assert estimate(elsewhere, series, "2025-04") == 404
