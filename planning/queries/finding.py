"""Find in the grid: rows by name or code in the grid's order, whether or not a page loaded them."""

from collections.abc import Iterator
from dataclasses import dataclass

from planning.queries.grid import Grid
from planning.queries.rows import RowKey
from sop.models import Family, Product, Series
from sop.queries.search import any_of

MOST = 1000


@dataclass(frozen=True)
class Hits:
    """Keys of rows from the top down; `more` when there are others beyond `MOST`."""

    keys: list[str]
    more: bool


def find(grid: Grid, text: str) -> Hits:
    """Families, products and markets in sight by name or code."""
    wanted = " ".join(text.split())
    if not wanted:
        return Hits([], False)
    families = set(Family.objects.filter(any_of(("name", "code"), "icontains", wanted)).values_list("pk", flat=True))
    leaves = _leaves(grid, wanted)
    keys: list[RowKey] = []
    for family in _in_order(grid, None):
        if family.pk in families and grid.shows(family):
            keys.append(RowKey("family", family.code, grid.primary))
        keys += leaves.get(family.pk, [])
    return Hits([str(key) for key in keys[:MOST]], len(keys) > MOST)


def _in_order(grid: Grid, parent: int | None) -> Iterator[Family]:
    """Families as the grid lists them: each before those within it, all before its products."""
    for family in grid.families.values():
        if family.parent_id == parent:
            yield family
            yield from _in_order(grid, family.pk)


def _leaves(grid: Grid, wanted: str) -> dict[int, list[RowKey]]:
    """By family, the products that fit, and below each, fit or not, the markets that do."""
    seen = Series.objects.filter(grid.filters.series())
    sold = seen.filter(any_of(("market__name", "market__code"), "icontains", wanted))
    in_markets: dict[int, list[RowKey]] = {}
    for product, pk in sold.order_by("product__name", "market__name").values_list("product", "pk")[: MOST + 1]:
        in_markets.setdefault(product, []).append(RowKey("series", str(pk), grid.primary))
    fits = any_of(("name", "code"), "icontains", wanted)
    products = Product.objects.filter(fits, pk__in=seen.values("product")) | Product.objects.filter(pk__in=in_markets)
    found: dict[int, list[RowKey]] = {}
    for pk, family, code, fit in (
        products.annotate(fit=fits).order_by("name", "code").values_list("pk", "family", "code", "fit")[: MOST + 1]
    ):
        rows = [RowKey("product", code, grid.primary)] if fit else []
        found.setdefault(family, []).extend(rows + in_markets.get(pk, []))
    return found
