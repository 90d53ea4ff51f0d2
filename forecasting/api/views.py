"""`/api/v1/forecasts/`: statistical baselines and their lines; `/api/v1/corrections/`: of the history they read."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from forecasting.actions import cleansing
from forecasting.models import Correction, Forecast, ForecastLine
from sop.api.authentication import user_of
from sop.api.filters import LineFilter, MonthFilter
from sop.api.permissions import MayView
from sop.api.serializers import LINE_RELATIONS, LineSerializer, MonthsField
from sop.permissions import scope


class ForecastSerializer(serializers.ModelSerializer[Forecast]):
    """One run over the portfolio of a cycle."""

    cycle = serializers.CharField(source="cycle.code", read_only=True)

    class Meta:
        model = Forecast
        fields = ["id", "cycle", "state", "start", "horizon", "engine_version", "created_at", "published_at"]


class ForecastLineSerializer(LineSerializer):
    """Mean and intervals by month; accuracy of the backtest as fractions."""

    pattern = serializers.CharField()
    way = serializers.CharField(help_text="How its family adds up: bottom-up, reconciled or middle-out.")
    wape = serializers.FloatField(allow_null=True)
    bias = serializers.FloatField(allow_null=True)
    naive_wape = serializers.FloatField(allow_null=True)
    mean = MonthsField()
    lower80 = MonthsField()
    upper80 = MonthsField()
    lower90 = MonthsField()
    upper90 = MonthsField()

    def start_of(self, line: Any) -> dt.date:
        return self.context["forecast"].start


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    """A month of the history that does not fit, and what the forecast reads instead once it is accepted."""

    product = serializers.CharField(source="series.product.code", read_only=True)
    market = serializers.CharField(source="series.market.code", read_only=True)
    by = serializers.CharField(source="by.username", read_only=True, default=None)

    class Meta:
        model = Correction
        fields = ["id", "product", "market", "month", "original", "replacement", "deviations", "state", "by", "reason"]


class CorrectionDecisionSerializer(serializers.Serializer[Any]):
    """What to decide: the numbers of corrections, their new state and why."""

    corrections = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=10_000)
    state = serializers.ChoiceField(choices=["accepted", "rejected"])
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class CorrectionsDecidedSerializer(serializers.Serializer[Any]):
    decided = serializers.IntegerField(help_text="How many of them changed their state.")


class CorrectionFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="series__product__code", label="Code of a product")
    market = django_filters.CharFilter(field_name="series__market__code", label="Code of a market")

    class Meta:
        model = Correction
        fields = ["state"]


class CorrectionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Correction]):
    """Corrections of the history within one's scope."""

    queryset = Correction.objects.select_related("series__product", "series__market", "by").order_by("pk")
    serializer_class = CorrectionSerializer
    permission_classes = [MayView]
    filterset_class = CorrectionFilter

    def get_queryset(self) -> QuerySet[Correction]:
        return super().get_queryset().filter(scope(user_of(self.request)).series("series__"))

    @extend_schema(request=CorrectionDecisionSerializer, responses=CorrectionsDecidedSerializer, filters=False)
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def decide(self, request: Request) -> Response:
        """Accept or reject corrections; for who may run the forecast."""
        asked = CorrectionDecisionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response({"decided": cleansing.decide(by=user_of(request), **asked.validated_data)})


class ForecastFilter(django_filters.FilterSet):
    cycle = MonthFilter(field_name="cycle__first_month", label="First plan month, 2013-06")

    class Meta:
        model = Forecast
        fields = ["state"]


class ForecastLineFilter(LineFilter):
    pattern = django_filters.CharFilter(label="smooth, erratic, intermittent, lumpy, new, ended or empty")


class ForecastViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Forecast]):
    """Forecasts, newest last; `lines` holds the numbers."""

    queryset = Forecast.objects.select_related("cycle")
    serializer_class = ForecastSerializer
    permission_classes = [MayView]
    filterset_class = ForecastFilter

    @extend_schema(responses=ForecastLineSerializer(many=True))
    @action(detail=True, filterset_class=ForecastLineFilter, serializer_class=ForecastLineSerializer)
    def lines(self, request: Request, pk: str) -> Response:
        """Lines of a forecast: by product and market, or `?level=total` by family and market."""
        forecast = get_object_or_404(self.get_queryset(), pk=pk)
        queryset: QuerySet[ForecastLine] = forecast.lines.filter(scope(user_of(request)).lines())
        page = self.paginate_queryset(self.filter_queryset(queryset.select_related(*LINE_RELATIONS)))  # type: ignore[arg-type]
        context = {**self.get_serializer_context(), "forecast": forecast}
        return self.get_paginated_response(ForecastLineSerializer(page, many=True, context=context).data)
