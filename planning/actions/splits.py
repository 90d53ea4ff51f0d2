"""How an entry above the leaf was split over the series below it, in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.actions.sheets import Sheet
from planning.queries import rows
from sop.models import Market, Product

BASES = ("the current plan", "the baseline", "last year’s sales", "equal parts")


@dataclass(frozen=True)
class Split:
    """One split: the row, the series below it, the month, and the position in `BASES` (−1: nothing to share)."""

    row: str
    own: np.ndarray
    column: int
    basis: int

    @property
    def words(self) -> str:
        return f"in proportion to {BASES[self.basis]}" if 0 <= self.basis < len(BASES) - 1 else "equally"


def in_words(sheet: Sheet, splits: Sequence[Split]) -> str:
    """“Split over 5 markets in proportion to the current plan; UK locked at 96.” Empty when nothing was split."""
    told = [split for split in splits if split.basis >= 0]
    if not told:
        return ""
    if len(splits) > 1:
        words, _ = Counter(split.words for split in told).most_common(1)[0]
        return f"Split {words}."
    [split] = told
    kept = split.own[sheet.locked[split.own, split.column]]
    parts = "markets" if rows.parse(split.row).kind == "product" else "series"
    return f"Split over {split.own.size} {parts} {split.words}{_locked(sheet, kept, split.column, parts)}."


def _locked(sheet: Sheet, kept: np.ndarray, column: int, parts: str) -> str:
    """Which parts kept their number: by name when it is one or two."""
    if not kept.size:
        return ""
    values = sheet.values[kept, column]
    if kept.size > 2:
        return f"; {kept.size} locked ones keep {values.sum():,.0f}"
    found = sheet.series.iloc[kept]
    markets = dict(Market.objects.filter(pk__in=found["market"].tolist()).values_list("pk", "name"))
    products = dict(Product.objects.filter(pk__in=found["product"].tolist()).values_list("pk", "name"))
    names = [
        markets[market] if parts == "markets" else f"{products[product]} in {markets[market]}"
        for product, market in zip(found["product"], found["market"], strict=True)
    ]
    return "; " + ", ".join(f"{name} locked at {value:,.0f}" for name, value in zip(names, values, strict=True))
