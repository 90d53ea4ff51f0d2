"""The sales plan, the production plan, and what supply can do."""

from planning.models.assumptions import Assumption, Cannibalisation, ProductChange
from planning.models.budget import Budget
from planning.models.consensus import ConsensusDecision, ConsensusRule, Method
from planning.models.fences import Fence, FenceRequest
from planning.models.production import ProductionLine, ProductionOverride, ProductionPlan, ResourceLoad
from planning.models.progress import Skip, StreamPart
from planning.models.sales import Input, SalesPlan, SalesPlanLine, Stream, StreamSubmission
from planning.models.scenarios import Scenario, ScenarioChange
from planning.models.supply import (
    Calendar,
    Capacity,
    Component,
    Crew,
    InventoryBalance,
    Receipt,
    Resource,
    Routing,
    Shutdown,
    Storage,
    SupplyPolicy,
)
from planning.models.talk import Comment, Follow, Presence, SavedView
from planning.models.workbooks import WorkbookImport

__all__ = [
    "Assumption",
    "Budget",
    "Calendar",
    "Cannibalisation",
    "Capacity",
    "Comment",
    "Component",
    "ConsensusDecision",
    "ConsensusRule",
    "Crew",
    "Fence",
    "FenceRequest",
    "Follow",
    "Input",
    "InventoryBalance",
    "Method",
    "Presence",
    "ProductChange",
    "ProductionLine",
    "ProductionOverride",
    "ProductionPlan",
    "Receipt",
    "Resource",
    "ResourceLoad",
    "Routing",
    "SalesPlan",
    "SalesPlanLine",
    "SavedView",
    "Scenario",
    "ScenarioChange",
    "Shutdown",
    "Skip",
    "Storage",
    "Stream",
    "StreamPart",
    "StreamSubmission",
    "SupplyPolicy",
    "WorkbookImport",
]
