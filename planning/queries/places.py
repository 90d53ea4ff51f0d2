"""Where something can be said: a row of the grid in a market, what lies above and below it, and who sees it.

A place is seen by whoever sees a part of it. A remark on a family is for everybody who plans some of that family; a
remark on a product in a market only for those whose families and markets hold both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from planning.models import Comment
from planning.queries import rows
from planning.queries.rows import Filters, RowKey
from sop import months
from sop.errors import NotFound
from sop.models import Family, Market, Product, Series
from sop.permissions import Scope, subtrees

Covered = frozenset[int] | None


@dataclass(frozen=True)
class Place:
    """A row of the grid, of all markets or of one with those below it."""

    key: RowKey
    name: str
    family: Family | None = None
    product: Product | None = None
    series: Series | None = None
    market: Market | None = None

    @cached_property
    def sold_in(self) -> frozenset[int]:
        """The markets of a product of all markets."""
        whole = self.product if self.series is None and self.market is None else None
        return frozenset(whole.series.values_list("market", flat=True)) if whole else frozenset()

    @property
    def label(self) -> str:
        """Fjell 500, Nordics"""
        return f"{self.name}, {self.market.name}" if self.market else self.name

    @property
    def among(self) -> str:
        """Fjell 500 in Nordics"""
        return f"{self.name} in {self.market.name}" if self.market else self.name

    @property
    def columns(self) -> dict[str, Any]:
        """What a comment keeps of it."""
        return {
            "row": str(self.key),
            "family": None if self.product else self.family,
            "product": self.product,
            "series": self.series,
            "market": self.market,
        }


def address(place: Place, cycle: str, month: str = "", anchor: str = "") -> str:
    """The Demand page at this row, and at this month."""
    query = {"cycle": cycle, "row": str(place.key), "month": month}
    query["market"] = place.market.code if place.market and place.key.kind != "series" else ""
    return f"{reverse('planning:demand')}?{urlencode({name: text for name, text in query.items() if text})}{anchor}"


class Atlas:
    """Families and markets with what is above and below each: two queries, however much is asked."""

    @cached_property
    def families(self) -> dict[int, Family]:
        return Family.objects.in_bulk()

    @cached_property
    def markets(self) -> dict[int, Market]:
        return Market.objects.in_bulk()

    # --- From a row, or from a comment, to its place ---

    def place(self, row: str, filters: Filters) -> Place:
        """What a row of a page stands for: only the part that the reader sees and the page shows, where that is one
        family or one market. NotFound when nothing of it is in sight."""
        key = rows.parse(row).base
        if not Series.objects.filter(rows.below(key) & filters.series()).exists():
            raise NotFound(f"There is no row “{key}”, or it lies outside your families and markets.")
        market = self._narrow(self.markets, None, self._covered(self.markets, filters.scope.markets, filters.market))
        if key.kind == "series":
            return self._of_series(Series.objects.select_related("product").get(pk=int(key.name)))
        if key.kind == "product":
            return self._of_product(Product.objects.get(code=key.name), market)
        covered = self._covered(self.families, filters.scope.families, filters.family)
        named = next((pk for pk, family in self.families.items() if family.code == key.name), None)
        return self._of_family(self._narrow(self.families, named, covered), market)

    def of(self, comment: Comment) -> Place:
        """Where a comment stands."""
        if comment.series:
            return self._of_series(comment.series)
        if comment.product:
            return self._of_product(comment.product, comment.market_id)
        return self._of_family(comment.family_id, comment.market_id)

    def _of_series(self, series: Series) -> Place:
        product = series.product
        key, family = RowKey("series", str(series.pk)), self.families.get(product.family_id or 0)
        return Place(key, product.name, family, product, series, self.markets[series.market_id])

    def _of_product(self, product: Product, market: int | None) -> Place:
        family = self.families.get(product.family_id or 0)
        key = RowKey("product", product.code)
        return Place(key, product.name, family, product, None, self.markets.get(market or 0))

    def _of_family(self, pk: int | None, market: int | None) -> Place:
        family = self.families.get(pk or 0)
        key = RowKey("family", family.code) if family else RowKey("total", "")
        return Place(key, family.name if family else "All families", family, market=self.markets.get(market or 0))

    def _covered(self, tree: dict[int, Any], covered: Covered, chosen: str) -> Covered:
        """What of a tree the reader sees and the page shows; None: all of it."""
        if not chosen:
            return covered
        shown = self.below(tree, [pk for pk, node in tree.items() if node.code == chosen])
        return shown if covered is None else shown & covered

    def _narrow(self, tree: dict[int, Any], node: int | None, covered: Covered) -> int | None:
        """The one node that holds all of `node` that is covered; `node` itself when there are several."""
        if covered is None or node in covered:
            return node
        inside = covered if node is None else covered & self.below(tree, [node])
        tops = [pk for pk in inside if tree[pk].parent_id not in inside]
        return tops[0] if len(tops) == 1 else node

    # --- Above and below ---

    def above(self, tree: dict[int, Any], pk: int | None) -> list[int]:
        """A node and all above it."""
        found = []
        while pk in tree:
            found.append(pk)
            pk = tree[pk].parent_id
        return found

    def below(self, tree: dict[int, Any], roots: Iterable[int]) -> frozenset[int]:
        """Nodes and all below them."""
        return subtrees({pk: node.parent_id for pk, node in tree.items()}, roots)

    def holds(self, outer: Place, inner: Place) -> bool:
        """Whether one place is the other or lies above it."""
        if outer.product:
            wider = inner.product is not None and outer.product.pk == inner.product.pk
        else:
            wider = outer.family is None or outer.family.pk in self.above(self.families, _pk(inner.family))
        return wider and (outer.market is None or outer.market.pk in self.above(self.markets, _pk(inner.market)))

    def touching(self, place: Place) -> Q:
        """A filter on comments: those at this place, above it and below it."""
        return self._families_touching(place) & self._markets_touching(place)

    def _families_touching(self, place: Place) -> Q:
        if place.family is None and place.product is None:
            return Q()
        above = Q(product__isnull=True) & (
            Q(family__isnull=True) | Q(family__in=self.above(self.families, _pk(place.family)))
        )
        if place.product:
            return above | Q(product=place.product)
        inside = self.below(self.families, [_pk(place.family) or 0])
        return above | Q(product__isnull=True, family__in=inside) | Q(product__family__in=inside)

    def _markets_touching(self, place: Place) -> Q:
        if place.market is None:
            return Q()
        near = {*self.above(self.markets, place.market.pk), *self.below(self.markets, [place.market.pk])}
        return Q(market__isnull=True) | Q(market__in=near)

    # --- Who sees it ---

    def readable(self, mine: Scope) -> Q:
        """A filter on comments: those whose place is, in part at least, in a reader's scope."""
        where = Q()
        if mine.families is not None:
            partly = self._reach(self.families, mine.families)
            of_families = Q(product__isnull=True) & (Q(family__isnull=True) | Q(family__in=partly))
            where &= of_families | Q(product__family__in=mine.families)
        if mine.markets is not None:
            partly = self._reach(self.markets, mine.markets)
            sold = Series.objects.filter(market__in=mine.markets).values("product")
            everywhere = Q(market__isnull=True) & (Q(product__isnull=True) | Q(product__in=sold))
            where &= everywhere | Q(series__isnull=True, market__in=partly) | Q(series__market__in=mine.markets)
        return where

    def sees(self, mine: Scope, place: Place) -> bool:
        """The same for one place, without a query for each reader."""
        return self._sees_family(mine.families, place) and self._sees_market(mine.markets, place)

    def _sees_family(self, covered: Covered, place: Place) -> bool:
        if covered is None or (place.family is None and place.product is None):
            return True
        return _pk(place.family) in (covered if place.product else self._reach(self.families, covered))

    def _sees_market(self, covered: Covered, place: Place) -> bool:
        if covered is None:
            return True
        if place.market is None:
            return place.product is None or bool(place.sold_in & covered)
        return place.market.pk in (covered if place.series else self._reach(self.markets, covered))

    def _reach(self, tree: dict[int, Any], covered: frozenset[int]) -> frozenset[int]:
        """Nodes and all above them: what somebody sees at least a part of."""
        return frozenset(each for pk in covered for each in self.above(tree, pk))

    # --- For the change log ---

    def touched(self, place: Place) -> tuple[list[str], list[str]]:
        """Codes of the families and markets of a place, as the change log names them; none: all."""
        families = self.below(self.families, [place.family.pk]) if place.family else frozenset()
        markets = self.below(self.markets, [place.market.pk]) if place.market else place.sold_in
        return [self.families[pk].code for pk in families], [self.markets[pk].code for pk in markets]


def where(place: Place, month: Any) -> str:
    """Fjell 500, Nordics, May 27"""
    return f"{place.label}, {months.short(month)}" if month else place.label


def _pk(node: Family | Market | None) -> int | None:
    return node.pk if node else None
