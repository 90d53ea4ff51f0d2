"""The Forecast page: why a number, what needs a person, classes; for those who may see them, in few queries."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forecasting.models import Correction, Forecast, ForecastLine
from forecasting.queries import reasons
from forecasting.queries.exceptions import exceptions
from forecasting.queries.lines import row
from forecasting.queries.portfolio import portfolio
from forecasting.queries.segments import abc_classes, xyz_classes
from sop.errors import NotFound
from sop.models import Cycle, Product, User
from sop.permissions import EVERYTHING, Scope
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
JUNE, MAY = dt.date(2026, 6, 1), dt.date(2026, 5, 1)
START = dt.date(2024, 1, 1)
MONTHS = 29


class Company:
    """Two bicycles in two markets and a bell in one, around 100 a month, forecast at 100 in May and in June."""

    def __init__(self) -> None:
        self.planner = make.make_demand_planner()
        bikes, parts = make.make_family("bikes"), make.make_family("parts")
        self.series = {}
        for code, family in (("city", bikes), ("race", bikes), ("bell", parts)):
            product = make.make_product(code, family)
            for market in ("north", "south") if code != "bell" else ("north",):
                series = self.series[f"{code}-{market}"] = make.make_series(product, make.make_market(market))
                make.make_history(series, START, [100.0 + month % 3 for month in range(MONTHS)])
        may = make.make_cycle(MAY, 12)
        self.cycle = make.make_cycle(JUNE, 12)
        means = dict.fromkeys(self.series.values(), 101.0)
        self.before, self.forecast = make.make_forecast(may, means), make.make_forecast(self.cycle, means)
        tested = {"pattern": "smooth", "wape": 0.1, "bias": 0.0, "naive_wape": 0.2}
        ForecastLine.objects.filter(series__isnull=False).update(
            **tested, members={"theta": [90.0] * 12, "ses": [112.0] * 12}
        )

    def line(self, name: str, forecast: Forecast | None = None) -> Any:
        return ForecastLine.objects.filter(forecast=forecast or self.forecast, series=self.series[name])

    def found(self, scope: Scope = EVERYTHING) -> list[tuple[str, str, str]]:
        every = row("total", scope)
        found = exceptions(portfolio(self.cycle, every), every, scope)
        return [(each.kind, each.row.removeprefix("series:"), each.stake) for each in found]

    def pk(self, name: str) -> str:
        return str(self.series[name].pk)


def get(user: User, path: str = "", **query: object) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"/demand/forecast/{path}", query)


@pytest.fixture
def company() -> Company:
    return Company()


def told(answer: Any) -> dict[str, str]:
    return {reason.name: reason.text for reason in answer.context["why"].reasons}


# --- Why --------------------------------------------------------------------------------------------------------------


def test_a_series_in_words(company: Company) -> None:
    words = told(get(company.planner, row=f"series:{company.pk('city-north')}"))
    assert words["Pattern"] == "It sells nearly every month, in quantities that vary little."
    assert words["Season"] == "Hardly any: all months of the year sell about the same."
    assert words["Methods"].replace("\u2009\u2060", " ") == (
        "The mean of 2 methods. For the next year they say between 1 080 and 1 344 units, 22 % apart."
    )
    assert words["Test"].replace("\u2009\u2060", " ") == (
        "Made for the last months known, it would have missed by 10 % of sales; "
        "last year’s same months would have missed by 20 %."
    )
    assert words["Bias"] == "In the test it was neither too high nor too low over all."


@pytest.mark.parametrize(("bias", "word"), [(0.2, "too high"), (-0.2, "too low")])
def test_bias_in_words(company: Company, bias: float, word: str) -> None:
    company.line("city-north").update(bias=bias)
    assert word in told(get(company.planner, row=f"series:{company.pk('city-north')}"))["Bias"]


def test_it_says_whose_history_it_takes(company: Company) -> None:
    series = company.series["race-north"]
    Product.objects.filter(pk=series.product_id).update(predecessor=company.series["city-north"].product)
    words = told(get(company.planner, row=f"series:{series.pk}"))
    assert words["History"] == "The months before its own sales are those of Product city in the same market."


@pytest.mark.parametrize(("key", "label"), [("family:bikes", "Bikes"), ("product:city", "Product city")])
def test_a_sum_in_words(company: Company, key: str, label: str) -> None:
    answer = get(company.planner, row=key)
    assert answer.context["row"].label == label
    assert told(answer)["Pattern"].startswith("The sum of ")
    assert len(answer.context["rows"]) == 2


def test_many_series_are_explained_by_what_the_chart_shows(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    few = told(get(company.planner, row="product:city"))
    monkeypatch.setattr(reasons, "MOST_SERIES", 0)
    assert told(get(company.planner, row="product:city")) == few


def test_the_short_address_of_a_series(company: Company) -> None:
    assert get(company.planner, "series/7/").url == "/demand/forecast/?row=series:7"


def test_the_chart_shows_the_members(company: Company) -> None:
    drawn = get(company.planner, "chart/", row=f"series:{company.pk('city-north')}").json()
    assert [line["name"] for line in drawn["series"]] == ["History", "Ses", "Theta", "Forecast"]
    assert drawn["labels"][drawn["now"]] == "Jun 26"


@pytest.mark.parametrize("key", ["series:999999", "series:x", "family:none", "product:none", "nothing", "total:1"])
def test_a_row_that_does_not_exist(company: Company, key: str) -> None:
    assert get(company.planner, row=key).status_code == 404


def test_without_a_forecast_it_says_what_to_do(company: Company) -> None:
    Forecast.objects.all().delete()
    assert "has no forecast yet" in get(company.planner).content.decode()
    Cycle.objects.all().delete()
    assert "No cycle is open" in get(company.planner).content.decode()


# --- Who --------------------------------------------------------------------------------------------------------------


def test_an_outsider_sees_nothing(company: Company) -> None:
    outsider = make.make_outsider()
    assert get(outsider).status_code == 403
    assert get(outsider, "chart/").status_code == 403


def test_a_colleague_sees_their_families_and_no_buttons(company: Company) -> None:
    colleague = make.make_user("pia", families=[make.make_family("parts")])
    answer = get(colleague)
    assert [each.label for each in answer.context["rows"]] == ["Parts"]
    assert "Check the history" not in answer.content.decode()
    assert get(colleague, row="family:bikes").status_code == 404
    assert get(colleague, row=f"series:{company.pk('city-north')}").status_code == 404


def test_who_sees_no_money_reads_units(company: Company) -> None:
    company.line("city-north").update(bias=0.2, wape=0.2)
    answer = get(make.make_user("max", money=False))
    assert "€" not in answer.content.decode()
    assert [each.stake for each in answer.context["findings"]] == ["242 units"]


# --- Exceptions -------------------------------------------------------------------------------------------------------


def test_nothing_stands_out(company: Company) -> None:
    assert company.found() == []


def test_bias_is_worth_a_year_of_it(company: Company) -> None:
    company.line("city-north").update(bias=-0.2, wape=0.2)
    assert [(kind, pk) for kind, pk, _ in company.found()] == [("Bias", company.pk("city-north"))]


def test_a_small_or_two_sided_bias_is_none(company: Company) -> None:
    company.line("city-north").update(bias=0.04, wape=0.04)
    company.line("city-south").update(bias=0.1, wape=0.4)
    assert company.found() == []


def test_the_range_broken_by_the_last_actual(company: Company) -> None:
    narrow = company.line("race-south", company.before).get()
    narrow.lower80, narrow.upper80 = np.full(12, 50.0), np.full(12, 60.0)
    narrow.save()
    ((kind, pk, _),) = company.found()
    assert (kind, pk) == ("Range broken", company.pk("race-south"))


def test_a_sudden_change_against_the_last_cycle(company: Company) -> None:
    line = company.line("bell-north").get()
    line.mean = np.full(12, 300.0)
    line.save()
    ((kind, pk, _),) = company.found()
    assert (kind, pk) == ("Sudden change", company.pk("bell-north"))


def test_history_that_waits_for_a_word(company: Company) -> None:
    series = company.series["bell-north"]
    Correction.objects.create(series=series, month=START, original=100, replacement=40, deviations=9)
    assert [(kind, pk) for kind, pk, _ in company.found()] == [("History", company.pk("bell-north"))]


def test_each_offers_the_assumption_that_settles_it(company: Company) -> None:
    company.line("city-north").update(bias=-0.2, wape=0.2)
    before = company.line("race-south", company.before).get()
    before.mean, before.lower80, before.upper80 = (np.full(12, level) for level in (80.0, 50.0, 60.0))
    before.save()
    moved = company.line("bell-north").get()
    was, moved.mean = moved.mean, np.full(12, 300.0)
    moved.save()
    found = {each.kind: each for each in get(company.planner).context["findings"]}
    offered = {kind: dict(parse_qsl(each.assumption)) for kind, each in found.items()}
    assert float(offered["Bias"]["effect"]) == 25  # forecast at 80 % of what is sold
    assert float(offered["Range broken"]["effect"]) == 26.2  # 101 sold, 80 were expected
    assert float(offered["Sudden change"]["effect"]) == pytest.approx(100 * (was[0] / 300 - 1), abs=0.1)
    assert {each["product"] for each in offered.values()} == {"city", "race", "bell"}
    client = Client()
    client.force_login(company.planner)
    form = client.get(f"/demand/assumptions/new/?{found['Bias'].assumption}").content.decode()
    assert 'value="25.0"' in form
    assert f'value="{Cycle.objects.latest("first_month").first_month:%Y-%m}"' in form


def test_a_colleague_who_may_not_forecast_is_offered_none(company: Company) -> None:
    company.line("city-north").update(bias=-0.2, wape=0.2)
    assert "Take it off" in get(company.planner).content.decode()
    assert "Take it off" not in get(make.make_user("max")).content.decode()


def test_dearest_first(company: Company) -> None:
    company.line("city-north").update(bias=-0.2, wape=0.2)
    company.line("city-south").update(bias=-0.4, wape=0.4)
    assert [pk for _, pk, _ in company.found()] == [company.pk("city-south"), company.pk("city-north")]


# --- Classes ----------------------------------------------------------------------------------------------------------


def test_abc_by_cumulative_revenue() -> None:
    """80 is the first 80 %, 10 and the first 5 take it to 95 %."""
    assert abc_classes(np.array([5.0, 80.0, 10.0, 5.0, 0.0])).tolist() == ["B", "A", "B", "C", "C"]


def test_the_largest_is_always_a() -> None:
    assert abc_classes(np.array([100.0, 0.0])).tolist() == ["A", "C"]
    assert abc_classes(np.zeros(2)).tolist() == ["C", "C"]


def test_xyz_by_the_misses_of_the_test() -> None:
    assert xyz_classes(np.array([0.2, 0.21, 0.5, 0.51, np.nan])).tolist() == ["X", "Y", "Y", "Z", "Z"]


def test_every_series_is_in_one_class_and_one_bin(company: Company) -> None:
    answer = get(company.planner)
    assert sum(cell.count for line in answer.context["segments"] for cell in line) == 5
    assert [(each.name, each.count) for each in answer.context["accuracy"] if each.count] == [("0 to 10 %", 5)]
    assert sum(each.weight for each in answer.context["accuracy"]) == pytest.approx(1)


# --- Cost -------------------------------------------------------------------------------------------------------------


def queries(user: User) -> int:
    get(user)
    with CaptureQueriesContext(connection) as captured:
        assert get(user).status_code == 200
    return len(captured)


def test_queries_do_not_grow_with_the_series(company: Company) -> None:
    before = queries(company.planner)
    product = make.make_product("more")
    for number in range(20):
        make.make_history(make.make_series(product, make.make_market(f"m{number}")), START, [5.0] * MONTHS)
    assert queries(company.planner) == before


def test_a_row_outside_the_scope_is_not_found(company: Company) -> None:
    nothing = Scope(frozenset(), frozenset(), False)
    with pytest.raises(NotFound):
        row("family:bikes", nothing)
