"""The supply problem of a cycle, built from the database. What is decided here is told in docs/planning-inputs.md."""

from planning.queries.supply.case import (
    GOODWILL,
    SupplyCase,
    assumed_needs,
    average_price,
    cost_of_demand,
    faults_of,
    orders_of,
    rough_case,
    supply_case,
)
from planning.queries.supply.catalogue import Catalogue
from planning.queries.supply.faults import Fault

__all__ = [
    "GOODWILL",
    "Catalogue",
    "Fault",
    "SupplyCase",
    "assumed_needs",
    "average_price",
    "cost_of_demand",
    "faults_of",
    "orders_of",
    "rough_case",
    "supply_case",
]
