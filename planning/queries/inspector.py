"""How a number in the sales plan came about, from the baseline to the decision, in units.

Families and the total are read from their family × market totals and from sums made in the database, so that a row of
any size takes about as long.
"""

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import Q

from forecasting.models import ForecastLine
from forecasting.queries.reasons import SHORT
from planning.models import SalesPlanLine
from planning.queries import assumptions, contributions, entered, fences, latest, lineage, rows, valuation
from planning.queries.grid import LEAF_KINDS, Grid, Node
from planning.queries.latest import Latest
from planning.queries.lineage import Earlier, Sold
from planning.queries.rows import RowKey
from planning.queries.steps import Step
from planning.queries.valuation import UNITS
from sop import bulk, months
from sop.errors import NotFound
from sop.models import Cycle, Product, Series
from sop.words import counted, percent, units

BESIDE_NAMED = 3


@dataclass(frozen=True)
class Beside:
    """Risks and opportunities that are not in the number: in units, and in revenue for who sees money."""

    names: str
    risks: float
    opportunities: float
    weighted: float
    money: tuple[float, float, float] | None


@dataclass(frozen=True)
class Story:
    """The steps from the baseline to the consensus of a row in a month; of a past month only what was sold.

    `total` is in units, `worth` in the page's unit when that is money. In enter mode they are those of the department
    `voice`; the steps are the same.
    """

    title: str
    row: str
    month: str
    past: bool
    total: float | None = None
    worth: float | None = None
    steps: list[Step] = field(default_factory=list)
    changes: list[Latest] = field(default_factory=list)
    sold: Sold | None = None
    last_year: Sold | None = None
    earlier: list[Earlier] = field(default_factory=list)
    fence: str = ""
    voice: str = ""
    beside: Beside | None = None

    @property
    def broad(self) -> bool:
        """Whether it is a family's or the total's, whose changes are told for all of it."""
        return self.row.partition(":")[0] not in LEAF_KINDS


def story(grid: Grid, key: str, month: str) -> Story:
    """What stands behind a cell. NotFound for a row out of sight and for a month after the plan."""
    row = rows.parse(key).base
    day = months.parse(month) if month else grid.plan.start
    if months.distance(grid.plan.start, day) >= grid.plan.horizon:
        raise NotFound(f"{months.short(day)} is not a month of this plan.")
    if not Series.objects.filter(rows.below(row) & grid.filters.series()).exists():
        raise NotFound(f"There is no row “{row}”, or it lies outside your families and markets.")
    past = day < grid.plan.start
    sold = lineage.sold(grid, row, day) if past or _is_actual(day) else None
    last_year = lineage.sold(grid, row, months.add(day, -months.MONTHS_PER_YEAR))
    earlier = lineage.earlier(grid, row, day, sold.ordered if sold else None)
    head = (grid.title(key), str(row), months.short(day))
    if past:
        return Story(*head, True, sold.ordered if sold else None, None, [], [], sold, last_year, earlier)
    total, worth, steps = _planned(grid, row, day)
    return Story(
        *head,
        False,
        total,
        worth,
        steps,
        latest.changes(grid, row, day),
        sold,
        last_year,
        earlier,
        _fence(grid, row, months.distance(grid.plan.start, day)),
        grid.name(grid.stream) if grid.stream else "",
        _beside(grid, row, months.distance(grid.plan.start, day)),
    )


def _is_actual(day: dt.date) -> bool:
    """Whether the month is closed: it lies before the newest cycle."""
    newest = Cycle.objects.order_by("-first_month").first()
    return newest is not None and day <= newest.as_of


