"""My entry: one person's rows of a stream, the important ones first, and the months of one of them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from planning.models import Assumption, Input, SalesPlan, SalesPlanLine, Skip, Stream
from sop import months
from sop.errors import NotFound
from sop.models import Family, History, Market, Series, User
from sop.permissions import Scope
from sop.queries.history import last_actual_month
from sop.queries.windows import align
from sop.vectors import Vector

MONTHS_SHOWN = months.MONTHS_PER_YEAR
# Rows beyond this share of the volume are offered together, once there are more than a handful of rows.
IMPORTANT, HANDFUL, FEWEST = 0.95, 12, 3
ENTERED, SKIPPED, OPEN = "entered", "skipped", ""
REASONS_READ, CHIPS = 200, 4


@dataclass(frozen=True)
class Row:
    """A product in a market, what it weighs, and whether it has been looked at."""

    pk: int
    product: str
    market: str
    weight: float
    state: str


@dataclass(frozen=True)
class Rows:
    """One's rows, the heaviest first; `tiny` ones nobody looked at are offered together."""

    main: list[Row]
    tiny: list[Row]
    baseline: float
    mine: float

    @property
    def done(self) -> int:
        return sum(row.state != OPEN for row in self.main)

    @property
    def total(self) -> int:
        return len(self.main) + len(self.tiny)

    def next_open(self) -> Row | None:
        """The first row that nobody has looked at."""
        return next((row for row in self.main if row.state == OPEN), None)

    def beside(self, pk: int) -> tuple[int, Row | None, Row | None]:
        """The place of a row (from 1), the one before and the one after; 0 when it is not among them."""
        at = next((number for number, row in enumerate(self.main) if row.pk == pk), -1)
        if at < 0:
            return 0, None, None
        return at + 1, self.main[at - 1] if at else None, self.main[at + 1] if at + 1 < len(self.main) else None


@dataclass(frozen=True)
class Said:
    """What was entered for a row: the months spoken of, their sum, and what the baseline has in them."""

    pk: int
    product: str
    market: str
    months: str
    mine: float
    baseline: float
    why: str

    @property
    def difference(self) -> float:
        return self.mine - self.baseline


@dataclass(frozen=True)
class Cell:
    """One month of a row: what the stream says, what it starts from, and what was sold a year before."""

    month: dt.date
    value: float
    baseline: float
    last_year: float | None
    entry: Input | None

    @property
    def code(self) -> str:
        return months.code(self.month)

    @property
    def label(self) -> str:
        return months.short(self.month)


@dataclass(frozen=True)
class Chip:
    """A reason that one tap gives: a word used before, or an open assumption."""

    text: str
    assumption: str = ""


def rows(plan: SalesPlan, stream: Stream, mine: Scope, *, everything: bool = False) -> Rows:
    """The rows of a stream that a person sees, by money where they see it, else by volume. Three queries."""
    columns = ("series_id", "series__product__name", "series__market__name", "baseline", "events", "price")
    lines = SalesPlanLine.objects.filter(mine.series("series__"), plan=plan, series__isnull=False)
    expected: dict[int, Vector] = {}
    weighed = []
    for pk, product, market, baseline, events, price in lines.values_list(*columns):
        expected[pk] = units = np.maximum(baseline + events, 0)[:MONTHS_SHOWN]
        weight = float((units * price[:MONTHS_SHOWN]).sum() if mine.sees_money else units.sum())
        weighed.append((pk, product, market, weight))
    entered = Input.objects.filter(mine.series("series__"), plan=plan, stream=stream)
    state, said = {}, 0.0
    for pk, month, quantity in entered.values_list("series", "month", "quantity"):
        state[pk] = ENTERED
        column = months.distance(plan.start, month)
        if pk in expected and 0 <= column < MONTHS_SHOWN:
            said += quantity - expected[pk][column]
    for pk in Skip.objects.filter(plan=plan, stream=stream).values_list("series", flat=True):
        state.setdefault(pk, SKIPPED)
    ranked = [Row(*each, state.get(each[0], OPEN)) for each in sorted(weighed, key=lambda row: (-row[3], row[1:3]))]
    baseline = float(sum(vector.sum() for vector in expected.values()))
    main, tiny = (ranked, []) if everything else _parted(ranked)
    return Rows(main, tiny, baseline, baseline + said)


