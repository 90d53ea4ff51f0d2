"""What an entry would do before it is saved: the very code that saves it, short of writing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.actions.demand import refuse_unless_open
from planning.actions.editing import CellEdit, draft, require_entering, stream_of
from planning.actions.guards import frozen_words
from planning.actions.sheets import Sheet, zones_of
from planning.actions.splits import in_words
from planning.models import SalesPlan
from planning.queries import rows
from planning.queries.rows import Filters, RowKey
from sop import months
from sop.models import Family, Market, Product, User
from sop.permissions import scope

MOST_ROWS = 200


@dataclass(frozen=True)
class Part:
    """A row right below the edited one: before, after, and how many of its series keep their number."""

    name: str
    before: float
    after: float
    series: int
    locked: int

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """A split as it would be: in words, by part with the largest change first, and what the fence says."""

    month: str
    before: float
    after: float
    note: str
    parts: list[Part]
    more: int
    fence: str


def preview_edit(*, plan: SalesPlan, edit: CellEdit, by: User, filters: Filters | None = None) -> Preview:
    """Split an entry and write nothing. Raises what saving it would raise for an entry that cannot be."""
    refuse_unless_open(plan)
    stream = stream_of([edit.row])
    require_entering(by, stream)
    made = draft(plan, stream, [edit], filters or Filters(scope(by)))
    sheet, [(_, own, column)] = made.sheet, made.touches
    parts = _parts(sheet, rows.parse(edit.row), own, column)
    frozen = (zones_of(sheet)[0] & sheet.moved)[own, column].any()
    return Preview(
        months.short(edit.month),
        float(sheet.seen[own, column].sum()),
        float(sheet.values[own, column].sum()),
        in_words(sheet, made.splits),
        parts[:MOST_ROWS],
        len(parts[MOST_ROWS:]),
        frozen_words(sheet, made.touches) if frozen else "",
    )


def _parts(sheet: Sheet, key: RowKey, own: np.ndarray, column: int) -> list[Part]:
    """The series summed to the rows that stand right below: families, products, or markets."""
    names, where = np.unique(_names(key, sheet.series.iloc[own]), return_inverse=True)
    before, after, locked, series = (
        np.bincount(where, weights=each, minlength=len(names))
        for each in (sheet.seen[own, column], sheet.values[own, column], sheet.locked[own, column], np.ones(own.size))
    )
    order = np.argsort(-np.abs(after - before), kind="stable").tolist()
    return [Part(str(names[at]), before[at], after[at], int(series[at]), int(locked[at])) for at in order]


def _names(key: RowKey, series: pd.DataFrame) -> list[str]:
    """What the row right below is called, for each series."""
    if key.kind in ("product", "series"):
        markets = dict(Market.objects.values_list("pk", "name"))
        return [markets[pk] for pk in series["market"]]
    families = {family.pk: family for family in Family.objects.all()}
    products = dict(Product.objects.filter(pk__in=series["product"].unique().tolist()).values_list("pk", "name"))

    def below(family: int, product: int) -> str:
        at = families[family]
        if key.kind == "family" and at.code == key.name:
            return products[product]
        while at.parent_id and families[at.parent_id].code != key.name:
            at = families[at.parent_id]
        return at.name

    return [below(family, product) for family, product in zip(series["family"], series["product"], strict=True)]
