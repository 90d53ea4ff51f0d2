"""What comes and goes in Halden's range, as its planners write it down."""

from collections.abc import Iterator

from planning.actions import product_changes
from planning.actions.product_changes import Facts
from planning.models import ProductChange
from reviews.demo.company import Company
from sop.models import Product, User

# A new e-bike, what it is like, and what it takes from its neighbours. A product that goes, by what is in stock.
LAUNCH, LIKE, LEVEL, RAMP_MONTHS = "EB-11", "EB-03", 0.8, 3
TAKES = {"EB-03": 0.15, "EB-07": 0.10}
ENDS = "TR-04"


def plan_changes(company: Company, people: dict[str, User]) -> None:
    """A launch that takes from others, and an end of life that sells the stock."""
    products = {product.code: product for product in Product.objects.filter(sold=True)}
    for by, facts in _changes(company, products):
        product_changes.add(facts=facts, by=people[by])


def _changes(company: Company, products: dict[str, Product]) -> Iterator[tuple[str, Facts]]:
    launch, end = products[LAUNCH].launch_month, products[ENDS].last_month
    assert launch
    assert end
    yield (
        "marketing",
        Facts(
            kind=ProductChange.Kind.LAUNCH,
            product=products[LAUNCH],
            month=launch,
            follows=products[LIKE],
            ramp_months=RAMP_MONTHS,
            level=LEVEL,
            losers=[(products[code], share) for code, share in TAKES.items()],
            note="Same frame and motor; a quarter of its buyers would have bought one of ours anyway.",
        ),
    )
    yield (
        "demand",
        Facts(
            kind=ProductChange.Kind.END_OF_LIFE,
            product=products[ENDS],
            month=end,
            run_out=True,
            note="No more is built; dealers take what is in Halden and Brno.",
        ),
    )
