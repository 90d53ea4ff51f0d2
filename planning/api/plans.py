"""`/api/v1/sales-plans/` and `/api/v1/production-plans/`: plans and their lines, month by month."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from planning.models import ProductionLine, ProductionPlan, ResourceLoad, SalesPlan
from planning.queries import plans
from sop.api.authentication import user_of
from sop.api.filters import LineFilter, MonthFilter, TreeFilter
from sop.api.permissions import MayView
from sop.api.serializers import LINE_RELATIONS, HidesMoney, LineSerializer, MonthsField, by_month
from sop.models import Family
from sop.permissions import Scope, scope
from sop.queries import cycles

PLAN_KEY = OpenApiParameter("cycle", str, OpenApiParameter.PATH, description="First plan month, 2013-06")


class SalesPlanSerializer(serializers.ModelSerializer[SalesPlan]):
    """The sales plan that is being worked on in a cycle."""

    cycle = serializers.CharField(source="cycle.code", read_only=True)

    class Meta:
        model = SalesPlan
        fields = ["id", "cycle", "start", "horizon", "version", "created_at"]


class SalesPlanLineSerializer(LineSerializer):
    """Units by month, and the consensus in money."""

    money = ("price", "unit_cost", "revenue", "cost")
    baseline = MonthsField()
    events = MonthsField()
    consensus = MonthsField()
    price = MonthsField()
    unit_cost = MonthsField()
    revenue = MonthsField()
    cost = MonthsField()

    def start_of(self, line: Any) -> dt.date:
        return self.context["plan"].start


class PlanFilter(django_filters.FilterSet):
    cycle = MonthFilter(field_name="cycle__first_month", label="First plan month, 2013-06")


class SalesPlanViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[SalesPlan]):
    """Working sales plans, by cycle; `lines` holds the numbers. What was approved is under published-plans."""

    queryset = SalesPlan.objects.filter(frozen_at__isnull=True).select_related("cycle")
    serializer_class = SalesPlanSerializer
    permission_classes = [MayView]
    filterset_class = PlanFilter
    lookup_field = "cycle"
    lookup_value_regex = "[^/]+"

    @extend_schema(parameters=[PLAN_KEY])
    def retrieve(self, request: Request, cycle: str) -> Response:
        plan = plans.working_or_error(cycles.by_code(cycle))
        return Response(self.get_serializer(plan).data, headers={"ETag": f'"{plan.version}"'})

    @extend_schema(parameters=[PLAN_KEY], responses=SalesPlanLineSerializer(many=True))
    @action(detail=True, filterset_class=LineFilter, serializer_class=SalesPlanLineSerializer)
    def lines(self, request: Request, cycle: str) -> Response:
        """Lines of a sales plan: by product and market, or `?level=total` by family and market."""
        plan = plans.working_or_error(cycles.by_code(cycle))
        queryset: QuerySet[Any] = plan.lines.filter(scope(user_of(request)).lines()).select_related(*LINE_RELATIONS)
        return _page(self, SalesPlanLineSerializer, queryset, plan)


class ProductionPlanSerializer(HidesMoney, serializers.ModelSerializer[ProductionPlan]):
    """A supply plan; `stale` when the sales plan has moved on since."""

    money = ("cost", "bound")
    cycle = serializers.CharField(source="cycle.code", read_only=True)
    stale = serializers.BooleanField(read_only=True)

    class Meta:
        model = ProductionPlan
        fields = ["id", "cycle", "strategy", "start", "horizon", "current", "stale", "cost", "bound", "gap", "method"]
        fields += ["created_at"]


class PlannedSerializer(HidesMoney):
    """A row of vectors of a production plan."""

    def to_representation(self, line: Any) -> dict[str, Any]:
        start = self.context["plan"].start
        months = {name for name, field in self.fields.items() if isinstance(field, MonthsField)}
        return {
            name: by_month(start, getattr(line, name))
            if name in months
            else field.to_representation(field.get_attribute(line))
            for name, field in self.fields.items()
        }


class PlannedProductSerializer(PlannedSerializer):
    """A product's months."""

    product = serializers.CharField(source="product.code")
    opening = serializers.FloatField()
    demand = MonthsField()
    dependent = MonthsField()
    receipts = MonthsField()
    production = MonthsField()
    arrivals = MonthsField()
    subcontract = MonthsField()
    inventory = MonthsField()
    backorder = MonthsField()
    lost = MonthsField()
    safety_stock = MonthsField()


class PlannedLoadSerializer(PlannedSerializer):
    """A resource's hours by month."""

    money = ("price",)
    resource = serializers.CharField(source="resource.code")
    load = MonthsField()
    regular = MonthsField()
    overtime = MonthsField()
    overtime_limit = MonthsField()
    price = MonthsField()


class ProductionPlanFilter(PlanFilter):
    class Meta:
        model = ProductionPlan
        fields = ["strategy", "current"]


class ProductionLineFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code", label="Code of a product")
    family = TreeFilter(Family, "product__family")


class LoadFilter(django_filters.FilterSet):
    resource = django_filters.CharFilter(field_name="resource__code", label="Code of a resource")


class ProductionPlanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ProductionPlan]):
    """Production plans; `lines` holds products, `loads` resources. `?current=true` is the one the review signs."""

    queryset = ProductionPlan.objects.filter(scenario=None, frozen_at=None).select_related("cycle", "sales_plan")
    serializer_class = ProductionPlanSerializer
    permission_classes = [MayView]
    filterset_class = ProductionPlanFilter

    @extend_schema(responses=PlannedProductSerializer(many=True))
    @action(detail=True, filterset_class=ProductionLineFilter, serializer_class=PlannedProductSerializer)
    def lines(self, request: Request, pk: str) -> Response:
        """Products of a production plan."""
        plan = _production_plan(pk)
        queryset = ProductionLine.objects.filter(_products(scope(user_of(request))), plan=plan)
        return _page(self, PlannedProductSerializer, queryset.select_related("product"), plan)

    @extend_schema(responses=PlannedLoadSerializer(many=True))
    @action(detail=True, filterset_class=LoadFilter, serializer_class=PlannedLoadSerializer)
    def loads(self, request: Request, pk: str) -> Response:
        """Resources of a production plan."""
        plan = _production_plan(pk)
        return _page(
            self, PlannedLoadSerializer, ResourceLoad.objects.filter(plan=plan).select_related("resource"), plan
        )


def _products(mine: Scope) -> Q:
    return Q() if mine.families is None else Q(product__family__in=mine.families)


def _production_plan(pk: str) -> ProductionPlan:
    return get_object_or_404(ProductionPlan.objects.filter(scenario=None, frozen_at=None), pk=pk)


def _page(
    view: viewsets.GenericViewSet[Any],
    serializer: type[serializers.Serializer[Any]],
    queryset: QuerySet[Any],
    plan: SalesPlan | ProductionPlan,
) -> Response:
    page = view.paginate_queryset(view.filter_queryset(queryset))
    context = {**view.get_serializer_context(), "plan": plan}
    return view.get_paginated_response(serializer(page, many=True, context=context).data)
