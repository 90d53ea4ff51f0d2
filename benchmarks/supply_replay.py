"""Six rolled cycles of a bicycle maker: does the plan serve more of what was really ordered, with less stock?

Plans are made by the product itself, from the import to the supply plan, each on what was known at the end of a month;
then the real orders of the next month arrive. `python -m benchmarks.supply_replay`, with a PostgreSQL in DATABASE_URL,
makes a database beside it and prints the tables of docs/supply-replay.md, which tells what is compared with what.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.consensus import FOLDER, head
from benchmarks.forecasting.job import passing_database, start_django
from benchmarks.registry import NotAvailable

FIRST, CYCLES, HORIZON = dt.date(2012, 12, 1), 6, 12
SERVICE_LEVELS = (0.9, 0.95, 0.98)
MASTER = (
    *("families", "sites", "markets", "products", "components", "prices", "costs"),
    *("supply_costs", "resources", "routings", "bom"),
)
Numbers = Any


@dataclass(frozen=True, eq=False)
class Past:
    """What really happened, products × months of the replay, and what a unit costs."""

    products: list[str]
    months: list[str]
    ordered: Numbers
    received: Numbers
    on_hand: Numbers  # with the month before the first in front
    unit_cost: Numbers
    lead_time: Numbers
    new: Numbers  # without a sale before the first plan


@dataclass(frozen=True, eq=False)
class Outcome:
    """A way of supplying by month: units ordered, not served in their month, on hand at its end and their value."""

    ordered: Numbers
    late: Numbers
    late_new: Numbers  # of those not served, units of products without a sale before the first plan
    units: Numbers
    value: Numbers
    overtime: Numbers

    @property
    def service(self) -> Numbers:
        return 1 - self.late / self.ordered

    @property
    def overall(self) -> float:
        return float(1 - self.late.sum() / self.ordered.sum())


def past() -> Past:
    import pandas as pd

    folder = FOLDER / "adventureworks"
    if not folder.is_dir():
        raise NotAvailable("the AdventureWorks tables are not there; EVENKEEL_DATA names the folder that has them")
    stock = pd.read_csv(folder / "inventory.csv").pivot_table(index="product", columns="month", values="on_hand")
    months = [f"{_month(number):%Y-%m}" for number in range(-1, CYCLES)]
    stock.columns = [str(column)[:7] for column in stock.columns]
    stock = stock[months]
    orders = pd.read_csv(folder / "actuals.csv.gz").query("kind == 'ordered'")
    receipts = pd.read_csv(folder / "receipts.csv")
    costs = pd.read_csv(folder / "costs.csv").sort_values("valid_from").groupby("product")["unit_cost"].last()
    products = pd.read_csv(folder / "products.csv").set_index("code").loc[stock.index]

    def by_month(table: Any, day: str) -> Numbers:
        table = table.assign(month=table[day].str[:7])
        wide = table.pivot_table(index="product", columns="month", values="quantity", aggfunc="sum")
        return wide.reindex(index=stock.index, columns=months[1:]).fillna(0.0).to_numpy()

    return Past(
        products=list(stock.index),
        months=months[1:],
        ordered=by_month(orders, "date"),
        received=by_month(receipts, "month"),
        on_hand=stock.to_numpy(dtype=float),
        unit_cost=costs.loc[stock.index].to_numpy(dtype=float),
        lead_time=products["lead_time_months"].to_numpy(dtype=int),
        new=~stock.index.isin(orders["product"][orders["date"].str[:7] < months[1]]),
    )


def recorded(data: Past) -> Outcome:
    """What the company's own receipts achieved."""
    return _outcome(data, data.on_hand, np.full(CYCLES, np.nan))


def replay(data: Past, *, service_level: float | None = None) -> Outcome:
    """Six cycles in a database that is made for them; safety stock as recorded, or for a service level."""
    from planning import engine
    from planning.queries.supply import supply_case

    stock, on_order, overtime = data.on_hand[:, [0]], _ordered_before(data), np.zeros(CYCLES)
    with passing_database(), tempfile.TemporaryDirectory() as folder:
        for number in range(CYCLES):
            _import(data, Path(folder), number, stock[:, -1], on_order)
            if service_level and not number:
                _aim_for(service_level)
            case = supply_case(_sales_plan(_month(number)))
            found = engine.solve(case.problem)
            made = _executed(data, case, found, on_order[:, number:])
            stock = np.column_stack([stock, stock[:, -1] + on_order[:, number] + made - data.ordered[:, number]])
            overtime[number] = found.overtime[:, 0].sum()
    return _outcome(data, stock, overtime)


def _ordered_before(data: Past) -> Numbers:
    """[products, months] on order when the first plan is made: real receipts that it could not cause any more."""
    on_order = np.zeros((len(data.products), CYCLES + HORIZON))
    on_order[:, :CYCLES] = data.received
    on_order[np.arange(CYCLES + HORIZON) >= data.lead_time[:, None]] = 0.0
    return on_order


