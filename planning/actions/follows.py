"""Following a row: hearing of what is said there and of what others change in it or below it."""

from urllib.parse import urlencode

import numpy as np
import pandas as pd
from django.db import transaction
from django.urls import reverse
from numpy.typing import NDArray

from planning.models import Follow
from planning.queries import rows
from planning.queries.places import Atlas, Place
from planning.queries.rows import Filters, RowKey
from sop import words
from sop.actions.notify import notify
from sop.models import Cycle, Product, Series, User
from sop.permissions import Scope, Verb, can, prepare, require, scope

NARROWNESS = {"total": 0, "family": 1, "product": 2, "series": 3}
VERBS = {"plan.undone": "took back"}


@transaction.atomic
def follow(*, row: str, by: User, wanted: bool = True, filters: Filters | None = None) -> bool:
    """Follow the part of a row that one sees, or no longer; whether one does now."""
    require(by, Verb.VIEW)
    key = str(Atlas().place(row, filters or Filters(scope(by))).key)
    if wanted:
        Follow.objects.get_or_create(user=by, row=key)
    else:
        Follow.objects.filter(user=by, row=key).delete()
    return wanted


def followers(atlas: Atlas, place: Place) -> list[User]:
    """Who follows a place or a row above it, and sees it."""
    above = [f"family:{atlas.families[pk].code}" for pk in _above(atlas, place)]
    keys = ["total", str(place.key), *above, *([f"product:{place.product.code}"] if place.product else [])]
    users = {each.user_id: each.user for each in Follow.objects.filter(row__in=keys).select_related("user")}
    return [user for user in prepare(users.values()) if can(user, Verb.VIEW) and atlas.sees(scope(user), place)]


def _above(atlas: Atlas, place: Place) -> list[int]:
    return atlas.above(atlas.families, place.family.pk if place.family else None)


def tell_followers(
    *, cycle: Cycle, series: pd.DataFrame, cells: NDArray[np.int64], by: User, kind: str, stream: str = ""
) -> None:
    """One line for each follower of what a change set did to their rows: `cells[i]` cells of the i-th of `series`.

    Nothing is looked at cell by cell: a change of the whole portfolio costs a few comparisons for each row followed.
    """
    follows = list(Follow.objects.exclude(user=by).select_related("user"))
    if not follows or series.empty:
        return
    users = {each.user_id: each.user for each in follows}
    prepare(users.values())
    counter = Counter(series, cells, {rows.parse(each.row) for each in follows})
    told: dict[int, tuple[int, RowKey]] = {}
    for each in follows:
        key = rows.parse(each.row)
        count = counter.count(key, scope(users[each.user_id]))
        # Of several rows the one with the most of it speaks, and of equals the one that says most precisely where.
        best = told.get(each.user_id, (0, key))
        if count and (count, NARROWNESS[key.kind]) > (best[0], NARROWNESS[best[1].kind] if best[0] else -1):
            told[each.user_id] = (count, key)
    lines: dict[tuple[int, RowKey], list[User]] = {}
    for pk, line in told.items():
        lines.setdefault(line, []).append(users[pk])
    for (count, key), readers in lines.items():
        what = f"{words.counted(count, 'cell')} of {counter.name(key)}{f' ({stream})' if stream else ''}"
        url = f"{reverse('planning:demand')}?{urlencode({'cycle': cycle.code, 'row': str(key)})}"
        text = f"{by.display_name} {VERBS.get(kind, 'changed')} {what}"
        notify(readers, kind="plan.changed", text=text, url=url, actor=by)


class Counter:
    """How many changed cells lie under a row and in a scope; four queries, however many rows are asked for."""

    def __init__(self, series: pd.DataFrame, cells: NDArray[np.int64], keys: set[RowKey]) -> None:
        self.atlas = Atlas()
        self.series, self.cells = series, cells
        self.families = {family.code: family for family in self.atlas.families.values()}
        named = [key.name for key in keys if key.kind == "product"]
        leaves = [int(key.name) for key in keys if key.kind == "series"]
        self.products = {each.code: each for each in Product.objects.filter(code__in=named)} if named else {}
        self.leaves = Series.objects.select_related("product", "market").in_bulk(leaves) if leaves else {}
        # Most rows followed are families: for them a cell is known by family and market alone.
        pairs = series[["family", "market"]].assign(cells=cells).groupby(["family", "market"], as_index=False).sum()
        self.pairs, self.pair_cells = pairs, pairs["cells"].to_numpy()

    def count(self, key: RowKey, mine: Scope) -> int:
        if key.kind in ("total", "family"):
            return int(self.pair_cells[self._families(key) & _seen(mine, self.pairs)].sum())
        own = self._leaves(key)
        return int(self.cells[own][_seen(mine, self.series.iloc[own])].sum())

    def name(self, key: RowKey) -> str:
        if key.kind == "series":
            series = self.leaves[int(key.name)]
            return f"{series.product.name}, {series.market.name}"
        if key.kind == "product":
            return self.products[key.name].name
        return self.families[key.name].name if key.kind == "family" else "All families"

    def _families(self, key: RowKey) -> NDArray[np.bool_]:
        if key.kind == "total":
            return np.ones(len(self.pairs), dtype=bool)
        root = self.families.get(key.name)
        inside = self.atlas.below(self.atlas.families, [root.pk]) if root else frozenset()
        return np.isin(self.pairs["family"].to_numpy(), list(inside))

    def _leaves(self, key: RowKey) -> NDArray[np.intp]:
        if key.kind == "series":
            return np.flatnonzero(self.series["series"].to_numpy() == int(key.name))
        product = self.products.get(key.name)
        return np.flatnonzero(self.series["product"].to_numpy() == (product.pk if product else 0))


def _seen(mine: Scope, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which of these families and markets lie in a scope."""
    seen = np.ones(len(frame), dtype=bool)
    for column, covered in (("family", mine.families), ("market", mine.markets)):
        if covered is not None:
            seen &= np.isin(frame[column].to_numpy(), list(covered))
    return seen