def _planned(grid: Grid, row: RowKey, day: dt.date) -> tuple[float, float | None, list[Step]]:
    """The number in units and in the page's unit, and the steps up to it."""
    column = months.distance(grid.plan.start, day)
    names = ("baseline", "events", "consensus", *valuation.PLANNED[grid.unit])
    lines = bulk.read(SalesPlanLine.objects.filter(lineage.lines(grid, row), plan=grid.plan), *names)
    sums = np.array([[vector[column] for vector in line] for line in lines]).reshape(-1, len(names)).sum(axis=0)
    baseline, events, total, *parts = sums.tolist()
    worth = None if grid.unit == UNITS else valuation.net(parts)
    steps = [Step("base", "Baseline", baseline, how=_baseline(grid, row, day))]
    steps += contributions.by_cause(grid, row, day, events)
    if grid.stream:
        total = _of_stream(replace(grid, unit=UNITS), row, day)
        worth = None if grid.unit == UNITS else _of_stream(grid, row, day)
    return total, worth, steps + entered.steps(entered.opened(grid, row, day))


def _of_stream(grid: Grid, row: RowKey, day: dt.date) -> float:
    """What a department says of a row in a month, in the grid's unit."""
    [values] = grid.monthly([Node(RowKey(row.kind, row.name, grid.stream), "", 0)])
    return float(np.nan_to_num(values[months.distance(grid.window.start, day)]))


def _baseline(grid: Grid, row: RowKey, day: dt.date) -> str:
    """“80 % between 511 and 667, sells evenly”. Errors of different series are taken as independent."""
    forecast = grid.plan.forecast
    lines = ForecastLine.objects.filter(lineage.lines(grid, row), forecast=forecast)
    column = months.distance(forecast.start, day) if forecast else -1
    if forecast is None or not 0 <= column < forecast.horizon:
        return ""
    read = bulk.read(lines, "mean", "lower80", "upper80", "pattern")
    found = np.array([[vector[column] for vector in line[:3]] for line in read]).reshape(-1, 3)
    if not len(found):
        return ""
    mean, (below, above) = found[:, 0].sum(), np.sqrt(((found[:, 1:] - found[:, :1]) ** 2).sum(axis=0))
    patterns = {SHORT[line[3]] for line in read if line[3] in SHORT} if row.kind in LEAF_KINDS else set()
    between = f"{percent(0.8, 0)} between {units(max(mean - below, 0))} and {units(mean + above)}"
    return between + (f"; pattern: {', '.join(sorted(patterns))}" if patterns else "")


def _fence(grid: Grid, row: RowKey, column: int) -> str:
    """What a change of the consensus needs here."""
    zones = fences.zones()
    if not zones.any:
        return ""
    frozen, slushy = zones.strictest(_families(grid, row))
    if column < frozen:
        until = months.short(months.add(grid.plan.start, frozen - 1))
        return f"Frozen until {until}: a change needs approval. A new forecast or an event leaves the plan as it is"
    if column < slushy:
        return f"Near until {months.short(months.add(grid.plan.start, slushy - 1))}: a change needs a reason"
    return ""


def _beside(grid: Grid, row: RowKey, column: int) -> Beside | None:
    """What the register holds of a row in a month beyond the plan; None for nothing."""
    found = assumptions.around(grid.plan, str(row), grid.filters)
    told = [each.assumption for each in found.entries if each.worth and each.worth.units[column]]
    if not told:
        return None
    chances = [f"{each.code} {each.name}, {percent(each.probability, 0)}" for each in told[:BESIDE_NAMED]]
    more = [f"{counted(len(told) - BESIDE_NAMED, 'other')}"] if len(told) > BESIDE_NAMED else []
    units_of = (found.risks, found.opportunities, found.weighted)
    money = (found.risks_revenue, found.opportunities_revenue, found.weighted_revenue)
    risks, opportunities, weighted = (float(values[column]) for values in units_of)
    a, b, c = (float(values[column]) for values in money)
    worth = (a, b, c) if grid.filters.scope.sees_money else None
    return Beside("; ".join(chances + more), risks, opportunities, weighted, worth)


def _families(grid: Grid, row: RowKey) -> set[int]:
    """The families of what is in sight of a row."""
    own = Series.objects.filter(Q(rows.below(row)) & grid.filters.series())
    return set(Product.objects.filter(pk__in=own.values("product")).values_list("family_id", flat=True).distinct())