def said(plan: SalesPlan, stream: Stream, mine: Scope) -> list[Said]:
    """What a stream says of the rows in sight, the largest difference first. Two queries."""
    entries = Input.objects.filter(mine.series("series__"), plan=plan, stream=stream).order_by("month")
    named = entries.select_related("series__product", "series__market")
    by_row: dict[int, list[Input]] = {}
    for entered in named.filter(month__gte=plan.start, month__lte=plan.months[-1]):
        by_row.setdefault(entered.series_id, []).append(entered)
    lines = SalesPlanLine.objects.filter(plan=plan, series__in=by_row).values_list("series", "baseline", "events")
    expected = {pk: np.maximum(baseline + events, 0) for pk, baseline, events in lines}
    found = [_said(plan, row, expected[pk]) for pk, row in by_row.items() if pk in expected]
    return sorted(found, key=lambda row: -abs(row.mine - row.baseline))


def _said(plan: SalesPlan, row: list[Input], expected: Vector) -> Said:
    series, first, last = row[0].series, months.short(row[0].month), months.short(row[-1].month)
    baseline = sum(float(expected[months.distance(plan.start, each.month)]) for each in row)
    reasons = dict.fromkeys(each.reason for each in row if each.reason)
    return Said(
        series.pk,
        series.product.name,
        series.market.name,
        first if first == last else f"{first} – {last}",
        sum(each.quantity for each in row),
        baseline,
        "; ".join(reasons),
    )


def cells(plan: SalesPlan, stream: Stream, series: Series, first: int) -> list[Cell]:
    """Twelve months of a row from a plan month on. Three queries."""
    line = SalesPlanLine.objects.filter(plan=plan, series=series).first()
    if line is None:
        raise NotFound("This row is new since the plan was made; it is included when the plan is made again.")
    baseline = np.maximum(line.baseline + line.events, 0)
    inputs = Input.objects.filter(plan=plan, stream=stream, series=series).select_related("author", "assumption")
    entered = {entry.month: entry for entry in inputs}
    sold = _sold_before(plan, series)
    return [
        Cell(
            month,
            entered[month].quantity if month in entered else float(baseline[column]),
            float(baseline[column]),
            None if np.isnan(sold[column]) else float(sold[column]),
            entered.get(month),
        )
        for column, month in enumerate(plan.months)
        if first <= column < first + MONTHS_SHOWN
    ]


def series_of(pk: int, mine: Scope) -> Series:
    """The row of this number; NotFound when there is none in sight."""
    found = Series.objects.select_related("product__family", "market").filter(mine.series(), pk=pk).first()
    if found is None:
        raise NotFound("There is no such row, or it lies outside your families and markets.")
    return found


def chips(plan: SalesPlan, stream: Stream, series: Series, user: User) -> list[Chip]:
    """Open assumptions about a row, and the reasons this person gave last."""
    about = Assumption.objects.filter(state=Assumption.State.OPEN, last_month__gte=plan.start)
    about = about.filter(Q(product=None) | Q(product=series.product_id))
    about = about.filter(Q(family=None) | Q(family__in=list(_upwards(Family, series.product.family_id))))
    about = about.filter(Q(market=None) | Q(market__in=list(_upwards(Market, series.market_id))))
    known = [Chip(each.name, each.code) for each in about[:CHIPS]]
    used = Input.objects.filter(stream=stream, author=user).exclude(reason="").order_by("-updated_at")
    words = dict.fromkeys(used.values_list("reason", flat=True)[:REASONS_READ])
    names = {chip.text for chip in known}
    return [*known, *[Chip(word) for word in words if word not in names][:CHIPS]]


def _parted(ranked: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows to go through, and the small ones nobody has looked at."""
    weights = np.array([row.weight for row in ranked])
    before = np.cumsum(weights) - weights
    beyond = before >= IMPORTANT * weights.sum()
    beyond[:HANDFUL] = False
    tiny = [row for row, small in zip(ranked, beyond, strict=True) if small and row.state == OPEN]
    if len(tiny) < FEWEST:
        return ranked, []
    small_ones = {row.pk for row in tiny}
    return [row for row in ranked if row.pk not in small_ones], tiny


def _sold_before(plan: SalesPlan, series: Series) -> Vector:
    """What was sold in the same months a year earlier; NaN before the first sale and after the last posting."""
    history, last = History.objects.filter(series=series).values_list("start", "ordered").first(), last_actual_month()
    if history is None or last is None:
        return np.full(plan.horizon, np.nan)
    start = months.add(plan.start, -months.MONTHS_PER_YEAR)
    month = np.arange(plan.horizon) + months.number(start)
    known = (month >= months.number(history[0])) & (month <= months.number(last))
    sold: Vector = np.where(known, np.nan_to_num(align([history[0]], [history[1]], start, plan.horizon)[0]), np.nan)
    return sold


def _upwards(tree: type[Family] | type[Market], pk: int | None) -> Iterator[int]:
    parents = dict(tree.objects.values_list("pk", "parent_id"))
    while pk:
        yield pk
        pk = parents.get(pk)
