"""`/api/v1/agenda-items/`: read, add, defer, escalate, merge, move, reopen."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions import agenda
from reviews.api.permissions import MayView
from reviews.api.reading import read, signed_in
from reviews.api.serializers import CycleField, ReasonSerializer
from reviews.api.versions import require_match, tagged
from reviews.models import AgendaItem, Stage
from reviews.queries.agenda import visible
from reviews.queries.cycles import filter_cycle
from sop.errors import NotFound
from sop.models import Family
from sop.permissions import scope


class AgendaItemSerializer(serializers.ModelSerializer):
    """Figures are the company's: who sees only some markets reads none, who sees no money no revenue."""

    cycle = CycleField(source="stage.cycle")
    stage = serializers.CharField(source="stage.key")
    family = serializers.CharField(source="family.code", default=None)
    owner = serializers.CharField(source="owner.code")

    class Meta:
        model = AgendaItem
        fields = ["id", "cycle", "stage", "key", "kind", "title", "why", "worth", "family", "owner", "minutes"]
        fields += ["position", "state", "reason", "source", "merged_into"]
        read_only_fields = fields

    def to_representation(self, instance: AgendaItem) -> dict[str, Any]:
        shown = dict(super().to_representation(instance))
        mine = scope(self.context["request"].user)
        if mine.markets is not None:
            shown["why"] = ""
        if mine.markets is not None or not mine.sees_money:
            shown["worth"] = None
        return shown


class TopicSerializer(serializers.Serializer):
    cycle = CycleField()
    stage = serializers.ChoiceField(choices=Stage.Key.choices)
    title = serializers.CharField(max_length=200)
    why = serializers.CharField(max_length=300, required=False, allow_blank=True)
    minutes = serializers.IntegerField(min_value=1, max_value=120, required=False)
    family = serializers.SlugRelatedField(
        slug_field="code", queryset=Family.objects.all(), required=False, allow_null=True
    )


class EscalationSerializer(ReasonSerializer):
    to_stage = serializers.ChoiceField(choices=[(key.value, key.label) for key in agenda.FURTHER])


class MergerSerializer(serializers.Serializer):
    into = serializers.PrimaryKeyRelatedField(queryset=AgendaItem.objects.all())


class PlaceSerializer(serializers.Serializer):
    to = serializers.IntegerField(min_value=1)


class AgendaItemFilter(django_filters.FilterSet):
    cycle = django_filters.CharFilter(method="of_cycle", label="First plan month, 2013-06")
    stage = django_filters.CharFilter(field_name="stage__key")

    class Meta:
        model = AgendaItem
        fields = ["state", "kind"]

    def of_cycle(self, queryset: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return queryset.filter(stage__in=filter_cycle(Stage.objects.all(), name, code))


class AgendaItemViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = AgendaItem.objects.select_related("stage__cycle", "stage__owner", "family", "owner")
    serializer_class = AgendaItemSerializer
    permission_classes = [MayView]
    filterset_class = AgendaItemFilter

    def get_queryset(self) -> QuerySet[Any]:
        return visible(super().get_queryset(), scope(self.request.user))

    def retrieve(self, request: Request, pk: str) -> Response:
        return tagged(self._shown(self.get_object()))

    @extend_schema(request=TopicSerializer, responses={201: AgendaItemSerializer})
    def create(self, request: Request) -> Response:
        told = read(TopicSerializer, request)
        cycle, key = told.pop("cycle"), told.pop("stage")
        stage = cycle.stages.filter(key=key).first()
        if stage is None:
            raise NotFound(f"{cycle} has no review named “{key}”.")
        made = agenda.add(stage=stage, topic=agenda.Topic(**told), by=signed_in(request))
        return tagged(self._shown(made), status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=AgendaItemSerializer)
    @action(detail=True, methods=["post"])
    def defer(self, request: Request, pk: str) -> Response:
        return self._do(agenda.defer, request, ReasonSerializer)

    @extend_schema(request=EscalationSerializer, responses=AgendaItemSerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        return self._do(agenda.escalate, request, EscalationSerializer)

    @extend_schema(request=MergerSerializer, responses=AgendaItemSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        return self._do(agenda.merge, request, MergerSerializer)

    @extend_schema(request=PlaceSerializer, responses=AgendaItemSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        return self._do(agenda.move, request, PlaceSerializer)

    @extend_schema(request=None, responses=AgendaItemSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        return self._do(agenda.reopen, request)

    def _do(self, verb: Callable[..., AgendaItem], request: Request, body: Any = None) -> Response:
        item = self.get_object()
        require_match(request, self._shown(item))
        told = read(body, request) if body else {}
        return tagged(self._shown(verb(item=item, by=signed_in(request), **told)))

    def _shown(self, item: AgendaItem) -> dict[str, Any]:
        return dict(self.get_serializer(item).data)
