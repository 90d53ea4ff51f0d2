"""The tables of supply and finance that can be imported."""

import numpy as np
import scipy

from planning.models import (
    Budget,
    Capacity,
    Component,
    InventoryBalance,
    Receipt,
    Resource,
    Routing,
    SupplyPolicy,
)
from sop.actions import cells, tables
from sop.actions.cells import Codes
from sop.actions.importing import Column, Outcome, Row, Table, Written
from sop.models import Family, Market, Product, Site

NOT_NEGATIVE = cells.number(minimum=0)
PRODUCT = Column("product", cells.code(Product), "product_id")
SITE = Column("site", cells.code(Site), "site_id")
MONTH = Column("month", cells.month)


def without_circles(rows: list[Row], codes: Codes, outcome: Outcome) -> list[Row]:
    """Refuse the bill lines by which a product would need itself, also together with what is stored."""
    lines = {(row.values["parent_id"], row.values["component_id"]): row for row in rows}
    links = sorted({*lines, *Component.objects.values_list("parent_id", "component_id")})
    if not links:
        return rows
    ids, ends = np.unique(np.array(links), return_inverse=True)
    ends = ends.reshape(-1, 2)
    graph = scipy.sparse.coo_matrix((np.ones(len(links)), (ends[:, 0], ends[:, 1])), shape=(ids.size, ids.size))
    _, group = scipy.sparse.csgraph.connected_components(graph, directed=True, connection="strong")
    round_again = {link for link, (parent, part) in zip(links, ends, strict=True) if group[parent] == group[part]}
    good = []
    for link, row in lines.items():
        if link in round_again:
            parent, part = (codes.code_of(Product, pk) for pk in link)
            outcome.refuse(row.number, "component", f"“{parent}” would need itself, by way of “{part}”")
        else:
            good.append(row)
    return good


def parts_with_bills_are_made(written: Written) -> None:
    """A part that is not sold and has a bill of its own is made, not bought, or its bill would never be needed."""
    parents = {row.values["parent_id"] for row in written.rows}
    parts = Product.objects.filter(sold=False, make_or_buy=Product.Source.BUY)
    made = parents.intersection(parts.values_list("pk", flat=True))
    Product.objects.filter(pk__in=made).update(make_or_buy=Product.Source.MAKE)


INVENTORY = Table(
    "inventory",
    InventoryBalance,
    ("product", "site", "month"),
    (PRODUCT, SITE, MONTH, Column("on_hand", cells.number())),
)
RECEIPTS = Table(
    "receipts", Receipt, ("product", "site", "month"), (PRODUCT, SITE, MONTH, Column("quantity", cells.number()))
)
RESOURCES = Table(
    "resources",
    Resource,
    ("code",),
    (
        Column("code", tables.CODE),
        Column("name", tables.NAME),
        SITE,
        Column("regular_hours_per_month", NOT_NEGATIVE),
        Column("overtime_hours_per_month", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("hourly_cost", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("overtime_hourly_cost", NOT_NEGATIVE, blank=0.0, optional=True),
    ),
)
CAPACITIES = Table(
    "capacities",
    Capacity,
    ("resource", "month"),
    (
        Column("resource", cells.code(Resource), "resource_id"),
        MONTH,
        Column("regular_hours", NOT_NEGATIVE),
        Column("overtime_hours", NOT_NEGATIVE, blank=0.0, optional=True),
    ),
)
ROUTINGS = Table(
    "routings",
    Routing,
    ("product", "resource"),
    (
        PRODUCT,
        Column("resource", cells.code(Resource), "resource_id"),
        Column("hours_per_unit", NOT_NEGATIVE),
        Column("offset_months", cells.whole(maximum=60), blank=0, optional=True),
    ),
)
BOM = Table(
    "bom",
    Component,
    ("parent", "component"),
    (
        Column("parent", cells.code(Product), "parent_id"),
        Column("component", cells.code(Product), "component_id"),
        Column("quantity_per", cells.number(above=0)),
    ),
    check=without_circles,
    after=parts_with_bills_are_made,
)
SUPPLY_COSTS = Table(
    "supply_costs",
    SupplyPolicy,
    ("product",),
    (
        PRODUCT,
        Column("holding_cost_rate_per_year", NOT_NEGATIVE, blank=0.2, optional=True),
        Column("backorder_cost_per_unit_month", NOT_NEGATIVE, blank=None, optional=True),
        Column("subcontract_unit_cost", NOT_NEGATIVE, blank=None, optional=True),
    ),
)
BUDGET = Table(
    "budget",
    Budget,
    ("family", "market", "month"),
    (
        Column("family", cells.code(Family), "family_id"),
        Column("market", cells.code(Market), "market_id"),
        MONTH,
        Column("quantity", cells.number()),
        Column("revenue", cells.number()),
        Column("margin", cells.number(), blank=None, optional=True),
    ),
)

# In this order, so that every code that a row refers to has been read before.
BEFORE_ACTUALS = (
    tables.FAMILIES,
    tables.PRODUCTS,
    tables.COMPONENTS,
    tables.PRICES,
    tables.COSTS,
    tables.MARKETS,
    tables.SITES,
)
AFTER_ACTUALS = (INVENTORY, RECEIPTS, RESOURCES, CAPACITIES, ROUTINGS, BOM, SUPPLY_COSTS, BUDGET)
