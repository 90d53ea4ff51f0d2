"""Writing the consensus of leaves, what it is worth, and the totals that stand on it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.actions.demand import MEASURES, divide, store_lines, sum_rows
from planning.models import SalesPlan, SalesPlanLine
from sop import bulk
from sop.vectors import Vector


@dataclass(frozen=True)
class Moved:
    """Quantities of some leaves before and after, and what one of each is worth."""

    before: Vector
    after: Vector
    price: Vector
    unit_cost: Vector


def write_lines(plan: SalesPlan, series: pd.DataFrame, moved: Moved) -> None:
    """The consensus of some leaves with its value, and the same differences on their totals."""
    after, change = moved.after, moved.after - moved.before
    worth = {"consensus": after, "revenue": after * moved.price, "cost": after * moved.unit_cost}
    leaves = {"plan_id": plan.pk, "series_id": series["series"].to_numpy()}
    bulk.update_blocks(SalesPlanLine, ["plan_id", "series_id"], [leaves | worth])
    difference = {"consensus": change, "revenue": change * moved.price, "cost": change * moved.unit_cost}
    add_to_totals(plan, series, difference)


def add_to_totals(plan: SalesPlan, series: pd.DataFrame, difference: dict[str, Vector]) -> None:
    """Add differences of some leaves to their family × market totals, held in key order; a new total begins at zero."""
    pairs, position = np.unique(series[["family", "market"]].to_numpy(), axis=0, return_inverse=True)
    keys = [(int(family), int(market)) for family, market in pairs]
    held = (
        SalesPlanLine.objects.select_for_update()
        .filter(plan=plan, family__in={family for family, _ in keys}, market__in={market for _, market in keys})
        .order_by("family_id", "market_id")
        .values_list("family_id", "market_id", *MEASURES)
    )
    found = {(row[0], row[1]): row[2:] for row in held}
    nothing = (np.zeros(plan.horizon),) * len(MEASURES)
    totals = {
        measure: np.vstack([found.get(key, nothing)[number] for key in keys]).astype(np.float64)
        for number, measure in enumerate(MEASURES)
    }
    for measure, values in difference.items():
        totals[measure] += sum_rows(values, position.ravel(), len(keys))
    totals["consensus"] = np.maximum(totals["consensus"], 0.0)
    for average, amount in (("price", "revenue"), ("unit_cost", "cost")):
        totals[average] = divide(totals[amount], totals["consensus"])
    store_lines(plan, "family_id market_id", keys, totals)
