"""Making the sales plan: baseline plus events, and the consensus where nobody has entered anything."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from django.db import transaction

from forecasting.models import Forecast, ForecastLine
from planning.actions.carrying import carry_over
from planning.actions.moved import demand_moved
from planning.models import Input, SalesPlan, SalesPlanLine
from planning.queries import fences, prices
from planning.queries.events import Events
from sop import bulk, months
from sop.actions import changes
from sop.errors import Locked, PlanningError
from sop.models import Cycle, User
from sop.permissions import Verb, require
from sop.queries import series as series_queries
from sop.vectors import Vector
from sop.words import counted, listed, units

MEASURES = ["baseline", "events", "consensus", "price", "unit_cost", "revenue", "cost"]


@transaction.atomic
def plan_demand(*, cycle: Cycle, by: User | None) -> SalesPlan:
    """Build or rebuild the working sales plan of a cycle from its published forecast; entries that people made stay.

    `by` is None when the operator asks at the command line. Raises PlanningError without a forecast, Locked once the
    plan is signed.
    """
    if by:
        require(by, Verb.EDIT_CONSENSUS)
    plan = _open_plan(cycle)
    series = series_queries.frame()
    values, held = _values(plan, series)
    taken = carry_over(plan, series, values)
    store_lines(plan, "series_id", [(int(key),) for key in series["series"]], values)
    totals, summed = total_up(series, values)
    store_lines(plan, "family_id market_id", [(int(f), int(m)) for f, m in totals], summed)
    told = f"Made the sales plan of {cycle} from the forecast: {len(series)} series, version {plan.version}"
    if held:
        told += f"; {counted(held, 'frozen cell')} kept what the plan had"
    what = changes.What("plan.demand_planned", told, object=f"sales-plan:{plan.pk}", data={"held": held})
    demand_moved(plan, by=by)
    changes.record(what, by=by, cycle=cycle)
    if taken:
        _record_taken(plan, taken, by)
    return plan


def hold(plan: SalesPlan) -> SalesPlan:
    """The plan, held for this transaction; Locked when it takes no more changes."""
    plan = SalesPlan.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=plan.pk)
    refuse_unless_open(plan)
    return plan


def refuse_unless_open(plan: SalesPlan) -> None:
    """Raise Locked, saying why, when the plan takes no more changes."""
    if plan.frozen_at:
        raise Locked("This is a frozen copy of the plan; it is never changed.")
    if not plan.cycle.editable:
        raise Locked(f"The cycle {plan.cycle} is {plan.cycle.state}; its plan no longer changes.")
    if plan.locked_at:
        raise Locked("The demand review is signed off, so the sales plan is locked. Reopen the review to change it.")


def total_up(series: pd.DataFrame, values: dict[str, Vector]) -> tuple[list[tuple[int, int]], dict[str, Vector]]:
    """Leaves summed by family and market: the keys and the totals' vectors; price and cost become averages."""
    keys, position = np.unique(series[["family", "market"]].to_numpy(), axis=0, return_inverse=True)
    summed = {measure: sum_rows(values[measure], position, len(keys)) for measure in MEASURES}
    for average, amount in (("price", "revenue"), ("unit_cost", "cost")):
        summed[average] = divide(summed[amount], summed["consensus"])
    return [(int(family), int(market)) for family, market in keys], summed


def sum_rows(values: Vector, position: np.ndarray, count: int) -> Vector:
    """Rows of `values[n, t]` added up into `count` groups."""
    result = np.zeros((count, values.shape[1]))
    np.add.at(result, position, values)
    return result


def divide(amount: Vector, units: Vector) -> Vector:
    """`amount / units`, 0 where there are no units."""
    ratio: Vector = np.divide(amount, units, out=np.zeros_like(amount), where=units > 0)
    return ratio


def _record_taken(plan: SalesPlan, taken: Counter[str], by: User | None) -> None:
    told = listed([f"{units(count)} of {name}" for name, count in taken.items()])
    summary = f"Took over {counted(taken.total(), 'entry', 'entries')} that had not expired: {told}"
    what = changes.What("plan.carried_over", summary, object=f"sales-plan:{plan.pk}", data=dict(taken))
    changes.record(what, by=by, cycle=plan.cycle)


