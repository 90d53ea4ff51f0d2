"""`/api/v1/streams/`: what each department says, posted by systems and read by all who may."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from planning.actions import entries
from planning.models import Input, SalesPlan, Stream, StreamSubmission
from planning.queries import plans, streams
from sop.api.authentication import user_of
from sop.api.filters import MonthFilter, TreeFilter
from sop.api.permissions import MayView
from sop.errors import PlanningError
from sop.models import Family, Market
from sop.permissions import scope
from sop.queries import cycles

CYCLE = OpenApiParameter("cycle", str, description="First plan month, 2013-06; the newest open cycle without it")


class StreamSerializer(serializers.ModelSerializer[Stream]):
    """A department's voice in the sales plan."""

    department = serializers.CharField(source="department.code")

    class Meta:
        model = Stream
        fields = ["code", "name", "department"]


class EntrySerializer(serializers.ModelSerializer[Input]):
    """A number that a department entered for a product in a market and a month."""

    cycle = serializers.CharField(source="plan.cycle.code")
    product = serializers.CharField(source="series.product.code")
    market = serializers.CharField(source="series.market.code")
    month = serializers.DateField(format="%Y-%m")
    assumption = serializers.CharField(source="assumption.code", default=None)
    expires = serializers.DateField(format="%Y-%m", default=None)
    author = serializers.CharField(source="author.username", default=None)

    class Meta:
        model = Input
        fields = ["cycle", "product", "market", "month", "quantity", "mode", "level", "reason"]
        fields += ["assumption", "expires", "author", "updated_at"]


class PostedEntrySerializer(serializers.Serializer[Any]):
    """One record of a post; `quantity` null returns the month to the baseline."""

    product = serializers.CharField()
    market = serializers.CharField()
    month = serializers.CharField(help_text="2013-06")
    quantity = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(required=False)


class PostedEntriesSerializer(serializers.Serializer[Any]):
    """Up to 10,000 records."""

    entries = PostedEntrySerializer(many=True)


class RejectedEntrySerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    errors = serializers.DictField(  # type: ignore[assignment] # a field, not the property
        child=serializers.ListField(child=serializers.CharField())
    )


class EntriesReceiptSerializer(serializers.Serializer[Any]):
    """What became of the records."""

    accepted = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedEntrySerializer(many=True)


class StreamSubmissionSerializer(serializers.ModelSerializer[StreamSubmission]):
    """How far a stream is in a cycle."""

    cycle = serializers.CharField(source="plan.cycle.code")
    stream = serializers.CharField(source="stream.code")
    by = serializers.CharField(source="by.username", default=None)

    class Meta:
        model = StreamSubmission
        fields = ["cycle", "stream", "state", "by", "at", "note"]


class EntryFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="series__product__code", label="Code of a product")
    family = TreeFilter(Family, "series__product__family")
    market = TreeFilter(Market, "series__market")
    month = MonthFilter(field_name="month", label="2013-06")


class SubmissionFilter(django_filters.FilterSet):
    cycle = MonthFilter(field_name="plan__cycle__first_month", label="First plan month, 2013-06")
    stream = django_filters.CharFilter(field_name="stream__code", label="Code of a stream")
    state = django_filters.ChoiceFilter(choices=StreamSubmission.State.choices)


class StreamViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Stream]):
    """The departments' streams; `entries` holds what they entered in a cycle."""

    queryset = Stream.objects.select_related("department").order_by("pk")
    serializer_class = StreamSerializer
    permission_classes = [MayView]
    lookup_field = "code"
    filterset_class: type[django_filters.FilterSet] | None = None  # an action names its own

    @extend_schema(parameters=[CYCLE], responses=EntrySerializer(many=True), operation_id="stream_entries_list")
    @action(detail=True, filterset_class=EntryFilter, serializer_class=EntrySerializer)
    def entries(self, request: Request, code: str) -> Response:
        """What a department entered in a cycle, for products and markets in the caller's scope."""
        mine, plan = scope(user_of(request)), _plan(request)
        queryset: QuerySet[Any] = Input.objects.filter(
            mine.series("series__"), plan=plan, stream=streams.named(code)
        ).select_related("plan__cycle", "series__product", "series__market", "assumption", "author")
        page = self.paginate_queryset(self.filter_queryset(queryset))
        return self.get_paginated_response(EntrySerializer(page, many=True).data)

    @extend_schema(
        parameters=[CYCLE],
        request=PostedEntriesSerializer,
        responses=EntriesReceiptSerializer,
        operation_id="stream_entries_post",
    )
    @entries.mapping.post
    def post_entries(self, request: Request, code: str) -> Response:
        """Post forecasts into a stream. A re-post changes nothing, good records are kept when others are bad."""
        records = _records(request.data)
        receipt = entries.post_entries(
            plan=_plan(request), stream=streams.named(code), records=records, by=user_of(request)
        )
        rejected = [{"index": index, "errors": errors} for index, errors in sorted(receipt.rejected.items())]
        counts = {name: getattr(receipt, name) for name in ("accepted", "updated", "unchanged")}
        return Response(counts | {"rejected": rejected})


class StreamSubmissionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[StreamSubmission]):
    """How far each stream is; one that nobody began has no row."""

    queryset = (
        StreamSubmission.objects.filter(plan__frozen_at__isnull=True)
        .select_related("plan__cycle", "stream", "by")
        .order_by("pk")
    )
    serializer_class = StreamSubmissionSerializer
    permission_classes = [MayView]
    filterset_class = SubmissionFilter


def _plan(request: Request) -> SalesPlan:
    return plans.working_or_error(cycles.named_or_newest(request.query_params.get("cycle")))


def _records(body: Any) -> list[Any]:
    records = body.get("entries") if isinstance(body, dict) else None
    if not isinstance(records, list):
        raise PlanningError("Send an object with a list of “entries”.", errors={"entries": ["A list."]}, status=400)
    if len(records) > entries.RECORDS_AT_ONCE:
        limit = f"{entries.RECORDS_AT_ONCE:,}"
        raise PlanningError(f"Send at most {limit} entries at once; these are {len(records):,}.", status=413)
    return records
