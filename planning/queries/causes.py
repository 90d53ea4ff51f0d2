"""What may stand behind a change: recent reasons, assumptions that touch a row, the cycles it may last."""

from typing import Any

from django.db.models import Max, Q

from planning.models import Assumption, Input
from planning.queries import rows
from planning.queries.grid import Grid
from sop import months
from sop.models import Family, Market
from sop.permissions import parents

RECENT, ASSUMPTIONS, CYCLES = 8, 30, 6


def offered(grid: Grid, row: str) -> dict[str, Any]:
    """The reasons people gave for this plan lately, own ones first, and open assumptions about the row's series."""
    plan = grid.plan
    series = rows.leaves(rows.parse(row), grid.filters)
    given = Input.objects.filter(grid.filters.series_of("series__"), plan=plan).exclude(reason="")
    latest = given.values("reason").annotate(at=Max("updated_at"), own=Max("pk", filter=Q(author=grid.user)))
    recent = sorted(latest.order_by("-at")[: 3 * RECENT], key=lambda each: each["own"] is None)[:RECENT]
    return {
        "recent": [each["reason"] for each in recent],
        "assumptions": [
            {"id": each.pk, "code": each.code, "name": each.name}
            for each in _about(
                set(series["product"].tolist()), set(series["family"].tolist()), set(series["market"].tolist())
            )
        ],
        "cycles": [
            {"month": months.code(month), "label": months.short(month)} for month in months.span(plan.start, CYCLES)[1:]
        ],
    }


def _about(products: set[int], families: set[int], markets: set[int]) -> list[Assumption]:
    """The open assumptions that reach some of these series."""
    above, over = _upwards(families, parents(Family)), _upwards(markets, parents(Market))
    found = Assumption.objects.filter(
        Q(product__isnull=True) | Q(product__in=products),
        Q(family__isnull=True) | Q(family__in=above),
        Q(market__isnull=True) | Q(market__in=over),
        state=Assumption.State.OPEN,
    )
    return list(found.order_by("-pk")[:ASSUMPTIONS])


def _upwards(nodes: set[int], above: dict[int, int | None]) -> set[int]:
    """The nodes and all above them."""
    covered: set[int] = set()
    for node in nodes:
        at: int | None = node
        while at is not None and at not in covered:
            covered.add(at)
            at = above[at]
    return covered
