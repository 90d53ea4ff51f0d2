"""A planner asks for a second opinion on a series; the page shows it to who sees the series."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client

from sop.actions import runs
from sop.models import Run, Series, User
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
