"""The marks of the grid's cells: entered, locked, fenced, talked of; and the versions that tell of a stale cell."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from planning.models import Input, SalesPlan
from planning.queries import comments, fences
from planning.queries.rows import CONSENSUS, Filters, RowKey
from sop import months
from sop.models import Product, Series

COUNTS = {
    "entered": Count("pk", filter=~Q(method=Input.LOCK)),
    "locked_entries": Count("pk", filter=Q(locked=True)),
}
# The version of a leaf's entry (none above the leaf) and the cell's flags.
Mark = tuple[int | None, str]


@dataclass(frozen=True)
class Marker:
    """Marks rows of one plan; `ancestry` has the codes of each family and of all above it, `visible` asks for the
    families with something in sight, `primary` is the measure that rows of the hierarchy show."""

    plan: SalesPlan
    filters: Filters
    ancestry: dict[int, list[str]]
    visible: Callable[[], Collection[int]]
    primary: str = CONSENSUS

    def marks(self, wanted: Collection[RowKey]) -> dict[RowKey, dict[str, Mark]]:
        """The marked cells of rows, by month. Ten queries at most."""
        marks: dict[RowKey, dict[str, Mark]] = {}
        for key, month, version, flags in self._all(set(wanted)):
            before = marks.setdefault(key, {}).get(months.code(month), (None, ""))
            marks[key][months.code(month)] = (version or before[0], f"{before[1]} {flags}".strip())
        return marks

    def _all(self, wanted: set[RowKey]) -> Iterator[tuple[RowKey, dt.date, int | None, str]]:
        yield from self._leaves(wanted)
        for key, month, flags in self._above(wanted):
            yield key, month, None, flags
        for key, month, flags in self._fenced(wanted):
            yield key, month, None, flags
        said = [key for key in wanted if key.measure == self.primary]
        for key, month in comments.marked(self.plan.cycle, self.filters, self.ancestry, said):
            yield key, month, None, "nt"

    def _leaves(self, wanted: set[RowKey]) -> Iterator[tuple[RowKey, dt.date, int | None, str]]:
        leaves = {int(key.name) for key in wanted if key.kind == "series"}
        for entry in Input.objects.filter(plan=self.plan, series__in=leaves).select_related("stream"):
            key = RowKey("series", str(entry.series_id), entry.stream.code if entry.stream else CONSENSUS)
            if key in wanted:
                edited = "" if entry.method == Input.LOCK else "ed "
                yield key, entry.month, entry.row_version, edited + ("lk" if entry.locked else "")

    def _above(self, wanted: set[RowKey]) -> Iterator[tuple[RowKey, dt.date, str]]:
        """The cells above the leaf under which somebody entered or locked something."""
        entered: Counter[tuple[RowKey, dt.date]] = Counter()
        locked: Counter[tuple[RowKey, dt.date]] = Counter()
        for key, month, edits, locks in self._counted(wanted):
            entered[key, month] += edits
            locked[key, month] += locks
        series = self._series_below(wanted) if locked.total() else Counter()
        for cell in entered | locked:
            closed = "lk" if locked[cell] == series[cell[0].base] else "pl"
            yield *cell, ("ed " if entered[cell] else "") + (closed if locked[cell] else "")

    def _counted(self, wanted: set[RowKey]) -> Iterator[tuple[RowKey, dt.date, int, int]]:
        """How many entries and locks lie below each row: by product where products are asked for, else by family."""
        products = {key.name for key in wanted if key.kind == "product"}
        above = {key for key in wanted if key.kind in ("family", "total")}
        entries = Input.objects.filter(self.filters.series_of("series__"), plan=self.plan)
        if products:
            mine = entries.filter(series__product__code__in=products)
            for product, *rest in mine.values_list("series__product__code", "stream__code", "month").annotate(**COUNTS):
                yield from self._found([RowKey("product", product)], wanted, rest)
        if above:
            if all(key.kind == "family" for key in above):
                codes = {key.name for key in above}
                families = [pk for pk, names in self.ancestry.items() if codes.intersection(names)]
                entries = entries.filter(series__product__family__in=families)
            for family, *rest in entries.values_list("series__product__family", "stream__code", "month").annotate(
                **COUNTS
            ):
                over = [RowKey("family", code) for code in self.ancestry[family]]
                yield from self._found([*over, RowKey("total", "")], wanted, rest)

    def _found(
        self, keys: list[RowKey], wanted: set[RowKey], rest: list[Any]
    ) -> Iterator[tuple[RowKey, dt.date, int, int]]:
        stream, month, edits, locks = rest
        for key in (RowKey(key.kind, key.name, stream or CONSENSUS) for key in keys):
            if key in wanted:
                yield key, month, edits, locks

    def _rows_over(self, product: str, family: int, measure: str) -> list[RowKey]:
        families = [RowKey("family", code, measure) for code in self.ancestry[family]]
        return [RowKey("product", product, measure), *families, RowKey("total", "", measure)]

    def _series_below(self, wanted: set[RowKey]) -> Counter[RowKey]:
        """How many series each row stands for."""
        seen = Series.objects.filter(self.filters.series()).values_list("product__code", "product__family")
        below: Counter[RowKey] = Counter()
        for product, family, count in seen.annotate(count=Count("pk")):
            for key in self._rows_over(product, family, CONSENSUS):
                below[key] += count
        return below

    def _fenced(self, wanted: set[RowKey]) -> Iterator[tuple[RowKey, dt.date, str]]:
        """Frozen and slushy months of the consensus; above the leaf the strictest of the families below."""
        zones = fences.zones()
        if not zones.any:
            return
        families = self._families_of(key for key in wanted if key.measure == CONSENSUS)
        for key, below in families.items():
            frozen, slushy = zones.strictest(below)
            for column in range(min(slushy, self.plan.horizon)):
                yield key, months.add(self.plan.start, column), "fz" if column < frozen else "sl"

    def _families_of(self, keys: Iterator[RowKey]) -> dict[RowKey, set[int]]:
        """The families of the series in sight below each row."""
        rows = list(keys)
        products = dict(
            Product.objects.filter(code__in=[k.name for k in rows if k.kind == "product"]).values_list("code", "family")
        )
        numbers = [int(key.name) for key in rows if key.kind == "series"]
        series = dict(Series.objects.filter(pk__in=numbers).values_list("pk", "product__family"))
        result = {}
        for key in rows:
            if key.kind == "series":
                result[key] = {series[int(key.name)]} if int(key.name) in series else set()
            elif key.kind == "product":
                result[key] = {products[key.name]} if key.name in products else set()
            else:
                result[key] = {pk for pk in self.visible() if key.kind == "total" or key.name in self.ancestry[pk]}
        return result
