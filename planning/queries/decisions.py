"""What was decided of a plan: row by row, by which method, why and by whom."""

from dataclasses import dataclass

from planning.models import ConsensusDecision, SalesPlan
from planning.queries import compare
from planning.queries.rows import Filters
from sop.models import Product, Series

SHOWN = 50


@dataclass(frozen=True)
class Decided:
    """A decision with the name of its row."""

    decision: ConsensusDecision
    name: str
    places: str
    rows: int = 1

    @property
    def period(self) -> str:
        return compare.period(self.decision.first_month, self.decision.last_month)

    @property
    def method(self) -> str:
        stream = self.decision.stream
        return stream.name if stream else str(self.decision.get_method_display()).capitalize()


def decided(plan: SalesPlan, filters: Filters) -> list[Decided]:
    """The newest decisions that stand, of rows in sight. Three queries."""
    found = list(ConsensusDecision.objects.filter(plan=plan, undone=False).select_related("stream", "by")[: 4 * SHOWN])
    named = {kind: [each.row.partition(":")[2] for each in found if each.row.startswith(kind)] for kind in KINDS}
    inside = Series.objects.filter(filters.series()).values("product")
    products = Product.objects.filter(code__in=named["product"], pk__in=inside)
    names = {f"product:{code}": (name, "") for code, name in products.values_list("code", "name")}
    series = Series.objects.filter(filters.series(), pk__in=named["series"])
    names |= {
        f"series:{pk}": (product, market)
        for pk, product, market in series.values_list("pk", "product__name", "market__name")
    }
    sets: dict[object, int] = {}
    for each in found:
        sets[each.change_set] = sets.get(each.change_set, 0) + 1
    return [Decided(each, *names[each.row], sets[each.change_set]) for each in found if each.row in names][:SHOWN]


KINDS = ("product", "series")
