"""Halden at a given month: its tables turned into items with dates, prices and costs, without a database."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from reviews.demo.catalogue import FAMILIES, PARTS, FamilyOf, PartOf
from reviews.demo.products import BOUGHT, LIVES, MADE_TO_ORDER, PRODUCTS, SPORADIC, Life
from sop import months

HISTORY_MONTHS = 48
STOCK_MONTHS = 24
PRICE_RISE, COST_RISE = 0.025, 0.030  # a year
SUBCONTRACTED = {"KIDS": 1.30, "FRAMES": 1.35, "PACKS": 1.25}  # family → of the unit cost
VALUE_ADDED = 1.15  # the least a product costs, of what its parts cost


@dataclass(frozen=True)
class Item:
    """A product or part. Price and cost are those of the year of the first plan month; `level` is units a month."""

    code: str
    name: str
    family: FamilyOf | None
    site: str
    price: float
    cost: float
    level: float
    bought: bool
    lead_time: int
    lot: float
    uom: str
    sporadic: bool
    life: Life
    routing: dict[str, float]
    parts: dict[str, float]

    @property
    def sold(self) -> bool:
        return self.family is not None

    @property
    def made_to_order(self) -> bool:
        return self.code in MADE_TO_ORDER

    @property
    def subcontract_cost(self) -> float | None:
        factor = SUBCONTRACTED.get(self.family.code) if self.family and not self.bought else None
        return round(factor * self.cost, 2) if factor else None


@dataclass(frozen=True)
class Company:
    """What about Halden does not depend on chance. `first` is the first plan month of the cycle in progress."""

    first: dt.date
    items: tuple[Item, ...]

    @cached_property
    def sold(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.sold)

    @property
    def start(self) -> dt.date:
        """The first month of history."""
        return months.add(self.first, -HISTORY_MONTHS)

    @property
    def spring(self) -> int:
        """The year of the next season: of the first March that is still to be planned."""
        return self.first.year if self.first.month < 3 else self.first.year + 1

    def month(self, offset: int | None) -> dt.date | None:
        """The month that lies `offset` months after the first plan month."""
        return None if offset is None else months.add(self.first, offset)

    @property
    def years(self) -> range:
        """The calendar years from the start of history to the end of the plan."""
        return range(self.start.year, self.first.year + 3)

    def price(self, item: Item, year: int) -> float:
        """The list price in a year; prices rise on 1 January."""
        return _rounded(item.price * (1 + PRICE_RISE) ** (year - self.first.year))

    def cost(self, item: Item, year: int) -> float:
        """The standard cost in a year."""
        return round(item.cost * (1 + COST_RISE) ** (year - self.first.year), 2)


def _rounded(price: float) -> float:
    """As a price list would have it: whole, above 200 to the next 5."""
    return float(round(price)) if price < 200 else 5.0 * round(price / 5)


def company(today: dt.date) -> Company:
    """Halden in the month of `today`, which is the first that its open cycle plans."""
    costs = {part.code: part.cost for part in PARTS}
    items = [_part(part) for part in PARTS]
    for family in FAMILIES:
        for number, line in enumerate(PRODUCTS[family.code], start=1):
            items.append(_product(family, number, line, costs))
    return Company(months.first(today), tuple(items))


def _part(part: PartOf) -> Item:
    return Item(
        code=part.code,
        name=part.name,
        family=None,
        site=part.site,
        price=0.0,
        cost=part.cost,
        level=0.0,
        bought=not part.routing,
        lead_time=part.lead_time,
        lot=1.0,
        uom=part.uom,
        sporadic=False,
        life=Life(),
        routing=part.routing,
        parts=part.parts,
    )


def _product(family: FamilyOf, number: int, line: tuple[str, float, float], costs: dict[str, float]) -> Item:
    name, price, level = line
    code = f"{family.prefix}-{number:02d}"
    bought = family.bought or code in BOUGHT
    parts = {} if bought else family.parts
    in_parts = sum(costs[part] * quantity for part, quantity in parts.items())
    return Item(
        code=code,
        name=name,
        family=family,
        site=family.site,
        price=price,
        cost=round(max(family.cost * price, VALUE_ADDED * in_parts), 2),
        level=level,
        bought=bought,
        lead_time=max(family.lead_time, 2 if bought and not family.bought else 0),
        lot=family.lot,
        uom="EA",
        sporadic=family.sporadic or code in SPORADIC,
        life=LIVES.get(code, Life()),
        routing={} if bought else family.routing,
        parts=parts,
    )
