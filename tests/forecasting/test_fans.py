"""The fan chart's numbers at any level, as far as the user's scope reaches."""

import datetime as dt

import numpy as np
import pytest

from forecasting.queries import Fan, fan
from sop.actions import runs
from sop.errors import NotFound
from sop.models import Cycle, History, Series
from sop.permissions import EVERYTHING, Scope
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
START = dt.date(2024, 1, 1)


@pytest.fixture
def cycle() -> Cycle:
    """Two series of one product, 10 and 20 a month, with the total of their family in each market; forecast."""
    product = make.make_product("p")
    for code, level in (("north", 10.0), ("south", 20.0)):
        market = make.make_market(code)
        values = np.full(29, level)
        make.make_history(make.make_series(product, market), START, values.tolist())
        History.objects.create(
            family=product.family, market=market, start=START, ordered=values, shipped=values, revenue=values
        )
    cycle = make.make_cycle(dt.date(2026, 6, 1), 6)
    runs.run_inline(runs.start(kind="forecast", cycle=cycle, by=None))
    return cycle


def last_and_first(found: Fan) -> tuple[float, float]:
    """The last month of history and the first of the forecast."""
    return float(found.history[found.now - 1]), float(found.mean[found.now])


def test_one_series_with_its_members(cycle: Cycle) -> None:
    found = fan(cycle, f"series:{Series.objects.get(market__code='north').pk}", EVERYTHING)
    assert last_and_first(found) == (10, pytest.approx(10, rel=0.05))
    assert found.members
    assert found.months[found.now] == cycle.first_month


@pytest.mark.parametrize("key", ["product:p", "family:bikes", "total", "product:p/measure:consensus"])
def test_levels_above_sum_up(cycle: Cycle, key: str) -> None:
    found = fan(cycle, key, EVERYTHING)
    assert last_and_first(found) == (30, pytest.approx(30, rel=0.05))
    assert (found.lower[found.now :] <= found.mean[found.now :]).all()
    assert not found.members


def test_only_what_the_scope_covers(cycle: Cycle) -> None:
    north = Scope(None, frozenset({make.make_market("north").pk}), True)
    assert last_and_first(fan(cycle, "product:p", north)) == (10, pytest.approx(10, rel=0.05))
    assert last_and_first(fan(cycle, "total", north)) == (10, pytest.approx(10, rel=0.05))


def test_without_a_forecast_there_is_history(cycle: Cycle) -> None:
    cycle.forecasts.all().delete()
    found = fan(cycle, "total", EVERYTHING)
    assert found.history[found.now - 1] == 30
    assert np.isnan(found.mean).all()


def test_an_unknown_row(cycle: Cycle) -> None:
    with pytest.raises(NotFound):
        fan(cycle, "galaxy:far", EVERYTHING)
