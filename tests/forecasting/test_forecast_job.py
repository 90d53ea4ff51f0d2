"""The forecast job: every series once, published whole or not at all."""

import datetime as dt
import json
from io import StringIO
from unittest import mock

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from forecasting.actions import forecast_job, forecast_lines, learning
from forecasting.engine import ENGINE_VERSION, WAYS
from forecasting.models import Forecast, ForecastLine
from forecasting.queries import published
from sop.actions import runs
from sop.errors import Locked, PlanningError
from sop.models import Change, Cycle, Family, History, Product, Run, Series, User
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


def add_family(company: Company, code: str, series: int = 3) -> list[Series]:
    """Another family, with a season and a series for each of its products."""
    family = make.make_family(code)
    found = []
    for number in range(series):
        each = make.make_series(make.make_product(f"{code}{number}", family), make.make_market("north"))
        make.make_history(each, START, [50 * (number + 1) * (1 + (month % 12 == 5)) + month for month in range(MONTHS)])
        found.append(each)
    return found


def numbers(cycle: Cycle) -> dict[tuple[int | None, int | None, int | None], list[list[float]]]:
    lines = published(cycle).lines.all()
    return {
        (line.series_id, line.family_id, line.market_id): [line.mean.tolist(), line.lower80.tolist()] for line in lines
    }


def test_the_numbers_do_not_depend_on_the_shards(company: Company) -> None:
    add_family(company, "cars"), add_family(company, "vans")
    company.forecast()
    before = numbers(company.cycle)
    with mock.patch.object(forecast_job, "SHARD_SERIES", 3):
        run = company.forecast()
    assert run.state == Run.State.DONE, run.error
    assert run.shards.count() == 3
    after = numbers(company.cycle)
    assert after.keys() == before.keys()
    for key, values in before.items():
        np.testing.assert_allclose(after[key], values, rtol=1e-9)


def test_a_run_again_gives_the_same_numbers(company: Company) -> None:
    company.forecast()
    before = numbers(company.cycle)
    company.forecast()
    assert numbers(company.cycle) == before


def test_a_forecast_can_be_made_again_from_what_is_kept_with_it(company: Company) -> None:
    add_family(company, "cars")
    company.forecast()
    forecast = published(company.cycle)
    assert forecast.engine_version == ENGINE_VERSION
    series = list(forecast.lines.filter(series__isnull=False).order_by("series_id").values_list("series_id", flat=True))
    past = learning.history_of(forecast, series)
    again = forecast_lines.make(past, forecast.horizon, learning.shared(forecast)).found
    for row, pk in enumerate(series):
        line = forecast.lines.get(series=pk)
        np.testing.assert_allclose(again.mean[row], line.mean, rtol=1e-9)
        np.testing.assert_allclose(again.upper[row, :, 1], line.upper90, rtol=1e-9)


def test_each_family_keeps_its_way_of_adding_up_and_adds_up(company: Company) -> None:
    add_family(company, "cars")
    company.forecast()
    forecast = published(company.cycle)
    for family in ("bikes", "cars"):
        ways = set(forecast.lines.filter(series__product__family__code=family).values_list("way", flat=True))
        totals = forecast.lines.filter(family__code=family)
        assert ways == set(totals.values_list("way", flat=True))
        assert ways <= set(WAYS)
        leaves = np.sum([line.mean for line in forecast.lines.filter(series__product__family__code=family)], axis=0)
        np.testing.assert_allclose(np.sum([line.mean for line in totals], axis=0), leaves, rtol=1e-9)


def add_boats() -> tuple[Family, np.ndarray]:
    """Shares jump between eight products from month to month; their sum is the season, as even as can be."""
    random = np.random.default_rng(3)
    share = random.dirichlet(np.ones(8) * 0.6, size=48)
    season = 1000 * (1.5 + np.sin(np.arange(48) * np.pi / 6))
    family = make.make_family("boats")
    for number in range(8):
        each = make.make_series(make.make_product(f"boat{number}", family), make.make_market("north"))
        make.make_history(each, dt.date(2022, 6, 1), np.round(share[:, number] * season, 1).tolist())
    return family, season


def test_neighbours_do_not_fill_what_a_withdrawn_product_leaves(company: Company) -> None:
    add_boats()
    company.forecast()
    before = numbers(company.cycle)
    Product.objects.filter(code="boat0").update(last_month=dt.date(2026, 7, 1))
    company.forecast()
    after = numbers(company.cycle)
    for series in Series.objects.filter(product__code__startswith="boat"):
        expected = np.array(before[series.pk, None, None][0])
        expected[2:] *= series.product.code != "boat0"
        np.testing.assert_allclose(after[series.pk, None, None][0], expected, rtol=1e-9)


def test_a_family_that_moves_as_a_whole_is_forecast_as_a_whole(company: Company) -> None:
    family, season = add_boats()
    company.forecast()
    line = ForecastLine.objects.get(forecast=published(company.cycle), family=family)
    assert line.way in ("reconciled", "middle-out")
    np.testing.assert_allclose(line.mean, season[:6], rtol=0.25)


def test_a_product_in_its_first_year_takes_off_as_its_like_product_did(company: Company) -> None:
    family = make.make_family("vans")
    ramp = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100]
    old = make.make_series(make.make_product("old", family))
    make.make_history(old, dt.date(2024, 2, 1), ramp + [100] * 16)
    product = make.make_product("young", family)
    Product.objects.filter(pk=product.pk).update(like_product=old.product, launch_month=dt.date(2026, 4, 1))
    young = make.make_series(product)
    make.make_history(young, dt.date(2026, 4, 1), [20, 40])
    company.forecast()
    line = company.line(young)
    assert list(line.members) == ["launch_profile"]
    assert line.mean == pytest.approx([60, 80, 100, 120, 140, 160], rel=0.15)
    assert (line.lower80 <= line.mean).all()
    assert (line.mean <= line.upper80).all()


