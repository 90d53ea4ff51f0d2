"""`/api/v1/published-plans/`: the plans of record that an ERP reads."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.api.permissions import MayView
from reviews.api.serializers import PlanOfRecordSerializer, PublishedPlanSerializer
from reviews.queries import published
from sop.api.pagination import CursorPagination
from sop.permissions import scope
from sop.queries import cycles

FILTERS = ("product", "market", "family")


class NewestFirst(CursorPagination):
    ordering = ("-first_month", "-pk")  # type: ignore[assignment] # its own code allows several


class PublishedPlanViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Only an approved plan ever appears here."""

    queryset = published.approvals()
    serializer_class = PublishedPlanSerializer
    permission_classes = [MayView]
    pagination_class = NewestFirst
    lookup_field = "cycle"
    lookup_value_regex = "[^/]+"

    @extend_schema(
        parameters=[OpenApiParameter(name, str, description=f"Code of a {name}") for name in FILTERS],
        responses=PlanOfRecordSerializer,
    )
    def retrieve(self, request: Request, cycle: str) -> Response:
        approval = published.approval_of(cycles.by_code(cycle))
        seen = scope(request.user)
        part = published.Part(**{name: request.query_params.get(name, "") for name in FILTERS})
        return Response(published.plan_of_record(approval, seen, part))
