"""The forecast job: every series once, published whole or not at all."""

import datetime as dt
import json
from io import StringIO
from unittest import mock

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from forecasting.actions import forecast_job
from forecasting.engine import ENGINE_VERSION
from forecasting.models import Forecast, ForecastLine
from forecasting.queries import published
from sop.actions import runs
from sop.errors import Locked, PlanningError
from sop.models import Change, Cycle, Product, Run, Series, User
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE = dt.date(2026, 6, 1)
MONTHS = 29
START = dt.date(2024, 1, 1)


class Company:
    """Two products in two markets with 29 months of sales around 100, 200, 300 and 400."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        self.series: list[Series] = []
        for code in ("a", "b"):
            product = make.make_product(code)
            for market in ("north", "south"):
                series = make.make_series(product, make.make_market(market))
                self.series.append(series)
                level = 100 * len(self.series)
                make.make_history(series, START, [level + 5 * (month % 3) for month in range(MONTHS)])
        self.cycle = make.make_cycle(JUNE, 6)

    def forecast(self) -> Run:
        return runs.run_inline(runs.start(kind="forecast", cycle=self.cycle, by=self.planner))

    def line(self, series: Series) -> ForecastLine:
        return ForecastLine.objects.get(forecast=published(self.cycle), series=series)


@pytest.fixture
def company() -> Company:
    return Company()


def test_it_publishes(company: Company) -> None:
    run = company.forecast()
    assert run.state == Run.State.DONE, run.error
    forecast = published(company.cycle)
    assert forecast.engine_version == ENGINE_VERSION
    assert forecast.start == JUNE
    assert forecast.lines.filter(series__isnull=False).count() == 4
    assert company.line(company.series[0]).mean == pytest.approx(np.full(6, 105), rel=0.1)
    assert run.result["series"] == 4
    assert run.result["wape"] < 0.1


def test_bounds_lie_around_the_mean(company: Company) -> None:
    company.forecast()
    for line in ForecastLine.objects.all():
        assert (line.lower90 <= line.lower80 + 1e-9).all()
        assert (line.lower80 <= line.mean + 1e-9).all()
        assert (line.mean <= line.upper80 + 1e-9).all()
        assert (line.upper80 <= line.upper90 + 1e-9).all()


def test_totals_sum_their_series_and_assume_independent_errors(company: Company) -> None:
    company.forecast()
    family = company.series[0].product.family
    total = ForecastLine.objects.get(family=family, market=company.series[0].market)
    first, second = company.line(company.series[0]), company.line(company.series[2])
    np.testing.assert_allclose(total.mean, first.mean + second.mean)
    for name in ("lower80", "upper80", "lower90", "upper90"):
        half = np.hypot(getattr(first, name) - first.mean, getattr(second, name) - second.mean)
        np.testing.assert_allclose(np.abs(getattr(total, name) - total.mean), half)


def test_members_are_kept(company: Company) -> None:
    company.forecast()
    members = company.line(company.series[0]).members
    assert len(members) > 1
    assert all(len(values) == 6 for values in members.values())


def test_nothing_before_the_launch(company: Company) -> None:
    Product.objects.filter(code="a").update(launch_month=dt.date(2026, 8, 1))
    company.forecast()
    mean = company.line(company.series[0]).mean
    assert mean[:2].tolist() == [0, 0]
    assert (mean[2:] > 0).all()


def test_nothing_after_the_last_month(company: Company) -> None:
    Product.objects.filter(code="a").update(last_month=dt.date(2026, 7, 1))
    company.forecast()
    line = company.line(company.series[0])
    assert (line.mean[:2] > 0).all()
    assert line.mean[2:].tolist() == [0] * 4
    assert line.upper90[2:].tolist() == [0] * 4


def test_no_demand_is_made_up(company: Company) -> None:
    """A series that never sold, and one that had nothing but returns."""
    new = make.make_product("new")
    silent, returned = make.make_series(new), make.make_series(new, make.make_market("south"))
    make.make_history(returned, START, [-1] * MONTHS)
    company.forecast()
    assert company.line(silent).mean.tolist() == [0] * 6
    assert company.line(returned).mean.tolist() == [0] * 6


def test_a_product_withdrawn_long_ago(company: Company) -> None:
    Product.objects.filter(code="b").update(last_month=dt.date(2025, 1, 1))
    company.forecast()
    assert company.line(company.series[3]).mean.tolist() == [0] * 6


def test_working_a_shard_again_gives_the_same_rows(company: Company) -> None:
    run = company.forecast()
    before = {line.series_id: line.mean.tolist() for line in ForecastLine.objects.filter(series__isnull=False)}
    shard = run.shards.select_related("run__cycle").get()
    forecast_job.work(shard, lambda *_, **__: None)
    after = {line.series_id: line.mean.tolist() for line in ForecastLine.objects.filter(series__isnull=False)}
    assert before == after


def test_it_works_in_several_shards(company: Company) -> None:
    with mock.patch.object(forecast_job, "SHARD_SERIES", 3):
        run = company.forecast()
    assert run.state == Run.State.DONE
    assert run.shards.count() == 2
    assert published(company.cycle).lines.filter(series__isnull=False).count() == 4


def test_the_one_before_is_superseded(company: Company) -> None:
    company.forecast()
    first = published(company.cycle)
    company.forecast()
    first.refresh_from_db()
    assert first.state == Forecast.State.SUPERSEDED
    assert published(company.cycle) != first


def test_a_cancelled_run_leaves_the_published_forecast(company: Company) -> None:
    company.forecast()
    before = published(company.cycle)
    run = runs.start(kind="forecast", cycle=company.cycle, by=company.planner)
    runs.cancel(run=run, by=company.planner)
    assert published(company.cycle) == before


def test_a_failed_run_leaves_the_published_forecast(company: Company) -> None:
    company.forecast()
    before = published(company.cycle)
    with mock.patch.object(forecast_job.engine, "forecast", side_effect=RuntimeError("engine")):
        assert company.forecast().state == Run.State.FAILED
    assert published(company.cycle) == before


def test_the_next_run_clears_what_a_failed_one_left(company: Company) -> None:
    with mock.patch.object(forecast_job.engine, "forecast", side_effect=RuntimeError("engine")):
        company.forecast()
    company.forecast()
    assert [each.state for each in Forecast.objects.all()] == [Forecast.State.PUBLISHED]


def test_the_log_says_who_forecast(company: Company) -> None:
    company.forecast()
    change = Change.objects.get(kind="forecast.published")
    assert change.by == company.planner
    assert change.summary == "Forecast of 4 series published"


def test_without_sales_it_says_what_to_do() -> None:
    with pytest.raises(PlanningError, match="Import or post"):
        runs.start(kind="forecast", cycle=make.make_cycle(), by=None)


def test_an_approved_cycle_keeps_its_forecast(company: Company) -> None:
    Cycle.objects.update(state=Cycle.State.APPROVED)
    company.cycle.refresh_from_db()
    with pytest.raises(Locked):
        runs.start(kind="forecast", cycle=company.cycle, by=None)


def test_the_command_prints_one_json_object(company: Company) -> None:
    out = StringIO()
    call_command("forecast", "--json", "--user", "dan", stdout=out, stderr=StringIO())
    result = json.loads(out.getvalue())
    assert result["series"] == 4
    assert result["cycle"] == "2026-06"
    assert Change.objects.get(kind="forecast.published").by == company.planner


def start_as(client: Client, user: User) -> int:
    client.force_login(user)
    return client.post(reverse("forecasting:run"), headers={"Accept": "application/json"}).status_code


def test_the_demand_planner_may_start_it(client: Client, company: Company) -> None:
    assert start_as(client, company.planner) == 202
    assert Run.objects.get().requested_by == company.planner


def test_a_colleague_may_not(client: Client, company: Company) -> None:
    assert start_as(client, make.make_user("sally", "sales")) == 403


def test_an_outsider_may_not(client: Client, company: Company) -> None:
    assert start_as(client, make.make_outsider()) == 403
    assert not Run.objects.exists()
