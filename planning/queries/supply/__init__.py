"""The supply problem of a cycle, built from the database. What is decided here is told in docs/planning-inputs.md."""

from planning.queries.supply.case import SupplyCase, assumed_needs, cost_of_demand, faults_of, rough_case, supply_case
from planning.queries.supply.catalogue import Catalogue
from planning.queries.supply.faults import Fault

__all__ = [
    "Catalogue",
    "Fault",
    "SupplyCase",
    "assumed_needs",
    "cost_of_demand",
    "faults_of",
    "rough_case",
    "supply_case",
]
