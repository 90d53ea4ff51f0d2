"""What the grid can be shown in: units, and what they earn and cost at plan price and standard cost."""

from collections.abc import Sequence
from typing import TypeVar

from sop.errors import NotAllowed, PlanningError
from sop.permissions import Scope
from sop.vectors import Vector

Number = TypeVar("Number", Vector, float)
UNITS, REVENUE, COST, MARGIN = "units", "revenue", "cost", "margin"
NAMES = {UNITS: "Units", REVENUE: "Revenue", COST: "Cost", MARGIN: "Margin"}
# What a workbook can bring back. A margin may be negative, and the same one comes of many quantities.
WRITABLE = (UNITS, REVENUE, COST)
# The columns of each table whose difference is the number in a unit; margin is revenue less cost.
PLANNED = {UNITS: ("consensus",), REVENUE: ("revenue",), COST: ("cost",), MARGIN: ("revenue", "cost")}
RATES = {UNITS: (), REVENUE: ("price",), COST: ("unit_cost",), MARGIN: ("price", "unit_cost")}
BUDGETED = {UNITS: ("quantity",), REVENUE: ("revenue",), COST: ("revenue", "margin"), MARGIN: ("margin",)}


def checked(unit: str, scope: Scope) -> str:
    """The unit that a page asks for; PlanningError when there is none such, NotAllowed when it shows hidden money."""
    if unit not in NAMES:
        raise PlanningError(f"“{unit}” is no unit of this grid; choose units, revenue, cost or margin.", status=400)
    if unit != UNITS and not scope.sees_money:
        raise NotAllowed("Your role does not see money.")
    return unit


def net(columns: Sequence[Number]) -> Number:
    """The first, less the second where there are two."""
    return columns[0] - columns[1] if len(columns) > 1 else columns[0]
