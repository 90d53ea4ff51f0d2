"""What the production rows of the supply grid carry beside their numbers: what was entered, locked and frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from planning.models import Fence, ProductionOverride, ProductionPlan
from planning.queries import inherited
from planning.queries.columns import Column
from planning.queries.making import Workshop
from sop import months
from sop.models import Product


def production_fences(products: Sequence[Product]) -> list[int]:
    """Months of each product's production fence: its family's, else the nearest above, else the one for all."""
    stored: dict[int | None, int] = dict(Fence.objects.values_list("family_id", "production_months"))
    if not any(stored.values()):
        return [0] * len(products)
    of_family, everywhere = inherited.of_each(stored, 0), stored.get(None, 0)
    return [of_family.get(each.family_id or 0, everywhere) for each in products]


@dataclass(frozen=True)
class Marks:
    """Of the products of a plan, by their position; columns count from the plan's first month."""

    plan: ProductionPlan
    products: Sequence[Product]

    @cached_property
    def entries(self) -> dict[tuple[int, int], ProductionOverride]:
        """What was entered, by product and the month in which it is ready."""
        position = {product.pk: row for row, product in enumerate(self.products)}
        said = [
            each
            for each in ProductionOverride.objects.filter(cycle=self.plan.cycle_id, month__gte=self.plan.start)
            if each.product_id in position
        ]
        making = Workshop(self.plan.sales_plan, {each.product_id for each in said}).making if said else {}
        return {
            (
                position[each.product_id],
                months.distance(self.plan.start, each.month) + making[each.product_id].lead_time,
            ): each
            for each in said
        }

    @cached_property
    def _frozen(self) -> list[int]:
        return production_fences(self.products)

    def flags(self, rows: Sequence[int], columns: Sequence[Column]) -> dict[str, str]:
        """Edited, locked or partly locked, and frozen, by the id of the column."""
        found = {column.id: self._flags(rows, column.first) for column in columns if column.first == column.last}
        return {name: flags for name, flags in found.items() if flags}

    def versions(self, row: int, columns: Sequence[Column]) -> dict[str, int]:
        """The version of each entry of a product, for the page to name what it saw."""
        return {
            column.id: entry.row_version
            for column in columns
            if column.first == column.last and (entry := self.entries.get((row, column.first)))
        }

    def _flags(self, rows: Sequence[int], column: int) -> str:
        said = [entry for row in rows if (entry := self.entries.get((row, column)))]
        locked = sum(entry.locked for entry in said)
        flags = ["ed"] if said else []
        if locked:
            flags.append("lk" if locked == len(rows) else "pl")
        if any(0 <= column - self.products[row].lead_time_months < self._frozen[row] for row in rows):
            flags.append("fz")
        return " ".join(flags)