@pytest.mark.parametrize("lender", ["like_product", "predecessor"])
def test_a_launch_to_come_is_left_to_the_sales_plan(company: Company, lender: str) -> None:
    product = make.make_product("next")
    changes = {lender: company.series[0].product, "launch_month": dt.date(2026, 8, 1)}
    Product.objects.filter(pk=product.pk).update(**changes)
    series = make.make_series(product, company.series[0].market)
    company.forecast()
    assert company.line(series).mean.tolist() == [0] * 6


# --- A part of it again -----------------------------------------------------------------------------------------------


def again(company: Company, *keys: str, by: User | None = None, market: str = "") -> Run:
    parameters = {"rows": list(keys), "label": ", ".join(keys), "market": market}
    run = runs.start(kind="forecast", cycle=company.cycle, parameters=parameters, by=by or company.planner)
    return runs.run_inline(run)


def double_history(series: Series) -> None:
    line = History.objects.get(series=series)
    line.ordered = line.ordered * 2
    line.save()


def test_a_part_is_made_again_and_the_rest_is_taken_over(company: Company) -> None:
    first, other = company.series[0], add_family(company, "cars")[0]
    company.forecast()
    before = numbers(company.cycle)
    double_history(first), double_history(other)
    run = again(company, "family:bikes")
    assert run.state == Run.State.DONE, run.error
    after = numbers(company.cycle)
    assert after.keys() == before.keys()
    np.testing.assert_allclose(after[first.pk, None, None][0], 2 * np.array(before[first.pk, None, None][0]), rtol=0.1)
    assert after[other.pk, None, None] == before[other.pk, None, None]
    total = after[None, first.product.family_id, first.market_id][0]
    leaves = [after[each.pk, None, None][0] for each in company.series if each.market_id == first.market_id]
    np.testing.assert_allclose(total, np.sum(leaves, axis=0))
    assert published(company.cycle).parameters["rows"] == ["family:bikes"]
    assert Change.objects.filter(kind="forecast.published").latest("pk").summary.endswith("family:bikes only")


def test_without_a_change_a_part_comes_out_as_before(company: Company) -> None:
    company.forecast()
    before = numbers(company.cycle)
    assert again(company, f"series:{company.series[1].pk}").total == 1
    for key, values in numbers(company.cycle).items():
        np.testing.assert_allclose(values, before[key], rtol=1e-9)


def test_one_market_of_a_family(company: Company) -> None:
    company.forecast()
    assert again(company, "family:bikes", market="south").total == 2


def test_several_rows_at_once(company: Company) -> None:
    cars = add_family(company, "cars")
    company.forecast()
    run = again(company, f"series:{company.series[1].pk}", "family:cars")
    assert run.total == 1 + len(cars)
    assert again(company, f"series:{company.series[1].pk}", "total").total == len(company.series) + len(cars)


def test_a_colleague_forecasts_again_what_they_may_see(company: Company) -> None:
    company.forecast()
    south = make.make_market("south")
    scoped = make.make_user("pia", "demand-planning", "planner", markets=[south])
    assert again(company, "family:bikes", by=scoped).total == 2


def test_a_part_needs_a_whole_to_be_part_of(company: Company) -> None:
    with pytest.raises(PlanningError, match="Run the whole forecast first"):
        again(company, "family:bikes")


def test_what_an_earlier_version_made_is_made_again_as_a_whole(company: Company) -> None:
    company.forecast()
    Forecast.objects.update(engine_version="0.9")
    with pytest.raises(PlanningError, match="another version"):
        again(company, "family:bikes")


def press(client: Client, user: User, **data: str | list[str]) -> int:
    client.force_login(user)
    return client.post(reverse("forecasting:again"), data).status_code


def test_the_button_starts_it_for_the_demand_planner(client: Client, company: Company) -> None:
    company.forecast()
    assert press(client, company.planner, row="family:bikes", market="south") == 302
    assert Run.objects.first().parameters == {"rows": ["family:bikes"], "market": "south", "label": "Bikes in South"}


def test_the_ticked_rows_are_forecast_again(client: Client, company: Company) -> None:
    add_family(company, "cars")
    company.forecast()
    ticked = ["family:bikes", "family:cars"]
    assert press(client, company.planner, row="total", selecting="1", selected=ticked) == 302
    assert Run.objects.first().parameters == {"rows": ticked, "market": "", "label": "Bikes, Cars"}


def test_ticking_none_forecasts_none(client: Client, company: Company) -> None:
    company.forecast()
    assert press(client, company.planner, row="total", selecting="1") == 400
    assert Run.objects.count() == 1


def test_the_button_is_not_for_others(client: Client, company: Company) -> None:
    company.forecast()
    assert press(client, make.make_user("sally", "sales"), row="family:bikes") == 403
    assert press(client, make.make_outsider(), row="family:bikes") == 403
    elsewhere = make.make_user("pia", "demand-planning", "planner", families=[make.make_family("cars")])
    assert press(client, elsewhere, row="family:bikes") == 404
    assert Run.objects.count() == 1


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


def test_the_command_forecasts_a_part_again(company: Company) -> None:
    company.forecast()
    out = StringIO()
    rows = ["--row", "family:bikes", "--row", f"series:{company.series[0].pk}"]
    call_command("forecast", *rows, "--market", "south", stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("2 series forecast")
    with pytest.raises(CommandError, match="There is no row “family:tents”"):
        call_command("forecast", "--row", "family:tents")
    with pytest.raises(CommandError, match="There is no market “east”"):
        call_command("forecast", "--market", "east")


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
