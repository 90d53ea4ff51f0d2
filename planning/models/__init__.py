"""The sales plan, the production plan, and what supply can do."""

from planning.models.assumptions import Assumption, Cannibalisation, ProductChange
from planning.models.budget import Budget
from planning.models.consensus import ConsensusDecision, ConsensusRule, Method
from planning.models.fences import Fence, FenceRequest
from planning.models.production import ProductionLine, ProductionPlan, ResourceLoad
from planning.models.progress import Skip, StreamPart
from planning.models.sales import Input, SalesPlan, SalesPlanLine, Stream, StreamSubmission
from planning.models.supply import Capacity, Component, InventoryBalance, Receipt, Resource, Routing, SupplyPolicy
from planning.models.talk import Comment, Follow, Presence, SavedView
from planning.models.workbooks import WorkbookImport

__all__ = [
    "Assumption",
    "Budget",
    "Cannibalisation",
    "Capacity",
    "Comment",
    "Component",
    "ConsensusDecision",
    "ConsensusRule",
    "Fence",
    "FenceRequest",
    "Follow",
    "Input",
    "InventoryBalance",
    "Method",
    "Presence",
    "ProductChange",
    "ProductionLine",
    "ProductionPlan",
    "Receipt",
    "Resource",
    "ResourceLoad",
    "Routing",
    "SalesPlan",
    "SalesPlanLine",
    "SavedView",
    "Skip",
    "Stream",
    "StreamPart",
    "StreamSubmission",
    "SupplyPolicy",
    "WorkbookImport",
]