def _open_plan(cycle: Cycle) -> SalesPlan:
    """The working plan, locked for this transaction and bound to the newest forecast."""
    forecast = Forecast.objects.filter(cycle=cycle, state=Forecast.State.PUBLISHED).first()
    if forecast is None:
        raise PlanningError(f"There is no forecast for {cycle} yet. Make one with: manage.py forecast")
    plan = SalesPlan.objects.select_for_update().filter(cycle=cycle, frozen_at__isnull=True).first()
    if plan is None:
        if not cycle.editable:
            raise Locked(f"The cycle {cycle} is {cycle.state}; it gets no new plan.")
        return SalesPlan.objects.create(cycle=cycle, forecast=forecast, start=cycle.first_month, horizon=cycle.horizon)
    refuse_unless_open(plan)
    plan.forecast, plan.version = forecast, plan.version + 1
    plan.save()
    return plan


def _values(plan: SalesPlan, series: pd.DataFrame) -> tuple[dict[str, Vector], int]:
    """The leaves' vectors, `[series, month]` each; how many frozen cells would otherwise have moved."""
    baseline = _baseline(plan, series["series"].to_numpy())
    events = Events(plan).layer(series, baseline).events
    free = np.maximum(baseline + events, 0)
    consensus = _held(plan, series, free)
    held = int((consensus != free).sum())
    row = {key: position for position, key in enumerate(series["series"])}
    for key, month, quantity in Input.objects.filter(plan=plan, stream=None).values_list("series", "month", "quantity"):
        column = months.distance(plan.start, month)
        if key in row and 0 <= column < plan.horizon:
            consensus[row[key], column] = quantity
    price, cost = worth(plan, series)
    values = {
        "baseline": baseline,
        "events": events,
        "consensus": consensus,
        "price": price,
        "unit_cost": cost,
        "revenue": consensus * price,
        "cost": consensus * cost,
    }
    return values, held


def _held(plan: SalesPlan, series: pd.DataFrame, free: Vector) -> Vector:
    """The consensus nobody entered `[series, month]`: `free`, but in frozen months what the plan had before."""
    frozen = fences.frozen(series["family"].to_numpy(), plan.horizon)
    if not frozen.any():
        return free
    lines = SalesPlanLine.objects.filter(plan=plan, series__isnull=False)
    before: dict[int, Vector] = dict(bulk.read(lines, "series_id", "consensus"))
    unknown = np.full(plan.horizon, np.nan)
    had = bulk.matrix((before.get(int(key), unknown) for key in series["series"]), plan.horizon)
    held: Vector = np.where(frozen & ~np.isnan(had), had, free)
    return held


def worth(plan: SalesPlan, series: pd.DataFrame) -> tuple[Vector, Vector]:
    """Plan price and standard cost of all series by plan month."""
    price = prices.plan_prices(series, plan.cycle.as_of, plan.start, plan.horizon)
    unique, position = np.unique(series["product"].to_numpy(), return_inverse=True)
    return price, np.nan_to_num(prices.unit_costs(unique.tolist(), plan.start, plan.horizon))[position]


def _baseline(plan: SalesPlan, series: np.ndarray) -> Vector:
    """The forecast's means in the plan's months; 0 for a series that it does not know."""
    lines = ForecastLine.objects.filter(forecast=plan.forecast, series__isnull=False)
    means: dict[int, Vector] = dict(bulk.read(lines, "series_id", "mean"))
    nothing = np.zeros(plan.horizon)
    return np.nan_to_num(bulk.matrix((means.get(int(key), nothing) for key in series), plan.horizon))


def store_lines(plan: SalesPlan, key: str, keys: Sequence[tuple[int, ...]], values: dict[str, Vector]) -> None:
    """Write lines with all their measures; those that are there are replaced."""
    names = key.split()
    vectors = [values[measure] for measure in MEASURES]
    bulk.upsert(
        SalesPlanLine,
        key=["plan_id", *names],
        columns=["plan_id", *names, *MEASURES],
        rows=((plan.pk, *pk, *(vector[row] for vector in vectors)) for row, pk in enumerate(keys)),
    )
