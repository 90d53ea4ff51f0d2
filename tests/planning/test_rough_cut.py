"""The rough cut of a plan by overall factors, bill of resources and resource profile."""

import numpy as np
import pytest

from planning.models import ProductionPlan, Receipt, Routing
from planning.queries.rough import rough_hours, rough_map
from planning.queries.supply import rough_case
from sop import months
from sop.errors import PlanningError
from sop.models import Product
from tests import factories as make
from tests.planning.supply_company import JUNE, SupplyCompany

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def textbook() -> ProductionPlan:
    """100 of A at 2 hours, 50 of B at 3, 25 of C at 4: 450 hours; in the year before 60 to 40."""
    company = SupplyCompany()
    company.demand = {}
    steps = (("A", 100, 2, company.assembly), ("B", 50, 3, company.welding), ("C", 25, 4, company.welding))
    for code, demand, hours, resource in steps:
        product = Product.objects.create(code=code, name=code, family=company.bikes)
        Routing.objects.create(product=product, resource=resource, hours_per_unit=hours)
        company.demand[make.make_series(product)] = demand
    for code, quantity in (("A", 30), ("C", 10)):
        product, before = Product.objects.get(code=code), months.add(JUNE, -3)
        Receipt.objects.create(product=product, site=make.make_site(), month=before, quantity=quantity)
    company.sell()
    return company.supply("chase")


def by_resource(plan: ProductionPlan, method: str) -> dict[str, list[float]]:
    case = rough_case(plan.sales_plan)
    hours = rough_hours(plan, case, method)
    codes = {load.resource_id: load.resource.code for load in plan.loads.select_related("resource")}
    return {codes[pk]: np.round(hours[row], 6).tolist() for row, pk in enumerate(case.resources.tolist())}


def test_overall_factors_share_all_hours_as_in_the_year_before() -> None:
    found = by_resource(textbook(), "overall")
    assert found["assembly"][3] == 270
    assert found["welding"][3] == 180


def test_a_bill_of_resources_sees_the_mix() -> None:
    found = by_resource(textbook(), "bill")
    assert (found["assembly"][3], found["welding"][3]) == (200, 250)


def test_components_count_with_their_parents() -> None:
    """A bike takes an hour of assembly and two of welding for its frame; 20 frames more are sold."""
    company = SupplyCompany()
    company.sell()
    plan = company.supply("chase")
    found = by_resource(plan, "bill")
    assert (found["assembly"][2], found["welding"][2]) == (100, 240)


def test_a_resource_profile_puts_a_step_as_early_as_it_is_done() -> None:
    company = SupplyCompany()
    Product.objects.filter(pk=company.bike.pk).update(lead_time_months=1)
    Routing.objects.filter(product=company.bike).update(offset_months=1)
    company.sell()
    plan = company.supply("chase")
    ready = company.line(plan, company.bike).arrivals
    assert by_resource(plan, "bill")["assembly"] == pytest.approx(ready.tolist())
    assert by_resource(plan, "profile")["assembly"][:5] == pytest.approx(ready[1:].tolist())


def test_against_what_is_rated_and_what_was_demonstrated() -> None:
    company = SupplyCompany()
    type(company.assembly).objects.filter(pk=company.assembly.pk).update(demonstrated_percent=50)
    company.sell()
    plan = company.supply("chase")
    [rated, *_] = rough_map(plan, "bill", "rated")
    [shown, *_] = rough_map(plan, "bill", "demonstrated")
    assert rated.resource.code == shown.resource.code == "assembly"
    assert (rated.cells[2].percent, shown.cells[2].percent) == (83, 167)


def test_another_method_is_refused() -> None:
    with pytest.raises(PlanningError, match="overall, bill or profile"):
        rough_map(textbook(), "guess")
