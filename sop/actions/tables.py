"""The tables of master data that every app shares."""

import datetime as dt
from typing import Any

from sop import bulk
from sop.actions import cells, history
from sop.actions.cells import Codes
from sop.actions.importing import LEFT_OUT, Column, Outcome, Row, Table, Written, load, load_tree
from sop.models import Family, History, Market, Product, ProductCost, ProductPrice, Site

CODE, NAME = cells.text(64), cells.text(200)
# The cost of a part has no date in its file; it holds from the beginning.
ALWAYS = dt.date(1900, 1, 1)


def families_moved(written: Written) -> None:
    """A product that changed its family takes its history with it: both families' totals are computed afresh."""
    moved = {
        row.values["code"]: (old["family_id"], row.values["family_id"])
        for row in written.rows
        if (old := written.old.get((row.values["code"],))) and old["family_id"] != row.values["family_id"]
    }
    if moved:
        sold = History.objects.filter(series__product__code__in=list(moved))
        pairs = sold.values_list("series__product__code", "series__market_id")
        history.retotal((family, market) for code, market in pairs for family in moved[code] if family is not None)


def sensible_products(rows: list[Row], codes: Codes, outcome: Outcome) -> list[Row]:
    """A product does not end before it starts."""
    bad = [row for row in rows if _ends_before_start(row.values)]
    for row in bad:
        outcome.refuse(row.number, "last_month", "is before launch_month")
    return [row for row in rows if row not in bad] if bad else rows


def _ends_before_start(values: dict[str, Any]) -> bool:
    launch, last = values.get("launch_month"), values.get("last_month")
    return bool(launch and last and last < launch)


def only_parts(rows: list[Row], codes: Codes, outcome: Outcome) -> list[Row]:
    """A product that is sold is not a mere part; its cost belongs to costs.csv."""
    wanted = [row.values["code"] for row in rows]
    sold = set(Product.objects.filter(sold=True).values_list("code", flat=True)).intersection(wanted)
    for row in rows:
        if row.values["code"] in sold:
            outcome.refuse(row.number, "code", "is a product that is sold; its cost belongs in costs.csv")
    return [row for row in rows if row.values["code"] not in sold]


def load_parts(table: Table, rows: list[Row], codes: Codes, outcome: Outcome) -> None:
    """Parts are products that are not sold; their cost is a product cost from the beginning."""
    costs = {row.values["code"]: row.values.pop("unit_cost") for row in rows}
    load(table, rows, codes, outcome)
    codes.forget(Product)
    ids = codes.ids(Product)
    stored = dict(ProductCost.objects.filter(valid_from=ALWAYS).values_list("product__code", "unit_cost"))
    new = [(ids[code], ALWAYS, cost) for code, cost in costs.items() if cost is not None and stored.get(code) != cost]
    bulk.upsert(
        ProductCost, key=("product_id", "valid_from"), columns=("product_id", "valid_from", "unit_cost"), rows=new
    )


SOURCE = cells.choice("make", "buy")
PRODUCT_COLUMNS = (
    Column("code", CODE),
    Column("name", NAME),
    Column("uom", cells.text(8), blank="EA", optional=True),
    Column("lead_time_months", cells.whole(maximum=60), blank=0, optional=True),
)

FAMILIES = Table(
    "families",
    Family,
    ("code",),
    (Column("code", CODE), Column("name", NAME), Column("parent", CODE, "parent_id", blank=None, optional=True)),
    load=load_tree,
)
PRODUCTS = Table(
    "products",
    Product,
    ("code",),
    (
        *PRODUCT_COLUMNS,
        Column("make_or_buy", SOURCE, blank="make", optional=True),
        Column("family", cells.code(Family), "family_id"),
        Column("strategy", cells.choice("MTS", "MTO"), blank="MTS", optional=True),
        Column("planning_factor", cells.number(above=0), blank=1.0, optional=True),
        Column("launch_month", cells.month, blank=None, optional=True),
        Column("last_month", cells.month, blank=None, optional=True),
        Column("lot_multiple", cells.number(above=0), blank=1.0, optional=True),
        Column("safety_stock", cells.number(minimum=0), blank=0.0, optional=True),
        Column("shelf_life_months", cells.whole(minimum=1), blank=None, optional=True),
    ),
    fixed={"sold": True},
    check=sensible_products,
    after=families_moved,
)
COMPONENTS = Table(
    "components",
    Product,
    ("code",),
    (
        *PRODUCT_COLUMNS,
        # A bill makes a part one that is made; a blank in the next delivery must not undo it.
        Column("make_or_buy", SOURCE, blank=LEFT_OUT, optional=True),
        Column("unit_cost", cells.number(minimum=0), blank=None),
    ),
    fixed={"sold": False, "make_or_buy": "buy"},
    check=only_parts,
    load=load_parts,
)
PRICES = Table(
    "prices",
    ProductPrice,
    ("product", "valid_from"),
    (
        Column("product", cells.code(Product), "product_id"),
        Column("valid_from", cells.day),
        Column("price", cells.number(minimum=0)),
    ),
)
COSTS = Table(
    "costs",
    ProductCost,
    ("product", "valid_from"),
    (
        Column("product", cells.code(Product), "product_id"),
        Column("valid_from", cells.day),
        Column("unit_cost", cells.number(minimum=0)),
    ),
)
MARKETS = Table("markets", Market, ("code",), FAMILIES.columns, load=load_tree)
SITES = Table("sites", Site, ("code",), (Column("code", CODE), Column("name", NAME)))

__all__ = ["COMPONENTS", "COSTS", "FAMILIES", "MARKETS", "PRICES", "PRODUCTS", "SITES"]
