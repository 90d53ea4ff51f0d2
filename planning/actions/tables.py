"""The tables of supply and finance that can be imported."""

import numpy as np
import scipy

from planning.models import (
    Budget,
    Calendar,
    Capacity,
    Component,
    Crew,
    InventoryBalance,
    Receipt,
    Resource,
    Routing,
    Shutdown,
    Storage,
    SupplyPolicy,
)
from sop.actions import cells, tables
from sop.actions.cells import Codes
from sop.actions.importing import Column, Outcome, Row, Table, Written, load
from sop.models import Family, Market, Product, Site, User

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


def load_routings(table: Table, rows: list[Row], codes: Codes, outcome: Outcome) -> None:
    """Write first choices, then what stands in for them; until then `alternate_of_id` holds a resource."""
    others = [row for row in rows if row.values.get("alternate_of_id")]
    load(table, [row for row in rows if not row.values.get("alternate_of_id")], codes, outcome)
    first = Routing.objects.filter(product__in={row.values["product_id"] for row in others}, alternate_of=None)
    known = {(product, resource): pk for product, resource, pk in first.values_list("product", "resource", "pk")}
    good = []
    for row in others:
        product, resource = row.values["product_id"], row.values["alternate_of_id"]
        if resource == row.values["resource_id"] or (product, resource) not in known:
            where = f"“{codes.code_of(Product, product)}” on “{codes.code_of(Resource, resource)}”"
            outcome.refuse(row.number, "instead_of", f"there is no other routing of {where} to stand in for")
        else:
            row.values["alternate_of_id"] = known[product, resource]
            good.append(row)
    codes.forget(Routing)
    load(table, good, codes, outcome)


def targets_are_told(rows: list[Row], codes: Codes, outcome: Outcome) -> list[Row]:
    """Refuse a target without its figure."""
    needed = {SupplyPolicy.Target.COVER: "cover_months", SupplyPolicy.Target.SERVICE: "service_level"}
    good = []
    for row in rows:
        figure = needed.get(row.values.get("target", ""))
        if figure and row.values.get(figure) is None:
            outcome.refuse(row.number, figure, f"is missing; the target “{row.values['target']}” needs it")
        else:
            good.append(row)
    return good


def shutdowns_in_order(rows: list[Row], codes: Codes, outcome: Outcome) -> list[Row]:
    """A shutdown does not end before it starts; a blank last day is the first."""
    good = []
    for row in rows:
        row.values["last_day"] = row.values.get("last_day") or row.values["first_day"]
        if row.values["last_day"] < row.values["first_day"]:
            outcome.refuse(row.number, "last_day", "is before first_day")
        else:
            good.append(row)
    return good


CALENDARS = Table(
    "calendars",
    Calendar,
    ("code",),
    (
        Column("code", tables.CODE),
        Column("name", tables.NAME),
        Column("days_per_week", cells.whole(minimum=1, maximum=7), blank=5, optional=True),
    ),
)
SHUTDOWNS = Table(
    "shutdowns",
    Shutdown,
    ("calendar", "first_day"),
    (
        Column("calendar", cells.code(Calendar), "calendar_id"),
        Column("first_day", cells.day),
        Column("last_day", cells.day, blank=None, optional=True),
        Column("name", tables.NAME, blank="", optional=True),
    ),
    check=shutdowns_in_order,
)
STORAGE = Table("storage", Storage, ("site",), (SITE, Column("limit", NOT_NEGATIVE)))
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
        Column("owner", cells.code(User), "owner_id", blank=None, optional=True),
        Column("calendar", cells.code(Calendar), "calendar_id", blank=None, optional=True),
        Column("hours_per_working_day", NOT_NEGATIVE, blank=None, optional=True),
        Column("demonstrated_percent", NOT_NEGATIVE, blank=100.0, optional=True),
        Column("smoothing_cost_per_hour", NOT_NEGATIVE, blank=0.0, optional=True),
    ),
)
CREWS = Table(
    "crews",
    Crew,
    ("resource",),
    (
        Column("resource", cells.code(Resource), "resource_id"),
        Column("workers", NOT_NEGATIVE),
        Column("hours_per_worker_day", cells.number(minimum=0, maximum=24), blank=8.0, optional=True),
        Column("overtime_hours_per_worker_month", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("wage_per_month", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("hire_cost", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("layoff_cost", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("whole", cells.flag, blank=False, optional=True),
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
        Column("instead_of", cells.code(Resource), "alternate_of_id", blank=None, optional=True),
    ),
    load=load_routings,
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
        Column("target", cells.choice(*SupplyPolicy.Target.values), blank="units", optional=True),
        Column("cover_months", cells.number(minimum=0, maximum=60), blank=None, optional=True),
        Column("service_level", cells.number(minimum=0.5, maximum=0.9999), blank=None, optional=True),
        Column("least_lot", NOT_NEGATIVE, blank=0.0, optional=True),
        Column("storage_per_unit", NOT_NEGATIVE, blank=0.0, optional=True),
    ),
    check=targets_are_told,
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
AFTER_ACTUALS = (
    STORAGE,
    INVENTORY,
    RECEIPTS,
    CALENDARS,
    SHUTDOWNS,
    RESOURCES,
    CAPACITIES,
    CREWS,
    ROUTINGS,
    BOM,
    SUPPLY_COSTS,
    BUDGET,
)
