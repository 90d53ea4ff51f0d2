"""The risk of a plan, simulated with the forecast's own errors and kept with it."""

import numpy as np
import pytest

from planning.actions.freezing import freeze_production_plan, freeze_sales_plan
from planning.models import ProductionPlan, Resource
from planning.queries import risk
from planning.queries.supply import supply_case
from sop.models import Product, ProductPrice
from sop.permissions import EVERYTHING, scope
from tests import factories as make
from tests.planning.supply_company import HORIZON, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def company() -> SupplyCompany:
    company = SupplyCompany()
    company.sell()
    return company


def filled(plan: ProductionPlan) -> float:
    """The middle fill rate."""
    assert plan.risk
    return float(plan.risk["fill_rate"][1])


def test_every_plan_carries_its_risk(company: SupplyCompany) -> None:
    plan = company.supply()
    assert plan.risk
    low, middle, high = plan.risk["fill_rate"]
    assert 0 < low <= middle <= high <= 1
    assert 0 < plan.risk["revenue_chance"] < 1
    assert plan.risk["revenue_at_risk"] > 0
    assert len(plan.risk["stock_value"]) == HORIZON
    assert set(plan.risk["families"]) == {str(company.bikes.pk), str(company.spares.pk)}


def test_without_any_price_there_is_nothing_to_tell(company: SupplyCompany) -> None:
    ProductPrice.objects.all().delete()
    company.sales_plan.lines.update(revenue=np.zeros(HORIZON))
    plan = company.supply()
    assert plan.risk is None
    assert risk.read(plan, EVERYTHING) is None


def test_without_errors_what_is_planned_is_what_comes(company: SupplyCompany) -> None:
    company.sales_plan.forecast.lines.update(wape=0.0)
    company.pedal.balances.update(on_hand=500)
    plan = company.supply()
    assert plan.risk
    assert plan.risk["fill_rate"] == [1.0, 1.0, 1.0]
    assert (plan.risk["revenue_chance"], plan.risk["revenue_at_risk"]) == (1.0, 0.0)


def test_what_the_plan_delivers_late_is_missed_on_every_path(company: SupplyCompany) -> None:
    """Pedals are ordered a month ahead: the 50 of June cannot be there, of 300 in six months."""
    company.sales_plan.forecast.lines.update(wape=0.0)
    plan = company.supply()
    assert plan.risk
    assert plan.risk["families"][str(company.bikes.pk)] == [1.0, 1.0, 1.0]
    assert plan.risk["fill_rate"][0] == plan.risk["fill_rate"][2] < 1


def test_safety_stock_serves_more(company: SupplyCompany) -> None:
    Resource.objects.update(regular_hours_per_month=1e4)
    before = filled(company.supply())
    Product.objects.filter(pk__in=(company.bike.pk, company.frame.pk)).update(safety_stock=60)
    assert filled(company.supply()) > before


def test_larger_errors_serve_less(company: SupplyCompany) -> None:
    company.sales_plan.forecast.lines.update(wape=0.1)
    exact = filled(company.supply())
    company.sales_plan.forecast.lines.update(wape=0.5)
    assert filled(company.supply()) < exact


def test_a_products_error_is_that_of_its_markets_together(company: SupplyCompany) -> None:
    """Two markets of 100 and 75, WAPE 20 %: √(100² + 75²) of 175."""
    forecast = company.sales_plan.forecast
    south = make.make_series(company.bike, make.make_market("south"))
    make.make_forecast_line(forecast, make.vector(75, HORIZON), make.vector(15, HORIZON), series=south)
    forecast.lines.update(wape=0.2)
    case = supply_case(company.sales_plan)
    item = case.catalogue.pk[case.items].tolist().index(company.bike.pk)
    assert risk.relative_error(case)[item] == pytest.approx(0.2 * np.sqrt(np.pi / 2) * 125 / 175)


def test_a_signed_copy_keeps_it(company: SupplyCompany) -> None:
    plan = company.supply()
    assert freeze_production_plan(plan, freeze_sales_plan(company.sales_plan)).risk == plan.risk


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_a_planner_sees_all_of_it(company: SupplyCompany) -> None:
    seen = risk.read(company.supply(), EVERYTHING)
    assert seen
    assert {each.name for each in seen.families} == {"Bikes", "Spares"}
    assert seen.stock
    assert seen.stock[0][0] == "Jun 26"


def test_a_colleague_sees_the_own_families_and_no_money_of_others(company: SupplyCompany) -> None:
    plan = company.supply()
    colleague = make.make_user("cleo", "operations", "planner", families=[company.spares])
    seen = risk.read(plan, scope(colleague))
    assert seen
    assert [each.name for each in seen.families] == ["Spares"]
    assert (seen.revenue, seen.revenue_at_risk, seen.stock) == (None, None, None)


def test_who_sees_no_money_sees_rates(company: SupplyCompany) -> None:
    seen = risk.read(company.supply(), scope(make.make_user("sam", "operations", "planner", money=False)))
    assert seen
    assert seen.stock is None
    assert len(seen.families) == 2


def test_an_older_plan_has_none(company: SupplyCompany) -> None:
    plan = company.supply()
    plan.risk = None
    assert risk.read(plan, EVERYTHING) is None
