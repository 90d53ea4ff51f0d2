"""`/api/v1/action-items/`: read, add, start, finish, cancel, hand over."""

from collections.abc import Callable
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import action_items
from reviews.api.permissions import MayView
from reviews.api.reading import read, signed_in
from reviews.api.serializers import (
    ActionItemSerializer,
    HandoverSerializer,
    ReasonSerializer,
    ResultSerializer,
    TaskSerializer,
)
from reviews.api.versions import require_match, tagged
from reviews.models import ActionItem
from reviews.queries.cycles import filter_cycle


class ActionItemFilter(django_filters.FilterSet):
    cycle = django_filters.CharFilter(method=filter_cycle, label="First plan month, 2013-06")
    owner = django_filters.CharFilter(field_name="owner__username")
    department = django_filters.CharFilter(field_name="department__code")
    due_before = django_filters.DateFilter(field_name="due", lookup_expr="lt")

    class Meta:
        model = ActionItem
        fields = ["state"]


class ActionItemViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = ActionItem.objects.select_related("cycle", "owner", "department")
    serializer_class = ActionItemSerializer
    permission_classes = [MayView]
    filterset_class = ActionItemFilter

    def retrieve(self, request: Request, pk: str) -> Response:
        return tagged(self._shown(self.get_object()))

    @extend_schema(request=TaskSerializer, responses={201: ActionItemSerializer})
    def create(self, request: Request) -> Response:
        told = read(TaskSerializer, request)
        cycle = told.pop("cycle")
        item = action_items.add(cycle=cycle, task=action_items.Task(**told), by=signed_in(request))
        return tagged(self._shown(item), status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        return self._do(action_items.start, request)

    @extend_schema(request=ResultSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        return self._do(action_items.finish, request, ResultSerializer)

    @extend_schema(request=ReasonSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self._do(action_items.cancel, request, ReasonSerializer)

    @extend_schema(request=HandoverSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def reassign(self, request: Request, pk: str) -> Response:
        return self._do(action_items.reassign, request, HandoverSerializer)

    def _do(self, verb: Callable[..., ActionItem], request: Request, body: Any = None) -> Response:
        item = self.get_object()
        require_match(request, self._shown(item))
        told = read(body, request) if body else {}
        return tagged(self._shown(verb(item=item, by=signed_in(request), **told)))

    def _shown(self, item: ActionItem) -> dict[str, Any]:
        return dict(self.get_serializer(item).data)
