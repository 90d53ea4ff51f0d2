"""The rows of the planning grid by name: `total`, `family:BIKES`, `product:BK-1`, `series:12`, `…/measure:sales`."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
from django.db.models import Q

from sop.errors import NotFound
from sop.models import Family, Market, Product
from sop.permissions import Scope, descendants
from sop.queries import series as series_queries

CONSENSUS = "consensus"
# Up to here a query names its series; beyond, reading all of them is quicker than a long list.
FEW = 500


@dataclass(frozen=True)
class RowKey:
    """A row's place in the hierarchy and the measure it shows."""

    kind: str
    name: str
    measure: str = CONSENSUS

    def __str__(self) -> str:
        base = f"{self.kind}:{self.name}" if self.name else self.kind
        return base if self.measure == CONSENSUS else f"{base}/measure:{self.measure}"

    @property
    def base(self) -> "RowKey":
        return RowKey(self.kind, self.name)


KINDS = {"total", "family", "product", "series"}


def parse(key: str) -> RowKey:
    """NotFound when the key is none of the grid's."""
    base, _, measure = key.partition("/measure:")
    kind, _, name = base.partition(":")
    if kind not in KINDS or (kind == "series" and not name.isdecimal()):
        raise NotFound(f"There is no row “{key}”.")
    return RowKey(kind, name, measure or CONSENSUS)


@dataclass(frozen=True)
class Filters:
    """What of the portfolio a page shows: a family and a market with all below them."""

    scope: Scope
    family: str = ""
    market: str = ""

    def series(self) -> Q:
        """A filter on series."""
        return self.series_of("")

    def series_of(self, prefix: str) -> Q:
        """A filter on what points at series by a path such as `series__`."""
        where = self.scope.series(prefix)
        if self.family:
            where &= Q(**{f"{prefix}product__family__in": _subtree(Family, self.family)})
        if self.market:
            where &= Q(**{f"{prefix}market__in": _subtree(Market, self.market)})
        return where

    def families(self) -> frozenset[int] | None:
        """The families let through; None for all."""
        return _narrowed(Family, self.family, self.scope.families)

    def markets(self) -> frozenset[int] | None:
        """The markets let through; None for all."""
        return _narrowed(Market, self.market, self.scope.markets)

    def totals(self) -> Q:
        """A filter on rows that name a family and a market."""
        where = self.scope.totals()
        if self.family:
            where &= Q(family__in=_subtree(Family, self.family))
        if self.market:
            where &= Q(market__in=_subtree(Market, self.market))
        return where


def _narrowed(tree: type[Family] | type[Market], code: str, covered: frozenset[int] | None) -> frozenset[int] | None:
    if not code:
        return covered
    below = _subtree(tree, code)
    return below if covered is None else below & covered


def _subtree(tree: type[Family] | type[Market], code: str) -> frozenset[int]:
    roots = list(tree.objects.filter(code=code).values_list("pk", flat=True))
    if not roots:
        raise NotFound(f"There is no {tree._meta.verbose_name} “{code}”.")
    return descendants(tree, roots)


def below(key: RowKey) -> Q:
    """A filter on series: those that make up a row. NotFound when the row does not exist."""
    if key.kind == "family":
        return Q(product__family__in=_subtree(Family, key.name))
    if key.kind == "product":
        if not Product.objects.filter(code=key.name).exists():
            raise NotFound(f"There is no product “{key.name}”.")
        return Q(product__code=key.name)
    return Q(pk=int(key.name)) if key.kind == "series" else Q()


def families_below(key: RowKey) -> frozenset[int] | None:
    """The families of the total (None: all of them) or of a family's row, with all below it."""
    return _subtree(Family, key.name) if key.kind == "family" else None


def near(series: Collection[int]) -> Q:
    """A filter on what points at series: these, or when they are many all of them, for the caller to pick from."""
    return Q(series__in=list(series)) if len(series) <= FEW else Q(series__isnull=False)


def leaves(key: RowKey, filters: Filters) -> pd.DataFrame:
    """The series of a row that the user sees and the page shows; NotFound when there are none."""
    frame = series_queries.frame(where=below(key) & filters.series())
    if frame.empty:
        raise NotFound(f"There is no row “{key}”, or it lies outside your families and markets.")
    return frame


def named(series: Collection[int], filters: Filters) -> pd.DataFrame:
    """Those of these series that the user sees and the page shows."""
    few = Q(pk__in=series) if len(series) <= FEW else Q()
    frame = series_queries.frame(where=few & filters.series())
    return frame[frame["series"].isin(series)]