def _executed(data: Past, case: Any, found: Any, on_order: Numbers) -> Numbers:
    """[products] what the plan's first month adds to the stock; what takes longer is put on order."""
    from planning.engine.bom import quantity_matrix

    row = {code: position for position, code in enumerate(data.products)}
    used = quantity_matrix(case.problem.bom, case.problem.items) @ found.production
    added = np.zeros(len(data.products))
    for item, code in enumerate(_codes(case)):
        if code in row:
            lead = int(case.problem.lead_time[item])
            if lead:
                on_order[row[code], lead] += found.production[item, 0]
            added[row[code]] = found.subcontract[item, 0] - used[item, 0] + (0 if lead else found.production[item, 0])
    return added


def _outcome(data: Past, on_hand: Numbers, overtime: Numbers) -> Outcome:
    """Late is by how much the backlog of a product grew in the month: what was ordered and could not be served."""
    backlog = np.maximum(-on_hand, 0.0)
    late = np.maximum(np.diff(backlog, axis=1), 0.0)
    held = np.maximum(on_hand[:, 1:], 0.0)
    ordered, late_new = data.ordered.sum(axis=0), late[data.new].sum(axis=0)
    return Outcome(ordered, late.sum(axis=0), late_new, held.sum(axis=0), data.unit_cost @ held, overtime)


def _import(data: Past, folder: Path, number: int, stock: Numbers, on_order: Numbers) -> None:
    """What is known when the plan of a month is made: at first all master data and sales, later the last month's."""
    import pandas as pd
    from django.core.management import call_command

    source, known = FOLDER / "adventureworks", f"{_month(number - 1):%Y-%m}"
    for name in MASTER:
        (folder / f"{name}.csv").write_bytes((source / f"{name}.csv").read_bytes())
    actuals = pd.read_csv(source / "actuals.csv.gz")
    month = actuals["date"].str[:7]
    actuals[month == known if number else month <= known].to_csv(folder / "actuals.csv", index=False)
    columns = ["product", "site", "month"]
    balances = [(code, "main", f"{known}-01", left) for code, left in zip(data.products, stock, strict=True)]
    pd.DataFrame(balances, columns=[*columns, "on_hand"]).to_csv(folder / "inventory.csv", index=False)
    receipts = [
        (data.products[row], "main", f"{_month(column):%Y-%m}-01", on_order[row, column])
        for row, column in np.argwhere(on_order > 0).tolist()
    ]
    pd.DataFrame(receipts, columns=[*columns, "quantity"]).to_csv(folder / "receipts.csv", index=False)
    call_command("import_data", str(folder), "--json", stdout=StringIO(), stderr=StringIO())


def _sales_plan(month: dt.date) -> Any:
    """The cycle opened, forecast and planned by the commands."""
    from django.core.management import call_command

    from planning.queries import plans
    from sop.models import Cycle

    Cycle.objects.update(state=Cycle.State.CLOSED)
    cycle = Cycle.objects.create(first_month=month, horizon=HORIZON)
    for command in ("forecast", "plan_demand"):
        call_command(command, "--json", stdout=StringIO(), stderr=StringIO())
    return plans.working_or_error(cycle)


def _aim_for(level: float) -> None:
    from planning.models import SupplyPolicy
    from sop.models import Product

    for product in Product.objects.filter(sold=True):
        target = {"target": SupplyPolicy.Target.SERVICE, "service_level": level}
        SupplyPolicy.objects.update_or_create(product=product, defaults=target)


def _codes(case: Any) -> list[str]:
    from sop.models import Product

    code = dict(Product.objects.values_list("pk", "code"))
    return [code[int(case.catalogue.pk[product])] for product in case.items]


def _month(number: int) -> dt.date:
    from sop import months

    return months.add(FIRST, number)


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    start_django()
    data = past()
    ways = {"Recorded": recorded(data), "Targets as recorded": replay(data)}
    ways |= {f"Service level {100 * level:g} %": replay(data, service_level=level) for level in SERVICE_LEVELS}
    table("Service, % of units served in their month", data, ways, lambda way: 100 * way.service, "{:.1f}")
    table(
        "Units not served, products without a sale before the first plan",
        data,
        ways,
        lambda way: way.late_new,
        "{:,.0f}",
    )
    table("Stock at the end of the month, units", data, ways, lambda way: way.units, "{:,.0f}")
    table("Its value, million", data, ways, lambda way: way.value / 1e6, "{:.2f}")
    table("Overtime, hours", data, ways, lambda way: way.overtime, "{:,.0f}")


def table(title: str, data: Past, ways: dict[str, Outcome], figures: Callable[[Outcome], Numbers], form: str) -> None:
    """A month a line, a way of supplying a column; last the mean, for service that of all units."""
    print(f"\n{title}\n")
    head("Month", *ways)
    columns = [figures(way) for way in ways.values()]
    for number, month in enumerate(data.months):
        _line(month, [column[number] for column in columns], form)
    means = [100 * way.overall for way in ways.values()] if "Service" in title else [c.mean() for c in columns]
    _line("All", means, form)


def _line(name: str, figures: list[float], form: str) -> None:
    cells = (form.format(figure) if np.isfinite(figure) else "" for figure in figures)
    print("| " + " | ".join([name, *cells]) + " |")


if __name__ == "__main__":
    main()
