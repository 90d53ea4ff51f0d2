"""The supply planning engine: arrays in, frozen dataclasses out. See docs/planning.md."""

from planning.engine.capacity import Contributions, contributions, explode, load
from planning.engine.certificate import Violations, check
from planning.engine.disaggregation import disaggregate, disaggregate_first
from planning.engine.inventory import closing_cover, fill_rate_factor, forward_cover, safety_stock, service_factor
from planning.engine.lots import round_to_lots
from planning.engine.monte_carlo import Risk, risk
from planning.engine.problem import SupplyPlan, SupplyProblem, Workforce
from planning.engine.rough_cut import Use, bill_of_resources, overall_factors, resource_profile, use
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
from planning.engine.why import Reason, explain_shortage, value_of_an_hour

__all__ = [
    "Contributions",
    "KeptModel",
    "Reason",
    "Risk",
    "SupplyPlan",
    "SupplyProblem",
    "Use",
    "Violations",
    "Workforce",
    "apply_strategy",
    "bill_of_resources",
    "chase",
    "chase_backlog",
    "check",
    "closing_cover",
    "contributions",
    "disaggregate",
    "disaggregate_first",
    "explain_shortage",
    "explode",
    "fill_rate_factor",
    "forward_cover",
    "keep",
    "level",
    "level_backlog",
    "load",
    "overall_factors",
    "plan",
    "projected_backlog",
    "projected_inventory",
    "resource_profile",
    "risk",
    "round_to_lots",
    "safety_stock",
    "service_factor",
    "simulate",
    "solve",
    "use",
    "value_of_an_hour",
]
