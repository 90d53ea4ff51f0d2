"""The production grid: families → products, each opening into opening, production, demand, closing, target and cover.

Production takes entries, the other rows follow. All figures are units. Closing is net: stock less what is owed to
customers, so that a shortage reads as a negative number and every month opens where the one before closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Sum
from numpy.typing import NDArray

from planning.engine import closing_cover
from planning.models import ProductionLine, ProductionOverride, ProductionPlan, Routing
from planning.queries.columns import MONTHS_PER_QUARTER, Column, spread
from planning.queries.prices import unit_costs
from planning.queries.production_marks import Marks
from sop import bulk, months
from sop.errors import NotFound
from sop.models import Family, Product
from sop.permissions import Scope, subtrees

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]

PARTS = "parts"
CLOSING, PRODUCTION = "closing", "production"
UNITS, HOURS, COST = "units", "hours", "cost"
UNIT_NAMES = {UNITS: "Units", HOURS: "Hours", COST: "Cost"}
MEASURES = {
    "opening": "Opening",
    PRODUCTION: "+ Production",
    "receipts": "+ Receipts and bought in",
    "demand": "− Demand",
    "dependent": "− Used in products",
    "lost": "+ Demand refused",
    CLOSING: "= Closing",
    "target": "Target",
    "cover": "Cover, months",
    "late": "Late",
}
# Shown only where they are not zero all along.
OCCASIONAL = {"receipts", "dependent", "lost", "late"}
STOCKS = {CLOSING, "target", "late"}
LONGEST_COVER = 99.9
RECENT_REASONS = 8
NOISE = 1e-6


@dataclass(frozen=True)
class Balance:
    """The measures of some products [n, t], in the order of `MEASURES`."""

    opening: Numbers
    production: Numbers
    receipts: Numbers
    demand: Numbers
    dependent: Numbers
    lost: Numbers
    closing: Numbers
    target: Numbers
    late: Numbers

    def of(self, rows: Indices, weights: Numbers) -> "Balance":
        """The weighted sum over some products, as one row."""
        return Balance(*(weights[None, :] @ getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @cached_property
    def cover(self) -> Numbers:
        """Months of the demand to come that the closing stock lasts."""
        lasts = closing_cover(np.maximum(self.closing, 0.0), self.demand + self.dependent)
        return np.where(np.isfinite(lasts), np.minimum(lasts, LONGEST_COVER), np.nan)


@dataclass(frozen=True)
class View:
    """What of the plan a page shows: one family with those below it, so many months, in units, hours or money."""

    family: str = ""
    ahead: int = 0  # all
    unit: str = UNITS


@dataclass(frozen=True)
class SupplyGrid:
    """A production plan as one user sees it."""

    plan: ProductionPlan
    scope: Scope
    editable: bool = False
    view: View = View()

    @cached_property
    def columns(self) -> list[Column]:
        """The plan's months, a quarter's total after its last month and a year's after December."""
        result = []
        for position, month in enumerate(self.plan.months[: self.view.ahead or None]):
            year = str(month.year)
            kind = "plan" if position else "now"
            result.append(Column(months.code(month), months.name(month), year, kind, position, position))
            quarter = position - MONTHS_PER_QUARTER + 1
            if month.month % MONTHS_PER_QUARTER == 0 and quarter >= 0:
                label = f"Q{month.month // MONTHS_PER_QUARTER}"
                result.append(Column(f"{year}-{label}", label, year, "quarter", quarter, position))
            if month.month == months.MONTHS_PER_YEAR:
                first = max(0, position - months.MONTHS_PER_YEAR + 1)
                result.append(Column(year, year, year, "year", first, position))
        return result

    def columns_json(self) -> list[dict[str, Any]]:
        """With the working days under each month."""
        days = {months.code(month): f"{months.working_days(month)} d" for month in self.plan.months}
        return [
            {"id": each.id, "label": each.label, "year": each.year, "kind": each.kind, "editable": self.editable}
            | ({"note": days[each.id]} if each.id in days else {})
            for each in self.columns
        ]

    def children(self, parent: str, offset: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """A page of the rows under a row: its measures first, then families, then products."""
        keys = self._below(parent)
        return len(keys), self.rows(keys[offset : offset + limit])

    def rows(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """The rows of some keys; NotFound for one that the user does not see."""
        return [self._row(key) for key in keys]

    def path(self, key: str = "") -> list[tuple[str, int]]:
        """The rows to open, from the top, to come to a row, each with its place under the one before.

        By default to the production of the first family. Empty where there is no such row.
        """
        base, _, measure = (key or f"{next(iter(self._inside.get('', [])), '')}/measure:{PRODUCTION}").partition("/")
        if base == PARTS or base not in {*self._members, *(f"product:{code}" for code in self._by_code)}:
            return []
        kind, _, code = base.partition(":")
        own = self.products[self._by_code[code]].family_id if kind == "product" else self._family_of(code)
        chain = [*self._ancestors(own)[::-1], *([base] if kind == "product" else [])]
        chain += [f"{base}/{measure}"] if measure else []
        below = [self._below(parent) for parent in ("", *chain[:-1])]
        return [(row, rows.index(row)) for row, rows in zip(chain, below, strict=True) if row in rows]

    # --- The hierarchy --------------------------------------------------------------------------------------------

    @cached_property
    def products(self) -> list[Product]:
        """The products of the plan that the user sees, by name. Parts belong to no family: only an unlimited user
        sees them."""
        found = Product.objects.filter(pk__in=ProductionLine.objects.filter(plan=self.plan).values("product"))
        if self.scope.families is not None:
            found = found.filter(family__in=self.scope.families)
        if self.view.family:
            found = found.filter(family__in=self._below_family)
        return list(found.order_by("name", "code"))

    @cached_property
    def _below_family(self) -> frozenset[int]:
        """The family that the page shows, with those below it."""
        roots = [pk for pk, family in self._families.items() if family.code == self.view.family]
        if not roots:
            raise NotFound(f"There is no family “{self.view.family}”.")
        return subtrees({pk: family.parent_id for pk, family in self._families.items()}, roots)

    @cached_property
    def _families(self) -> dict[int, Family]:
        return Family.objects.in_bulk()

    @cached_property
    def _by_code(self) -> dict[str, int]:
        return {product.code: row for row, product in enumerate(self.products)}

    @cached_property
    def _members(self) -> dict[str, list[int]]:
        """Row key of a family → the products in and below it."""
        members: dict[str, list[int]] = {}
        for row, product in enumerate(self.products):
            for key in self._ancestors(product.family_id):
                members.setdefault(key, []).append(row)
        return members

    @cached_property
    def _inside(self) -> dict[str, list[str]]:
        """Row key → the rows right below it, families before products, each in the order of its name."""
        inside: dict[str, list[str]] = {}
        shown = sorted(
            (family for family in self._families.values() if _family_key(family) in self._members),
            key=lambda family: family.name,
        )
        for family in shown:
            parent = self._families.get(family.parent_id or 0)
            inside.setdefault(_family_key(parent) if parent else "", []).append(_family_key(family))
        if PARTS in self._members:
            inside.setdefault("", []).append(PARTS)
        for product in self.products:
            home = self._ancestors(product.family_id)[0]
            inside.setdefault(home, []).append(f"product:{product.code}")
        return inside

    def _ancestors(self, family: int | None) -> list[str]:
        """The row keys of a family and all above it; of the parts, their common heading."""
        if family is None:
            return [PARTS]
        chain = []
        while family is not None:
            chain.append(_family_key(self._families[family]))
            family = self._families[family].parent_id
        return chain

    def _below(self, parent: str) -> list[str]:
        if parent in ("", PARTS):
            return self._inside.get(parent, [])
        shown = self._measures(self.balance_of(parent))
        return [*(f"{parent}/measure:{name}" for name in shown), *self._inside.get(parent, [])]

    # --- Numbers --------------------------------------------------------------------------------------------------

    @cached_property
    def _balance(self) -> Balance:
        """Every visible product's months, in the order of `_products`. One query."""
        fields = ("product_id", "opening", "demand", "dependent", "receipts", "arrivals", "subcontract")
        lines = {
            line[0]: line[1:]
            for line in bulk.read(
                ProductionLine.objects.filter(plan=self.plan), *fields, "inventory", "backorder", "lost", "safety_stock"
            )
        }
        rows = [lines[product.pk] for product in self.products]
        empty = np.zeros((0, self.plan.horizon))
        demand, dependent, receipts, arrivals, subcontract, inventory, late, lost, target = (
            np.vstack([row[column] for row in rows]) if rows else empty for column in range(1, 10)
        )
        closing = inventory - late
        first = np.array([[row[0]] for row in rows]).reshape(-1, 1)
        return Balance(
            opening=np.hstack([first, closing[:, :-1]]),
            production=arrivals,
            receipts=receipts + subcontract,
            demand=demand,
            dependent=dependent,
            lost=lost,
            closing=closing,
            target=target,
            late=late,
        )

    def balance_of(self, key: str) -> Balance:
        """In units: a product in its own, a family in its planning unit. Hours and money are the same at any level."""
        rows = np.array(self.rows_of(key), dtype=np.int64)
        alone = self.view.unit == UNITS and key.startswith("product:")
        return self._balance.of(rows, np.ones(rows.size) if alone else self._weights[rows])

    @cached_property
    def _weights(self) -> Numbers:
        """[n] what a unit of each product counts: in planning units, in hours of its own level, at standard cost."""
        keys = [product.pk for product in self.products]
        if self.view.unit == HOURS:
            found = Routing.objects.filter(product__in=keys, alternate_of=None).values_list("product_id")
            hours = dict(found.annotate(Sum("hours_per_unit")))
            return np.array([hours.get(key, 0.0) for key in keys])
        if self.view.unit == COST and keys:
            costs = np.nan_to_num(unit_costs(keys, self.plan.start, self.plan.horizon))
            return np.array(costs[:, 0])
        return np.array([product.planning_factor for product in self.products])

    def rows_of(self, key: str) -> list[int]:
        kind, _, name = key.partition(":")
        if kind == "product" and name in self._by_code:
            return [self._by_code[name]]
        if key in self._members:
            return self._members[key]
        raise NotFound(f"There is no row “{key}” in this plan, or it lies outside your families.")

    def _measures(self, balance: Balance) -> list[str]:
        return [name for name in MEASURES if name not in OCCASIONAL or np.abs(getattr(balance, name)).max() > NOISE]

    def _row(self, key: str) -> dict[str, Any]:
        base, _, measure = key.partition("/measure:")
        if measure and measure not in MEASURES:
            raise NotFound(f"There is no row “{key}”.")
        balance = self.balance_of(base)
        row = {
            "key": key,
            "label": MEASURES[measure] if measure else self.name(base),
            "kind": "measure" if measure else base.partition(":")[0].replace(PARTS, "family"),
            "measure": measure or CLOSING,
            "depth": self._depth(base) + bool(measure),
            "children": 0 if measure else len(self._below(base)),
            "editable": self.editable and measure == PRODUCTION,
            # Parts have no unit in common: their heading says nothing.
            "values": [None] * len(self.columns) if base == PARTS else self._values(balance, measure or CLOSING),
            "flags": self._flags(balance, base, measure or CLOSING),
            "versions": self._versions(base) if measure == PRODUCTION else {},
        }
        return row | ({"decimals": 1} if measure == "cover" else {}) | ({"strong": True} if measure == CLOSING else {})

    def name(self, base: str) -> str:
        if base == PARTS:
            return "Parts"
        kind, _, code = base.partition(":")
        if kind == "product":
            return self.products[self._by_code[code]].name
        return next(family.name for family in self._families.values() if family.code == code)

    def _depth(self, base: str) -> int:
        kind, _, code = base.partition(":")
        if base == PARTS:
            return 0
        if kind == "product":
            family = self.products[self._by_code[code]].family_id
            return len(self._ancestors(family))
        return len(self._ancestors(self._family_of(code))) - 1

    def _family_of(self, code: str) -> int:
        return next(pk for pk, each in self._families.items() if each.code == code)

    def _values(self, balance: Balance, measure: str) -> list[float | None]:
        """Flows add up over a quarter; an opening is its first month's, a stock its last month's, a cover has none."""
        values: Numbers = getattr(balance, measure)
        if measure == "cover":
            return [
                None if each.first != each.last or np.isnan(values[0, each.last]) else round(values[0, each.last], 2)
                for each in self.columns
            ]
        if measure == "opening":
            return [round(float(values[0, each.first]), 4) for each in self.columns]
        if measure in STOCKS:
            return [round(float(values[0, each.last]), 4) for each in self.columns]
        return spread(values, self.columns)[0]

    def _flags(self, balance: Balance, base: str, measure: str) -> dict[str, str]:
        """Where customers wait or were refused, and where the stock is below its target, in any product of the row."""
        if base == PARTS:
            return {}
        if measure == PRODUCTION:
            return self._marks.flags(self.rows_of(base), self.columns)
        if measure not in (CLOSING, "cover", "late", "lost"):
            return {}
        rows = np.array(self.rows_of(base), dtype=np.int64)
        every = self._balance
        short: list[bool] = (np.maximum(every.late[rows], every.lost[rows]).max(axis=0) > NOISE).tolist()
        low: list[bool] = (balance.closing[0] < balance.target[0] - NOISE * (1 + balance.target[0])).tolist()
        return {
            column.id: "sh" if short[column.last] else "lo"
            for column in self.columns
            if column.first == column.last and (short[column.last] or low[column.last])
        }

    def _versions(self, base: str) -> dict[str, int]:
        return self._marks.versions(self.rows_of(base)[0], self.columns) if base.startswith("product:") else {}

    @cached_property
    def _marks(self) -> Marks:
        return Marks(self.plan, self.products)


def _family_key(family: Family) -> str:
    return f"family:{family.code}"


def reasons(plan: ProductionPlan, scope: Scope) -> list[str]:
    """The reasons given lately for production by hand of what the user sees."""
    said = ProductionOverride.objects.filter(cycle=plan.cycle_id).exclude(reason="")
    if scope.families is not None:
        said = said.filter(product__family__in=scope.families)
    return list(dict.fromkeys(said.order_by("-at").values_list("reason", flat=True)[:RECENT_REASONS]))
