"""The way to a row of the grid: what has to be opened above it, so that a link can lead there."""

from planning.queries import rows
from planning.queries.grid import Grid
from planning.queries.rows import RowKey
from sop.errors import NotFound
from sop.models import Family, Product, Series

EVERY_ROW = 1_000_000


def path(grid: Grid, row: str) -> list[tuple[str, int]]:
    """Each row from the top down to this one, with its place under the one before; what is not in sight ends it."""
    found: list[tuple[str, int]] = []
    try:
        for step in [RowKey("total", ""), *_above(grid, rows.parse(row).base)]:
            keys = [node.key for node in grid.children(found[-1][0] if found else "", 0, EVERY_ROW)[1]]
            wanted = RowKey(step.kind, step.name, grid.primary)
            if wanted not in keys:
                break
            found.append((str(wanted), keys.index(wanted)))
    except NotFound:
        pass  # A link may be older than what it names; the page opens all the same.
    return found


def _above(grid: Grid, key: RowKey) -> list[RowKey]:
    """The rows below the grand total that lead to a row, and the row."""
    if key.kind == "series":
        series = Series.objects.select_related("product").filter(pk=int(key.name)).first()
        return [*_above(grid, RowKey("product", series.product.code)), key] if series else []
    if key.kind == "product":
        product = Product.objects.select_related("family").filter(code=key.name).first()
        return [*_families(grid, product.family), key] if product else []
    if key.kind == "family":
        return _families(grid, next((family for family in grid.families.values() if family.code == key.name), None))
    return []


def _families(grid: Grid, family: Family | None) -> list[RowKey]:
    chain: list[RowKey] = []
    while family:
        chain.insert(0, RowKey("family", family.code))
        family = grid.families.get(family.parent_id or 0)
    return chain
