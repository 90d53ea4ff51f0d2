"""How Halden's voices see the months ahead: Sales hopes, its customers wish, Finance doubts, Marketing believes in its
promotions.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planning.actions import CellEdit, edit_cells
from planning.actions.sheets import Cause
from planning.models import SalesPlan, SalesPlanLine
from planning.queries.rows import Filters
from reviews.demo.catalogue import FAMILIES, KEY_ACCOUNTS, MARKETS
from reviews.demo.company import Company
from reviews.demo.demand import SEED, Array, expected
from reviews.demo.lifecycle import LAUNCH
from reviews.demo.promotions import COMING
from sop.models import Series, User
from sop.permissions import scope

SALES_MONTHS, FINANCE_MONTHS = 8, 9
# Sales sees its large customers this far above the baseline, and the others: +8 % over all.
SALES_KEY_ACCOUNTS, SALES_OTHERS = 0.12, 0.04
# Key accounts that send a forecast of their own, how it comes, and how far it lies above what they order in the end.
CUSTOMERS = {"CEN-CHN": "Order forecast of the chain Alpsport", "WES-CHN": "Season plan of the chain Vélo & Co"}
CUSTOMER_PRODUCTS, CUSTOMER_MONTHS, CUSTOMER_WISH = 12, 6, 0.1
FINANCE, FINANCE_EBIKES = -0.035, -0.055
BELIEF = 1.6  # what Marketing takes a promotion to bring, of what the plan has in it
OPEN_BELIEF = 0.7  # of a promotion that is not in the plan


@dataclass(frozen=True)
class Gesture:
    """One save in the grid: rows, months and what was typed, in one market or (empty) all."""

    person: str
    edits: tuple[tuple[str, dt.date, str | float], ...]
    market: str
    reason: str


def sales(company: Company, plan: SalesPlan, chance: np.random.Generator) -> Iterator[Gesture]:
    """A save per market: large customers high, the rest a little."""
    span = plan.months[:SALES_MONTHS]
    for market in MARKETS:
        hope = SALES_KEY_ACCOUNTS if market.code in KEY_ACCOUNTS else SALES_OTHERS
        reason = f"Order talks with {market.name}" if market.code in KEY_ACCOUNTS else "As the regions report"
        edits = []
        for family in FAMILIES:
            if family.sporadic:
                continue
            felt = _percent(hope + chance.normal(0.0, 0.02))
            edits += [(f"family:{family.code}/measure:sales", month, felt) for month in span]
        yield Gesture("sales", tuple(edits), market.code, reason)


def customers(plan: SalesPlan, chance: np.random.Generator) -> Iterator[Gesture]:
    """What two chains say they will order of their largest products: round numbers, and more than they will take."""
    for market, source in CUSTOMERS.items():
        lines = SalesPlanLine.objects.filter(plan=plan, series__market__code=market)
        read = list(lines.values_list("series", "baseline", "events", "price"))
        expected = {pk: np.maximum(baseline + events, 0) for pk, baseline, events, _ in read}
        worth = {pk: float(expected[pk] @ price) for pk, _, _, price in read}
        largest = sorted(worth, key=lambda pk: (-worth[pk], pk))[:CUSTOMER_PRODUCTS]
        edits = []
        for pk in largest:
            wish = 1 + CUSTOMER_WISH + chance.normal(0.0, 0.05)
            orders = [max(5.0, 5.0 * round(wish * units / 5)) for units in expected[pk][:CUSTOMER_MONTHS]]
            row = f"series:{pk}/measure:customers"
            edits += [(row, month, order) for month, order in zip(plan.months, orders, strict=False)]
        yield Gesture("sales", tuple(edits), market, source)


def marketing(company: Company, plan: SalesPlan, chance: np.random.Generator) -> Iterator[Gesture]:
    """A save per promotion and market it runs in, on top of what the plan has already."""
    for promotion in COMING:
        if not promotion.family or promotion.effect < 0 or promotion.units:
            continue
        first, last = promotion.span(company)
        span = [month for month in plan.months if first <= month <= last]
        lift = promotion.effect * (BELIEF - 1 if promotion.included else OPEN_BELIEF) + chance.normal(0.0, 0.01)
        row = f"family:{promotion.family}/measure:marketing"
        for market in promotion.markets if span else ():
            edits = tuple((row, month, _percent(lift)) for month in span)
            yield Gesture("marketing", edits, market, promotion.name)


def finance(company: Company, plan: SalesPlan, chance: np.random.Generator) -> Iterator[Gesture]:
    """One save over everything: a little less of each family, a little lesser still of e-bikes."""
    edits = []
    for family in FAMILIES:
        doubt = FINANCE_EBIKES if family.code == "EBIKES" else FINANCE
        felt = _percent(doubt + chance.normal(0.0, 0.008))
        edits += [(f"family:{family.code}/measure:finance", month, felt) for month in plan.months[:FINANCE_MONTHS]]
    yield Gesture("finance", tuple(edits), "", "Consumer confidence and interest rates")


def planner(company: Company, plan: SalesPlan, share: Array) -> Iterator[Gesture]:
    """What the demand planner adds: products without a history, and half of what Sales hopes for in spring."""
    yield from _launches(company, plan, share)
    spring = [month for month in plan.months if month.month in (3, 4, 5)][:3]
    for code, entry, reason in (
        ("CEN-CHN", "+5%", "Half of what Sales expects until the chains have signed"),
        ("CEN-DLR", "+3%", "Dealer orders in hand are above last year's"),
    ):
        edits = tuple((f"family:{family}", month, entry) for family in ("MOUNTAIN", "EBIKES") for month in spring)
        yield Gesture("demand", edits, code, reason)
    road = tuple(("family:ROAD", month, "-4%") for month in plan.months[2:8])
    yield Gesture("demand", road, "OVS-IMP", "Importers carry four months of stock")


def afterthought(plan: SalesPlan) -> Iterator[Gesture]:
    """One more change after supply was planned, which makes the production plan stale."""
    edits = tuple(("product:TR-03", month, "+40") for month in plan.months[4:6])
    yield Gesture("demand", edits, "CEN-DLR", "Two fleet orders for Los City Low-step, signed this week")


def _launches(company: Company, plan: SalesPlan, share: Array) -> Iterator[Gesture]:
    units = expected(company, share, plan.start, plan.horizon)
    series = {(row[0], row[1]): row[2] for row in Series.objects.values_list("product__code", "market__code", "pk")}
    for row, item in enumerate(company.sold):
        launch = company.month(item.life.launch)
        if launch is None or launch <= plan.start or item.code == LAUNCH:
            continue
        edits = tuple(
            (f"series:{series[item.code, market.code]}", month, float(round(units[row, column, index])))
            for column, market in enumerate(MARKETS)
            if share[row, column]
            for index, month in enumerate(plan.months)
            if month >= launch
        )
        if edits:
            like = item.life.like or item.life.predecessor
            yield Gesture("demand", edits, "", f"Launch profile of {item.name}, after {like}")


def enter(plan: SalesPlan, gestures: Iterator[Gesture], people: dict[str, User]) -> None:
    """Save gestures as the page would."""
    for gesture in gestures:
        by = people[gesture.person]
        edits = [CellEdit(row, month, entry) for row, month, entry in gesture.edits]
        filters = Filters(scope(by), market=gesture.market)
        edit_cells(plan=plan, edits=edits, by=by, cause=Cause(gesture.reason), filters=filters)


def chance(ago: int) -> np.random.Generator:
    """The luck of one cycle's voices."""
    return np.random.default_rng([SEED, 4, ago])


def customers_chance(ago: int) -> np.random.Generator:
    """Apart from the others', so that theirs is what it was."""
    return np.random.default_rng([SEED, 5, ago])


def _percent(change: float) -> str:
    return f"{100 * change:+.1f}%"
