"""Master data of supply and finance, below /api/v1/."""

from django.db.models import OuterRef, Subquery

from planning.actions import tables
from planning.models import Routing
from sop.actions.tables import COMPONENTS
from sop.api.masters import master
from sop.models import Product, ProductCost

RESOURCE_MONEY = ("hourly_cost", "overtime_hourly_cost", "smoothing_cost_per_hour")
CREW_MONEY = ("wage_per_month", "hire_cost", "layoff_cost")
POLICY_MONEY = ("holding_cost_rate_per_year", "backorder_cost_per_unit_month", "subcontract_unit_cost")

COST_OF_PART = ProductCost.objects.filter(product=OuterRef("pk")).order_by("-valid_from").values("unit_cost")[:1]

PartViewSet = master(
    "Part",
    COMPONENTS,
    money=("unit_cost",),
    queryset=Product.objects.filter(sold=False).order_by("pk").annotate(unit_cost=Subquery(COST_OF_PART)),
)
ResourceViewSet = master("Resource", tables.RESOURCES, money=RESOURCE_MONEY)
CalendarViewSet = master("Calendar", tables.CALENDARS)
ShutdownViewSet = master("Shutdown", tables.SHUTDOWNS)
StorageViewSet = master("Storage", tables.STORAGE)
CrewViewSet = master("Crew", tables.CREWS, money=CREW_MONEY)
CapacityViewSet = master("Capacity", tables.CAPACITIES)
RoutingViewSet = master(
    "Routing",
    tables.ROUTINGS,
    family_path="product__family",
    queryset=Routing.objects.order_by("pk").select_related("product", "resource", "alternate_of__resource"),
)
ComponentViewSet = master("Component", tables.BOM, family_path="parent__family")
PolicyViewSet = master("SupplyPolicy", tables.SUPPLY_COSTS, family_path="product__family", money=POLICY_MONEY)
InventoryViewSet = master("InventoryBalance", tables.INVENTORY, family_path="product__family")
ReceiptViewSet = master("ScheduledReceipt", tables.RECEIPTS, family_path="product__family")
BudgetViewSet = master("Budget", tables.BUDGET, family_path="family", market_path="market", money=("revenue", "margin"))
