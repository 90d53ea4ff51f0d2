"""The layer of events of a sales plan, read and computed: the one place that knows what moves the baseline.

The whole plan and a part of it are computed alike: `closed` widens a set of series until nothing outside it has a say
in what happens to those inside, and `layer` computes any such set.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from django.db.models import Q
from numpy.typing import NDArray

from forecasting.engine.launch import launch_profile
from planning.engine import events as engine
from planning.engine.product_changes import NOBODY, Arrival, straight_ramp
from planning.models import Assumption, InventoryBalance, ProductChange, Receipt, SalesPlan
from planning.queries.reach import Mask, Reach
from sop import months
from sop.models import History, Product
from sop.queries import history
from sop.vectors import Vector

EXAMPLE_MONTHS = 48
Kind = ProductChange.Kind


@dataclass(frozen=True)
class Move:
    """A product change as numbers: what `ProductChange` says, or what somebody is about to say."""

    kind: str
    product: int
    month: dt.date
    follows: int | None = None
    market: int | None = None
    ramp_months: int = 0
    level: float = 1.0
    run_out: bool = False
    losers: tuple[tuple[int, float], ...] = ()
    pk: int = 0

    @property
    def products(self) -> set[int]:
        """Everything whose numbers it has to do with."""
        return {self.product, *(product for product, _ in self.losers), *([self.follows] if self.follows else [])}


@dataclass(frozen=True)
class Layer:
    """Series of a frame by plan month: the baseline, the volume that assumptions are about, and the plan with them."""

    series: pd.DataFrame
    baseline: Vector
    alive: Mask
    volume: Vector
    planned: Vector

    @property
    def events(self) -> Vector:
        return self.planned - self.baseline


def moves(rows: Iterable[ProductChange] | None = None) -> list[Move]:
    """The planned product changes, successions first: what is launched follows what is there. Two queries."""
    if rows is None:
        rows = ProductChange.objects.filter(state=ProductChange.State.PLANNED).prefetch_related("cannibalised")
    found = [_move(change) for change in rows]
    return sorted(found, key=lambda move: (move.kind != Kind.SUCCESSOR, move.month, move.pk))


def _move(change: ProductChange) -> Move:
    return Move(
        kind=change.kind,
        product=change.product_id,
        month=change.month,
        follows=change.predecessor_id if change.kind == Kind.SUCCESSOR else change.like_product_id,
        market=change.market_id,
        ramp_months=change.ramp_months,
        level=change.level,
        run_out=change.run_out,
        losers=tuple((each.product_id, each.share) for each in change.cannibalised.all()),
        pk=change.pk,
    )


# What moves a number: an assumption, a product change, or (None) the launch and last month of the master data.
Cause = Assumption | Move | None


class Events:
    """What moves a plan: its included assumptions and the product changes, or others to see what these would do."""

    def __init__(
        self, plan: SalesPlan, *, assumptions: list[Assumption] | None = None, changes: list[Move] | None = None
    ) -> None:
        self.plan = plan
        self._given = assumptions
        self.moves = moves() if changes is None else changes

    @cached_property
    def assumptions(self) -> list[Assumption]:
        if self._given is not None:
            return self._given
        return list(Assumption.objects.filter(included=True, state=Assumption.State.OPEN).order_by("pk"))

    def closed(self, series: pd.DataFrame, touched: Mask) -> Mask:
        """The touched series with all that have a say in their numbers, and those on which they have one."""
        reach = Reach(series)
        spread = [reach.of(each) for each in self.assumptions if each.unit == Assumption.Unit.UNITS]
        groups = [*spread, *(np.isin(reach.products, list(move.products)) for move in self.moves)]
        found = touched.copy()
        while True:
            before = int(found.sum())
            for group in groups:
                if (group & found).any():
                    found |= group
            if int(found.sum()) == before:
                return found

    def layer(self, series: pd.DataFrame, baseline: Vector) -> Layer:
        """The events of a closed set of series: all there are, or what `closed` has found. At most 14 queries."""
        reach = Reach(series)
        alive = self._alive(reach.products)
        arrivals = self._arrivals(series, reach)
        volume = engine.expected(baseline, alive, arrivals, self._sold(series))
        effects = [self.effect(each, reach.of(each)) for each in self.assumptions]
        planned = engine.planned(volume, alive, effects, self._run_outs(reach.products))
        return Layer(series, baseline, alive, volume, planned)

    def parts(self, series: pd.DataFrame, baseline: Vector) -> list[tuple[Cause, Vector]]:
        """What each cause adds to a closed set of series, in the order in which they are taken; the sum is the layer.

        First what the master data say of the products' lives (None). The queries grow with the product changes.
        """
        reach = Reach(series)
        moves = [move for move in self.moves if np.isin(reach.products, list(move.products)).any()]
        first = [Events(self.plan, assumptions=[], changes=moves[:count]) for count in range(len(moves) + 1)]
        layers = [events.layer(series, baseline) for events in first]
        planned = [layer.planned for layer in layers]
        assumed = [each for each in self.assumptions if reach.of(each).any()]
        effects = [self.effect(each, reach.of(each)) for each in assumed]
        run_outs = first[-1]._run_outs(reach.products)
        volume, alive = layers[-1].volume, layers[-1].alive
        for count in range(1, len(effects) + 1):
            planned.append(engine.planned(volume, alive, effects[:count], run_outs))
        added = [after - before for before, after in zip([baseline, *planned], planned, strict=False)]
        return list(zip([None, *moves, *assumed], added, strict=True))

    def effect(self, assumption: Assumption, covered: Mask, amount: float | None = None) -> engine.Effect:
        """An assumption, by its own amount or another, in the plan's months on the series that it covers."""
        first = max(months.distance(self.plan.start, assumption.first_month), 0)
        end = min(months.distance(self.plan.start, assumption.last_month) + 1, self.plan.horizon)
        in_units = assumption.unit == Assumption.Unit.UNITS
        size = assumption.effect if amount is None else amount
        return engine.Effect(np.flatnonzero(covered), first, max(end, first), size, in_units)

    def _alive(self, products: NDArray[np.int64]) -> Mask:
        """From a product's launch to its last month."""
        launch, last = self._lives
        alive = np.ones((len(products), self.plan.horizon), dtype=bool)
        month = months.number(self.plan.start) + np.arange(self.plan.horizon)
        for product in (set(launch) | set(last)) & set(products.tolist()):
            rows = products == product
            alive[rows] &= month >= months.number(launch.get(product, self.plan.start))
            alive[rows] &= month <= months.number(last.get(product, dt.date.max))
        return alive

    @cached_property
    def _lives(self) -> tuple[dict[int, dt.date], dict[int, dt.date]]:
        """Launch and last months by product: what is planned about a product counts before its master data."""
        dated = Product.objects.filter(Q(launch_month__isnull=False) | Q(last_month__isnull=False))
        rows = list(dated.values_list("pk", "launch_month", "last_month"))
        launch = {pk: first for pk, first, _ in rows if first}
        last = {pk: end for pk, _, end in rows if end}
        for move in self.moves:
            if move.kind == Kind.END_OF_LIFE:
                last[move.product] = move.month
                continue
            launch[move.product] = move.month
            if move.kind == Kind.SUCCESSOR and move.follows and not move.market:
                last[move.follows] = last_of_predecessor(move.month, move.ramp_months)
        return launch, last

    def _arrivals(self, series: pd.DataFrame, reach: Reach) -> list[Arrival]:
        place = {
            (int(product), int(market)): row
            for row, (product, market) in enumerate(zip(series["product"], series["market"], strict=True))
        }
        found = []
        for move in self.moves:
            rows = np.flatnonzero(reach.covered(product=move.product, market=move.market))
            if move.kind == Kind.END_OF_LIFE or not rows.size:
                continue
            markets = series["market"].to_numpy()[rows].tolist()

            def beside(product: int | None, markets: list[int] = markets) -> NDArray[np.int64]:
                return np.array([place.get((product or 0, market), NOBODY) for market in markets], dtype=np.int64)

            found.append(
                Arrival(
                    rows=rows,
                    follows=beside(move.follows),
                    start=months.distance(self.plan.start, move.month),
                    level=move.level,
                    shape=self._shapes[move],
                    replaces=move.kind == Kind.SUCCESSOR,
                    losers=[(beside(product), share) for product, share in move.losers],
                )
            )
        return found

    @cached_property
    def _shapes(self) -> dict[Move, Vector]:
        """The ramp of each arrival: as the like product took off where its history shows that, else straight."""
        ramps = {move: straight_ramp(move.ramp_months) for move in self.moves if move.kind != Kind.END_OF_LIFE}
        launches = [move for move in ramps if move.kind == Kind.LAUNCH and move.ramp_months and move.follows]
        if launches:
            example = _sales_of({move.follows for move in launches if move.follows}, self.plan.cycle.as_of)
            for move in launches:
                profile = launch_profile(example[move.follows or 0][None], months=move.ramp_months)
                ramps[move] = ramps[move] if (profile == 1).all() else np.asarray(profile, dtype=np.float64)
        return ramps

    def _sold(self, series: pd.DataFrame) -> Mask:
        """Which series of an arriving product have sold before; of the others it does not matter."""
        arriving = [move.product for move in self.moves if move.kind != Kind.END_OF_LIFE]
        sold = ~series["product"].isin(arriving).to_numpy()
        if arriving:
            rows = History.objects.filter(series__product__in=arriving).values_list("series_id", "ordered")
            sold |= series["series"].isin([key for key, ordered in rows if (ordered > 0).any()]).to_numpy()
        return sold

    def _run_outs(self, products: NDArray[np.int64]) -> list[engine.RunOut]:
        ending = {move.product for move in self.moves if move.run_out and move.kind == Kind.END_OF_LIFE}
        if not ending:
            return []
        supply = {product: np.zeros(self.plan.horizon) for product in ending}
        balances = InventoryBalance.objects.filter(product__in=ending, month=self.plan.cycle.as_of)
        for product, on_hand in balances.values_list("product_id", "on_hand"):
            supply[product][0] += on_hand
        coming = Receipt.objects.filter(product__in=ending, month__gte=self.plan.start)
        for product, month, quantity in coming.values_list("product_id", "month", "quantity"):
            column = months.distance(self.plan.start, month)
            if column < self.plan.horizon:
                supply[product][column] += quantity
        return [engine.RunOut(np.flatnonzero(products == product), supply[product]) for product in sorted(ending)]


def last_of_predecessor(month: dt.date, ramp_months: int) -> dt.date:
    """The last month in which a predecessor still sells: the one before its successor has the full level."""
    return months.add(month, ramp_months - 1)


def _sales_of(products: set[int], as_of: dt.date) -> dict[int, Vector]:
    """What products sold in all markets by month, NaN before their first sale."""
    keys = list(History.objects.filter(series__product__in=products).values_list("series_id", "series__product_id"))
    start = months.add(as_of, 1 - EXAMPLE_MONTHS)
    sold = history.matrix([series for series, _ in keys], start, EXAMPLE_MONTHS)
    owner = np.array([product for _, product in keys], dtype=np.int64)
    nothing = np.full(EXAMPLE_MONTHS, np.nan)
    return {product: _sum_known(sold[owner == product]) if product in owner else nothing for product in products}


def _sum_known(values: Vector) -> Vector:
    known = np.isfinite(values)
    return np.where(known.any(axis=0), np.where(known, values, 0.0).sum(axis=0), np.nan)
