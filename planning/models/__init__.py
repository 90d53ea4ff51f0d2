"""The sales plan, the production plan, and what supply can do."""

from planning.models.budget import Budget
from planning.models.production import ProductionLine, ProductionPlan, ResourceLoad
from planning.models.sales import Event, Input, SalesPlan, SalesPlanLine, Stream
from planning.models.supply import Capacity, Component, InventoryBalance, Receipt, Resource, Routing, SupplyPolicy

__all__ = [
    "Budget",
    "Capacity",
    "Component",
    "Event",
    "Input",
    "InventoryBalance",
    "ProductionLine",
    "ProductionPlan",
    "Receipt",
    "Resource",
    "ResourceLoad",
    "Routing",
    "SalesPlan",
    "SalesPlanLine",
    "Stream",
    "SupplyPolicy",
]
