"""The supply planning engine: arrays in, frozen dataclasses out. See docs/planning.md."""

from planning.engine.capacity import Contributions, contributions, explode, load
from planning.engine.certificate import Violations, check
from planning.engine.disaggregation import disaggregate, disaggregate_first
from planning.engine.inventory import closing_cover, fill_rate_factor, forward_cover, safety_stock, service_factor
from planning.engine.monte_carlo import Risk, risk
from planning.engine.problem import SupplyPlan, SupplyProblem, Workforce
from planning.engine.simulation import simulate
from planning.engine.solver import solve
from planning.engine.strategies import (
    apply_strategy,
    chase,
    chase_backlog,
    level,
    level_backlog,
    plan,
    projected_backlog,
    projected_inventory,
)
from planning.engine.what_if import KeptModel, keep

__all__ = [
    "Contributions",
    "KeptModel",
    "Risk",
    "SupplyPlan",
    "SupplyProblem",
    "Violations",
    "Workforce",
    "apply_strategy",
    "chase",
    "chase_backlog",
    "check",
    "closing_cover",
    "contributions",
    "disaggregate",
    "disaggregate_first",
    "explode",
    "fill_rate_factor",
    "forward_cover",
    "keep",
    "level",
    "level_backlog",
    "load",
    "plan",
    "projected_backlog",
    "projected_inventory",
    "risk",
    "safety_stock",
    "service_factor",
    "simulate",
    "solve",
]
