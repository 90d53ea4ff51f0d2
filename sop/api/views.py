"""Shared master data, actuals, history and cycles, below /api/v1/."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from sop.actions import postings, tables
from sop.api.authentication import user_of
from sop.api.filters import LineFilter
from sop.api.masters import master
from sop.api.permissions import MayView
from sop.api.serializers import (
    LINE_RELATIONS,
    CycleSerializer,
    DeliverySerializer,
    HistorySerializer,
    ReceiptSerializer,
    RetrySerializer,
)
from sop.errors import NotFound, PlanningError
from sop.models import Cycle, History, PostingBatch, Product
from sop.permissions import Verb, require, scope
from sop.queries import cycles
from sop.queries.history import last_actual_month

FamilyViewSet = master("Family", tables.FAMILIES, family_path="pk")
MarketViewSet = master("Market", tables.MARKETS, market_path="pk")
SiteViewSet = master("Site", tables.SITES)
ProductViewSet = master(
    "Product",
    tables.PRODUCTS,
    family_path="family",
    queryset=Product.objects.filter(sold=True).order_by("pk").select_related("family"),
)
ProductPriceViewSet = master("ProductPrice", tables.PRICES, family_path="product__family", only_money=True)
ProductCostViewSet = master("ProductCost", tables.COSTS, family_path="product__family", only_money=True)


class ActualsViewSet(viewsets.ViewSet):
    """Sales actuals, each taken in once by source and external id."""

    permission_classes = [MayView]

    @extend_schema(request=DeliverySerializer, responses=ReceiptSerializer, operation_id="actuals_post")
    def create(self, request: Request) -> Response:
        """Post up to 10,000 actuals. A re-post changes nothing, a changed record corrects, good ones are kept."""
        user = user_of(request)
        require(user, Verb.POST_ACTUALS)
        source, records = delivery_of(request.data)
        return Response(ReceiptSerializer(postings.post_actuals(source=source, records=records, by=user)).data)

    @extend_schema(request=RetrySerializer, responses=ReceiptSerializer)
    @action(detail=False, methods=["post"])
    def retry(self, request: Request) -> Response:
        """Try rejected actuals again, after master data was mended."""
        user = user_of(request)
        require(user, Verb.POST_ACTUALS)
        told = RetrySerializer(data=request.data or {})
        told.is_valid(raise_exception=True)
        receipt = postings.retry_rejected(by=user, batch=batch_of(told.validated_data.get("batch")))
        return Response(ReceiptSerializer(receipt).data)


def delivery_of(body: Any) -> tuple[str, list[Any]]:
    """Source and records of a post; what is wrong with single records is told with them."""
    if not isinstance(body, dict):
        raise PlanningError("Send an object with “source” and “records”.", status=400)
    source: Any = body.get("source")
    records: Any = body.get("records")
    errors = {}
    if (
        not isinstance(source, str)
        or not source.strip()
        or len(source) > postings.SOURCE_LENGTH
        or not source.isprintable()
    ):
        errors["source"] = [f"Name the system that posts, in at most {postings.SOURCE_LENGTH} letters."]
    if not isinstance(records, list):
        errors["records"] = ["Send a list of records."]
    if errors:
        raise PlanningError("Some fields are not right.", errors=errors, status=400)
    if len(records) > postings.RECORDS_AT_ONCE:
        limit = f"{postings.RECORDS_AT_ONCE:,}"
        raise PlanningError(f"Send at most {limit} records at once; these are {len(records):,}.", status=413)
    return str(source).strip(), records


def batch_of(pk: int | None) -> PostingBatch | None:
    if pk is None:
        return None
    batch = PostingBatch.objects.filter(pk=pk).first()
    if batch is None:
        raise NotFound(f"There is no batch {pk}.")
    return batch


class HistoryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[History]):
    """Monthly history: by product and market, or `?level=total` by family and market."""

    queryset = History.objects.select_related(*LINE_RELATIONS)
    serializer_class = HistorySerializer
    permission_classes = [MayView]
    filterset_class = LineFilter

    def get_queryset(self) -> QuerySet[History]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        return queryset.filter(scope(user_of(self.request)).lines())

    def get_serializer_context(self) -> dict[str, Any]:
        fake = getattr(self, "swagger_fake_view", False)
        return {**super().get_serializer_context(), "until": None if fake else last_actual_month()}


class CycleViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Cycle]):
    """Rounds of planning, by their first plan month."""

    queryset = Cycle.objects.all()
    serializer_class = CycleSerializer
    permission_classes = [MayView]
    filterset_fields = ["state"]
    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def retrieve(self, request: Request, code: str) -> Response:
        return Response(self.get_serializer(cycles.by_code(code)).data)
