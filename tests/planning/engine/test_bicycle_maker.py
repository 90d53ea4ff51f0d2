"""The engine on the tables of a whole company, AdventureWorks; skipped where they are not at hand."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from planning.engine import SupplyProblem, check, explode, load, plan, solve

DATA = Path(os.environ.get("EVENKEEL_DATA") or Path(__file__).parents[4] / "shared" / "data") / "adventureworks"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the AdventureWorks tables are not on this machine")

RESOURCES = [
    "frame-forming",
    "frame-welding",
    "debur-and-polish",
    "paint",
    "specialized-paint",
    "subassembly",
    "final-assembly",
]
# Load of the receipts of 2012-06 to 2013-05 in percent of regular hours, from the tables' README.
LOAD = [
    [4, 32, 91, 57, 69, 45, 65, 148, 5, 202, 10, 216],
    [3, 32, 92, 58, 71, 46, 68, 152, 4, 208, 9, 219],
    [3, 38, 108, 69, 83, 54, 62, 146, 5, 188, 9, 199],
    [1, 38, 115, 74, 91, 60, 64, 151, 3, 191, 7, 186],
    [7, 39, 101, 63, 75, 48, 61, 145, 7, 190, 13, 225],
    [4, 45, 119, 53, 82, 55, 74, 122, 6, 186, 12, 201],
    [5, 47, 126, 55, 86, 58, 73, 117, 6, 177, 12, 193],
]


def table(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Company:
    """Products first, then components, in the order of their files; months from 2012-06."""

    def __init__(self):
        self.products, parts = table("products"), table("components")
        self.lead_time = [int(row["lead_time_months"]) for row in self.products + parts]
        self.index = {row["code"]: position for position, row in enumerate(self.products + parts)}
        self.bom = np.array(
            [
                (self.index[row["parent"]], self.index[row["component"]], float(row["quantity_per"]))
                for row in table("bom")
            ]
        )
        self.routing = [
            (
                self.index[row["product"]],
                RESOURCES.index(row["resource"]),
                float(row["hours_per_unit"]),
                int(row["offset_months"]),
            )
            for row in table("routings")
        ]
        resources = {row["code"]: row for row in table("resources")}
        self.resources = [resources[code] for code in RESOURCES]
        self.regular = np.array([float(row["regular_hours_per_month"]) for row in self.resources])
        self.part_cost = [float(row["unit_cost"]) for row in parts]

    def by_month(self, rows, quantity):
        values = np.zeros((len(self.index), 12))
        for row in rows:
            year, month, _ = map(int, row["month"].split("-"))
            if 0 <= (position := year * 12 + month - (2012 * 12 + 6)) < 12:
                values[self.index[row["product"]], position] += float(row[quantity])
        return values


@pytest.fixture(scope="module")
def company():
    return Company()


def utilisation(company, production):
    hours = load(production, company.routing, len(RESOURCES))
    return 100 * hours / company.regular[:, None]


def test_load_of_the_receipts_explodes_to_the_known_table(company):
    received = company.by_month(table("receipts"), "quantity")
    percent = utilisation(company, explode(received, company.bom))
    np.testing.assert_allclose(percent, LOAD, atol=0.51)
    np.testing.assert_allclose(percent.mean(axis=1), [79, 80, 80, 82, 81, 80, 80], atol=0.51)


def test_frame_shop_seems_idle_without_the_explosion(company):
    received = company.by_month(table("receipts"), "quantity")
    mean = utilisation(company, received).mean(axis=1)
    assert (mean[:5] >= 23.5).all()
    assert (mean[:5] <= 30.5).all()
    assert mean[5] == pytest.approx(62, abs=0.5)


@pytest.fixture(scope="module")
def problem(company):
    """Eighteen months of demand like that of the receipts, starting from the stock of 2013-05."""
    year = company.by_month(table("receipts"), "quantity").mean(axis=1, keepdims=True)
    season = 1 + 0.3 * np.sin(np.arange(18) * 2 * np.pi / 12)
    on_hand = company.by_month(table("inventory"), "on_hand")[:, -1]
    products = len(company.products)
    costs = {row["product"]: float(row["unit_cost"]) for row in table("costs")}  # the latest version comes last
    supply = {row["product"]: row for row in table("supply_costs")}
    cost = np.array([costs[row["code"]] for row in company.products] + company.part_cost)
    late = [float(supply[row["code"]]["backorder_cost_per_unit_month"]) for row in company.products]
    subcontract = [float(supply[row["code"]]["subcontract_unit_cost"] or "inf") for row in company.products]
    made = np.isin(np.arange(cost.size), company.bom[:, 0])
    parts = len(company.part_cost)
    return SupplyProblem(
        demand=year * season,
        opening_inventory=on_hand,
        # A made product's cost holds its components' already; count half of it as its own.
        production_cost=np.where(made, 0.5 * cost, cost),
        holding_cost=cost * 0.2 / 12,
        lead_time=company.lead_time,
        backorder_cost=np.concatenate([late, 0.1 * cost[products:]]),
        safety_stock=0.2 * year * np.ones(18),
        safety_stock_cost=0.05 * cost,
        subcontract_cost=np.concatenate([subcontract, np.full(parts, np.inf)]),
        routing=company.routing,
        regular_hours=np.repeat(company.regular[:, None], 18, axis=1),
        overtime_hours=np.repeat(0.25 * company.regular[:, None], 18, axis=1),
        overtime_cost=[float(row["overtime_hourly_cost"]) for row in company.resources],
        bom=company.bom,
    )


def test_company_is_planned_to_the_optimum_in_seconds(problem, record_property):
    best = solve(problem)
    record_property("seconds", best.seconds)
    assert best.seconds < 10
    assert check(problem, best).largest < 1e-5
    assert best.bound == pytest.approx(best.cost, rel=1e-9)


@pytest.mark.parametrize("strategy", ["level", "chase"])
def test_company_follows_a_strategy(problem, strategy):
    simulated = plan(problem, strategy)
    assert check(problem, simulated).balance < 1e-6
    assert simulated.cost > solve(problem).cost
