"""Product changes as pages show them: the list, and what one would do to the plan before it is kept."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.db.models import Q, QuerySet

from planning.models import ProductChange, SalesPlan, SalesPlanLine
from planning.queries.events import Events, Move, moves
from sop import bulk
from sop.models import Market, Product, Series
from sop.permissions import Scope, descendants
from sop.queries import series as series_queries
from sop.vectors import Vector

UNKNOWN = -1


def visible(scope: Scope) -> QuerySet[ProductChange]:
    """The product changes that somebody may see: those of their families, in their markets or in all."""
    clause = Q()
    if scope.families is not None:
        clause &= Q(product__family__in=scope.families) | Q(cannibalised__product__family__in=scope.families)
    if scope.markets is not None:
        clause &= Q(market__isnull=True) | Q(market__in=scope.markets)
    related = ("product", "product__family", "like_product", "predecessor", "market", "owner")
    found = ProductChange.objects.filter(clause).distinct()
    return found.select_related(*related).prefetch_related("cannibalised__product")


def writable(change: ProductChange, scope: Scope) -> bool:
    """Whether a change lies within a scope altogether."""
    products = [change.product, change.like_product, change.predecessor]
    products += [each.product for each in change.cannibalised.all()]
    inside = scope.families is None or all(each.family_id in scope.families for each in products if each)
    return inside and (scope.markets is None or change.market_id in scope.markets)


def lacking_series(product: int, follows: int | None, market: int | None) -> list[tuple[int, int | None]]:
    """Market and site of the rows that a product lacks: where the followed one is sold, in the market and below it."""
    if follows is None:
        return []
    there = Series.objects.filter(product=follows)
    if market:
        there = there.filter(market__in=descendants(Market, [market]))
    own = set(Series.objects.filter(product=product).values_list("market_id", flat=True))
    return [(key, site) for key, site in there.order_by("market").values_list("market_id", "site_id") if key not in own]


@dataclass(frozen=True)
class Curve:
    """A product in the plan's months: as it is planned now, and as it would be."""

    name: str
    before: Vector
    after: Vector

    @property
    def difference(self) -> float:
        return float((self.after - self.before).sum())


@dataclass(frozen=True)
class Preview:
    """What a change does: the curve of its product, and those of the products around it that move."""

    months: list[dt.date]
    product: Curve
    others: list[Curve]

    @property
    def difference(self) -> float:
        return self.product.difference + sum(curve.difference for curve in self.others)


def preview(plan: SalesPlan, move: Move, name: str, where: Q) -> Preview:
    """The events of a plan with a change as somebody is about to keep it, against those there are.

    `move.pk` names the change that it replaces; a product that is not there yet is `UNKNOWN`. Only series of the filter
    are shown.
    """
    series = _with_missing(series_queries.frame(), move)
    kept = moves()
    told = sorted(
        [*(each for each in kept if each.pk != move.pk or not move.pk), move],
        key=lambda each: (each.kind != ProductChange.Kind.SUCCESSOR, each.month, each.pk),
    )
    now, then = Events(plan, changes=kept), Events(plan, changes=told)
    products = move.products | {each for old in kept if old.pk == move.pk for each in old.products}
    touched = np.isin(series["product"].to_numpy(), list(products))
    closed = now.closed(series, then.closed(series, now.closed(series, touched)))
    part = series[closed].reset_index(drop=True)
    baseline = _baselines(plan, part)
    before, after = now.layer(part, baseline).planned, then.layer(part, baseline).planned
    seen = set(Series.objects.filter(where, product__in=products).values_list("pk", flat=True))
    shown = (part["series"].isin(seen) | (part["series"] < 0)).to_numpy()
    names = dict(Product.objects.filter(pk__in=products).values_list("pk", "name"))

    def curve(product: int, called: str) -> Curve:
        rows = shown & (part["product"] == product).to_numpy()
        return Curve(called, before[rows].sum(axis=0), after[rows].sum(axis=0))

    others = [curve(pk, names[pk]) for pk in sorted(products - {move.product})]
    moving = [each for each in others if np.abs(each.after - each.before).max(initial=0) > 0.5]
    return Preview(plan.months, curve(move.product, names.get(move.product, name)), moving)


def _with_missing(series: pd.DataFrame, move: Move) -> pd.DataFrame:
    """The company's series and those that the change would create, with keys below zero."""
    lacking = lacking_series(move.product, move.follows, move.market)
    if not lacking:
        return series
    family = Product.objects.filter(pk=move.follows or 0).values_list("family_id", flat=True).first() or 0
    rows = [(-number, move.product, market, family) for number, (market, _) in enumerate(lacking, start=1)]
    new = pd.DataFrame(rows, columns=["series", "product", "market", "family"], dtype="int64")
    return pd.concat([series, new], ignore_index=True)


def _baselines(plan: SalesPlan, part: pd.DataFrame) -> Vector:
    keys = part["series"].tolist()
    lines = SalesPlanLine.objects.filter(plan=plan, series__isnull=False)
    lines = lines.filter(series__product__in=part["product"].unique().tolist())
    found = dict(bulk.read(lines, "series_id", "baseline"))
    nothing = np.zeros(plan.horizon)
    return np.array([found.get(key, nothing) for key in keys]).reshape(len(keys), plan.horizon)
