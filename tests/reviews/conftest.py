"""A company of two families, four products and two markets, in the cycle of June 2013."""

import pytest

from reviews.actions import cycles
from sop.models import Cycle
from tests.factories import make_family, make_market, make_outsider, make_product, make_resource, make_series, make_user
from tests.reviews.company import FIRST, HORIZON, PRICE, Company, gather, make_plans


@pytest.fixture
def company(db: None) -> Company:
    families = [make_family("bikes"), make_family("gear")]
    markets = [make_market("north"), make_market("south")]
    products = [make_product(f"{family.code}-{n}", family, price=PRICE) for family in families for n in (1, 2)]
    series = [make_series(product, market) for product in products for market in markets]
    made = Company(families, products, markets, series, make_resource())
    people = {
        "coordinator": ("coordinator", "sop-office"),
        "demand": ("planner", "demand-planning"),
        "sales": ("contributor", "sales"),
        "marketing": ("contributor", "marketing"),
        "operations": ("planner", "operations"),
        "finance": ("contributor", "finance"),
        "executive": ("executive", "management"),
        "viewer": ("viewer", "sop-office"),
    }
    for name, (role, department) in people.items():
        made.people[name] = make_user(name, department, role)
    made.people["outsider"] = make_outsider("outsider")
    return made


@pytest.fixture
def cycle(company: Company) -> Cycle:
    """Just opened, without any data."""
    return cycles.open_cycle(first_month=FIRST, horizon=HORIZON, by=company.coordinator)


@pytest.fixture
def ready(cycle: Cycle, company: Company) -> Cycle:
    """With everything the gates ask for."""
    gather(cycle, company)
    make_plans(cycle, company)
    return cycle
