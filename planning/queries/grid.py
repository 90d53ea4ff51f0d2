"""The demand grid: families → products → markets, each opening into its measures, a fixed number of queries a page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from planning.models import SalesPlan, Stream
from planning.queries import edges, rows
from planning.queries.columns import PAST_MONTHS, Window, spread
from planning.queries.lines import Lines, Reader, budget_lines
from planning.queries.marks import Marker
from planning.queries.rows import CONSENSUS, Filters, RowKey
from planning.queries.streams import closed_streams
from planning.queries.valuation import UNITS
from sop.errors import NotFound
from sop.models import Family, Product, Series, User
from sop.permissions import Verb, can
from sop.vectors import Vector

NAMES = {
    "lastyear": "Last year",
    "history": "History",
    "baseline": "Baseline",
    "events": "Events",
    CONSENSUS: "Consensus",
    "lastcycle": "Last cycle",
    "budget": "Budget",
}
LEAF_KINDS = ("product", "series")


@dataclass(frozen=True)
class Shown:
    """What of the plan a page shows: months before it and of it (0: all), and whether families open into measures."""

    past: int = PAST_MONTHS
    ahead: int = 0
    measures: bool = False


@dataclass(frozen=True)
class Node:
    """A row of the hierarchy before it has numbers."""

    key: RowKey
    label: str
    depth: int
    children: int = 0


@dataclass
class Grid:
    """One page's view of a sales plan: whose, of what, in which unit, and whose numbers the rows are.

    With a `stream` the rows of the hierarchy are that department's numbers and the consensus is one of the measures.
    """

    plan: SalesPlan
    user: User
    filters: Filters
    unit: str = UNITS
    stream: str = ""
    shown: Shown = field(default_factory=Shown, kw_only=True)

    @property
    def primary(self) -> str:
        """The measure that the rows of the hierarchy show."""
        return self.stream or CONSENSUS

    def _key(self, kind: str, name: str) -> RowKey:
        return RowKey(kind, name, self.primary)

    @cached_property
    def window(self) -> Window:
        return Window(self.plan, self.shown.past, self.shown.ahead)

    @cached_property
    def streams(self) -> list[Stream]:
        return list(Stream.objects.select_related("department"))

    @cached_property
    def families(self) -> dict[int, Family]:
        return {family.pk: family for family in Family.objects.order_by("name")}

    @cached_property
    def visible(self) -> dict[int, int]:
        """Products in sight by family; families without any are not shown."""
        return dict(self._products_in_sight().values_list("family").annotate(products=Count("pk")))

    def _products_in_sight(self) -> QuerySet[Product]:
        return Product.objects.filter(Exists(Series.objects.filter(self.filters.series(), product=OuterRef("pk"))))

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.plan, self.window, self.unit, self.streams)

    # --- Rows of the hierarchy ---

    def children(self, parent: str, offset: int, limit: int) -> tuple[int, list[Node]]:
        """How many rows lie under a row (all rows of the top when empty), and those from `offset` on."""
        if not parent:
            return 1, [self.total()]
        key = rows.parse(parent)
        if key.kind == "family":
            return self._family(key, offset, limit)
        below: dict[str, Callable[[RowKey], list[Node]]] = {
            "total": self._total,
            "product": self._product,
            "series": self._measures,
        }
        found = below[key.kind](key)
        return len(found), found[offset : offset + limit]

    def nodes(self, keys: Iterable[str]) -> list[Node]:
        """The rows of these names that still exist and are in sight."""
        wanted = [rows.parse(key) for key in keys]
        bases = dict.fromkeys(key.base for key in wanted)
        names = {kind: [key.name for key in bases if key.kind == kind] for kind in rows.KINDS}
        found = {RowKey("total", ""): self.total()}
        found |= {node.key.base: node for node in self._family_nodes(Q(code__in=names["family"]))}
        found |= {node.key.base: node for node in self._product_nodes(Q(code__in=names["product"]))}
        found |= {node.key.base: node for node in self._series_nodes(Q(pk__in=[int(name) for name in names["series"]]))}
        return [
            node if key.measure == self.primary else Node(key, self.name(key.measure), node.depth + 1)
            for key in wanted
            if (node := found.get(key.base))
        ]

    def node(self, key: str) -> Node:
        """The row of this name; NotFound when there is none in sight."""
        found = self.nodes([key])
        if not found:
            raise NotFound(f"There is no row “{key}”, or it lies outside your families and markets.")
        return found[0]

    def title(self, key: str) -> str:
        """What a row is called, whichever of its measures the key names."""
        base = rows.parse(key).base
        return self.node(str(self._key(base.kind, base.name))).label

    def total(self) -> Node:
        below = len(self._top_families()) + self._extra("total")
        return Node(self._key("total", ""), "All families", 0, below)

    def _total(self, key: RowKey) -> list[Node]:
        return (self._measures(key) if self.shown.measures else []) + self._top_families()

    def _top_families(self) -> list[Node]:
        roots = [family for family in self.families.values() if family.parent_id not in self.families]
        return [self._family_node(family) for family in roots if self._products_under(family)]

    def _family(self, key: RowKey, offset: int, limit: int) -> tuple[int, list[Node]]:
        """A family may have thousands of products, so only those of the page are read."""
        family = next((family for family in self.families.values() if family.code == key.name), None)
        if family is None:
            raise NotFound(f"There is no family “{key.name}”.")
        inner = [child for child in self.families.values() if child.parent_id == family.pk]
        nested = [self._family_node(child) for child in inner if self._products_under(child)]
        # Counting the products of all families takes as long as all else here.
        own = self.visible.get(family.pk, 0) if inner else self._products_in_sight().filter(family=family).count()
        first = (self._measures(key) if self.shown.measures else []) + nested
        low, high = max(offset - len(first), 0), max(offset + limit - len(first), 0)
        products = self._product_nodes(Q(family=family), slice(low, high)) if high else []
        return len(first) + own, first[offset : offset + limit] + products

    def _family_nodes(self, where: Q) -> list[Node]:
        return [
            self._family_node(self.families[pk]) for pk in Family.objects.filter(where).values_list("pk", flat=True)
        ]

    def _family_node(self, family: Family) -> Node:
        inner = [child for child in self.families.values() if child.parent_id == family.pk]
        count = sum(self._products_under(child) > 0 for child in inner) + self.visible.get(family.pk, 0)
        count += self._extra("family")
        return Node(self._key("family", family.code), family.name, 1 + self._depth(family), count)

    def shows(self, family: Family) -> bool:
        """Whether something of the family is in sight."""
        return self._products_under(family) > 0

    def _products_under(self, family: Family) -> int:
        inner = (child for child in self.families.values() if child.parent_id == family.pk)
        return self.visible.get(family.pk, 0) + sum(self._products_under(child) for child in inner)

    def _depth(self, family: Family) -> int:
        parent = self.families.get(family.parent_id or 0)
        return 1 + self._depth(parent) if parent else 0

    def _product_nodes(self, where: Q, part: slice = slice(None)) -> list[Node]:
        products = list(self._products_in_sight().filter(where).order_by("name", "code")[part])
        self._products.update({product.code: product.pk for product in products})
        seen = Series.objects.filter(self.filters.series(), product__in=products)
        markets = dict(seen.values_list("product").annotate(markets=Count("pk")))
        extra = self._extra("product")
        return [
            Node(
                self._key("product", product.code),
                product.name,
                2 + self._depth(self.families[product.family_id]),  # type: ignore[index]
                markets[product.pk] + extra,
            )
            for product in products
        ]

    def _product(self, key: RowKey) -> list[Node]:
        return self._measures(key) + self._series_nodes(Q(product__code=key.name))

    def _series_nodes(self, where: Q) -> list[Node]:
        found = Series.objects.filter(where & self.filters.series()).select_related("product", "market")
        extra = self._extra("series")
        return [
            Node(
                self._key("series", str(series.pk)),
                series.market.name,
                3 + self._depth(self.families[series.product.family_id]),  # type: ignore[index]
                extra,
            )
            for series in found.order_by("market__name")
        ]

    def _measures(self, key: RowKey) -> list[Node]:
        parent = self.node(str(key))
        names = self._measure_names(key.kind)
        return [Node(RowKey(key.kind, key.name, name), self.name(name), parent.depth + 1) for name in names]

    def _measure_names(self, kind: str) -> list[str]:
        """The measures a row opens into, but for the one it shows itself; budgets are of families in a market."""
        voices = [*(stream.code for stream in self.streams), CONSENSUS]
        names = ["lastyear", "history", "baseline", "events", *voices, "lastcycle", "budget"]
        return [name for name in names if name != self.primary and not (name == "budget" and kind in LEAF_KINDS)]

    def _extra(self, kind: str) -> int:
        """How many measures stand under a row of this kind."""
        return len(self._measure_names(kind)) if kind in LEAF_KINDS or self.shown.measures else 0

    def name(self, measure: str) -> str:
        return NAMES.get(measure) or next(stream.name for stream in self.streams if stream.code == measure)

    # --- Numbers ---

    def fill(self, nodes: list[Node]) -> list[dict[str, Any]]:
        """The nodes as the grid's rows, with values, marks and the year at the edge."""
        year = self.window.full_year
        keys = [node.key for node in nodes]
        compared = edges.references(keys) if year else []
        values = self.monthly([*nodes, *(Node(key, "", 0) for key in compared)])
        shown, others = values[: len(nodes)], values[len(nodes) :]
        edge = edges.cells(keys, shown, compared, others, year) if year else [[]] * len(nodes)
        marks = Marker(self.plan, self.filters, self.ancestry, lambda: self.visible, self.primary).marks(keys)
        cells = spread(shown, self.window.columns())
        return [
            self._row(node, row, marks.get(node.key, {})) | {"edge": at_edge}
            for node, row, at_edge in zip(nodes, cells, edge, strict=True)
        ]

    def monthly(self, nodes: list[Node]) -> Vector:
        """`[len(nodes), window.count]`: the nodes' numbers by month, NaN where there is none."""
        lines = {group: self._lines(group, nodes) for group in ("leaf", "total")}
        if any(node.key.measure == edges.BUDGET for node in nodes):
            lines[edges.BUDGET] = budget_lines(self.filters.totals(), self.unit, self.window)
        return np.vstack([self._values(node, lines) for node in nodes]) if nodes else np.empty((0, self.window.count))

    def _row(self, node: Node, values: list[float | None], marks: dict[str, tuple[int | None, str]]) -> dict[str, Any]:
        flags = {month: flag for month, (_, flag) in marks.items() if flag}
        return {
            "key": str(node.key),
            "label": node.label,
            "kind": "measure" if node.key.measure != self.primary else node.key.kind,
            "measure": node.key.measure,
            "depth": node.depth,
            "children": node.children,
            "editable": self.editable(node.key.measure),
            "values": values,
            "flags": flags,
            "versions": {month: version for month, (version, _) in marks.items() if version},
        }

    @cached_property
    def _own(self) -> set[str]:
        """The measures this user may enter."""
        if self.plan.frozen_at or self.plan.locked_at or not self.plan.cycle.editable:
            return set()
        own = {s.code for s in self.streams if can(self.user, Verb.ENTER_STREAM, department=s.department)}
        own -= closed_streams(self.plan) if own else set()
        return own | ({CONSENSUS} if can(self.user, Verb.EDIT_CONSENSUS) else set())

    def editable(self, measure: str) -> bool:
        return measure in self._own

    def _lines(self, group: str, nodes: list[Node]) -> Lines:
        """What the nodes need of all tables, as rows aligned to the window."""
        leaf = group == "leaf"
        mine = [node.key for node in nodes if (node.key.kind in LEAF_KINDS) == leaf]
        if not mine:
            return Lines(np.empty((0, 2), dtype=np.int64), {})
        where = self._leaf_filter(mine) if leaf else self.filters.totals()
        return self.reader.read(where, leaf, {key.measure for key in mine}, self._below(mine))

    def _below(self, keys: list[RowKey]) -> Q:
        """A filter on the series that make up totals and families."""
        where = self.filters.series()
        if any(key.kind == "total" for key in keys):
            return where
        codes = {key.name for key in keys}
        families = [pk for pk, above in self.ancestry.items() if codes.intersection(above)]
        return where & Q(product__family__in=families)

    def _leaf_filter(self, keys: list[RowKey]) -> Q:
        products = [key.name for key in keys if key.kind == "product"]
        series = [int(key.name) for key in keys if key.kind == "series"]
        unknown = [code for code in products if code not in self._products]
        if unknown:
            self._products.update(Product.objects.filter(code__in=unknown).values_list("code", "pk"))
        inside = Q(product__in=[self._products[code] for code in products if code in self._products])
        if series:
            inside |= Q(pk__in=series)
        pks = list(Series.objects.filter(inside & self.filters.series()).values_list("pk", flat=True))
        return Q(series__in=pks)

    def _values(self, node: Node, lines: dict[str, Lines]) -> Vector:
        above = edges.BUDGET if node.key.measure == edges.BUDGET else "total"
        group = lines["leaf" if node.key.kind in LEAF_KINDS else above]
        members = self._members(node.key, group)
        values = group.sum(members, node.key.measure)
        if node.key.measure != self.stream:
            return values
        return np.where(np.isnan(values), group.sum(members, "history"), values)

    def _members(self, key: RowKey, group: Lines) -> NDArray[np.bool_]:
        """Which of the group's rows make up a row: by series and product, or by family and market."""
        if key.kind == "total":
            return np.ones(len(group.keys), dtype=bool)
        if key.kind == "family":
            return np.isin(group.keys[:, 0], [pk for pk, codes in self.ancestry.items() if key.name in codes])
        if key.kind == "series":
            return group.where(0, int(key.name))
        return group.where(1, self._products[key.name])

    @cached_property
    def _products(self) -> dict[str, int]:
        """Keys of the products whose lines were read, by code."""
        return {}

    @cached_property
    def ancestry(self) -> dict[int, list[str]]:
        """The codes of a family and of all above it."""

        def upwards(pk: int | None) -> list[str]:
            family = self.families.get(pk or 0)
            return [family.code, *upwards(family.parent_id)] if family else []

        return {pk: upwards(pk) for pk in self.families}
