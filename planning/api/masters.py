"""Master data of supply and finance, below /api/v1/."""

import django_filters
from django.db.models import OuterRef, Q, QuerySet, Subquery
from rest_framework import mixins, serializers, viewsets

from planning.actions import tables
from planning.models import Assumption
from sop.actions.tables import COMPONENTS
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter, TreeFilter
from sop.api.masters import master
from sop.api.permissions import MayView
from sop.models import Family, Market, Product, ProductCost
from sop.permissions import scope

RESOURCE_MONEY = ("hourly_cost", "overtime_hourly_cost")
POLICY_MONEY = ("holding_cost_rate_per_year", "backorder_cost_per_unit_month", "subcontract_unit_cost")

COST_OF_PART = ProductCost.objects.filter(product=OuterRef("pk")).order_by("-valid_from").values("unit_cost")[:1]

PartViewSet = master(
    "Part",
    COMPONENTS,
    money=("unit_cost",),
    queryset=Product.objects.filter(sold=False).order_by("pk").annotate(unit_cost=Subquery(COST_OF_PART)),
)
ResourceViewSet = master("Resource", tables.RESOURCES, money=RESOURCE_MONEY)
CapacityViewSet = master("Capacity", tables.CAPACITIES)
RoutingViewSet = master("Routing", tables.ROUTINGS, family_path="product__family")
ComponentViewSet = master("Component", tables.BOM, family_path="parent__family")
PolicyViewSet = master("SupplyPolicy", tables.SUPPLY_COSTS, family_path="product__family", money=POLICY_MONEY)
InventoryViewSet = master("InventoryBalance", tables.INVENTORY, family_path="product__family")
ReceiptViewSet = master("ScheduledReceipt", tables.RECEIPTS, family_path="product__family")
BudgetViewSet = master("Budget", tables.BUDGET, family_path="family", market_path="market", money=("revenue", "margin"))


class EventSerializer(serializers.ModelSerializer[Assumption]):
    """Something expected to move demand."""

    family = serializers.SlugRelatedField[Family](slug_field="code", read_only=True)
    product = serializers.SlugRelatedField[Product](slug_field="code", read_only=True)
    market = serializers.SlugRelatedField[Market](slug_field="code", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True, default=None)

    class Meta:
        model = Assumption
        fields = ["id", "name", "family", "product", "market", "first_month", "last_month", "effect", "included"]
        fields += ["owner", "evidence"]


class EventFilter(django_filters.FilterSet):
    family = TreeFilter(Family, "family", "product__family")
    market = TreeFilter(Market, "market")
    product = django_filters.CharFilter(field_name="product__code")
    month = MonthFilter(field_name="last_month", lookup_expr="gte", label="Those that last until this month or longer")


class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Assumption]):
    """Events in the sales plan."""

    queryset = Assumption.objects.order_by("pk").select_related("family", "product", "market", "owner")
    serializer_class = EventSerializer
    permission_classes = [MayView]
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Assumption]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        mine, clause = scope(user_of(self.request)), Q()
        if mine.families is not None:
            anywhere = Q(family__isnull=True, product__isnull=True)
            clause &= Q(family__in=mine.families) | Q(product__family__in=mine.families) | anywhere
        if mine.markets is not None:
            clause &= Q(market__in=mine.markets) | Q(market__isnull=True)
        return queryset.filter(clause)
